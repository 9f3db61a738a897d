//! A source that a program reads for us: which one, as a pack says.

use std::path::{Component, Path};

use super::super::check::Located;
use super::super::manifest::Manifest;
use super::Problem;

/// A program that speaks the Singer protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapProgram {
    /// A name that is looked up on PATH, an absolute path, or one below the pack's folder.
    pub program: String,
    pub arguments: Vec<String>,
    /// A file of SOURCE that it is given as `--config`.
    pub config: Option<String>,
    /// One that it is given as `--catalog`.
    pub catalog: Option<String>,
    /// Whether it is told how far its last run had read, as `--state`.
    pub state: bool,
}

pub(super) fn tap_of(manifest: &Manifest, at: Located<'_>, problems: &mut Vec<Problem>) -> Option<TapProgram> {
    let text = manifest.tap.as_ref()?;
    let start = text.span().start;
    let tap = text.get_ref();
    let Some((program, arguments)) = tap.command.split_first().filter(|(program, _)| !program.is_empty()) else {
        problems
            .push(at.problem(start, "`command` of [tap] is a program and its arguments: [\"tap-name\", \"--option\"]"));
        return None;
    };
    let is_below = |path: &str| {
        let is_plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        !path.is_empty() && Path::new(path).components().all(is_plain)
    };
    if !Path::new(program).is_absolute() && !is_below(program) {
        let message = "the program of [tap] is a name, an absolute path, or one below the connector's folder";
        problems.push(at.problem(start, message));
    }
    for (name, file) in [("config", &tap.config), ("catalog", &tap.catalog)] {
        if file.as_deref().is_some_and(|file| !is_below(file)) {
            problems.push(at.problem(start, format!("`{name}` of [tap] is a file in SOURCE, and leads nowhere else")));
        }
    }
    if manifest.stream.iter().any(|stream| stream.query.is_some()) && tap.state {
        let message =
            "a query over what changed since the last run would give too little: a [tap] with `state` has none";
        problems.push(at.problem(start, message));
    }
    let (program, arguments) = (program.clone(), arguments.to_vec());
    Some(TapProgram { program, arguments, config: tap.config.clone(), catalog: tap.catalog.clone(), state: tap.state })
}
