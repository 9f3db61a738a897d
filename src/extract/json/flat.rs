//! The values within a value, each with its path, in one pass over its text.

use std::collections::HashSet;

use serde_json::Value;
use serde_json::value::RawValue;

use super::Object;

/// Paths of values. They are looked up once for each value of a file.
pub(in crate::extract) type Paths = HashSet<String, foldhash::fast::RandomState>;

/// Objects within objects.
const MAX_DEPTH: usize = 32;

/// Gives every value within one, with its path. What is nested too deep is one text.
pub(in crate::extract) fn flatten(
    path: &str,
    value: &RawValue,
    depth: usize,
    found: &mut impl FnMut(&str, Option<String>),
) {
    let text = value.get();
    // Half of a letter (`\ud83d` alone) is none: an object with such a name cannot be read.
    let may_be_torn = memchr::memmem::find(text.as_bytes(), b"\\ud").is_some()
        || memchr::memmem::find(text.as_bytes(), b"\\uD").is_some();
    let mut path = path.to_owned();
    Walk { text, at: 0, may_be_torn }.value(&mut path, depth, found);
}

/// Adds the paths of all values in an object: those that [`flatten`] gives of its text.
pub(in crate::extract) fn paths_in(object: &Value, paths: &mut Paths) {
    for (name, value) in object.as_object().into_iter().flatten() {
        add_paths(value, &mut name.clone(), 0, paths);
    }
}

fn add_paths(value: &Value, path: &mut String, depth: usize, paths: &mut Paths) {
    let length = path.len();
    let mut add = |name: &str, value: &Value| {
        path.push('.');
        path.push_str(name);
        add_paths(value, path, depth + 1, paths);
        path.truncate(length);
    };
    match value {
        Value::Object(inner) if depth < MAX_DEPTH => inner.iter().for_each(|(name, value)| add(name, value)),
        Value::Array(inner) if depth < MAX_DEPTH => {
            inner.iter().enumerate().for_each(|(at, value)| add(&at.to_string(), value));
        }
        _ if paths.contains(path.as_str()) => {}
        _ => drop(paths.insert(path.clone())),
    }
}

/// A place in the text of a value that was parsed before: whatever follows is as JSON has it.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    may_be_torn: bool,
}

impl<'t> Walk<'t> {
    fn value(&mut self, path: &mut String, depth: usize, found: &mut impl FnMut(&str, Option<String>)) {
        self.pass_blanks();
        match self.byte() {
            Some(open @ (b'{' | b'[')) if depth < MAX_DEPTH => self.container(open, path, depth, found),
            Some(b'"') => {
                let text = self.string();
                found(path, text);
            }
            _ => match self.raw() {
                "null" => found(path, None),
                text => found(path, Some(text.to_owned())),
            },
        }
    }

