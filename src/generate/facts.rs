//! What a chart knows of a patient beside the visits: policies, problems, allergies, medication history, vaccines, family,
//! consents, documents, recalls.

use super::calendar::{DateStyle, Day, EXPORT_DAY};
use super::catalog::{
    ALLERGENS, DIAGNOSES, FAMILY_CONDITIONS, NO_ALLERGIES, REACTIONS, RELATIVES, VACCINES, drugs, fits,
};
use super::office::{CLINICIANS, NURSES, PAYERS};
use super::people::Person;
use super::random::Random;
use super::rows::{Allergy, Document, Key, Policy, Problem};
use super::table::When;
use super::tables::Tables;
use super::truth::Truth;
use super::{GenerateError, Richness, scans};
use std::path::Path;

/// What is at hand while one patient's chart is written.
pub(super) struct Chart<'a> {
    pub(super) folder: &'a Path,
    pub(super) tables: &'a mut Tables,
    pub(super) truth: &'a mut Truth,
    pub(super) random: Random,
    pub(super) richness: Richness,
    /// The patient's number, as in PATNO.
    pub(super) patient: &'a str,
    pub(super) person: &'a Person,
    /// The days of the patient's visits, in order: visit number 1 is the first.
    pub(super) visits: Vec<Day>,
    /// The first and last day on which something can have been charted.
    pub(super) from: Day,
    pub(super) until: Day,
    /// Whether this patient's scans are files of their own.
    pub(super) own_scans: bool,
    /// Bytes of the scans written.
    pub(super) bytes: u64,
}

type Written = Result<(), GenerateError>;

impl Chart<'_> {
    pub(super) fn key(&self, letter: char, number: u32) -> Key {
        Key::new(letter, self.patient, number)
    }

    /// How many of something: a number between the two of this richness.
    pub(super) fn amount(&mut self, sample: (i32, i32), full: (i32, i32)) -> u32 {
        let (low, high) = if self.richness == Richness::Full { full } else { sample };
        self.random.between(low, high).max(0) as u32
    }

    pub(super) fn any_day(&mut self) -> Day {
        Day(self.random.between(self.from.0, self.until.0))
    }

    /// When something was written down: at a visit, whose key it then has, or on a day between.
    fn occasion(&mut self) -> (Day, Option<Key>) {
        if self.visits.is_empty() || self.random.chance(40) {
            return (self.any_day(), None);
        }
        let number = self.random.below(self.visits.len() as u64) as usize;
        (self.visits[number], Some(self.key('V', number as u32 + 1)))
    }

    fn clinician(&mut self) -> &'static str {
        self.random.pick_early(&CLINICIANS)
    }
}

pub(super) fn write(chart: &mut Chart<'_>) -> Written {
    policies(chart)?;
    if chart.from > chart.until {
        return Ok(());
    }
    problems(chart)?;
    allergies(chart)?;
    medication_history(chart)?;
    vaccines(chart)?;
    family(chart)?;
    consents(chart)?;
    documents(chart)?;
    recalls(chart)
}

fn policies(chart: &mut Chart<'_>) -> Written {
    let age = chart.person.birth.years_until(EXPORT_DAY);
    for number in 1..=chart.amount((0, 1), (1, 2)) {
        let random = &mut chart.random;
        let (payer, _, plan_type) = if age >= 65 && number == 1 { PAYERS[2] } else { random.pick(&PAYERS) };
        let ended = random.chance(18);
        let start = EXPORT_DAY.plus(-random.between(1200, 6000));
        let member = format!("{}{:07}", &payer[2..], random.below(10_000_000));
        let group = format!("G{}", 1000 + random.below(900));
        let (subscriber, relationship) = if age < 19 {
            (format!("{} (parent)", chart.person.family), "CHILD")
        } else if random.chance(20) {
            (format!("{} (spouse)", chart.person.family), "SPOUSE")
        } else {
            (format!("{} {}", chart.person.given, chart.person.family), "SELF")
        };
        let policy = Policy {
            key: chart.key('P', number),
            patient: chart.patient,
            payer,
            rank: number as i32,
            plan: chart.random.pick(&["Standard", "Gold Choice", "Part B", "Family Saver", "Basic 80/20"]),
            plan_type,
            group: &group,
            member: &member,
            subscriber: &subscriber,
            relationship,
            start,
            end: ended.then(|| start.plus(chart.random.between(300, 1100))),
            status: if ended { "T" } else { "A" },
            copay: 10 * chart.random.between(0, 5),
        };
        policy.put(&mut chart.tables.policies).end()?;
    }
    Ok(())
}

