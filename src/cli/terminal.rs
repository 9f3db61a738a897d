//! Progress for people: bars on a terminal, a few plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pipeline::{Event, Listener};
use crate::report::QuarantineFile;

/// Set by the first Ctrl-C; the second ends the program at once.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from now on.
pub fn watch_interrupts() {
    std::thread::spawn(|| {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                if INTERRUPTED.swap(true, Ordering::SeqCst) {
                    std::process::exit(130);
                }
                eprintln!("stopping after this batch; Ctrl-C again stops at once");
            }
        });
    });
}

/// Text without the control characters that a terminal would obey.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}

/// Shows a run's progress and writes its quarantine file.
pub struct Terminal {
    bar: ProgressBar,
    plain: bool,
    quiet: bool,
    issues: AtomicU64,
    quarantine: Mutex<Option<QuarantineFile>>,
}

impl Terminal {
    pub fn new(quarantine: Option<QuarantineFile>, quiet: bool) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(
            "{prefix:24} {bar:30} {human_pos:>11}/{human_len:11} {per_sec:>14} ETA {eta:5} {msg}",
        );
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        if plain || quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar, plain, quiet, issues: AtomicU64::new(0), quarantine: Mutex::new(quarantine) }
    }

    /// Clears the bar, and gives the quarantine file back.
    pub fn finish(self) -> Option<QuarantineFile> {
        self.bar.finish_and_clear();
        self.quarantine.into_inner().ok().flatten()
    }

    fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        let text = visible(text);
        if self.plain { eprintln!("{text}") } else { self.bar.suspend(|| eprintln!("{text}")) }
    }
}

impl Listener for Terminal {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Stage(stage) => {
                self.bar.reset();
                self.bar.set_length(0);
                self.bar.set_prefix(stage.to_owned());
                if self.plain {
                    self.line(stage);
                }
            }
            Event::Note(note) => self.line(&format!("note: {note}")),
            Event::Stream { name, records } => {
                self.bar.reset();
                self.bar.set_length(records);
                self.bar.set_prefix(visible(name));
            }
            Event::Progress { records, issues } => {
                self.bar.inc(records);
                let issues = self.issues.fetch_add(issues, Ordering::Relaxed) + issues;
                if issues > 0 {
                    self.bar.set_message(format!("{issues} issues"));
                }
            }
            Event::Quarantined(row) => {
                if let Ok(mut file) = self.quarantine.lock()
                    && let Some(file) = &mut *file
                {
                    file.add(row);
                }
            }
        }
    }

    fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::Relaxed)
    }
}
