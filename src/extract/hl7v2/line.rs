//! Records as JSON, written straight from the fields of a message: a field is `PID-5`, its second repetition `PID-5[2]`; components and
//! subcomponents stand within by their numbers (`PID-5.1.1`). What is empty is left out.

use super::super::json::Paths;
use super::message::{Delimiters, Segment, is_header, split};

/// Writes one record, and notes the paths of its values.
pub struct Line<'c> {
    text: String,
    path: String,
    columns: Option<&'c mut Paths>,
    /// Segments are not parted.
    is_whole: bool,
}

impl<'c> Line<'c> {
    /// Where the columns are known, nothing is noted.
    pub fn new(columns: Option<&'c mut Paths>, is_whole: bool) -> Self {
        Self::behind(String::with_capacity(512), columns, is_whole)
    }

    /// The same behind other lines.
    pub fn behind(mut text: String, columns: Option<&'c mut Paths>, is_whole: bool) -> Self {
        text.push('{');
        Self { text, path: String::with_capacity(32), columns, is_whole }
    }

    /// The record with a line end, and what it stands behind.
    pub fn finish(mut self) -> String {
        self.close('}');
        self.text.push('\n');
        self.text
    }

    /// A value of our own.
    pub fn word(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.named(name, |line| line.leaf(value));
        }
    }

    /// The fields of a segment that stands for itself.
    pub fn segment(&mut self, segment: &Segment<'_>, delimiters: &Delimiters) {
        if self.is_whole {
            return self.word(segment.name, &segment.whole(delimiters.field));
        }
        let mut name = String::with_capacity(12);
        for (number, field) in segment.fields() {
            let is_literal = is_header(segment.name) && number <= 2;
            if !is_literal && delimiters.is_plain(field) {
                if !field.trim().is_empty() {
                    called(&mut name, segment.name, number);
                    self.named(&name, |line| line.leaf(field));
                }
                continue;
            }
            let repetition_sign = delimiters.repetition.filter(|_| !is_literal);
            let mut repetitions = split_to(field, repetition_sign, MOST_REPETITIONS);
            for (repetition, text) in (1..).zip(&mut repetitions) {
                if is_empty(text, delimiters, is_literal) {
                    continue;
                }
                called(&mut name, segment.name, number);
                if repetition > 1 {
                    name.push('[');
                    push_number(&mut name, repetition);
                    name.push(']');
                }
                let signs = if is_literal { [None; 2] } else { [delimiters.component, delimiters.subcomponent] };
                self.named(&name, |line| line.value(text, signs, delimiters));
            }
        }
    }

    /// Segments of one name, or whatever stands in a list.
    pub fn list<T>(&mut self, name: &str, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.named(name, |line| {
            line.text.push('[');
            for (number, item) in items.iter().enumerate() {
                let before = line.enter(&number.to_string());
                line.text.push('{');
                write(line, item);
                line.close('}');
                line.text.push(',');
                line.path.truncate(before);
            }
            line.close(']');
        });
    }

    fn value(&mut self, text: &str, signs: [Option<char>; 2], delimiters: &Delimiters) {
        if delimiters.is_plain(text) {
            return self.leaf(text);
        }
        let [sign, next] = signs;
        // What stands in the first place alone is the value itself.
        let text = sign.map_or(text, |sign| text.trim_end_matches([sign, ' ']));
        match sign.filter(|sign| text.contains(*sign) && text.matches(*sign).count() < MOST_PARTS) {
            // Subcomponents are of the first component.
            None if next.is_some_and(|sign| text.trim_end_matches([sign, ' ']).contains(sign)) => {
                self.text.push('{');
                self.named("1", |line| line.value(text, [next, None], delimiters));
                self.close('}');
            }
            None => {
                let text = next.map_or(text, |sign| text.trim_end_matches([sign, ' ']));
                self.leaf(&delimiters.unescape(text));
            }
            Some(sign) => {
                self.text.push('{');
                for (number, part) in (1..).zip(text.split(sign)) {
                    if is_empty(part, delimiters, false) {
                        continue;
                    }
                    let mut name = String::with_capacity(3);
                    push_number(&mut name, number);
                    self.named(&name, |line| line.value(part, [next, None], delimiters));
                }
                self.close('}');
            }
        }
    }

    fn named(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        let before = self.enter(name);
        push_text(&mut self.text, name);
        self.text.push(':');
        write(self);
        self.text.push(',');
        self.path.truncate(before);
    }

    fn enter(&mut self, name: &str) -> usize {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        before
    }

    fn close(&mut self, bracket: char) {
        if self.text.ends_with(',') {
            self.text.pop();
        }
        self.text.push(bracket);
    }

    fn leaf(&mut self, text: &str) {
        push_text(&mut self.text, text.trim());
        if let Some(columns) = self.columns.as_mut().filter(|columns| !columns.contains(&self.path)) {
            columns.insert(self.path.clone());
        }
    }
}

