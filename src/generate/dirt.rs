//! Planted faults: which patient has which, and the dirty records themselves.
//!
//! Faults are placed by patient number in a fixed round of [`ROUND`] patients, so that the default practice has each at
//! least once and a large one has each in the same share.

use super::GenerateError;
use super::calendar::{Day, EXPORT_DAY};
use super::facts::Chart;
use super::rows::{Allergy, Document, Key, Lab, Note, Policy, Problem, Script, Visit, Vitals};
use super::surgery::{self, OPERATIONS};
use super::table::{Fate, When};
use super::tables::Tables;
use super::truth::{Planted, Truth};

/// Patients after which the faults come round again. A multiple of the block of sixteen in which people are made.
const ROUND: u64 = 240;
/// A practice smaller than this has no planted faults: there would be nothing else in it.
const SMALLEST_DIRTY_PRACTICE: u64 = 16;

macro_rules! faults {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum $name { $($variant,)* }

        impl $name {
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in `errors.csv`.
            pub(super) fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

faults! {
    /// What is wrong with a record of PATIENTS.CSV. The first ten exclude each other and never meet.
    PatientFault {
        BirthYearOnly = "birth_year_only",
        BirthMonthOnly = "birth_month_only",
        Birth31February = "birth_31_february",
        BirthInFuture = "birth_in_future",
        BirthSentinel = "birth_sentinel",
        SexInBirthColumn = "sex_in_birth_column",
        DeathBeforeBirth = "death_before_birth",
        RowCutShort = "row_cut_short",
        ExactRepeat = "exact_repeat_follows",
        NumberReused = "number_reused_later",
        PhoneInZip = "phone_in_zip",
        SentinelWords = "sentinel_words",
        DummySsn = "dummy_ssn",
        SharedSsn = "shared_ssn",
        DummyPhone = "dummy_phone",
        PracticePhone = "practice_phone",
        MarkupInContact = "markup_in_contact",
        FormulaInAddress = "formula_in_address",
    }
}

/// How many of [`PatientFault::ALL`] exclude each other.
const EXCLUSIVE: usize = 10;

impl PatientFault {
    /// Column and expected code, for each finding.
    pub(super) fn expected(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::BirthYearOnly | Self::BirthMonthOnly | Self::BirthSentinel => vec![("DOB", "none")],
            Self::Birth31February => vec![("DOB", "date_invalid")],
            Self::BirthInFuture => vec![("DOB", "date_in_future")],
            Self::SexInBirthColumn => vec![("DOB", "date_invalid"), ("SEX", "code_unmapped")],
            Self::DeathBeforeBirth => vec![("DOD", "death_before_birth")],
            Self::RowCutShort => vec![("", "row_ragged")],
            Self::ExactRepeat | Self::NumberReused => vec![("PATNO", "none")],
            Self::PhoneInZip => vec![("ZIP", "value_rejected")],
            Self::SentinelWords => vec![("ETHNIC", "none"), ("LANG", "none"), ("WORK_PH", "none")],
            Self::DummySsn | Self::SharedSsn => vec![("SSN", "none")],
            Self::DummyPhone | Self::PracticePhone => vec![("HOME_PH", "none")],
            Self::MarkupInContact => vec![("EMERG", "none")],
            Self::FormulaInAddress => vec![("ADDR2", "none")],
        }
    }
}

faults! {
    /// A dirty record about a patient who is otherwise in order.
    FactFault {
        OrphanVisit = "orphan_visit",
        OrphanLab = "orphan_lab",
        VisitConflict = "key_conflict",
        VisitReversed = "visit_ends_before_start",
        VisitUnknownStaff = "unknown_staff",
        VitalsCutShort = "row_cut_short",
        LabTooLong = "row_too_long",
        MedsEmptyRow = "row_of_commas",
        LabRepeat = "exact_repeat",
        VaccineRepeat = "exact_repeat",
        Lab31February = "collected_31_february",
        LabWithoutPatient = "patient_number_missing",
        LabLocalCode = "local_lab_code",
        LabBelow = "result_below_limit",
        LabNegative = "result_negative",
        VitalsNoughts = "noughts_for_nothing",
        ProblemLocalCode = "local_problem_code",
        ProblemPartialOnset = "partial_onset",
        ProblemRefuted = "problem_refuted",
        ProblemError = "problem_entered_in_error",
        AllergyNoneAsDrug = "none_known_typed_as_drug",
        AllergyRefuted = "allergy_refuted",
        AllergyError = "allergy_entered_in_error",
        AllergyResolved = "allergy_resolved",
        ScriptQuantity = "quantity_in_words",
        PolicyReversed = "policy_ends_before_start",
        DocumentOutsideWindows = "document_outside",
        DocumentOutsideUnix = "document_outside",
        DocumentMissing = "document_missing",
        NoteInert = "note_with_quotes_and_formula",
        BookedMonthFirst = "booked_month_first",
        BookedDayFirst = "booked_day_first",
        BookedEitherWay = "booked_either_way",
        SurgeryImplant = "operation_with_implant",
        SurgeryLocalCode = "operation_local_code",
    }
}

/// Which patients of a round have which faults.
pub(super) struct Plan {
    round: Vec<(Vec<PatientFault>, Vec<FactFault>)>,
}

impl Plan {
    pub(super) fn new(patients: u64) -> Self {
        let length = if patients < SMALLEST_DIRTY_PRACTICE { 0 } else { patients.min(ROUND) };
        let mut round = vec![(Vec::new(), Vec::new()); length as usize];
        if round.is_empty() {
            return Self { round };
        }
        // The last three of the first sixteen, and the last of every sixteen, are second registrations: left alone.
        let place = |position: usize, of: usize, offset: u64| {
            let usable = length - 3;
            let number = (position as u64 * usable / of as u64 + offset) % usable;
            if number % 16 == 15 { number as usize - 1 } else { number as usize }
        };
        let (exclusive, harmless) = PatientFault::ALL.split_at(EXCLUSIVE);
        for (position, fault) in exclusive.iter().enumerate() {
            round[place(position, exclusive.len(), 0)].0.push(*fault);
        }
        for (position, fault) in harmless.iter().enumerate() {
            let number = place(position, harmless.len(), 5);
            round[number].0.push(*fault);
            if *fault == PatientFault::SharedSsn {
                round[number + 1].0.push(*fault);
            }
        }
        for (position, fault) in FactFault::ALL.iter().enumerate() {
            let mut number = place(position, FactFault::ALL.len(), 3);
            while round[number].0.iter().any(|fault| fault.has_no_chart()) {
                number += 1;
            }
            round[number].1.push(*fault);
        }
        Self { round }
    }

    pub(super) fn of_patient(&self, number: u64) -> &[PatientFault] {
        self.at(number).map_or(&[], |(patient, _)| patient)
    }

    /// The social security number that two people of this round share.
    pub(super) fn shared_ssn(number: u64) -> String {
        let round = number / ROUND;
        format!("998-{:02}-{:04}", round / 10_000 % 100, round % 10_000)
    }

    pub(super) fn of_facts(&self, number: u64) -> &[FactFault] {
        self.at(number).map_or(&[], |(_, facts)| facts)
    }

    fn at(&self, number: u64) -> Option<&(Vec<PatientFault>, Vec<FactFault>)> {
        self.round.get((number % ROUND) as usize)
    }
}

impl PatientFault {
    fn has_no_chart(self) -> bool {
        matches!(self, Self::RowCutShort | Self::NumberReused)
    }
}

#[cfg(test)]
impl FactFault {
    /// Whether `errors.csv` names it; of an operation only the unknown code is worth a line.
    pub(super) fn leaves_a_mark(self) -> bool {
        !matches!(self, Self::SurgeryImplant | Self::SurgeryLocalCode)
    }
}

type Written = Result<(), GenerateError>;

/// The only fact of a patient whose number cannot be relied on: it must wait in quarantine.
pub(super) fn lone_visit(
    tables: &mut Tables,
    truth: &mut Truth,
    patient: &str,
    kind: &'static str,
    expected: &'static str,
) -> Written {
    let key = Key::new('V', patient, 1);
    let row = usual_visit(key, patient).put(&mut tables.visits).end_as(Fate::Quarantined)?;
    truth.planted(Planted { file: tables.visits.name(), row, kind, expected, column: "PATNO" })
}

/// Writes the dirty record, or records, of one fault. Keys from 900 on are kept for them.
pub(super) fn write(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    use FactFault as F;
    match fault {
        F::OrphanVisit | F::VisitConflict | F::VisitReversed | F::VisitUnknownStaff => visit(chart, fault),
        F::OrphanLab
        | F::LabTooLong
        | F::LabRepeat
        | F::Lab31February
        | F::LabWithoutPatient
        | F::LabLocalCode
        | F::LabBelow
        | F::LabNegative => lab(chart, fault),
        F::VitalsCutShort | F::VitalsNoughts => vitals(chart, fault),
        F::ProblemLocalCode | F::ProblemPartialOnset | F::ProblemRefuted | F::ProblemError => problem(chart, fault),
        F::AllergyNoneAsDrug | F::AllergyRefuted | F::AllergyError | F::AllergyResolved => allergy(chart, fault),
        F::DocumentOutsideWindows | F::DocumentOutsideUnix | F::DocumentMissing => document(chart, fault),
        F::BookedMonthFirst | F::BookedDayFirst | F::BookedEitherWay => booked(chart, fault),
        F::SurgeryImplant | F::SurgeryLocalCode => operation(chart, fault),
        F::MedsEmptyRow => {
            let row = chart.tables.meds.empty_record()?;
            planted(chart.truth, chart.tables.meds.name(), row, fault, "row_empty", "")
        }
        F::VaccineRepeat => vaccine_repeat(chart, fault),
        F::ScriptQuantity => script(chart, fault),
        F::PolicyReversed => policy(chart, fault),
        F::NoteInert => note(chart, fault),
    }
}

fn planted(
    truth: &mut Truth,
    file: &'static str,
    row: u64,
    fault: FactFault,
    expected: &'static str,
    column: &'static str,
) -> Written {
    truth.planted(Planted { file, row, kind: fault.word(), expected, column })
}

/// A patient number that nobody has: the program gave out none below the first.
fn nobody(chart: &mut Chart<'_>) -> String {
    (4000 + chart.random.below(5000)).to_string()
}

fn usual_visit(key: Key, patient: &str) -> Visit<'_> {
    Visit {
        key,
        patient,
        staff: "S01",
        appointment: "",
        day: Day::new(2024, 5, 14),
        start: 615,
        end: 635,
        kind: "OV",
        complaint: "check-up",
        status: "C",
        level: 3,
    }
}

