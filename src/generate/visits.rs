//! Visits and what comes of them: appointments, vital signs, notes, orders, laboratory results, prescriptions, billing.

use super::GenerateError;
use super::calendar::{DateStyle, Day, EXPORT_DAY};
use super::catalog::{DIAGNOSES, IMAGING, PANELS, PHARMACIES, TESTS, Test, WORD_TESTS, complaints, drugs, fits};
use super::facts::Chart;
use super::names::Sex;
use super::narrative;
use super::office::{CLINICIANS, NURSES, SIGNATURES};
use super::random::Random;
use super::rows::{Key, Lab, Note, Problem, Script, Visit, Vitals};
use super::table::When;
use super::truth::Planted;
use super::{Richness, surgery};

type Written = Result<(), GenerateError>;

/// One visit while what came of it is written.
struct Occasion<'a> {
    key: &'a str,
    number: u32,
    day: Day,
    start: i32,
    staff: &'static str,
    complaint: &'static str,
    /// Age of the patient that day, years.
    age: i32,
}

/// The days on which a patient came, in order.
pub(super) fn days(chart: &mut Chart<'_>) -> Vec<Day> {
    let amount = match chart.richness {
        _ if chart.from > chart.until => 0,
        Richness::Full => chart.amount((0, 0), (3, 14)),
        Richness::Sample => chart.random.pick(&[0, 0, 0, 1, 1, 1, 1, 1, 2, 3]),
    };
    let mut days: Vec<Day> = (0..amount).map(|_| chart.any_day()).collect();
    days.sort_unstable();
    days
}

/// Writes the visits of [`Chart::visits`] and what comes of them.
pub(super) fn write(chart: &mut Chart<'_>) -> Written {
    if chart.from > chart.until {
        return Ok(());
    }
    for position in 0..chart.visits.len() {
        visit(chart, position as u32 + 1, chart.visits[position])?;
    }
    if chart.random.chance(12) && chart.person.death.is_none() {
        let day = EXPORT_DAY.plus(chart.random.between(1, 90));
        appointment(chart, 800, day, 540, "S02", "follow-up", "SCH")?;
    }
    if chart.random.chance(8) {
        let day = chart.any_day();
        let status = if chart.random.chance(50) { "CXL" } else { "NS" };
        appointment(chart, 801, day, 600, "S01", "check-up", status)?;
    }
    Ok(())
}

fn visit(chart: &mut Chart<'_>, number: u32, day: Day) -> Written {
    let who = (chart.random.below(36).isqrt()) as usize;
    let staff = CLINICIANS[5 - who];
    let age = chart.person.birth.years_until(day);
    let complaint = chart.random.pick(complaints(age < 18));
    let start = 480 + 15 * chart.random.between(0, 34);
    let rich = chart.richness == Richness::Full;
    let adult = age >= 18;
    let kind = match chart.random.below(100) {
        0..=6 => "TEL",
        7..=10 => "HOME",
        11..=18 => "NEW",
        19..=28 => "WELL",
        29..=30 if adult => "PROC",
        31..=35 if adult && !rich => "PROC",
        _ => "OV",
    };
    let by_appointment = chart.random.chance(92);
    if by_appointment {
        appointment(chart, number, day, start, staff, complaint, "DONE")?;
    }
    let (key, appointment_key) = (chart.key('V', number), chart.key('A', number));
    let random = &mut chart.random;
    let visit = Visit {
        key,
        patient: chart.patient,
        staff,
        appointment: if by_appointment { appointment_key.as_str() } else { "" },
        day,
        start,
        end: start + 10 + 5 * random.between(0, 5),
        kind,
        complaint,
        status: if random.chance(3) { "O" } else { "C" },
        level: random.between(1, 5),
    };
    visit.put(&mut chart.tables.visits).end()?;
    let occasion = Occasion { key: key.as_str(), number, day, start, staff, complaint, age };
    if kind != "TEL" && chart.random.chance(80) {
        vitals(chart, &occasion)?;
    }
    if chart.random.chance(85) {
        note(chart, &occasion, if kind == "TEL" { "PHONE" } else { "PROG" }, SIGNATURES[5 - who])?;
    }
    if rich && chart.random.chance(25) {
        visit_diagnosis(chart, &occasion)?;
    }
    if chart.random.chance(if rich { 75 } else { 30 }) {
        lab_order(chart, &occasion)?;
    }
    if chart.random.chance(15) {
        word_test(chart, &occasion)?;
    }
    if chart.random.chance(15) {
        other_order(chart, &occasion)?;
    }
    for script_number in 0..chart.amount((0, 1), (0, 2)) {
        script(chart, &occasion, script_number)?;
    }
    if kind == "PROC" {
        surgery::write(chart, occasion.key, number, day)?;
    }
    ledger(chart, &occasion)
}

