//! Errors as people see them: what, why, what to do; and the exit code of each.

use std::error::Error;
use std::process::ExitCode;

use super::terminal::visible;
use crate::connector::PackError;
use crate::generate::GenerateError;
use crate::pipeline::PipelineError;
use crate::report::ReportError;
use crate::store::StoreError;

/// Exit codes, DESIGN section 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    OverLimit = 3,
    Unbalanced = 4,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error("run {run} is in the store, but its report is not written")]
    NotReported { run: i64, source: ReportError },
    #[error("the person is erased, but the space that the data took could not be written over")]
    NotScrubbed { source: StoreError },
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error("the answer cannot be printed")]
    Output { source: std::io::Error },
    #[error("{what}")]
    Usage { what: String, hint: String },
    #[error("{what}")]
    NotFound { what: String, hint: String },
    #[error("{path} cannot be read or written")]
    File { path: String, source: std::io::Error },
}

impl CliError {
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Pipeline(PipelineError::Interrupted) => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Pipeline(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Pack(error @ PackError::Unknown { .. }) => match error {
                PackError::Unknown { nearest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
                _ => Some("`chartlift connectors list` shows all".into()),
            },
            Self::Pack(PackError::Invalid { .. }) => Some("mend these; connectors/README.md has the vocabulary".into()),
            Self::Pack(PackError::Unreadable { .. }) => Some("check that this user may read it".into()),
            Self::NotReported { run, .. } => Some(format!(
                "make room, or choose another folder: `chartlift report {run} --report DIR` writes it again"
            )),
            Self::NotScrubbed { .. } => Some(
                "close whatever reads the store, make room for a second copy of it, then run `chartlift patient scrub`"
                    .into(),
            ),
            Self::Report(_) => {
                Some("check the folder that is written to (--report, --out), and that there is room".into())
            }
            Self::Generate(GenerateError::NotEmpty { .. }) => Some("name a folder that is not there yet".into()),
            Self::Generate(_) | Self::File { .. } => Some("check the path, its rights and the room on the disk".into()),
            Self::Usage { hint, .. } | Self::NotFound { hint, .. } => Some(hint.clone()),
            Self::Output { .. } => None,
        }
    }

    /// Prints error, causes and hint to standard error.
    pub fn print(&self) {
        eprintln!("error: {}", visible(&self.to_string()));
        if let Self::Pack(PackError::Invalid { problems, .. })
        | Self::Pipeline(PipelineError::Pack(PackError::Invalid { problems, .. })) = self
        {
            for problem in problems {
                eprintln!("  {}", visible(&problem.to_string()));
            }
        }
        let mut cause = self.source();
        while let Some(error) = cause {
            eprintln!("  caused by: {}", visible(&error.to_string()));
            cause = error.source();
        }
        if let Some(hint) = self.hint() {
            eprintln!("  hint: {}", visible(&hint));
        }
    }
}
