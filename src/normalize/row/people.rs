//! What is known of people beside their names: words that become codes of standards, with the words beside them.

use serde_json::{Value as Json, json};

use super::{Filling, Work, clean, stored_date};
use crate::connector::{DateOrder, Field, PersonWord, Target};
use crate::model::check_digit::is_npi;
use crate::model::{Disposition, IssueCode, Value, phone};
use crate::normalize::plausible;
use crate::normalize::transform::date;
use crate::normalize::transform::demographics::{self, Category};
use crate::normalize::transform::person::check_phone;

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
const CDC_RACE: &str = "urn:oid:2.16.840.1.113883.6.238";

impl Work<'_> {
    /// A number that stands where none is known is charted, and told.
    pub(super) fn tell_placeholder(&mut self, is_placeholder: bool, column: usize) {
        if is_placeholder {
            self.issue(IssueCode::ValuePlaceholder, Some(column));
        }
    }

    /// Whether somebody has died, or when. A day to come is told, and says neither.
    pub(super) fn deceased(
        &mut self,
        text: &str,
        said: Option<bool>,
        order: Option<DateOrder>,
        column: usize,
        filling: &mut Filling,
    ) -> bool {
        let as_of = self.context.as_of;
        let mut day = None;
        let has_died = match said {
            Some(has_died) => Ok(has_died),
            None if !text.bytes().any(|byte| byte.is_ascii_digit()) => Err(IssueCode::ValueRejected),
            None => date::parse_datetime(text, order, as_of).and_then(|read| {
                day = Some(Value::text(read.iso()));
                match day.as_ref().and_then(stored_date) {
                    Some(day) if day.certainly_after(&as_of) => Err(IssueCode::DateInFuture),
                    // Where a program knows no day, nobody died.
                    Some(day) if plausible::is_sentinel(day) => Err(IssueCode::ValueRejected),
                    _ => Ok(true),
                }
            }),
        };
        let has_died = match has_died {
            Ok(has_died) => has_died,
            // A day that can be read both ways is a day all the same.
            Err(IssueCode::DateAmbiguous) => {
                self.issue(IssueCode::DateAmbiguous, Some(column));
                true
            }
            Err(code) => {
                self.fail(code, column);
                return false;
            }
        };
        self.mark(column, Disposition::Mapped);
        for (name, value) in [("deceased", Some(Value::Integer(i64::from(has_died)))), ("deceased_date", day)] {
            if let Some((at, value)) = filling.record.column_index(name).zip(value) {
                filling.values[at] = value;
                filling.sources.push((at, column));
            }
        }
        true
    }

    /// A word about a person; what it is not known to mean stays as it was written.
    pub(super) fn person_word(
        &mut self,
        kind: PersonWord,
        field: &Field,
        column: usize,
        text: &str,
        filling: &mut Filling,
    ) -> bool {
        let mut categories = None;
        let code = match kind {
            PersonWord::Language => demographics::language(text),
            PersonWord::MaritalStatus => demographics::marital_status(text).map(str::to_owned),
            PersonWord::State => demographics::state(text).map(str::to_owned),
            PersonWord::E164 if check_phone(text).is_err() => {
                self.fail(IssueCode::ValueRejected, column);
                return false;
            }
            PersonWord::E164 => {
                let is_placeholder = phone::is_placeholder(text);
                self.tell_placeholder(is_placeholder, column);
                phone::e164(text).filter(|_| !is_placeholder)
            }
            PersonWord::Npi => {
                if !is_npi(text) {
                    self.issue(IssueCode::IdentifierInvalid, Some(column));
                }
                Some(text.to_owned())
            }
            // The chart has the words; their categories go where FHIR has them.
            PersonWord::Race => {
                categories = demographics::races(text);
                categories.is_some().then(|| text.to_owned())
            }
            PersonWord::Ethnicity => {
                categories = demographics::ethnicity(text).map(|category| vec![category]);
                categories.is_some().then(|| text.to_owned())
            }
        };
        if code.is_none() && kind != PersonWord::E164 {
            self.issue(IssueCode::CodeUnmapped, Some(column));
        }
        let is_coded = code.as_deref().is_some_and(|code| code != text) || categories.is_some();
        self.mark(column, if is_coded { Disposition::Coded } else { Disposition::Mapped });
        if let (Some(code), Target::Column(at)) = (code.as_deref().filter(|code| *code != text), &field.target) {
            // What was written stands beside what it became.
            filling.extra.insert(format!("{}_text", filling.record.columns()[*at].name), Json::from(text));
            return filling.put(&field.target, Value::text(code), Some(column));
        }
        if let Some(categories) = categories {
            let name = if kind == PersonWord::Race { "us-core-race" } else { "us-core-ethnicity" };
            let extensions = filling.extra.entry("extension").or_insert_with(|| Json::Array(Vec::new()));
            if let Json::Array(extensions) = extensions {
                extensions.push(extension(name, &categories));
            }
        }
        filling.put(&field.target, clean(text), Some(column))
    }
}