fn visit(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let (key, orphan) = (chart.key('V', 900 + fault as u32), nobody(chart));
    let usual = usual_visit(key, chart.patient);
    let table = &mut chart.tables.visits;
    let (row, expected, column) = match fault {
        FactFault::OrphanVisit => {
            let visit = Visit { patient: &orphan, ..usual };
            (visit.put(table).end_as(Fate::Quarantined)?, "orphan", "PATNO")
        }
        FactFault::VisitConflict => {
            usual.put(table).end()?;
            let visit = Visit { staff: "S02", complaint: "check-up, blood drawn", level: 4, ..usual };
            (visit.put(table).end_as(Fate::Quarantined)?, "key_conflict", "VISITNO")
        }
        FactFault::VisitReversed => {
            let visit = Visit { end: usual.start - 60, ..usual };
            (visit.put(table).end()?, "period_reversed", "END")
        }
        _ => (Visit { staff: "S99", ..usual }.put(table).end()?, "reference_invalid", "STAFF_ID"),
    };
    planted(chart.truth, chart.tables.visits.name(), row, fault, expected, column)
}

fn lab(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let (key, orphan) = (chart.key('L', 900 + fault as u32), nobody(chart));
    let usual = Lab {
        key,
        patient: chart.patient,
        visit: "",
        order: "",
        code: "2345-7",
        system: "LN",
        name: "Glucose",
        result: "94",
        units: "mg/dL",
        low: "70",
        high: "99",
        reference: "",
        flag: "",
        collected: When::Day(Day::new(2024, 5, 14)),
        reported: When::Day(Day::new(2024, 5, 15)),
        specimen: "serum",
        status: "F",
        comment: "",
    };
    let crp = Lab { code: "1988-5", name: "C-reactive protein", units: "mg/L", low: "", high: "5.0", ..usual };
    let table = &mut chart.tables.labs;
    let (row, expected, column) = match fault {
        FactFault::OrphanLab => {
            (Lab { patient: &orphan, ..usual }.put(table).end_as(Fate::Quarantined)?, "orphan", "PATNO")
        }
        FactFault::LabTooLong => (usual.put(table).end_too_long(&["see fax", "p. 2"])?, "row_ragged", ""),
        FactFault::LabRepeat => {
            usual.put(table).end()?;
            (table.repeat()?, "duplicate", "")
        }
        FactFault::Lab31February => {
            (Lab { collected: When::Typed("31-Feb-2023"), ..usual }.put(table).end()?, "date_invalid", "COLLECTED")
        }
        FactFault::LabWithoutPatient => {
            (Lab { patient: "", ..usual }.put(table).end_as(Fate::Quarantined)?, "required_missing", "PATNO")
        }
        FactFault::LabLocalCode => {
            let local = Lab { code: "SEDX", system: "", name: "Sed rate, in-house", units: "mm/h", ..usual };
            (Lab { result: "12", low: "0", high: "20", ..local }.put(table).end()?, "code_unmapped", "TEST_CODE")
        }
        FactFault::LabBelow => (Lab { result: "<5", ..crp }.put(table).end()?, "none", "RESULT"),
        _ => {
            let word = Lab { code: "78012-2", name: "Strep A, rapid", specimen: "throat swab", units: "", ..crp };
            let word = Lab { result: "negative", high: "", reference: "negative", ..word };
            (word.put(table).end()?, "none", "RESULT")
        }
    };
    planted(chart.truth, chart.tables.labs.name(), row, fault, expected, column)
}

