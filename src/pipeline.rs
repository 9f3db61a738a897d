//! Where the stages meet: a source and a pack on one side, a store on the other, and the run in between.
//!
//! Only here do extract, normalize, matching, store and reconcile know of each other. Progress leaves as [`Event`]s; what a
//! terminal or a report makes of them is not this module's business.

mod books;
mod decide;
mod decision_run;
mod document_subjects;
mod drift;
mod erase;
mod erased;
mod error;
mod events;
mod file_document;
mod identify;
mod inspect;
mod kept_files;
mod linked_anew;
mod listed;
mod load;
mod loading;
mod match_people;
mod match_quality;
mod medications;
mod memory;
mod migrate;
mod newest;
mod outcome;
mod people;
mod plan;
mod prefer;
mod prepare;
mod quarantined;
mod references;
mod rematch;
mod remembered;
mod replay;
mod review;
mod settings;
mod spill;
mod stored;
mod survey;
mod tap;
mod terminology;
mod undo;
mod unfinished;

pub use document_subjects::named_people;
pub use erase::{EraseOptions, EraseOutcome, ErasedSystem, ThoseWhoStay, erase};
pub use error::{MissingColumns, PipelineError};
pub use events::{Event, Listener, NoListener, QuarantinedRow};
pub use file_document::{FileOptions, FiledDocument, NamedDocument, file_document, looked_at, unfiled_documents};
pub use inspect::{InspectOptions, inspect};
pub use linked_anew::LinkedAnew;
pub use match_people::{MatchOptions, MatchedPeople, match_people};
pub use match_quality::{BlockingOutcome, LevelOutcome, MatchingOutcome, WeightBin, matching_outcome};
pub use migrate::{MigrateOptions, SourceOptions, migrate, migrate_and_tell, sources_of};
pub use outcome::{
    ColumnOutcome, EvidenceOutcome, IssueOutcome, Listed, PairOutcome, PatientsOutcome, RunFacts, RunOutcome,
    StreamOutcome, UNCLAIMED,
};
pub use people::Regrouped;
pub use plan::{Plan, PlanOptions, PlannedFile, PlannedStream, StreamKind};
pub use prefer::{PreferOptions, PreferOutcome, prefer};
pub use quarantined::read_quarantined;
pub use rematch::{NewModel, RematchOptions, RematchOutcome, rematch};
pub use review::{PeopleOf, ReviewOptions, ReviewOutcome, Verdict, compare, named_registrations, one_patient, review};
pub use settings::{SourcePriority, pinned_model};
pub use undo::{Dependent, UndoOptions, UndoOutcome, undo};
pub use unfinished::Stopped;
