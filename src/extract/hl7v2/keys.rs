//! What people and facts in messages are known by. A person is known by the number and by name, birth date and sex, so that a number that
//! was given twice joins nobody; a fact by the number that its system gave it, else by what it is about and when.

use std::collections::HashMap;

use super::message::{Message, Segment, split};
use super::records::Draft;

/// Who sent a message, and what it is called there.
pub struct Named {
    sender: String,
    control: String,
    /// When it was written, as it says.
    pub time: String,
}

impl Named {
    pub fn of(message: &Message<'_>) -> Self {
        let header = message.header();
        let part = |field: usize| message.component(header, field, 1).into_owned();
        Self { sender: format!("{}|{}", part(3), part(4)), control: part(10), time: part(7) }
    }

    pub fn key(&self) -> String {
        format!("{}|{}|{}", self.sender, self.control, self.time)
    }
}

/// Two that are called the same in one message are two.
#[derive(Default)]
pub struct ToldApart(HashMap<String, u32>);

impl ToldApart {
    pub fn key(&mut self, key: String) -> String {
        let times = self.0.entry(key.clone()).or_default();
        *times += 1;
        if *times > 1 { format!("{key}|{times}") } else { key }
    }
}

/// Identifier types (table 0203) of what is no number of the practice's own.
const OTHER_NUMBERS: [&str; 12] = ["SS", "DL", "PPN", "MC", "MA", "MB", "AN", "VN", "NPI", "PRN", "BC", "CZ"];

/// The repetition of PID-3 by which the sender knows the person; PID-2 where there is none.
fn number_of<'t>(message: &Message<'t>, pid: &Segment<'t>) -> &'t str {
    let all = || message.repetitions(pid.field(3)).filter(|one| !message.part(one, 1).is_empty());
    let kind = |one: &&str| message.part(*one, 5).to_ascii_uppercase();
    let of = |wanted: &str| all().find(|one| kind(one) == wanted);
    let other = || all().find(|one| !OTHER_NUMBERS.contains(&kind(one).as_str()));
    of("MR")
        .or_else(|| of("PI"))
        .or_else(|| of("PT"))
        .or_else(other)
        .unwrap_or_else(|| message.repetitions(pid.field(2)).next().unwrap_or_default())
}

/// Types of names (table 0200) that nobody goes by: at birth, an alias, a nickname, bad, made up or unknown.
const OTHER_NAMES: [&str; 8] = ["M", "A", "N", "BAD", "S", "U", "P", "NB"];

/// The name that somebody goes by: the first that is none of those.
fn name_of<'t>(message: &Message<'t>, pid: &Segment<'t>) -> &'t str {
    let all =
        || message.repetitions(pid.field(5)).filter(|one| (1..=2).any(|part| !message.part(one, part).is_empty()));
    let found = all().find(|one| !OTHER_NAMES.contains(&message.part(one, 7).trim()));
    found.or_else(|| all().next()).unwrap_or_default()
}

/// A number with who gave it.
fn numbered(message: &Message<'_>, text: &str, authority: usize) -> String {
    let number = message.part(text, 1);
    let delimiters = message.delimiters;
    let giver = split(text, delimiters.component).nth(authority - 1).unwrap_or_default();
    let giver: Vec<&str> =
        split(giver, delimiters.subcomponent).map(str::trim).filter(|part| !part.is_empty()).collect();
    if number.is_empty() || giver.is_empty() { number.into_owned() } else { format!("{number}^{}", giver.join("&")) }
}

/// The same, of an entity identifier (EI): its number and whose it is.
fn entity(message: &Message<'_>, segment: Option<&Segment<'_>>, field: usize) -> String {
    let Some(segment) = segment else { return String::new() };
    let text = message.repetitions(segment.field(field)).next().unwrap_or_default();
    let rest: Vec<String> =
        (1..=3).map(|part| message.part(text, part).into_owned()).filter(|part| !part.is_empty()).collect();
    rest.join("^")
}

fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// A person. Who has no name, or neither number nor birth date, is known in this message alone.
pub fn person_key(message: &Message<'_>, draft: &Draft<'_, '_>, header: &Named) -> String {
    let Some(pid) = draft.find("PID") else { return String::new() };
    let number = numbered(message, number_of(message, pid), 4);
    let current = name_of(message, pid);
    let name = |part: usize| folded(&message.part(current, part));
    let (family, given) = (name(1), name(2));
    let born: String = message.component(pid, 7, 1).chars().filter(char::is_ascii_digit).take(8).collect();
    let sex = message.component(pid, 8, 1);
    let key = format!("{number}|{family}|{given}|{born}|{sex}");
    let is_nobody = family.is_empty() && given.is_empty() || number.is_empty() && born.is_empty();
    if is_nobody { format!("{key}|{}", header.key()) } else { key }
}

/// A registration of a person. Whoever is only named by a message is told from whom one registers: results know less of a person than a
/// registration does, and take nothing of it back.
pub fn patient_key(message: &Message<'_>, draft: &Draft<'_, '_>, person: &str, registers: bool) -> String {
    let mut key = person.to_owned();
    if !registers {
        key.push_str("|named");
    }
    if let Some(merged) = draft.find("MRG") {
        // That one number was merged into another stays true, whatever is said of the person later.
        let merged = message.repetitions(merged.field(1)).next().unwrap_or_default();
        key.push_str(&format!("|merged {}", numbered(message, merged, 4)));
    }
    key
}