    fn container(&mut self, open: u8, path: &mut String, depth: usize, found: &mut impl FnMut(&str, Option<String>)) {
        if open == b'{' && self.may_be_torn {
            let start = self.at;
            if serde_json::from_str::<Object>(self.raw()).is_err() {
                return;
            }
            self.at = start;
        }
        self.at += 1;
        let length = path.len();
        for number in 0.. {
            self.pass_blanks();
            match self.byte() {
                Some(b'}' | b']') | None => break,
                Some(b',') => {
                    self.at += 1;
                    self.pass_blanks();
                }
                Some(_) => {}
            }
            path.push('.');
            if open == b'{' {
                path.push_str(&self.string().unwrap_or_default());
                self.pass_blanks();
                // The colon.
                self.at += 1;
            } else {
                path.push_str(&number.to_string());
            }
            self.value(path, depth + 1, found);
            path.truncate(length);
        }
        self.at += 1;
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn pass_blanks(&mut self) {
        while self.byte().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The text from here to the end of a string, quotes included.
    fn quoted(&mut self) -> &'t str {
        let start = self.at;
        self.at += 1;
        while let Some(found) = memchr::memchr2(b'"', b'\\', &self.text.as_bytes()[self.at.min(self.text.len())..]) {
            self.at += found + 1;
            match self.text.as_bytes()[self.at - 1] {
                b'"' => break,
                _ => self.at += 1,
            }
        }
        &self.text[start..self.at]
    }

    /// A string; none where it holds half of a letter.
    fn string(&mut self) -> Option<String> {
        let quoted = self.quoted();
        match quoted.contains('\\') {
            true => serde_json::from_str(quoted).ok(),
            false => Some(quoted[1..quoted.len() - 1].to_owned()),
        }
    }

    /// A value as it is written.
    fn raw(&mut self) -> &'t str {
        let start = self.at;
        let mut open = 0usize;
        while let Some(byte) = self.byte() {
            match byte {
                b'"' => {
                    self.quoted();
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' | b',' if open == 0 => break,
                b' ' | b'\t' | b'\r' | b'\n' if open == 0 => break,
                b'}' | b']' => {
                    open -= 1;
                    if open == 0 {
                        self.at += 1;
                        break;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        &self.text[start..self.at]
    }
}

/// The values of an object that is a text.
#[cfg(test)]
pub(in crate::extract) fn flatten_object(text: &str, found: &mut impl FnMut(&str, Option<String>)) {
    let Object(pairs) = serde_json::from_str(text).expect("an object");
    pairs.iter().for_each(|(name, value)| flatten(name, value, 0, &mut *found));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Option<&str>)]) {
        let mut found = Vec::new();
        flatten_object(text, &mut |path, value| found.push((path.to_owned(), value)));
        let found: Vec<(&str, Option<&str>)> = found.iter().map(|(path, value)| (&**path, value.as_deref())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_are_given_with_their_paths() {
        check("{}", &[]);
        check(
            r#"{"a":1.50,"b":-2e3,"c":true,"d":null}"#,
            &[("a", Some("1.50")), ("b", Some("-2e3")), ("c", Some("true")), ("d", None)],
        );
        check(
            " { \"a\" : { \"b\" : [ 1 , [ ] , { \"c\" : \"x\" } , \"\" ] , \"d\" : { } } } ",
            &[("a.b.0", Some("1")), ("a.b.2.c", Some("x")), ("a.b.3", Some(""))],
        );
        check(
            r#"{"a":{"x":1,"x":2},"b":"{[\"}]\\","c\n":["\u00e9\\\""]}"#,
            &[("a.x", Some("1")), ("a.x", Some("2")), ("b", Some("{[\"}]\\")), ("c\n.0", Some("é\\\""))],
        );
    }

    #[test]
    fn a_value_has_the_paths_of_its_text() {
        let deep = format!("{}[1,2]{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        for text in
            [r#"{"a":{"b":[1,[],{"c":null}],"d":{}},"":"x","e.f":true}"#.to_owned(), format!("{{\"a\":{deep}}}")]
        {
            let (mut expected, mut found) = (Paths::default(), Paths::default());
            flatten_object(&text, &mut |path, _| _ = expected.insert(path.to_owned()));
            paths_in(&serde_json::from_str(&text).expect("JSON"), &mut found);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn half_of_a_letter_is_no_value_and_names_no_object() {
        check(
            r#"{"a":["\ud83d","\ud83d\ude00",{"\udead":1,"b":2},3]}"#,
            &[("a.0", None), ("a.1", Some("😀")), ("a.3", Some("3"))],
        );
    }

    #[test]
    fn what_is_nested_too_deep_is_one_text() {
        let deep = format!("{}[1, {{\"x\":\"]\"}} ]{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        let path = format!("a{}", ".0".repeat(MAX_DEPTH));
        check(&format!("{{\"a\":{deep}}}"), &[(&path, Some("[1, {\"x\":\"]\"} ]"))]);
    }
}
