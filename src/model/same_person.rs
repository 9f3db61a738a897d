//! What a source says of its own registrations: that another one is the same person.

use super::Phi;

/// How much is said by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sameness {
    /// Both are in use, and are about one person.
    Related,
    /// One was merged into the other.
    Merged,
}

impl Sameness {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Related => "related",
            Self::Merged => "merged",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Related, Self::Merged].into_iter().find(|sameness| sameness.as_str() == text)
    }
}

/// How a registration of the same source system is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedPerson {
    /// By the stream that registers people, and the key in it.
    Key(String, Phi<String>),
    /// By the medical record number.
    Number(Phi<String>),
}

/// Another registration that is the same person, as one says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaidSame {
    pub named: NamedPerson,
    pub sameness: Sameness,
}