/// Repetitions of a field, and components of a repetition, that are parted: more are no field that a program wrote, and stay one text.
const MOST_REPETITIONS: usize = 200;
const MOST_PARTS: usize = 100;

/// So many parts of a text, the last of them with all that is left.
fn split_to(text: &str, by: Option<char>, most: usize) -> impl Iterator<Item = &str> {
    let mut parts = split(text, by);
    let mut taken = 0;
    let mut used = 0;
    std::iter::from_fn(move || {
        taken += 1;
        if taken < most {
            let part = parts.next()?;
            used += part.len() + by.map_or(0, char::len_utf8);
            return Some(part);
        }
        (taken == most && used <= text.len()).then(|| &text[used..])
    })
}

/// A field by its name.
fn called(name: &mut String, segment: &str, number: usize) {
    name.clear();
    name.push_str(segment);
    name.push('-');
    push_number(name, number);
}

/// Whether nothing but signs and blanks is there.
fn is_empty(text: &str, delimiters: &Delimiters, is_literal: bool) -> bool {
    let is_sign = |c: char| !is_literal && (Some(c) == delimiters.component || Some(c) == delimiters.subcomponent);
    text.chars().all(|c| c.is_whitespace() || is_sign(c))
}

fn push_number(text: &mut String, number: usize) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// As JSON writes it; most texts need nothing but quotes.
fn push_text(out: &mut String, text: &str) {
    // All of them are looked at, many at once.
    if text.bytes().fold(false, |found, byte| found | (byte < b' ') | (byte == b'"') | (byte == b'\\')) {
        out.push_str(&serde_json::Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;

    fn check(segment: &str, expected: &str) {
        let text = format!("MSH|^~\\&|\r{segment}\r");
        let message = Message::parse(&text).expect("a message");
        let mut columns = Paths::default();
        let mut line = Line::new(Some(&mut columns), false);
        line.segment(&message.segments[1], &message.delimiters);
        let written = line.finish();
        assert_eq!(written.trim_end(), expected);
        let mut paths = Paths::default();
        super::super::super::json::flatten_object(&written, &mut |path, _| {
            paths.insert(path.to_owned());
        });
        assert_eq!(columns, paths, "the paths are those of the values");
    }

    #[test]
    fn a_field_is_what_stands_in_it() {
        check(
            "PID|1||7^^^M11&1.2&ISO^MR~8",
            r#"{"PID-1":"1","PID-3":{"1":"7","4":{"1":"M11","2":"1.2","3":"ISO"},"5":"MR"},"PID-3[2]":"8"}"#,
        );
        check(
            "PID|||^^^|~~x| |\"\"|a^|a&|&b",
            r#"{"PID-4[3]":"x","PID-6":"\"\"","PID-7":"a","PID-8":"a","PID-9":{"1":{"2":"b"}}}"#,
        );
        check("OBX||a\\T\\b\\.br\\\"c\" \\S\\", r#"{"OBX-2":"a&b\n\"c\" ^"}"#);
        check("NTE", "{}");
    }
}