fn problems(chart: &mut Chart<'_>) -> Written {
    for number in 1..=chart.amount((0, 2), (4, 7)) {
        let (entered, visit) = chart.occasion();
        let age = chart.person.birth.years_until(entered);
        let Some(diagnosis) =
            (0..12).map(|_| chart.random.pick(&DIAGNOSES)).find(|diagnosis| fits(diagnosis, chart.person.sex, age))
        else {
            continue;
        };
        let staff = chart.clinician();
        let random = &mut chart.random;
        // A third of the old entries have the short code that was typed before the program knew code systems.
        let local = !diagnosis.local.is_empty() && random.chance(40);
        let onset_day = entered.plus(-random.between(0, 700)).max(chart.person.birth);
        let onset = match random.below(100) {
            0..=59 => onset_day.text(DateStyle::Iso),
            60..=74 => onset_day.text(DateStyle::Iso)[..7].to_owned(),
            75..=89 => onset_day.text(DateStyle::Iso)[..4].to_owned(),
            _ => String::new(),
        };
        let status = match random.below(100) {
            0..=3 => "X",
            4..=7 => "Q",
            8..=11 => "P",
            _ if !diagnosis.chronic => "R",
            12..=17 => "I",
            _ => "A",
        };
        let problem = Problem {
            key: Key::new('D', chart.patient, number),
            patient: chart.patient,
            visit: visit.as_ref().map_or("", Key::as_str),
            kind: if diagnosis.chronic { "PL" } else { "DX" },
            code: if local { diagnosis.local } else { diagnosis.icd },
            system: if local { "" } else { "I10" },
            text: diagnosis.text,
            severity: if random.chance(25) { random.pick(&["mild", "moderate", "severe"]) } else { "" },
            side: if diagnosis.sided { random.pick(&["L", "R", "B"]) } else { "" },
            onset: When::Typed(&onset),
            resolved: (status == "R").then(|| entered.plus(random.between(4, 60)).min(EXPORT_DAY)),
            status,
            staff,
            entered,
            note: if random.chance(8) { "per patient, old records asked for" } else { "" },
        };
        problem.put(&mut chart.tables.problems).end()?;
    }
    Ok(())
}

fn allergies(chart: &mut Chart<'_>) -> Written {
    let amount = chart.amount((0, 1), (1, 2));
    let none_known = amount > 0 && chart.random.chance(45);
    for number in 1..=if none_known { 1 } else { amount } {
        let ((entered, visit), staff) = (chart.occasion(), chart.clinician());
        let random = &mut chart.random;
        let (allergen, code, system, kind) =
            if none_known { (random.pick(&NO_ALLERGIES), "", "", "N") } else { random.pick(&ALLERGENS) };
        let status = match random.below(100) {
            _ if none_known => "A",
            0..=5 => "R",
            6..=9 => "F",
            10..=12 => "X",
            13..=17 => "I",
            _ => "A",
        };
        let onset = if !none_known && random.chance(40) {
            let since = entered.plus(-random.between(30, 4000)).max(chart.person.birth).text(DateStyle::Iso);
            since[..if random.chance(60) { 4 } else { 7 }].to_owned()
        } else {
            String::new()
        };
        let allergy = Allergy {
            key: Key::new('G', chart.patient, number),
            patient: chart.patient,
            visit: visit.as_ref().map_or("", Key::as_str),
            allergen,
            code,
            system,
            kind,
            reaction: if none_known { "" } else { random.pick(&REACTIONS) },
            severity: if none_known { "" } else { random.pick(&["MI", "MO", "SE", ""]) },
            status,
            onset: &onset,
            ended: (status == "R").then(|| entered.plus(random.between(100, 900)).min(EXPORT_DAY)),
            entered,
            staff,
            note: if status == "F" { "tested, not allergic" } else { "" },
        };
        allergy.put(&mut chart.tables.allergies).end()?;
    }
    Ok(())
}

