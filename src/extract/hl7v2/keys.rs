//! What people and facts in messages are known by. A person is known by the number and by name, birth date and sex, so that a number that
//! was given twice joins nobody; a fact by the number that its system gave it, else by what it is about and when.

use std::collections::HashMap;

use super::super::told::Told;
use super::message::{Message, Segment, split};
use super::records::Draft;
use crate::model::hl7v2::{ends_order, name_rank, number_rank};

/// Who sent a message, what it is called there, and when it was written.
pub struct Named {
    pub sender: String,
    control: String,
    /// As it says.
    pub time: String,
    /// None where it does not say.
    told: Option<Told>,
    /// Among those of the same time in its file.
    place: u64,
}

impl Named {
    /// `place`: of the message in its file.
    pub fn of(message: &Message<'_>, place: u64) -> Self {
        let header = message.header();
        let part = |field: usize| message.component(header, field, 1).into_owned();
        let time = part(7);
        let told = Told::at(&time);
        Self { sender: format!("{}|{}", part(3), part(4)), control: part(10), time, told, place }
    }

    /// When something was told. Of what was told at one time that of a higher rank stands (at most 900), then what stands later.
    pub fn told(&self, rank: u64) -> String {
        let milliseconds = (rank + self.place.min(99)).min(999);
        self.told.as_ref().map(|told| told.with(milliseconds)).unwrap_or_default()
    }

    pub fn key(&self) -> String {
        format!("{}|{}|{}", self.sender, self.control, self.time)
    }
}

/// How much a record's own status outweighs that of another one that was told at the same time: an end what goes on, a correction what it
/// corrects, a result what comes before it.
pub fn rank(message: &Message<'_>, draft: &Draft<'_, '_>, event: &str) -> u64 {
    let said = |name: &str, field: usize| {
        draft.find(name).map(|segment| message.component(segment, field, 1).into_owned()).unwrap_or_default()
    };
    match draft.kind {
        "Visit" | "Appointment" | "Note" => {
            let number = event.get(1..).and_then(|number| number.parse::<u64>().ok()).unwrap_or_default();
            let class = match event {
                "A05" | "A14" | "S12" | "T01" => 0,
                "A01" | "A04" | "A28" => 100,
                "A03" => 600,
                "A11" | "A12" | "A13" | "A27" | "A38" | "S15" | "S16" | "S17" | "S26" | "T11" => 700,
                _ => 200,
            };
            class + number
        }
        "Observation" | "Attachment" => match said("OBX", 11).as_str() {
            "F" | "U" | "V" => 300,
            "C" | "A" | "B" => 500,
            "D" | "W" | "X" => 700,
            _ => 0,
        },
        "Results" => match said("OBR", 25).as_str() {
            "F" => 300,
            "C" | "M" => 500,
            "X" => 700,
            _ => 0,
        },
        _ => u64::from(ends_order(&said("ORC", 1))) * 500,
    }
}

/// Two that are called the same in one message are two.
#[derive(Default)]
pub struct ToldApart(HashMap<String, Vec<String>>);

impl ToldApart {
    /// What says the same, too, is one.
    pub fn key(&mut self, key: String, draft: &Draft<'_, '_>) -> String {
        let content = content(draft);
        let known = self.0.entry(key.clone()).or_default();
        let place = known.iter().position(|other| *other == content).unwrap_or_else(|| {
            known.push(content);
            known.len() - 1
        });
        if place > 0 { format!("{key}|{}", place + 1) } else { key }
    }
}

/// The repetition of PID-3 by which the sender knows the person; PID-2 where there is none.
fn number_of<'t>(message: &Message<'t>, pid: &Segment<'t>) -> &'t str {
    let all = message.repetitions(pid.field(3)).filter(|one| !message.part(one, 1).is_empty());
    let own = all.filter_map(|one| Some((number_rank(&message.part(one, 5))?, one)));
    let found = own.min_by_key(|(rank, _)| *rank).map(|(_, one)| one);
    found.unwrap_or_else(|| message.repetitions(pid.field(2)).next().unwrap_or_default())
}

