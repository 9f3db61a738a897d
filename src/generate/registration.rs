//! One patient number: its record in PATIENTS.CSV, clean or with a planted fault, and the chart that hangs on it.

use super::calendar::{DateStyle, Day, EXPORT_DAY};
use super::dirt::{self, PatientFault, Plan};
use super::facts::{self, Chart};
use super::names::Sex;
use super::office::CLINICIANS;
use super::people::{How, Person, Registration, phone_text};
use super::random::{Purpose, Random};
use super::table::Table;
use super::tables::Tables;
use super::truth::{Planted, Truth};
use super::{FIRST_PATIENT_NUMBER, GenerateError, GenerateOptions, Richness, visits};
use std::path::Path;

/// So many charts have scans of their own; later ones point into the scanner's batch folder.
const CHARTS_WITH_OWN_SCANS: u64 = 60;

/// Writes everything about one registration, and returns the bytes of its scans.
pub(super) fn write(
    folder: &Path,
    tables: &mut Tables,
    truth: &mut Truth,
    registration: &Registration,
    plan: &Plan,
    options: &GenerateOptions,
) -> Result<u64, GenerateError> {
    let Registration { number, person_number, person } = registration;
    let patient = (FIRST_PATIENT_NUMBER + number).to_string();
    let name = format!("P{}", FIRST_PATIENT_NUMBER + person_number);
    let mut random = Random::new(options.seed, Purpose::Registration, *number);
    let faults = plan.of_patient(*number);
    let mut record = Record::new(&patient, person, &mut random);
    for fault in faults {
        record.spoil(*fault, *number);
    }

    let table = &mut tables.patients;
    record.put(table);
    let cut_short = faults.contains(&PatientFault::RowCutShort);
    let row = if cut_short { table.end_cut_short(11)? } else { table.end()? };
    truth.patient(&patient, row, &name, person.how.word())?;
    for fault in faults {
        for (column, expected) in fault.expected() {
            truth.planted(Planted { file: table.name(), row, kind: fault.word(), expected, column })?;
        }
    }
    if faults.contains(&PatientFault::ExactRepeat) {
        let row = table.repeat()?;
        truth.patient(&patient, row, &name, "repeat")?;
        truth.planted(Planted { file: table.name(), row, kind: "exact_repeat", expected: "duplicate", column: "" })?;
    }
    if faults.contains(&PatientFault::NumberReused) {
        let other = somebody_else(person);
        Record::new(&patient, &other, &mut random).put(table);
        let row = table.end()?;
        let (kind, expected) = ("number_reused", "identifier_shared");
        truth.patient(&patient, row, &format!("R{patient}"), kind)?;
        truth.planted(Planted { file: table.name(), row, kind, expected, column: "PATNO" })?;
        return dirt::lone_visit(tables, truth, &patient, "fact_of_reused_number", expected).map(|()| 0);
    }
    if cut_short {
        return dirt::lone_visit(tables, truth, &patient, "fact_of_rejected_patient", "orphan").map(|()| 0);
    }

    let full = options.richness == Richness::Full;
    let years_charted = if full { 17 } else { 4 };
    let mut chart = Chart {
        folder,
        tables,
        truth,
        random: Random::new(options.seed, Purpose::Chart, *number),
        richness: options.richness,
        patient: &patient,
        person,
        visits: Vec::new(),
        from: person.birth.plus(20).max(EXPORT_DAY.plus(-years_charted * 365)),
        until: person.death.unwrap_or(EXPORT_DAY),
        own_scans: *number < CHARTS_WITH_OWN_SCANS,
        bytes: 0,
    };
    chart.visits = visits::days(&mut chart);
    facts::write(&mut chart)?;
    visits::write(&mut chart)?;
    for fault in plan.of_facts(*number) {
        chart.random = Random::new(options.seed, Purpose::Dirt, number * 100 + *fault as u64);
        dirt::write(&mut chart, *fault)?;
    }
    Ok(chart.bytes)
}

/// A record of PATIENTS.CSV before it is written, with what can be spoilt as text.
struct Record<'a> {
    patient: &'a str,
    person: &'a Person,
    birth: String,
    sex: String,
    ssn: String,
    ethnicity: &'a str,
    language: &'a str,
    line2: &'a str,
    zip: &'a str,
    phone_home: String,
    phone_work: String,
    emergency_contact: &'a str,
    death: Option<Day>,
    registered: Day,
    updated: Day,
    status: &'static str,
    clinician: &'static str,
    balance_tenths: i32,
}