fn vitals(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('T', 900 + fault as u32);
    let vitals = Vitals {
        key,
        patient: chart.patient,
        visit: "",
        day: Day::new(2024, 5, 14),
        minutes: 618,
        pressure: Some((128, 82)),
        pulse: Some(if fault == FactFault::VitalsNoughts { 0 } else { 72 }),
        temperature_tenths: Some(984),
        weight_tenths: 0,
        height: Some(0),
        saturation: Some(98),
        respiration: None,
        position: "sitting",
        staff: "S07",
    };
    let table = &mut chart.tables.vitals;
    let (row, expected, column) = match fault {
        FactFault::VitalsCutShort => (vitals.put(table).end_cut_short(7)?, "row_ragged", ""),
        _ => (vitals.put(table).end()?, "none", "PULSE"),
    };
    planted(chart.truth, chart.tables.vitals.name(), row, fault, expected, column)
}

fn problem(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('D', 900 + fault as u32);
    let usual = Problem {
        key,
        patient: chart.patient,
        visit: "",
        kind: "PL",
        code: "R05.9",
        system: "I10",
        text: "cough",
        severity: "",
        side: "",
        onset: When::Day(Day::new(2024, 5, 2)),
        resolved: None,
        status: "A",
        staff: "S01",
        entered: Day::new(2024, 5, 14),
        note: "",
    };
    let march = format!("03/{}", year_from(2016, chart.person.birth));
    let (problem, expected, column) = match fault {
        FactFault::ProblemLocalCode => {
            (Problem { code: "TATT", system: "", text: "tired all the time", ..usual }, "code_unmapped", "CODE")
        }
        FactFault::ProblemPartialOnset => (Problem { onset: When::Typed(&march), ..usual }, "none", "ONSET"),
        FactFault::ProblemRefuted => {
            (Problem { code: "E11.9", text: "diabetes? ruled out", status: "Q", ..usual }, "none", "STATUS")
        }
        _ => (Problem { code: "I10", text: "wrong chart", status: "X", ..usual }, "none", "STATUS"),
    };
    let row = problem.put(&mut chart.tables.problems).end()?;
    planted(chart.truth, chart.tables.problems.name(), row, fault, expected, column)
}