/// The extension as US Core has it, without the text, which has a column.
fn extension(name: &str, categories: &[Category]) -> Json {
    let category = |(code, display): &Category| json!({ "url": "ombCategory", "valueCoding": { "system": CDC_RACE, "code": code, "display": display } });
    json!({ "url": format!("{US_CORE}{name}"), "extension": categories.iter().map(category).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::super::trial::chart;

    fn check(transform: &str, to: &str, text: &str, expected: Option<&str>, extra: Option<&str>, issues: &[&str]) {
        let field = format!("[[field]]\nto = \"{to}\"\nfrom = \"CELL\"\ntransform = \"{transform}\"\n");
        let name = "[[field]]\nto = \"family_name\"\nfrom = \"NAME\"\n";
        let outcome = chart("Patient", &format!("{name}{field}"), &[], &[("NAME", "Larkspur"), ("CELL", text)]);
        assert_eq!((outcome.get(to), outcome.get("extra")), (expected, extra), "{text}");
        assert_eq!(outcome.issues, issues, "{text}");
    }

    #[test]
    fn one_column_says_whether_and_when_somebody_died() {
        let field = "[[field]]\nto = \"family_name\"\nfrom = \"NAME\"\n[[field]]\nto = \"deceased\"\nfrom = \"DOD\"\n\
            transform = \"deceased\"\norder = \"mdy\"\n";
        for (text, deceased, day, issues) in [
            ("Y", "1", "", &[][..]),
            ("yes", "1", "", &[]),
            ("TRUE", "1", "", &[]),
            ("1", "1", "", &[]),
            ("Dead", "1", "", &[]),
            ("N", "0", "", &[]),
            ("false", "0", "", &[]),
            ("0", "0", "", &[]),
            ("Alive", "0", "", &[]),
            ("2019-04-30", "1", "2019-04-30", &[]),
            ("4/30/2019", "1", "2019-04-30", &[]),
            ("2019", "1", "2019", &[]),
            ("", "", "", &[]),
            ("2091-01-01", "", "", &["date_in_future"]),
            ("13/45/2019", "", "", &["date_invalid"]),
            ("unknown", "", "", &["value_rejected"]),
            ("1/1/1900", "", "", &["value_rejected"]),
            ("12/30/1899", "", "", &["value_rejected"]),
        ] {
            let outcome = chart("Patient", field, &[], &[("NAME", "Sedge"), ("DOD", text)]);
            let of = |name| outcome.get(name).unwrap_or_default();
            assert_eq!((of("deceased"), of("deceased_date")), (deceased, day), "{text}");
            assert_eq!(outcome.issues, issues, "{text}");
        }
    }

    #[test]
    fn a_day_of_death_that_can_be_read_both_ways_is_a_death() {
        let field = "[[field]]\nto = \"family_name\"\nfrom = \"NAME\"\n[[field]]\nto = \"deceased\"\nfrom = \"DOD\"\n\
            transform = \"deceased\"\n";
        let outcome = chart("Patient", field, &[], &[("NAME", "Sedge"), ("DOD", "3/4/2019")]);
        assert_eq!((outcome.get("deceased"), outcome.get("deceased_date")), (Some("1"), None));
        assert_eq!(outcome.issues, ["date_ambiguous"]);
    }

    #[test]
    fn words_become_codes_and_stand_beside_them() {
        check("language", "language", "Spanish", Some("es"), Some("{\"language_text\":\"Spanish\"}"), &[]);
        check("language", "language", "es", Some("es"), None, &[]);
        check("language", "language", "Declined", Some("Declined"), None, &["code_unmapped"]);
        let married = Some("{\"marital_status_text\":\"Married\"}");
        check("marital_status", "marital_status", "Married", Some("M"), married, &[]);
        check("state", "state", "Vermont", Some("VT"), Some("{\"state_text\":\"Vermont\"}"), &[]);
        check("state", "state", "VT", Some("VT"), None, &[]);
        check("state", "state", "Ontario", Some("Ontario"), None, &["code_unmapped"]);
        let phone = Some("{\"phone_home_text\":\"(617) 555-0123 x12\"}");
        check("e164", "phone_home", "(617) 555-0123 x12", Some("+16175550123;ext=12"), phone, &[]);
        check("e164", "phone_home", "555-0123", Some("555-0123"), None, &[]);
        check("e164", "phone_home", "call the office", None, None, &["value_rejected"]);
    }

    #[test]
    fn race_keeps_its_words_and_gets_its_category() {
        let race = "{\"extension\":[{\"url\":\"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race\",\"extension\":\
            [{\"url\":\"ombCategory\",\"valueCoding\":{\"system\":\"urn:oid:2.16.840.1.113883.6.238\",\"code\":\"2106-3\",\
            \"display\":\"White\"}}]}]}";
        check("race", "race", "caucasian", Some("caucasian"), Some(race), &[]);
        check("race", "race", "Hispanic", Some("Hispanic"), None, &["code_unmapped"]);
        let ethnicity = race.replace("us-core-race", "us-core-ethnicity").replace("2106-3", "2186-5");
        let ethnicity = ethnicity.replace("White", "Not Hispanic or Latino");
        check("ethnicity", "ethnicity", "Non-Hispanic", Some("Non-Hispanic"), Some(&ethnicity), &[]);
    }

    #[test]
    fn numbers_that_stand_for_none_are_told() {
        check("ssn", "ssn", "000-00-0000", Some("000-00-0000"), None, &["value_placeholder"]);
        check("ssn", "ssn", "900-12-3456", Some("900-12-3456"), None, &[]);
        check("phone", "phone_home", "555-5555", Some("555-5555"), None, &["value_placeholder"]);
        check("e164", "phone_home", "(999) 999-9999", Some("(999) 999-9999"), None, &["value_placeholder"]);
    }

    #[test]
    fn a_provider_s_number_has_its_check_digit() {
        let field = "[[field]]\nto = \"identifier\"\nfrom = \"NPI\"\ntransform = \"npi\"\n";
        for (text, issues) in
            [("1234567893", &[][..]), ("1234567890", &["identifier_invalid"]), ("D-17", &["identifier_invalid"])]
        {
            let outcome = chart("Practitioner", field, &[], &[("NPI", text)]);
            assert_eq!((outcome.get("identifier"), outcome.issues.as_slice()), (Some(text), issues), "{text}");
        }
    }
}