impl<'a> Record<'a> {
    fn new(patient: &'a str, person: &'a Person, random: &mut Random) -> Self {
        let phone = |phone: Option<u64>| phone.map(phone_text).unwrap_or_default();
        let last = person.death.unwrap_or(EXPORT_DAY).plus(-1);
        let registered = person.birth.plus(15).max(EXPORT_DAY.plus(-random.between(60, 7000))).min(last);
        let status = match person.death {
            Some(_) => "D",
            None if random.chance(7) => "I",
            None => "A",
        };
        Self {
            patient,
            person,
            birth: person.birth.text(DateStyle::MonthFirst),
            sex: if person.sex == Sex::Female { "F" } else { "M" }.to_owned(),
            ssn: person.ssn.map(ssn_text).unwrap_or_default(),
            ethnicity: person.ethnicity,
            language: person.language,
            line2: &person.address.line2,
            zip: person.address.zip,
            phone_home: phone(person.phone_home),
            phone_work: phone(person.phone_work),
            emergency_contact: &person.emergency_contact,
            death: person.death,
            registered,
            updated: Day(random.between(registered.0, EXPORT_DAY.0)),
            status,
            clinician: random.pick_early(&CLINICIANS),
            balance_tenths: if random.chance(20) { 10 * random.between(5, 180) } else { 0 },
        }
    }

    fn spoil(&mut self, fault: PatientFault, number: u64) {
        let iso = self.person.birth.text(DateStyle::Iso);
        match fault {
            PatientFault::BirthYearOnly => self.birth = iso[..4].to_owned(),
            PatientFault::BirthMonthOnly => self.birth = format!("{}/{}", &iso[5..7], &iso[..4]),
            PatientFault::Birth31February => self.birth = format!("02/31/{}", &iso[..4]),
            PatientFault::BirthInFuture => self.birth = "04/17/2091".to_owned(),
            PatientFault::BirthSentinel => self.birth = "0000-00-00".to_owned(),
            PatientFault::SexInBirthColumn => {
                std::mem::swap(&mut self.birth, &mut self.sex);
            }
            PatientFault::DeathBeforeBirth => {
                self.death = Some(self.person.birth.plus(-1000));
                self.status = "D";
            }
            PatientFault::PhoneInZip => self.zip = "(592) 555-0177",
            PatientFault::SentinelWords => {
                self.ethnicity = "UNK";
                self.language = "n/a";
                self.phone_work = "0".to_owned();
            }
            PatientFault::DummySsn => self.ssn = "999-99-9999".to_owned(),
            PatientFault::SharedSsn => self.ssn = Plan::shared_ssn(number),
            PatientFault::DummyPhone => self.phone_home = "555-5555".to_owned(),
            PatientFault::PracticePhone => self.phone_home = "(592) 555-0100".to_owned(),
            PatientFault::MarkupInContact => self.emergency_contact = "<script>alert(1)</script>",
            PatientFault::FormulaInAddress => self.line2 = "=cmd|' /C calc'!A0",
            PatientFault::RowCutShort | PatientFault::ExactRepeat | PatientFault::NumberReused => {}
        }
    }

    fn put(&self, table: &mut Table) {
        let person = self.person;
        table.text(self.patient).text(&person.family).text(&person.given).text(person.middle).text(person.suffix);
        table.text(person.title).text(&person.maiden).text(&self.birth).text(&self.sex).text(&self.ssn);
        table.text(person.marital).text(person.race).text(self.ethnicity).text(self.language);
        table.text(&person.address.line1).text(self.line2).text(person.address.city).text("KY").text(self.zip);
        table.text("Alder").text(&self.phone_home);
        table.text(&person.phone_mobile.map(phone_text).unwrap_or_default()).text(&self.phone_work);
        table.text(&person.email).text(self.emergency_contact).text(self.clinician);
        table.day_or_blank(self.death, DateStyle::MonthFirst);
        match person.birth_order {
            Some(order) => table.number(order),
            None => table.blank(),
        };
        table.text(person.mother_maiden).day(self.registered, DateStyle::MonthFirst).moment(self.updated, 600);
        table.text(self.status);
        if self.balance_tenths == 0 {
            table.text("0")
        } else {
            table.tenths(self.balance_tenths)
        };
    }
}

fn ssn_text(ssn: u32) -> String {
    format!("{:03}-{:02}-{:04}", ssn / 1_000_000, ssn / 10_000 % 100, ssn % 10_000)
}

/// A person whom nobody could take for this one, to whom the number was given a second time.
fn somebody_else(person: &Person) -> Person {
    let older = person.birth.years_until(EXPORT_DAY) > 45;
    let birth = if older { Day::new(2004, 8, 19) } else { Day::new(1949, 11, 23) };
    let (given, sex) = match person.sex {
        Sex::Female => ("Thaddeus", Sex::Male),
        Sex::Male => ("Philomena", Sex::Female),
    };
    Person {
        family: "Quarterstaff".to_owned(),
        given: given.to_owned(),
        sex,
        birth,
        death: None,
        birth_order: None,
        ssn: None,
        phone_home: None,
        phone_mobile: None,
        phone_work: None,
        maiden: String::new(),
        email: String::new(),
        how: How::Single,
        ..person.clone()
    }
}