fn appointment(
    chart: &mut Chart<'_>,
    number: u32,
    day: Day,
    start: i32,
    staff: &str,
    reason: &str,
    status: &str,
) -> Written {
    let random = &mut chart.random;
    let minutes = 15 * random.between(1, 2);
    let kind = random.pick(&["office visit", "office visit", "new patient", "physical", "nurse visit"]);
    let booked = random.chance(15).then(|| day.plus(-random.between(2, 60)));
    // One of the two at the desk wrote the day first.
    let style = if random.chance(35) { DateStyle::DayFirst } else { DateStyle::MonthFirst };
    let booked = booked.filter(|day| day.civil().1 != day.civil().2);
    let reason_cancelled = if status == "CXL" { random.pick(&["patient called", "weather", "doctor ill"]) } else { "" };
    let room = if status == "DONE" { random.between(1, 6) } else { 0 };
    let comment = if random.chance(5) { "bring old records, pill bottles" } else { "" };
    let key = chart.key('A', number);
    let table = &mut chart.tables.appointments;
    table.text(key.as_str()).text(chart.patient).text(staff).moment(day, start).number(minutes).text(kind);
    table.text(reason).text(status).day_or_blank(booked, style).text(reason_cancelled);
    if room == 0 {
        table.blank()
    } else {
        table.number(room)
    };
    let row = table.text(comment).end()?;
    if booked.is_some_and(|day| day.swapped().is_some()) {
        chart.truth.planted(Planted {
            file: chart.tables.appointments.name(),
            row,
            kind: "booked_either_way",
            expected: "date_ambiguous",
            column: "BOOKED_ON",
        })?;
    }
    Ok(())
}

fn vitals(chart: &mut Chart<'_>, occasion: &Occasion<'_>) -> Written {
    let random = &mut chart.random;
    let child = occasion.age < 18;
    let height = if child { 22 + occasion.age * 5 / 2 } else { random.between(60, 75) };
    let weight = if child { 90 + occasion.age * 75 } else { random.between(1100, 2900) };
    let weighed = random.chance(94);
    let vitals = Vitals {
        key: Key::new('T', chart.patient, occasion.number),
        patient: chart.patient,
        visit: occasion.key,
        day: occasion.day,
        minutes: occasion.start + 3,
        pressure: (occasion.age > 3).then(|| (random.between(98, 168), random.between(58, 98))),
        pulse: (!weighed || random.chance(95)).then(|| random.between(54, 112)),
        temperature_tenths: random.chance(70).then(|| random.between(968, 1019)),
        weight_tenths: if weighed { weight } else { 0 },
        height: random.chance(60).then_some(height),
        saturation: random.chance(60).then(|| random.between(92, 100)),
        respiration: random.chance(40).then(|| random.between(12, 22)),
        position: if random.chance(40) { random.pick(&["sitting", "standing", "lying"]) } else { "" },
        staff: random.pick(&NURSES),
    };
    vitals.put(&mut chart.tables.vitals).end().map(drop)
}

