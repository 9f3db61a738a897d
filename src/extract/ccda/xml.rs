//! XML as a tree, bounded: so deep, so many elements, no document type that says more than its name, no entities but the five that XML
//! itself has.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value as Json, json};

use super::narrative::Narrative;

const MAX_DEPTH: usize = 256;
const MAX_ELEMENTS: usize = 2_000_000;

/// An element by its local name; whose namespace it is of does not matter here.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// With the place among the children where each piece stands.
    pub texts: Vec<(usize, String)>,
}

/// Whether a document begins with an element of this name.
pub fn is_called(start: &[u8], name: &str) -> bool {
    let text = String::from_utf8_lossy(start);
    let mut reader = Reader::from_str(&text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => return tag.local_name().as_ref() == name,
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// # Errors
/// The byte at which it is damaged, or is more than a document may be.
pub fn parse(bytes: &[u8]) -> Result<Element, usize> {
    let (text, ..) = encoding_of(bytes).decode(bytes);
    let mut reader = Reader::from_str(&text);
    let mut open: Vec<Element> = Vec::new();
    let mut elements = 0;
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|_| at)?;
        match event {
            Event::Start(tag) => {
                elements += 1;
                if open.len() >= MAX_DEPTH || elements > MAX_ELEMENTS {
                    return Err(at);
                }
                open.push(element_of(&tag));
            }
            Event::Empty(tag) => {
                elements += 1;
                let element = element_of(&tag);
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::End(_) => {
                let element = open.pop().ok_or(at)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::Text(text) => push(&mut open, &text),
            Event::CData(text) => push(&mut open, &text),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(letter)) => push(&mut open, letter.encode_utf8(&mut [0; 4])),
                _ => push(&mut open, resolve_predefined_entity(&entity).ok_or(at)?),
            },
            // A mere name declares nothing: no entity, no default, nothing from elsewhere.
            Event::DocType(named) if named.split_whitespace().count() == 1 && !named.contains('[') => {}
            Event::DocType(_) => return Err(at),
            Event::Eof => return Err(at),
            _ => {}
        }
    }
}

/// As its first line says; UTF-8 where it does not.
fn encoding_of(bytes: &[u8]) -> &'static encoding_rs::Encoding {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding;
    }
    let first = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declared = first.split_once("encoding=").and_then(|(_, behind)| {
        let quote = behind.chars().next()?;
        behind[1..].split(quote).next()
    });
    declared.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes())).unwrap_or(encoding_rs::UTF_8)
}

fn push(open: &mut [Element], text: &str) {
    let Some(element) = open.last_mut() else { return };
    let at = element.children.len();
    match element.texts.last_mut() {
        Some((place, before)) if *place == at => before.push_str(text),
        _ => element.texts.push((at, text.to_owned())),
    }
}

fn element_of(tag: &BytesStart<'_>) -> Element {
    let mut attributes = tag.attributes();
    let attributes = attributes.with_checks(false).flatten();
    let attribute = |own: quick_xml::events::attributes::Attribute<'_>| {
        let value =
            quick_xml::escape::unescape(&own.value).map_or_else(|_| own.value.to_string(), |text| text.into_owned());
        let name = own.key;
        let is_namespace = name.as_ref() == "xmlns" || name.as_ref().starts_with("xmlns:");
        (!is_namespace).then(|| (name.local_name().as_ref().to_owned(), value.trim().to_owned()))
    };
    Element {
        name: tag.local_name().as_ref().to_owned(),
        attributes: attributes.filter_map(attribute).filter(|(_, value)| !value.is_empty()).collect(),
        ..Element::default()
    }
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The statement of an entry.
    pub fn main_child(&self) -> Option<&Self> {
        self.children
            .iter()
            .find(|child| !matches!(child.name.as_str(), "templateId" | "realmCode" | "typeId" | "sequenceNumber"))
    }

    /// All text within, in one line.
    pub fn all_text(&self) -> String {
        let mut text = String::new();
        self.add_text(&mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn add_text(&self, text: &mut String) {
        let mut pieces = self.texts.iter().peekable();
        for at in 0..=self.children.len() {
            while let Some((_, piece)) = pieces.next_if(|(place, _)| *place == at) {
                text.push_str(piece);
            }
            if let Some(child) = self.children.get(at) {
                child.add_text(text);
                text.push(' ');
            }
        }
    }

    /// As JSON; what references to the narrative mean stands beside them.
    pub fn to_json(&self, narrative: Option<&Narrative>) -> Json {
        let mut map = Map::new();
        for (name, value) in &self.attributes {
            map.insert(format!("@{name}"), json!(value));
        }
        for child in &self.children {
            super::put(&mut map, &child.name, child.to_json(narrative));
        }
        let own: String = self.texts.iter().map(|(_, text)| text.as_str()).collect();
        let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
        let referred = || {
            let to = self.attribute("value")?.strip_prefix('#')?;
            narrative?.texts.get(to).cloned()
        };
        let text = if !own.is_empty() { Some(own) } else { (self.name == "reference").then(referred).flatten() };
        if let Some(text) = text {
            map.insert("#text".into(), json!(text));
        }
        Json::Object(map)
    }
}
