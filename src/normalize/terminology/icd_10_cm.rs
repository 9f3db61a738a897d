//! The codes of ICD-10-CM (schemas/terminology/README.md).

use std::sync::LazyLock;

use super::packed::Packed;

static TABLE: LazyLock<Packed> =
    LazyLock::new(|| Packed::unpack(include_bytes!("../../../schemas/terminology/icd-10-cm.tsv.zst")));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is billed.
    Billable,
    /// Others stand below it.
    Heading,
    /// It was a code of an earlier edition.
    Retired,
}

/// A code as the list has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub state: State,
    pub display: Option<&'static str>,
}

/// A code of the list, with its point or without.
pub fn find(code: &str) -> Option<Entry> {
    let plain = code.replace('.', "");
    let line = TABLE.lines_of(&plain).next().map(|line| line.split_once('\t').unwrap_or((line, "")))?;
    let (state, display) = line;
    let state = match state {
        "h" => State::Heading,
        "r" => State::Retired,
        _ => State::Billable,
    };
    Some(Entry { state, display: Some(display).filter(|text| !text.is_empty()) })
}

/// A code as it is written, with its point.
pub fn with_point(plain: &str) -> String {
    match plain.split_at_checked(3) {
        Some((category, rest)) if !rest.is_empty() => format!("{category}.{rest}"),
        _ => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_with_their_point_or_without() {
        for (code, state, display) in [
            ("I10", State::Billable, "Essential (primary) hypertension"),
            ("E11.9", State::Billable, "Type 2 diabetes mellitus without complications"),
            ("E119", State::Billable, "Type 2 diabetes mellitus without complications"),
            ("E11", State::Heading, "Type 2 diabetes mellitus"),
            ("S02.0XXA", State::Billable, "Fracture of vault of skull, initial encounter for closed fracture"),
            ("S30.1XXA", State::Retired, "Contusion of abdominal wall, initial encounter"),
        ] {
            assert_eq!(find(code), Some(Entry { state, display: Some(display) }), "{code}");
        }
        for code in ["", "I", "E11.99", "250.00", "I10X", "Q00.00000"] {
            assert_eq!(find(code), None, "{code}");
        }
        assert_eq!((with_point("I10"), with_point("E119")), ("I10".to_owned(), "E11.9".to_owned()));
    }

    #[test]
    fn the_table_is_sorted_and_has_each_code_once() {
        assert!(TABLE.keys().zip(TABLE.keys().skip(1)).all(|(one, next)| one < next));
        assert!(TABLE.keys().count() > 98_000);
    }
}