/// The list of what somebody takes: typed by hand, so that some lines hold drug, directions and quantity in one.
fn medication_history(chart: &mut Chart<'_>) -> Written {
    for number in 1..=chart.amount((0, 1), (4, 8)) {
        let (start, visit) = chart.occasion();
        let child = chart.person.birth.years_until(start) < 18;
        let random = &mut chart.random;
        let drug = random.pick(drugs(child));
        let status = match random.below(100) {
            0..=2 => "X",
            3..=6 => "H",
            7..=29 => "D",
            _ if !drug.chronic => "F",
            _ => "C",
        };
        let stop = matches!(status, "D" | "F").then(|| start.plus(random.between(5, 400)).min(EXPORT_DAY));
        let whole_line = format!("{} {} #{}", drug.line, drug.sig, drug.quantity);
        let (line, sig) = if random.chance(25) { (whole_line.as_str(), "") } else { (drug.line, drug.sig) };
        let told_by = random.pick(&["patient", "patient", "spouse", "old chart", "pharmacy"]);
        let note = if status == "D" { random.pick(&["dizzy", "cost", "no longer needed", ""]) } else { "" };
        let rxcui = if random.chance(60) { drug.rxcui } else { "" };
        let key = chart.key('M', number);
        let meds = &mut chart.tables.meds;
        meds.text(key.as_str())
            .text(chart.patient)
            .text(visit.as_ref().map_or("", Key::as_str))
            .text(line)
            .text(sig)
            .text(rxcui);
        meds.day(start, DateStyle::Iso).day_or_blank(stop, DateStyle::Iso).text(status).text(drug.reason);
        meds.text(told_by).day(start, DateStyle::Iso).text(note).end()?;
    }
    Ok(())
}

fn vaccines(chart: &mut Chart<'_>) -> Written {
    for number in 1..=chart.amount((0, 1), (3, 7)) {
        let (given, visit) = chart.occasion();
        let age = chart.person.birth.years_until(given);
        let random = &mut chart.random;
        let Some(vaccine) =
            (0..6).map(|_| random.pick(&VACCINES)).find(|vaccine| (vaccine.ages.0..=vaccine.ages.1).contains(&age))
        else {
            continue;
        };
        let status = match random.below(100) {
            0..=4 => "R",
            5..=6 => "X",
            _ => "G",
        };
        let was_given = status != "R";
        let lot = format!("{}{:05}", &vaccine.maker[..2].to_uppercase(), random.below(100_000));
        let expires = given.plus(random.between(90, 700)).text(DateStyle::Iso);
        let site = random.pick(&["LA", "RA", "LT", "RT"]);
        let nurse = random.pick(&NURSES);
        let key = chart.key('I', number);
        let table = &mut chart.tables.vaccines;
        table.text(key.as_str()).text(chart.patient).text(visit.as_ref().map_or("", Key::as_str));
        table.text(nurse).text(vaccine.cvx).text(vaccine.name);
        table.day(given, DateStyle::Iso);
        if was_given {
            // Makers print a month; the desk typed what was printed.
            table.text(&lot).text(&expires[..7]).text(vaccine.maker).text(site).text(vaccine.route);
            table.text("0.5").text("mL").number(1 + number as i32 % 3).text(status).blank().blank();
        } else {
            table.blank().blank().blank().blank().blank().blank().blank().blank();
            table.text(status).text("parent or patient declined").blank();
        }
        table.end()?;
    }
    Ok(())
}

fn family(chart: &mut Chart<'_>) -> Written {
    for number in 1..=chart.amount((-1, 1), (1, 3)) {
        let random = &mut chart.random;
        let relative = random.pick(&RELATIVES);
        let (icd, condition) = random.pick(&FAMILY_CONDITIONS);
        let older = if relative.len() == 3 && relative.starts_with(['M', 'P']) { 55 } else { 27 };
        let born = chart.person.birth.civil().0 - older - random.between(-5, 9);
        let age_at_onset = random.between(35, 70).min(2025 - born).max(1);
        let died = random.chance(30).then(|| (born + random.between(55, 88)).min(2024));
        let name = if random.chance(15) { chart.person.mother_maiden } else { "" };
        let note = if random.chance(10) { "per patient’s sister" } else { "" };
        let key = chart.key('F', number);
        let table = &mut chart.tables.family;
        table.text(key.as_str()).text(chart.patient).text(relative).text(name).text(icd).text(condition);
        table.number(age_at_onset).number(born);
        match died {
            Some(year) => table.number(year),
            None => table.blank(),
        };
        table.text(note).end()?;
    }
    Ok(())
}

