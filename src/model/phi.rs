//! Protected health information that must not be printed by accident.

use std::fmt;

/// A value of a patient: usable by code, invisible to `Debug` and therefore to logs, panics and error chains.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the store, the report and the quarantine only.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<phi>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        assert_eq!(format!("{:?} {:#?}", Phi::new("Mosciski"), Some(Phi::new(1937))), "<phi> Some(\n    <phi>,\n)");
    }
}
