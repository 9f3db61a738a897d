//! What became of a source record, and of each of its cells: exactly one each.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What became of a source record. The seven are the right side of the books:
    /// `read = loaded + updated + unchanged + linked + duplicate + quarantined + archived`.
    Fate {
        /// New, and now in the chart.
        Loaded = "loaded",
        /// Known, its content changed, the chart follows.
        Updated = "updated",
        /// Known and the same; nothing was written.
        Unchanged = "unchanged",
        /// A new identity that joined a patient who was already there.
        Linked = "linked",
        /// An exact repeat of another record of its stream.
        Duplicate = "duplicate",
        /// Rejected whole, kept whole, with its reason.
        Quarantined = "quarantined",
        /// Kept whole, deliberately without a chart record.
        Archived = "archived",
    }
}

words! {
    /// What became of a non-empty cell.
    Disposition {
        /// In a chart field as it came, or as the same value in standard form.
        Mapped = "mapped",
        /// In a chart field through a code map.
        Coded = "coded",
        /// Stored with its source record; no chart field takes it.
        Kept = "kept",
        /// The pack says why it is not needed.
        Ignored = "ignored",
        /// Its transform failed: an issue says so, the raw text stays with the source record.
        Failed = "failed",
        /// Its record is in quarantine.
        Quarantined = "quarantined",
        /// Its record is unchanged or an exact repeat: accounted for before.
        Unchanged = "unchanged",
    }
}

impl Fate {
    /// What its cells count as where they all count as one.
    pub fn disposition(self) -> Disposition {
        match self {
            Self::Quarantined => Disposition::Quarantined,
            Self::Duplicate | Self::Unchanged => Disposition::Unchanged,
            Self::Archived => Disposition::Kept,
            Self::Loaded | Self::Updated | Self::Linked => Disposition::Mapped,
        }
    }
}