fn note(chart: &mut Chart<'_>, occasion: &Occasion<'_>, kind: &str, signature: &str) -> Written {
    let body = narrative::note_body(chart.person.sex, occasion.age, occasion.complaint, signature, &mut chart.random);
    let note = Note {
        key: Key::new('N', chart.patient, occasion.number),
        patient: chart.patient,
        visit: occasion.key,
        staff: occasion.staff,
        day: occasion.day,
        minutes: occasion.start + 20,
        kind,
        title: if kind == "PHONE" { "Telephone call" } else { "Office note" },
        signed: if chart.random.chance(94) { "Y" } else { "N" },
        body: &body,
    };
    note.put(&mut chart.tables.notes).end().map(drop)
}

fn visit_diagnosis(chart: &mut Chart<'_>, occasion: &Occasion<'_>) -> Written {
    let diagnosis = chart.random.pick(&DIAGNOSES);
    if !fits(&diagnosis, chart.person.sex, occasion.age) {
        return Ok(());
    }
    let problem = Problem {
        key: Key::new('D', chart.patient, 100 + occasion.number),
        patient: chart.patient,
        visit: occasion.key,
        kind: "DX",
        code: diagnosis.icd,
        system: "I10",
        text: diagnosis.text,
        severity: "",
        side: if diagnosis.sided { chart.random.pick(&["L", "R"]) } else { "" },
        onset: When::Day(occasion.day),
        resolved: None,
        status: "I",
        staff: occasion.staff,
        entered: occasion.day,
        note: "",
    };
    problem.put(&mut chart.tables.problems).end().map(drop)
}

fn lab_order(chart: &mut Chart<'_>, occasion: &Occasion<'_>) -> Written {
    let (code, system, text, tests) = chart.random.pick(&PANELS);
    let status = if chart.random.chance(92) { "C" } else { "O" };
    let order = chart.key('O', occasion.number);
    put_order(chart, occasion, &order, ("LAB", code, system, text, "Alder County Lab"), status)?;
    if status == "O" {
        return Ok(());
    }
    let collected = occasion.day.plus(chart.random.between(0, 2)).min(EXPORT_DAY);
    let reported = collected.plus(chart.random.between(0, 3)).min(EXPORT_DAY);
    let local_codes = chart.random.chance(35);
    let correction = chart.random.chance(3);
    for (position, test) in (0..).zip(tests) {
        let test = &TESTS[*test];
        let (result, flag) = result(test, &mut chart.random);
        let local = local_codes && !test.local.is_empty();
        let lab = Lab {
            key: Key::new('L', chart.patient, occasion.number * 20 + position),
            patient: chart.patient,
            visit: occasion.key,
            order: order.as_str(),
            code: if local { test.local } else { test.loinc },
            system: if local { "" } else { "LN" },
            name: test.name,
            result: &result,
            units: test.units,
            low: test.low,
            high: test.high,
            reference: "",
            flag,
            collected: When::Day(collected),
            reported: When::Day(reported),
            specimen: test.specimen,
            status: if correction { "C" } else { "F" },
            comment: if correction { "corrected report, see fax" } else { "" },
        };
        lab.put(&mut chart.tables.labs).end()?;
    }
    Ok(())
}

/// A result as the laboratory prints it, and its flag.
fn result(test: &Test, random: &mut Random) -> (String, &'static str) {
    if test.name == "C-reactive protein" && random.chance(30) {
        return ("<5".to_owned(), "");
    }
    let tenths = random.between(test.tenths.0, test.tenths.1);
    let flag = match tenths {
        _ if tenths > test.normal.1 * 2 => "HH",
        _ if tenths > test.normal.1 => "H",
        _ if tenths < test.normal.0 => "L",
        _ => "",
    };
    let text = if test.whole { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) };
    (text, flag)
}

