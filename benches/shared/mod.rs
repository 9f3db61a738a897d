//! What benchmarks share: a clock, and a load of a source into a store as the program does it.

use std::path::Path;
use std::time::Instant;

use chartlift::extract::SourcePlace;
use chartlift::model::PartialDate;
use chartlift::pipeline::{MigrateOptions, NoListener, PlanOptions, SourceOptions, migrate};
use chartlift::store::StorePlace;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

pub fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, f64), E> {
    let began = Instant::now();
    let done = work()?;
    Ok((done, began.elapsed().as_secs_f64()))
}

/// Loads a folder into a store; seconds.
pub fn load(source: &Path, store: StorePlace, plan: PlanOptions) -> Result<f64, Failure> {
    let options = MigrateOptions {
        sources: vec![SourceOptions { place: SourcePlace::Path(source.to_owned()), plan }],
        store,
        dry_run: false,
        as_of: PartialDate { year: 2026, month: Some(6), day: Some(1) },
        now: &|| "2026-06-01T00:00:00Z".into(),
        report: None,
        config: None,
        config_hash: None,
    };
    let ((), seconds) = timed(|| migrate(&options, &NoListener).map(drop))?;
    Ok(seconds)
}
