//! The narrative of a section, as plain text, whole and by the ids of its parts.

use std::collections::HashMap;

use super::xml::Element;

#[derive(Debug, Default)]
pub struct Narrative {
    pub text: String,
    /// In one line each.
    pub texts: HashMap<String, String>,
}

impl Narrative {
    pub fn of(text: Option<&Element>) -> Self {
        let mut narrative = Self::default();
        if let Some(element) = text {
            narrative.note(element);
            let mut text = String::new();
            write(element, &mut text);
            let lines = text.lines().map(str::trim_end);
            let mut kept: Vec<&str> = Vec::new();
            for line in lines {
                // One empty line between parts is enough.
                if !line.trim().is_empty() || kept.last().is_some_and(|last| !last.is_empty()) {
                    kept.push(line);
                }
            }
            narrative.text = kept.join("\n").trim().to_owned();
        }
        narrative
    }

    fn note(&mut self, element: &Element) {
        if let Some(id) = element.attribute("ID") {
            let text = element.all_text();
            if !text.is_empty() {
                self.texts.entry(id.to_owned()).or_insert(text);
            }
        }
        element.children.iter().for_each(|child| self.note(child));
    }
}

fn write(element: &Element, text: &mut String) {
    let is_block =
        matches!(element.name.as_str(), "paragraph" | "table" | "list" | "item" | "tr" | "caption" | "title" | "text");
    if is_block && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if element.name == "item" {
        text.push_str("- ");
    }
    let mut pieces = element.texts.iter().peekable();
    for at in 0..=element.children.len() {
        while let Some((_, piece)) = pieces.next_if(|(place, _)| *place == at) {
            let words = piece.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_apart =
                piece.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace) && !text.is_empty();
            if is_apart && !words.is_empty() {
                text.push(' ');
            }
            text.push_str(&words);
            if piece.ends_with(char::is_whitespace) && !words.is_empty() {
                text.push(' ');
            }
        }
        if let Some(child) = element.children.get(at) {
            match child.name.as_str() {
                "br" => text.push('\n'),
                _ => write(child, text),
            }
        }
    }
    match element.name.as_str() {
        "td" | "th" => text.push('\t'),
        _ if is_block => text.push('\n'),
        _ => {}
    }
}