/// A year, or that of the birth, where that is later.
fn year_from(year: i32, birth: Day) -> i32 {
    year.max(birth.civil().0)
}

fn allergy(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('G', 900 + fault as u32);
    let year = year_from(2009, chart.person.birth).to_string();
    let usual = Allergy {
        key,
        patient: chart.patient,
        visit: "",
        allergen: "codeine",
        code: "2670",
        system: "RXN",
        kind: "D",
        reaction: "itching",
        severity: "MI",
        status: "A",
        onset: &year,
        ended: None,
        entered: Day::new(2024, 5, 14),
        staff: "S01",
        note: "",
    };
    let blank = Allergy { code: "", system: "", reaction: "", severity: "", onset: "", ..usual };
    let (allergy, column) = match fault {
        FactFault::AllergyNoneAsDrug => (Allergy { allergen: "NKDA", ..blank }, "ALLERGEN"),
        FactFault::AllergyRefuted => (Allergy { status: "F", note: "challenge test negative", ..usual }, "STATUS"),
        FactFault::AllergyError => (Allergy { status: "X", note: "sister’s allergy", ..usual }, "STATUS"),
        _ => (Allergy { status: "R", ended: Some(Day::new(2024, 5, 14)), ..usual }, "STATUS"),
    };
    let row = allergy.put(&mut chart.tables.allergies).end()?;
    planted(chart.truth, chart.tables.allergies.name(), row, fault, "none", column)
}