/// What a record is known by, within its kind and patient.
pub fn record_key(message: &Message<'_>, draft: &Draft<'_, '_>, patient: &str) -> String {
    let part = |name: &str, field: usize, component: usize| {
        draft.find(name).map(|segment| message.component(segment, field, component).into_owned()).unwrap_or_default()
    };
    let entity_of = |name: &str, field: usize| entity(message, draft.find(name), field);
    // A code, else its words.
    let about = |name: &str, field: usize| {
        let code = part(name, field, 1);
        let code = if code.is_empty() { part(name, field, 4) } else { code };
        if code.is_empty() { folded(&part(name, field, 2)) } else { code }
    };
    let first = |all: &[String]| all.iter().find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let order =
        |all: &[(&str, usize)]| first(&all.iter().map(|(name, field)| entity_of(name, *field)).collect::<Vec<_>>());
    // What is told without a number is known by when it was.
    let own = match draft.kind {
        "Visit" => {
            let number = draft.find("PV1").map(|pv1| numbered(message, pv1.field(19), 4)).unwrap_or_default();
            let start = part("PV1", 44, 1);
            return match (number.is_empty(), start.is_empty()) {
                (false, _) => format!("{patient}|{number}"),
                (true, false) => format!("{patient}||{start}"),
                (true, true) => format!("{patient}|{}", content(draft)),
            };
        }
        "Allergy" => match entity_of("IAM", 7) {
            number if !number.is_empty() => vec![number],
            _ => vec![first(&[about("AL1", 3), about("IAM", 3)])],
        },
        "Diagnosis" => match entity_of("DG1", 20) {
            number if !number.is_empty() => vec![number],
            _ => {
                vec![first(&[about("DG1", 3), folded(&part("DG1", 4, 1))]), day(&part("DG1", 5, 1)), part("DG1", 6, 1)]
            }
        },
        "Problem" => match entity_of("PRB", 4) {
            number if !number.is_empty() => vec![number],
            _ => vec![about("PRB", 3), day(&first(&[part("PRB", 16, 1), part("PRB", 7, 1)]))],
        },
        "Procedure" => match entity_of("PR1", 19) {
            number if !number.is_empty() => vec![number],
            _ => vec![first(&[about("PR1", 3), folded(&part("PR1", 4, 1))]), part("PR1", 5, 1)],
        },
        "Coverage" => vec![
            about("IN1", 2),
            part("IN1", 3, 1),
            first(&[part("IN1", 36, 1), part("IN1", 49, 1), part("IN1", 8, 1)]),
        ],
        "Appointment" => vec![first(&[entity_of("SCH", 2), entity_of("SCH", 1)])],
        "Note" => vec![entity_of("TXA", 12)],
        "Referral" => vec![order(&[("RF1", 6), ("RF1", 11)]), part("RF1", 7, 1)],
        "Order" => vec![order(&[("OBR", 2), ("ORC", 2), ("OBR", 3), ("ORC", 3)]), about("OBR", 4)],
        "Results" => match (order(&[("OBR", 3), ("ORC", 3), ("OBR", 2), ("ORC", 2)]), part("OBR", 7, 1)) {
            (number, time) if number.is_empty() && time.is_empty() => Vec::new(),
            (number, time) if number.is_empty() => vec![about("OBR", 4), time],
            (number, _) => vec![number, about("OBR", 4)],
        },
        "Prescription" => {
            vec![order(&[("ORC", 2), ("RXE", 15), ("ORC", 3)]), first(&[about("RXE", 2), about("RXO", 1)])]
        }
        "Dispense" => {
            vec![order(&[("RXD", 7), ("ORC", 2), ("ORC", 3)]), part("RXD", 1, 1), about("RXD", 2), part("RXD", 3, 1)]
        }
        "Immunization" => vec![order(&[("ORC", 3)]), about("RXA", 5), day(&part("RXA", 3, 1))],
        "Observation" | "Attachment" if draft.is_result() => vec![about("OBX", 3), part("OBX", 4, 1)],
        "Observation" | "Attachment" => vec![about("OBX", 3), part("OBX", 4, 1), part("OBX", 14, 1)],
        _ => Vec::new(),
    };
    // With nothing but whose it is, only what it says tells it from others.
    match own.first() {
        Some(first) if !first.is_empty() => format!("{patient}|{}", own.join("|")),
        _ => format!("{patient}|{}|{}", own.join("|"), content(draft)),
    }
}

fn day(time: &str) -> String {
    time.chars().filter(char::is_ascii_digit).take(8).collect()
}

/// All that a record says, in a word.
fn content(draft: &Draft<'_, '_>) -> String {
    let mut hasher = blake3::Hasher::new();
    let listed = draft.lists.iter().flat_map(|(_, items)| items).map(|item| item.segment);
    for segment in draft.flat.iter().copied().chain(listed) {
        hasher.update(segment.name.as_bytes());
        for (_, field) in segment.fields() {
            hasher.update(&(field.len() as u32).to_le_bytes());
            hasher.update(field.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
