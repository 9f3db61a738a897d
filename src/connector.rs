//! Connector packs: what one legacy system's export looks like and means, as data.
//!
//! This module reads packs, checks them (all problems at once, with file and line) and finds the pack of a source. It
//! does not read sources and knows no transform's code: `normalize` gives the words their meaning.

mod catalog;
mod check;
mod code_map;
mod detect;
mod manifest;
mod mapping;
mod pack;
mod template;

pub use catalog::{built_in, built_in_ids, load_folder, load_named};
pub use check::{Note, Problem, line_of, nearest};
pub use code_map::{CodeMap, Equivalence, Translation};
pub use detect::{Candidate, Detection, FileHeader, detect};
pub use mapping::{
    Case, CodeTransform, Condition, DateOrder, Drift, Field, Guard, Mapping, PersonWord, PressurePart, Serial, Target,
    Transform, Translate,
};
pub use pack::{
    Pack, PackError, PackFiles, Repeats, StandardStream, Stream, StreamUse, TABLE_FILES, TapProgram, folded,
};
pub use template::{Template, TemplateColumn, TemplateKind, TemplateSheet};