/// Consents: code, title, form, document kind.
const CONSENTS: [(&str, &str, &str, usize); 3] = [
    ("TREAT", "Consent to treatment", "Form T-4, rev. 2009", 0),
    ("PRIV", "Notice of privacy practices", "Form P-1, rev. 2013", 1),
    ("PHOTO", "Photographs for the chart", "Form F-2", 2),
];

fn consents(chart: &mut Chart<'_>) -> Written {
    for number in 1..=chart.amount((0, 1), (2, 3)) {
        let signed = chart.any_day();
        let random = &mut chart.random;
        let (kind, title, form, document_kind) =
            if chart.richness == Richness::Full { CONSENTS[number as usize - 1] } else { random.pick(&CONSENTS) };
        let deny = random.chance(if kind == "PHOTO" { 35 } else { 4 });
        let status = match random.below(100) {
            0..=4 => "W",
            5..=6 => "X",
            _ => "A",
        };
        let scanned = random.chance(40);
        let expires = (kind == "PHOTO" && random.chance(50)).then(|| signed.plus(1826));
        let witness = random.pick(&["W. Slone", "B. Tackett RN", ""]);
        let file = match scanned {
            true => write_document(chart, 100 + number, signed, document_kind)?,
            false => String::new(),
        };
        let (key, document) = (chart.key('C', number), chart.key('X', 100 + number));
        let minor = chart.person.birth.years_until(signed) < 18;
        let signer = match minor {
            true => format!("parent or guardian of {}", chart.person.given),
            false => format!("{} {}", chart.person.given, chart.person.family),
        };
        let table = &mut chart.tables.consents;
        table.text(key.as_str()).text(chart.patient).text(kind).text(title).text(if deny { "N" } else { "Y" });
        table.day(signed, DateStyle::MonthFirst).day_or_blank(expires, DateStyle::MonthFirst);
        table.text(&signer).text(witness).text(form).text(&file);
        table.text(if scanned { document.as_str() } else { "" }).text(status);
        table.text(if deny { "patient says “no pictures, please”" } else { "" }).end()?;
    }
    Ok(())
}

fn documents(chart: &mut Chart<'_>) -> Written {
    for number in 1..=chart.amount((-3, 1), (0, 1)) {
        let day = chart.any_day();
        let kind = 3 + chart.random.below(3) as usize;
        write_document(chart, number, day, kind)?;
    }
    Ok(())
}

/// Writes an index row and, for the first charts, the scan itself. Returns the path as the old program showed it.
fn write_document(chart: &mut Chart<'_>, number: u32, day: Day, kind: usize) -> Result<String, GenerateError> {
    let (code, title, batch_file) = scans::KINDS[kind];
    let key = chart.key('X', number);
    let (folder, file) = match chart.own_scans {
        true => {
            let extension = &batch_file[batch_file.len() - 3..];
            (day.civil().0.to_string(), format!("{}.{extension}", key.as_str()))
        }
        false => (scans::BATCH.to_owned(), batch_file.to_owned()),
    };
    if chart.own_scans {
        chart.bytes += scans::write(chart.folder, &folder, &file, title)?;
    }
    let document = Document {
        key,
        patient: chart.patient,
        visit: "",
        day,
        kind: code,
        title,
        folder: &folder,
        file: &file,
        pages: 1,
        author: if code == "LETTER" { "Tern Lake Heart Group" } else { "front desk" },
        status: "OK",
    };
    document.put(&mut chart.tables.documents).end()?;
    Ok(format!("{folder}\\{file}"))
}

fn recalls(chart: &mut Chart<'_>) -> Written {
    for number in 1..=chart.amount((-2, 1), (0, 2)) {
        let due = EXPORT_DAY.plus(chart.random.between(10, 300));
        let reason = chart.random.pick(&["yearly physical", "mammogram", "A1C", "colonoscopy"]);
        let sent = if chart.random.chance(30) { "card" } else { "" };
        let key = chart.key('K', number);
        let table = &mut chart.tables.recalls;
        table.text(key.as_str()).text(chart.patient).day(due, DateStyle::Iso).text(reason).text(sent).end()?;
    }
    Ok(())
}
