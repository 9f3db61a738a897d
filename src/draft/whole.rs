//! What a record must say to be one: a prescription without a drug, a result without a test or a value is none, whatever its table is
//! called. Such a table is left open.

use super::DraftStream;
use super::lexicon::Form;
use crate::model::RecordType;

/// Leaves tables open whose rows would be records that say nothing.
pub fn heed(streams: &mut [DraftStream]) {
    for stream in streams.iter_mut() {
        let Some(missing) = stream.record.and_then(|record| missing(record, stream)) else { continue };
        stream.record = None;
        stream.why = format!("its rows may be more than is known of them: no column tells {missing}");
        stream.columns.clear();
        stream.measurements.clear();
    }
}

/// What no column tells.
fn missing(record: RecordType, stream: &DraftStream) -> Option<&'static str> {
    let has = |target: &str| stream.columns.iter().any(|guess| guess.target == target);
    let has_result = || stream.columns.iter().any(|guess| guess.form == Form::Result);
    if record.is_about_a_patient() && record != RecordType::Patient && !has("patient") {
        return Some("whose they are");
    }
    match record {
        RecordType::Condition => (!has("code")).then_some("the problem"),
        RecordType::AllergyIntolerance => (!has("code")).then_some("the substance"),
        RecordType::MedicationRequest | RecordType::MedicationStatement | RecordType::MedicationDispense => {
            (!has("code") && !has("medication_request_id")).then_some("the drug")
        }
        RecordType::Immunization => (!has("code")).then_some("the vaccine"),
        RecordType::ServiceRequest => {
            (!has("code") && !has("reason") && !has("performer_name")).then_some("what is ordered")
        }
        RecordType::Procedure => (!has("code")).then_some("the procedure"),
        RecordType::Observation if stream.measurements.is_empty() => {
            (!has("code") || !has_result()).then_some("what was measured, or the result")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Guess;

    fn stream(record: RecordType, targets: &[(&str, Form)]) -> DraftStream {
        let guess = |(column, (target, form)): (usize, &(&str, Form))| Guess {
            column,
            target: (*target).to_owned(),
            form: *form,
            stream: None,
            confidence: 1.0,
            why: String::new(),
        };
        DraftStream {
            table: 0,
            name: "t".into(),
            record: Some(record),
            why: String::new(),
            key: None,
            columns: targets.iter().enumerate().map(guess).collect(),
            guards: Vec::new(),
            has_unknown_state: false,
            only: None,
            measurements: Vec::new(),
        }
    }

    #[test]
    fn a_record_says_what_it_is_of() {
        let (whose, drug) = (("patient", Form::Text), ("code", Form::CodeText));
        for (record, targets, is_whole) in [
            (RecordType::MedicationRequest, &[whose][..], false),
            (RecordType::MedicationRequest, &[whose, drug][..], true),
            (RecordType::MedicationRequest, &[drug][..], false),
            (RecordType::Observation, &[whose, drug][..], false),
            (RecordType::Observation, &[whose, drug, ("value", Form::Result)][..], true),
            (RecordType::Encounter, &[whose][..], true),
            (RecordType::Location, &[][..], true),
        ] {
            let mut streams = [stream(record, targets)];
            heed(&mut streams);
            assert_eq!(streams[0].record.is_some(), is_whole, "{record:?}");
        }
    }
}
