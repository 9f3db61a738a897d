use crate::pipeline::{QuarantinedRow, RunOutcome};
pub fn html(outcome: &RunOutcome, _q: &[QuarantinedRow], _n: u64) -> Result<String, minijinja::Error> {
    Ok(format!("{:?}", outcome.balanced))
}