/// The name that somebody goes by.
fn name_of<'t>(message: &Message<'t>, pid: &Segment<'t>) -> &'t str {
    let is_name = |one: &&str| (1..=2).any(|part| !message.part(one, part).is_empty());
    let all = message.repetitions(pid.field(5)).filter(is_name);
    all.min_by_key(|one| name_rank(&message.part(one, 7))).unwrap_or_default()
}

/// A number with who gave it, by the name that this goes by.
fn numbered(message: &Message<'_>, text: &str, authority: usize) -> String {
    let number = message.part(text, 1);
    let delimiters = message.delimiters;
    let giver = split(text, delimiters.component).nth(authority - 1).unwrap_or_default();
    let giver = split(giver, delimiters.subcomponent).map(str::trim).find(|part| !part.is_empty());
    match giver.filter(|_| !number.is_empty()) {
        Some(giver) => [&number, "^", giver].concat(),
        None => number.into_owned(),
    }
}

/// An entity identifier (EI): its number and whose it is, the sender's where it does not say.
fn entity(message: &Message<'_>, segment: Option<&Segment<'_>>, field: usize, sender: &str) -> String {
    let Some(segment) = segment else { return String::new() };
    let text = message.repetitions(segment.field(field)).next().unwrap_or_default();
    let number = message.part(text, 1);
    let giver = [2, 3].into_iter().map(|part| message.part(text, part)).find(|part| !part.is_empty());
    match giver {
        _ if number.is_empty() => String::new(),
        Some(giver) => [&number, "^", &*giver].concat(),
        None => [&number, "^", sender].concat(),
    }
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
    let key = [&number, &family, &given, &born, &*sex].join("|");
    let is_nobody = family.is_empty() && given.is_empty() || number.is_empty() && born.is_empty();
    if is_nobody { format!("{key}|{}", header.key()) } else { key }
}