fn word_test(chart: &mut Chart<'_>, occasion: &Occasion<'_>) -> Written {
    let (code, _, name, results) = chart.random.pick(&WORD_TESTS);
    let result = chart.random.pick(results);
    let abnormal = !result.eq_ignore_ascii_case("negative");
    let lab = Lab {
        key: Key::new('L', chart.patient, occasion.number * 20 + 19),
        patient: chart.patient,
        visit: occasion.key,
        order: "",
        code,
        system: "LN",
        name,
        result,
        units: "",
        low: "",
        high: "",
        reference: "negative",
        flag: if abnormal { "!" } else { "" },
        collected: When::Day(occasion.day),
        reported: When::Day(occasion.day),
        specimen: if name.starts_with("Strep") { "throat swab" } else { "urine" },
        status: "F",
        comment: "done in office",
    };
    lab.put(&mut chart.tables.labs).end().map(drop)
}

fn other_order(chart: &mut Chart<'_>, occasion: &Occasion<'_>) -> Written {
    // A mammogram is for women from forty on.
    let suits_everybody = chart.person.sex == Sex::Male || occasion.age < 40;
    let order = chart.random.pick(if suits_everybody { &IMAGING[1..] } else { &IMAGING });
    let status = chart.random.pick(&["C", "C", "O", "X"]);
    let key = chart.key('O', 200 + occasion.number);
    put_order(chart, occasion, &key, order, status)
}

fn put_order(
    chart: &mut Chart<'_>,
    occasion: &Occasion<'_>,
    key: &Key,
    (kind, code, system, text, destination): (&str, &str, &str, &str, &str),
    status: &str,
) -> Written {
    let priority = chart.random.pick(&["R", "R", "R", "U", "S"]);
    let due = chart.random.chance(40).then(|| occasion.day.plus(chart.random.between(1, 40)));
    let note = if status == "X" { "patient did not go" } else { "" };
    let table = &mut chart.tables.orders;
    table.text(key.as_str()).text(chart.patient).text(occasion.key).text(occasion.staff).text(kind);
    table.text(code).text(system).text(text).text(priority).moment(occasion.day, occasion.start + 12);
    table.day_or_blank(due, DateStyle::Iso).text(status).text(occasion.complaint).text(destination).text(note);
    table.end().map(drop)
}

fn script(chart: &mut Chart<'_>, occasion: &Occasion<'_>, number: u32) -> Written {
    let random = &mut chart.random;
    let drug = random.pick(drugs(occasion.age < 18));
    let status = match random.below(100) {
        0..=5 => "CXL",
        6..=7 => "ERR",
        8..=10 => "PEND",
        11..=35 => "SENT",
        _ => "DISP",
    };
    let script = Script {
        key: Key::new('R', chart.patient, occasion.number * 5 + number),
        patient: chart.patient,
        visit: occasion.key,
        staff: occasion.staff,
        drug: drug.line,
        rxcui: drug.rxcui,
        sig: drug.sig,
        quantity: drug.quantity,
        unit: drug.unit,
        days: drug.days,
        refills: if drug.chronic { random.between(0, 11) } else { 0 },
        as_written: if random.chance(10) { "Y" } else { "N" },
        pharmacy: random.pick(&PHARMACIES),
        day: occasion.day,
        minutes: occasion.start + 15,
        status,
        filled: (status == "DISP").then(|| occasion.day.plus(random.between(0, 3)).min(EXPORT_DAY)),
        reason: drug.reason,
        note: if status == "CXL" { "called in by mistake" } else { "" },
    };
    script.put(&mut chart.tables.scripts).end().map(drop)
}

fn ledger(chart: &mut Chart<'_>, occasion: &Occasion<'_>) -> Written {
    let amount = 10 * chart.random.between(60, 260);
    let paid = if chart.random.chance(70) { amount } else { 200 };
    let memo = if chart.random.chance(2) { "paid €20 cash" } else { "" };
    let key = chart.key('B', occasion.number);
    let table = &mut chart.tables.ledger;
    table.text(key.as_str()).text(chart.patient).text(occasion.key).day(occasion.day, DateStyle::MonthFirst);
    table.text("OFFICE").tenths(amount).tenths(paid).tenths(amount - paid).text(memo);
    table.end().map(drop)
}