fn script(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('R', 900);
    let script = Script {
        key,
        patient: chart.patient,
        visit: "",
        staff: "S05",
        drug: "cough syrup w/ codeine",
        rxcui: "",
        sig: "1 tsp q6h prn",
        quantity: "one bottle",
        unit: "",
        days: 7,
        refills: 0,
        as_written: "N",
        pharmacy: "Oakfield Drug",
        day: Day::new(2024, 5, 14),
        minutes: 640,
        status: "SENT",
        filled: None,
        reason: "cough",
        note: "",
    };
    let row = script.put(&mut chart.tables.scripts).end()?;
    planted(chart.truth, chart.tables.scripts.name(), row, fault, "quantity_invalid", "QTY")
}

fn policy(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('P', 900);
    let policy = Policy {
        key,
        patient: chart.patient,
        payer: "PY1",
        rank: 2,
        plan: "Basic 80/20",
        plan_type: "PPO",
        group: "G1200",
        member: "10004471",
        subscriber: "on file",
        relationship: "SELF",
        start: Day::new(2019, 7, 1),
        end: Some(Day::new(2018, 6, 30)),
        status: "T",
        copay: 20,
    };
    let row = policy.put(&mut chart.tables.policies).end()?;
    planted(chart.truth, chart.tables.policies.name(), row, fault, "period_reversed", "TERM")
}

fn document(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('X', 900 + fault as u32);
    let missing = format!("{}.PDF", key.as_str());
    let (folder, file, expected) = match fault {
        FactFault::DocumentOutsideWindows => ("", r"..\..\etc\passwd", "document_outside"),
        FactFault::DocumentOutsideUnix => ("", "/etc/passwd", "document_outside"),
        _ => ("2024", missing.as_str(), "document_missing"),
    };
    let document = Document {
        key,
        patient: chart.patient,
        visit: "",
        day: Day::new(2024, 5, 14),
        kind: "LETTER",
        title: "Letter from specialist",
        folder,
        file,
        pages: 1,
        author: "front desk",
        status: "OK",
    };
    let row = document.put(&mut chart.tables.documents).end()?;
    planted(chart.truth, chart.tables.documents.name(), row, fault, expected, "FILE")
}

fn note(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('N', 900);
    let note = Note {
        key,
        patient: chart.patient,
        visit: "",
        staff: "S03",
        day: Day::new(2024, 5, 14),
        minutes: 660,
        kind: "PROG",
        title: "=cmd|' /C calc'!A0",
        signed: "Y",
        body: "Mother says: \"he won’t eat, he won’t sleep\".\r\n\r\n<script>alert(1)</script>\r\n\
               Café au lait spot 1 cm, unchanged; José’s labs “pending”, fee 15 €.",
    };
    let row = note.put(&mut chart.tables.notes).end()?;
    planted(chart.truth, chart.tables.notes.name(), row, fault, "none", "BODY")
}

fn vaccine_repeat(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let key = chart.key('I', 900);
    let table = &mut chart.tables.vaccines;
    table.text(key.as_str()).text(chart.patient).blank().text("S07").text("140").text("flu shot, preservative free");
    table.text("2024-10-08").text("LA20411").text("2025-06").text("Larkspur Biologics").text("LA").text("IM");
    table.text("0.5").text("mL").blank().text("G").blank().blank().end()?;
    let row = table.repeat()?;
    planted(chart.truth, table.name(), row, fault, "duplicate", "")
}

fn booked(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    let (number, booked, expected) = match fault {
        FactFault::BookedMonthFirst => (902, "03/25/2024", "none"),
        FactFault::BookedDayFirst => (903, "26/03/2024", "none"),
        _ => (904, "04/05/2024", "date_ambiguous"),
    };
    let key = chart.key('A', number);
    let table = &mut chart.tables.appointments;
    table.text(key.as_str()).text(chart.patient).text("S01").text("2024-05-14 10:15").text("15").text("office visit");
    table.text("check-up").text("DONE").text(booked).blank().text("2").blank();
    let row = table.end()?;
    planted(chart.truth, table.name(), row, fault, expected, "BOOKED_ON")
}

fn operation(chart: &mut Chart<'_>, fault: FactFault) -> Written {
    // An eye lens, and a carpal tunnel: a code the map knows and one that it does not.
    let (operation, number) = if fault == FactFault::SurgeryImplant { (0, 902) } else { (3, 903) };
    surgery::write_operation(chart, &OPERATIONS[operation], "", number, EXPORT_DAY.plus(-200), "DONE")
}
