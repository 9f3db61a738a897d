//! Names of files that say something: `{Chart number}_{Date} {Kind}`.

/// The columns of every table of documents, before the parts of their names: the path within the source; the name without what stands
/// behind the last point; and, where a record of another stream names the file, that stream.
pub const DOCUMENT_COLUMNS: [&str; 3] = ["file", "name", "indexed_by"];

/// A pattern of names, with parts that are called like columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    pieces: Vec<Piece>,
    /// How many folders above the file's name it speaks of.
    folders: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Part { name: String, of: Signs },
}

/// What a part is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signs {
    Any,
    Digits,
    /// Digits with what stands between those of a date.
    Date,
}

impl Signs {
    fn have(self, c: char) -> bool {
        match self {
            Self::Any => c != '/',
            Self::Digits => c.is_ascii_digit(),
            Self::Date => c.is_ascii_digit() || matches!(c, '-' | '.'),
        }
    }
}

impl NamePattern {
    /// `{NAME}` is at least one character, `{NAME:digits}` digits, `{NAME:date}` digits, points and hyphens; everything else stands for itself, without case. What has
    /// a `/` speaks of the folders above the file, too.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, opened)) = rest.split_once('{') {
            let (part, behind) = opened.split_once('}').ok_or("a `{` is not closed")?;
            if literal.contains('}') || part.contains('{') {
                return Err("a `{` and a `}` do not belong together");
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_lowercase()));
            } else if matches!(pieces.last(), Some(Piece::Part { .. })) {
                return Err("two parts stand side by side: nothing says where one ends");
            }
            let (name, of) = match part.rsplit_once(':') {
                Some((name, "digits")) => (name, Signs::Digits),
                Some((name, "date")) => (name, Signs::Date),
                Some(_) => return Err("a part is {NAME}, {NAME:digits} or {NAME:date}"),
                None => (part, Signs::Any),
            };
            let name = name.trim();
            let is_there = pieces.iter().any(|piece| matches!(piece, Piece::Part { name: other, .. } if other == name));
            if name.is_empty() || is_there {
                return Err("each part has a name of its own");
            }
            pieces.push(Piece::Part { name: name.to_owned(), of });
            rest = behind;
        }
        if rest.contains('}') {
            return Err("a `{` and a `}` do not belong together");
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_lowercase()));
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Part { .. })) {
            return Err("it has no part: `{NAME}`");
        }
        Ok(Self { pieces, folders: text.matches('/').count() })
    }

    /// The names of its parts, in their order.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Part { name, .. } => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// The parts of a file's name, of which each but the last is as short as can be; none where it is another name. What stands behind the
    /// last point is no part of the name.
    pub fn parts_of<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let start = path.rmatch_indices('/').nth(self.folders).map_or(0, |(at, _)| at + 1);
        let path = &path[start..];
        if path.matches('/').count() != self.folders {
            return None;
        }
        let name = path.rfind('/').map_or(0, |at| at + 1);
        let stem = path[name..].rfind('.').filter(|at| *at > 0).map_or(path, |at| &path[..name + at]);
        let mut parts = Vec::new();
        // Each way in which the rest can fail is looked at once.
        let mut failed = vec![vec![false; stem.len() + 1]; self.pieces.len() + 1];
        self.rest(stem, 0, 0, &mut parts, &mut failed).then_some(parts)
    }

    fn rest<'a>(
        &self,
        stem: &'a str,
        piece: usize,
        at: usize,
        parts: &mut Vec<&'a str>,
        failed: &mut [Vec<bool>],
    ) -> bool {
        if failed[piece][at] {
            return false;
        }
        let text = &stem[at..];
        let fits = match self.pieces.get(piece) {
            None => text.is_empty(),
            Some(Piece::Literal(literal)) => {
                let length = prefix_length(text, literal);
                length.is_some_and(|length| self.rest(stem, piece + 1, at + length, parts, failed))
            }
            Some(Piece::Part { of, .. }) => {
                let ends = text.char_indices().take_while(|(_, c)| of.have(*c)).map(|(start, c)| start + c.len_utf8());
                ends.into_iter().any(|end| {
                    let part = text[..end].trim();
                    parts.push(part);
                    let fits = !part.is_empty() && self.rest(stem, piece + 1, at + end, parts, failed);
                    if !fits {
                        parts.pop();
                    }
                    fits
                })
            }
        };
        failed[piece][at] = !fits;
        fits
    }
}

/// How much of a text a literal takes, without case; none where the text does not begin with it.
fn prefix_length(text: &str, literal: &str) -> Option<usize> {
    let mut wanted = literal.chars();
    let mut length = 0;
    for c in text.chars() {
        if wanted.as_str().is_empty() {
            break;
        }
        for lower in c.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
        length += c.len_utf8();
    }
    wanted.as_str().is_empty().then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: Option<&[&str]>) {
        let found = NamePattern::parse(pattern).expect("a pattern");
        assert_eq!(found.parts_of(path).as_deref(), expected, "{pattern} {path}");
    }

    #[test]
    fn names_fall_into_their_parts() {
        check("{mrn}_{date}_{kind}", "scans/0012_2019-03-04_letter.pdf", Some(&["0012", "2019-03-04", "letter"]));
        check("{mrn}_{date}_{kind}", "0012_2019-03-04_letter_two.pdf", Some(&["0012", "2019-03-04", "letter_two"]));
        check("{mrn}_{date}_{kind}", "0012_letter.pdf", None);
        check("{mrn:digits} {title}", "12 A b.tif", Some(&["12", "A b"]));
        check("{mrn:digits} {title}", "x12 A b.tif", None);
        check("{mrn:digits}", "12.3.pdf", None);
        check("{mrn:digits}", "12", Some(&["12"]));
        check("{mrn} {day:date} {title}", "7 2019-03-04 A b.pdf", Some(&["7", "2019-03-04", "A b"]));
        check("{mrn} {day:date} {title}", "7 an old letter.pdf", None);
        check("chart {mrn}", "CHART 7.PDF", Some(&["7"]));
        check("{mrn}/{title}", "all/12/letter.pdf", Some(&["12", "letter"]));
        check("{mrn}/{title}", "letter.pdf", None);
        check("{mrn}/scan{n:digits}", "1.2/SCAN3.pdf", Some(&["1.2", "3"]));
        check("{mrn}-{title}", ".hidden-x", Some(&[".hidden", "x"]));
        check("{name} ({n})", "Ünal (2).txt", Some(&["Ünal", "2"]));
        check("{a}_{b}", "_x.pdf", None);
        check("{a}_{b}", "  _x.pdf", None);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for text in ["", "plain", "{", "{}", "{a}{b}", "{a}_{a}", "{a:words}", "a}b{c}"] {
            assert!(NamePattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_hostile_name_takes_no_time() {
        let pattern = NamePattern::parse("{a}_{b}_{c}_{d}_{e}_{f}_{g}_x").expect("a pattern");
        assert_eq!(pattern.parts_of(&"_a".repeat(120)), None);
    }
}
