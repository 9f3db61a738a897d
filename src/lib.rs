//! chartlift moves a practice's charts out of a legacy EMR into a shared EHR store, and proves that nothing was lost.
//!
//! The flow goes one way: extract -> normalize -> match -> load -> reconcile -> report. `ARCHITECTURE.md` has the map.

pub mod cli;
pub mod connector;
pub mod draft;
pub mod exchange;
pub mod extract;
pub mod generate;
pub mod matching;
pub mod model;
pub mod normalize;
pub mod pipeline;
pub mod profile;
pub mod reconcile;
pub mod report;
pub mod store;
pub mod template;
