//! The ambulatory surgery log. Procedure codes are the practice's own.

use super::GenerateError;
use super::calendar::{DateStyle, Day};
use super::facts::Chart;
use super::narrative;
use super::random::Random;
use super::truth::Planted;

#[derive(Clone, Copy)]
pub(super) struct Operation {
    code: &'static str,
    name: &'static str,
    site: &'static str,
    sided: bool,
    anesthesia: &'static [&'static str],
    reason: &'static str,
    /// Implant, maker, model.
    implant: Option<(&'static str, &'static str, &'static str)>,
    /// Whether the pack's code map knows the code.
    mapped: bool,
}

const fn operation(
    code: &'static str,
    name: &'static str,
    site: &'static str,
    sided: bool,
    anesthesia: &'static [&'static str],
    reason: &'static str,
) -> Operation {
    Operation { code, name, site, sided, anesthesia, reason, implant: None, mapped: false }
}

impl Operation {
    const fn with(self, implant: &'static str, maker: &'static str, model: &'static str) -> Self {
        Self { implant: Some((implant, maker, model)), ..self }
    }

    const fn mapped(self) -> Self {
        Self { mapped: true, ..self }
    }
}

pub(super) const OPERATIONS: [Operation; 10] = [
    operation("OP-CAT", "cataract removal with lens", "eye", true, &["topical", "MAC"], "cataract")
        .with("foldable intraocular lens +21.0 D", "Tern Optics", "TO-210")
        .mapped(),
    operation("OP-HERN", "inguinal hernia repair, open", "groin", true, &["general", "spinal"], "hernia").with(
        "mesh, flat, 7.5 x 15 cm",
        "Larkspur Surgical",
        "LM-7515",
    ),
    operation("OP-COLO", "colonoscopy", "colon", false, &["MAC"], "screening").mapped(),
    operation("OP-CTR", "carpal tunnel release", "wrist", true, &["local", "regional block"], "hand numbness"),
    operation("OP-IUD", "IUD placement", "uterus", false, &["none"], "contraception")
        .with("copper IUD", "Northlake Devices", "CU-380")
        .mapped(),
    operation("OP-VAS", "vasectomy", "scrotum", false, &["local"], "sterilization").mapped(),
    operation("OP-EXC", "excision of skin lesion", "back", false, &["local"], "changing mole"),
    operation("OP-KNEE", "knee arthroscopy, meniscus trim", "knee", true, &["general"], "torn meniscus"),
    operation("OP-TRIG", "trigger finger release", "ring finger", true, &["local"], "locking finger"),
    operation("OP-PIN", "pinning of finger fracture", "little finger", true, &["regional block"], "fracture").with(
        "K-wire 1.1 mm, set of 2",
        "Larkspur Surgical",
        "KW-11",
    ),
];

/// Writes one operation of a visit.
pub(super) fn write(chart: &mut Chart<'_>, visit: &str, number: u32, day: Day) -> Result<(), GenerateError> {
    let mut operation = chart.random.pick(&OPERATIONS);
    let suits = |code| match code {
        "OP-IUD" => chart.person.sex == super::names::Sex::Female,
        "OP-VAS" => chart.person.sex == super::names::Sex::Male,
        _ => true,
    };
    if !suits(operation.code) {
        operation = OPERATIONS[3];
    }
    let status = if chart.random.chance(92) { "DONE" } else { "ABORT" };
    write_operation(chart, &operation, visit, number, day, status)
}

/// Writes one given operation; where the code map does not know it, the truth is told.
pub(super) fn write_operation(
    chart: &mut Chart<'_>,
    operation: &Operation,
    visit: &str,
    number: u32,
    day: Day,
    status: &str,
) -> Result<(), GenerateError> {
    let key = chart.key('S', number);
    let random = &mut chart.random;
    let start = 450 + 15 * random.between(0, 20);
    let side = if operation.sided { random.pick(&["L", "R"]) } else { "" };
    let anesthesia = random.pick(operation.anesthesia);
    let complication = if random.chance(6) { "bleeding, controlled with pressure" } else { "" };
    let implant = operation.implant.filter(|_| status == "DONE");
    let note =
        narrative::operative_note(operation.name, operation.site, anesthesia, implant.map(|(name, ..)| name), random);
    let identity = implant.map(|_| ImplantIdentity::new(day, random));

    let table = &mut chart.tables.surgery;
    table.text(key.as_str()).text(chart.patient).text(visit);
    table.moment(day, start).moment(day, start + 20 + 5 * (number as i32 % 9));
    table.text(operation.code).text(operation.name).text(operation.site).text(side).text(anesthesia).text("S04");
    table.text(operation.reason).text(status);
    table.text(if status == "DONE" { "home same day" } else { "stopped, to be rescheduled" }).text(complication);
    match implant.zip(identity) {
        Some(((name, maker, model), identity)) => {
            table.text(name).text(maker).text(model).text(&identity.lot).text(&identity.serial);
            table.day(identity.expires, DateStyle::Iso).text(&identity.udi);
        }
        None => {
            table.blank().blank().blank().blank().blank().blank().blank();
        }
    }
    let row = table.text(&note).end()?;
    if !operation.mapped {
        chart.truth.planted(Planted {
            file: chart.tables.surgery.name(),
            row,
            kind: "local_procedure_code",
            expected: "code_unmapped",
            column: "PROC_CODE",
        })?;
    }
    Ok(())
}

struct ImplantIdentity {
    lot: String,
    serial: String,
    expires: Day,
    udi: String,
}

impl ImplantIdentity {
    /// GS1 application identifiers 01, 17, 10 and 21; the company prefix 952 is GS1's own for demonstrations.
    fn new(day: Day, random: &mut Random) -> Self {
        let lot = format!("LT{:05}", random.below(100_000));
        let serial = format!("{:08}", random.below(100_000_000));
        let expires = day.plus(random.between(200, 1600));
        let (year, month, of_month) = expires.civil();
        let item = format!("0952{:09}", random.below(1_000_000_000));
        let udi = format!(
            "(01){item}{}(17){:02}{month:02}{of_month:02}(10){lot}(21){serial}",
            gs1_check_digit(&item),
            year % 100
        );
        Self { lot, serial, expires, udi }
    }
}

fn gs1_check_digit(item: &str) -> u32 {
    let sum: u32 =
        (0..).zip(item.bytes().rev()).map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 3 } else { 1 }).sum();
    (10 - sum % 10) % 10
}