/// Whose facts are: the number alone, so that they are the same person's under another name; the person where there is none.
pub fn whose(message: &Message<'_>, draft: &Draft<'_, '_>, person: &str) -> String {
    let number = draft.find("PID").map(|pid| message.part(number_of(message, pid), 1).into_owned()).unwrap_or_default();
    if number.is_empty() { person.to_owned() } else { number }
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

/// What a record is known by, within its kind and what it belongs to: by the number that its system gave it, else by what it is about and when.
pub fn record_key(
    message: &Message<'_>,
    draft: &Draft<'_, '_>,
    (whose, visit): (&str, &str),
    header: &Named,
) -> String {
    let part = |name: &str, field: usize, component: usize| {
        draft.find(name).map(|segment| message.component(segment, field, component).into_owned()).unwrap_or_default()
    };
    let entity_of = |name: &str, field: usize| entity(message, draft.find(name), field, &header.sender);
    // A code with its system, else its words.
    let about = |name: &str, field: usize| {
        let coded = |code: usize, system: usize| {
            let code = part(name, field, code);
            if code.is_empty() { code } else { [&code, "^", &part(name, field, system).to_uppercase()].concat() }
        };
        let codes = [coded(1, 3), coded(4, 6)];
        codes.into_iter().find(|code| !code.is_empty()).unwrap_or_else(|| folded(&part(name, field, 2)))
    };
    let first = |all: &[String]| all.iter().find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let order =
        |all: &[(&str, usize)]| first(&all.iter().map(|(name, field)| entity_of(name, *field)).collect::<Vec<_>>());
    let or = |number: String, others: Vec<String>| if number.is_empty() { others } else { vec![number] };
    let own = match draft.kind {
        "Visit" => {
            let number = draft.find("PV1").map(|pv1| numbered(message, pv1.field(19), 4)).unwrap_or_default();
            or(number, vec![part("PV1", 44, 1)])
        }
        "Allergy" => or(entity_of("IAM", 7), vec![first(&[about("AL1", 3), about("IAM", 3)])]),
        "Diagnosis" => {
            let what = first(&[about("DG1", 3), folded(&part("DG1", 4, 1))]);
            // What has no day is of its visit.
            let when = first(&[day(&part("DG1", 5, 1)), visit.to_owned()]);
            or(entity_of("DG1", 20), vec![what, when, part("DG1", 6, 1)])
        }
        "Problem" => {
            let since = first(&[part("PRB", 16, 1), part("PRB", 7, 1)]);
            or(entity_of("PRB", 4), vec![about("PRB", 3), day(&since)])
        }
        "Procedure" => {
            let what = first(&[about("PR1", 3), folded(&part("PR1", 4, 1))]);
            or(entity_of("PR1", 19), vec![what, part("PR1", 5, 1)])
        }
        "Coverage" => {
            let policy = first(&[part("IN1", 36, 1), part("IN1", 49, 1), part("IN1", 8, 1)]);
            vec![about("IN1", 2), part("IN1", 3, 1), policy]
        }
        "Appointment" => vec![first(&[entity_of("SCH", 2), entity_of("SCH", 1)])],
        "Note" => vec![entity_of("TXA", 12)],
        "Referral" => or(order(&[("RF1", 6), ("RF1", 11)]), vec![about("RF1", 3), part("RF1", 7, 1)]),
        // One number may stand for an order of several examinations.
        "Order" => match order(&[("OBR", 2), ("ORC", 2), ("OBR", 3), ("ORC", 3)]) {
            number if number.is_empty() => vec![about("OBR", 4), part("ORC", 9, 1)],
            number => vec![number, about("OBR", 4)],
        },
        // Under one number of a laboratory stand several panels.
        "Results" => match (order(&[("OBR", 3), ("ORC", 3), ("OBR", 2), ("ORC", 2)]), part("OBR", 7, 1)) {
            (number, time) if number.is_empty() && time.is_empty() => Vec::new(),
            (number, time) if number.is_empty() => vec![about("OBR", 4), time],
            (number, _) => vec![number, about("OBR", 4)],
        },
        "Prescription" => {
            let what = first(&[about("RXE", 2), about("RXO", 1)]);
            or(order(&[("ORC", 2), ("RXE", 15), ("ORC", 3)]), vec![what, part("ORC", 9, 1)])
        }
        "Dispense" => {
            let number = order(&[("RXD", 7), ("ORC", 2), ("ORC", 3)]);
            let when = vec![part("RXD", 1, 1), about("RXD", 2), part("RXD", 3, 1)];
            if number.is_empty() { when } else { [vec![number], when].concat() }
        }
        // 9999 stands for no order (CDC, HL7 v2.5.1 implementation guide for immunization messaging).
        "Immunization" => {
            let number = Some(entity_of("ORC", 3)).filter(|number| !number.starts_with("9999^")).unwrap_or_default();
            or(number, vec![about("RXA", 5), day(&part("RXA", 3, 1))])
        }
        "Observation" | "Attachment" => {
            let time =
                first(&[part("OBX", 14, 1), if draft.is_result() { String::new() } else { header.time.clone() }]);
            // A result of the time of its report is told with it or without.
            let own_time = if draft.is_result() && time == draft.ordered { String::new() } else { time };
            vec![about("OBX", 3), part("OBX", 4, 1), own_time]
        }
        _ => Vec::new(),
    };
    // A notice about a document has none, and takes nothing of it away.
    let notice = if draft.is_notice { "|notice" } else { "" };
    // With nothing but whose it is, only what it says tells it from others.
    match own.first() {
        Some(first) if !first.is_empty() => [whose, "|", &own.join("|"), notice].concat(),
        _ => format!("{whose}|{}|{}", own.join("|"), content(draft)),
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
