//! Whom a message is about (PID, PD1, NK1, MRG), and who pays (IN1, IN2).

use super::super::SamePerson;
use super::super::filling::Filling;
use super::filling::{locate, repetitions, said};
use crate::model::Value;
use crate::model::hl7v2::{name_rank, number_rank};

const SEX: [(&str, &str); 7] =
    [("F", "female"), ("M", "male"), ("O", "other"), ("A", "other"), ("X", "other"), ("N", "other"), ("U", "unknown")];

pub fn patient(filling: &mut Filling<'_, '_>) {
    numbers(filling);
    names(filling);
    filling.when("birth_date", &["PID-7"]);
    filling.word_of("gender", "PID-8", &SEX);
    filling.called_by("race", &["PID-10"]);
    filling.called_by("ethnicity", &["PID-22"]);
    filling.field("language", &["PID-15.1"]);
    filling.field("marital_status", &["PID-16.1"]);
    filling.field("birth_place", &["PID-23"]);
    filling.amount("birth_order", &["PID-25"]);
    filling.when("deceased_date", &["PID-29"]);
    let yes_no = [("Y", "1"), ("N", "0")];
    if let (Some(at), Some(says)) = (locate(filling.tree, "PID-30"), filling.said("PID-30"))
        && let Some((_, number)) = yes_no.iter().find(|(word, _)| word.eq_ignore_ascii_case(says))
    {
        filling.take(&at);
        filling.set("deceased", Value::Integer(i64::from(*number == "1")), &at);
    }
    addresses(filling);
    telephones(filling);
    filling.person("general_practitioner_name", "PD1-4", 2);
    contact(filling);
    // When a registration says so; who is only named has no time, and is outdone.
    filling.when("last_updated", &["PID-33", "time"]);
    filling.read("time");
    merged(filling);
}

/// Events that merge a person's numbers, or give the person another one (table 0003); others of them move things from one person to another.
const MERGES: [&str; 8] = ["A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"];

/// The numbers that were merged into this person's.
fn merged(filling: &mut Filling<'_, '_>) {
    if !filling.said("event").is_some_and(|event| MERGES.contains(&event)) {
        return;
    }
    // Another practice's number may be somebody else's here.
    let givers: Vec<&str> =
        repetitions(filling.tree, "PID-3").iter().filter_map(|at| said(filling.tree, &format!("{at}.4"))).collect();
    for at in repetitions(filling.tree, "MRG-1") {
        if said(filling.tree, &format!("{at}.4")).is_some_and(|giver| !givers.is_empty() && !givers.contains(&giver)) {
            continue;
        }
        let is_own = number_rank(said(filling.tree, &format!("{at}.5")).unwrap_or_default()).is_some();
        let path = format!("{at}.1");
        if let (true, Some(number)) = (is_own, filling.read(&path)) {
            filling.chart.same_person.push(SamePerson::Number { number, path });
        }
    }
}

/// Columns for numbers that others gave (table 0203).
const NUMBERS: [(&str, &str); 3] = [("ssn", "SS"), ("drivers_license", "DL"), ("passport_number", "PPN")];

fn numbers(filling: &mut Filling<'_, '_>) {
    let tree = filling.tree;
    let all: Vec<(String, &str)> = repetitions(tree, "PID-3")
        .into_iter()
        .filter(|at| said(tree, &format!("{at}.1")).is_some())
        .map(|at| (format!("{at}.1"), said(tree, &format!("{at}.5")).unwrap_or_default()))
        .collect();
    for (column, wanted) in NUMBERS {
        if let Some((at, _)) = all.iter().find(|(_, kind)| kind.eq_ignore_ascii_case(wanted)) {
            filling.field(column, &[at]);
        }
    }
    let own = all.iter().filter_map(|(at, kind)| Some((number_rank(kind)?, at)));
    if let Some((_, at)) = own.min_by_key(|(rank, _)| *rank) {
        filling.field("medical_record_number", &[at]);
    }
    filling.field("medical_record_number", &["PID-2.1"]);
    filling.field("ssn", &["PID-19.1"]);
    // The issuing state stands before the number or behind it, as senders like.
    let licence = ["PID-20.1", "PID-20.2"].map(|at| filling.said(at).unwrap_or_default().to_owned());
    let is_number = |text: &String| text.bytes().any(|byte| byte.is_ascii_digit());
    if let Some(at) = licence.iter().position(is_number) {
        filling.field("drivers_license", &[["PID-20.1", "PID-20.2"][at]]);
    }
}

fn names(filling: &mut Filling<'_, '_>) {
    let tree = filling.tree;
    let all = repetitions(tree, "PID-5");
    let kind = |at: &String| said(tree, &format!("{at}.7")).unwrap_or_default();
    let has_name = |at: &&String| ["1", "2"].iter().any(|part| said(tree, &format!("{at}.{part}")).is_some());
    let Some(at) = all.iter().filter(has_name).min_by_key(|at| name_rank(kind(at))) else { return };
    for (column, part) in
        [("family_name", 1), ("given_name", 2), ("middle_name", 3), ("name_suffix", 4), ("name_prefix", 5)]
    {
        filling.field(column, &[&format!("{at}.{part}")]);
    }
    if let Some(maiden) = all.iter().find(|at| matches!(kind(at), "M" | "B")) {
        filling.field("maiden_name", &[&format!("{maiden}.1")]);
    }
    filling.field("mother_maiden_name", &["PID-6.1"]);
}

/// Types of addresses (table 0190) in which nobody lives now.
const NO_HOME: [&str; 8] = ["BA", "BDL", "BI", "BR", "F", "N", "O", "B"];

fn addresses(filling: &mut Filling<'_, '_>) {
    let tree = filling.tree;
    let all = repetitions(tree, "PID-11");
    let kind = |at: &String| said(tree, &format!("{at}.7")).unwrap_or_default();
    let found = ["H", "P", "L", "M", "C", ""].iter().find_map(|wanted| all.iter().find(|at| kind(at) == *wanted));
    let Some(at) = found.or_else(|| all.iter().find(|at| !NO_HOME.contains(&kind(at)))) else { return };
    let part = |number: &str| format!("{at}.{number}");
    // The house number may stand by itself, behind the street.
    let (street, house) = (part("1.2"), part("1.3"));
    match (filling.said(&house).is_some(), filling.said(&street).is_some()) {
        (true, true) => {
            let line = [house, street.clone()].iter().filter_map(|at| filling.read(at)).collect::<Vec<_>>().join(" ");
            filling.set("address_line1", Value::text(line), &street);
        }
        _ => {
            let line = [part("1.1"), street];
            let words: Vec<String> = line.iter().filter_map(|at| filling.read(at)).collect();
            if !words.is_empty() {
                filling.set("address_line1", Value::text(words.join(" ")), &line[0]);
            }
        }
    }
    for (column, number) in [
        ("address_line2", "2"),
        ("city", "3"),
        ("state", "4"),
        ("postal_code", "5"),
        ("country", "6"),
        ("district", "9"),
    ] {
        filling.field(column, &[&part(number)]);
    }
    filling.field("district", &["PID-12"]);
}

/// A telephone number (XTN): as it is written, else of its parts.
fn number(filling: &Filling<'_, '_>, at: &str) -> Option<String> {
    let whole = [format!("{at}.12"), format!("{at}.1")].iter().find_map(|at| filling.read(at));
    let parts = ["5", "6", "7"].map(|part| filling.said(&format!("{at}.{part}")));
    let has_number = |text: &String| text.bytes().filter(u8::is_ascii_digit).count() >= 7;
    let text = match whole {
        Some(text) if has_number(&text) || parts[2].is_none() => text,
        whole if parts[2].is_none() => return whole,
        _ => {
            let parts = ["5", "6", "7"].map(|part| filling.read(&format!("{at}.{part}")));
            let text = parts.into_iter().flatten().collect::<Vec<_>>().join("-");
            if text.starts_with("1-") || text.len() > 12 { format!("+{text}") } else { text }
        }
    };
    match filling.read(&format!("{at}.8")) {
        Some(extension) => Some(format!("{text} x{extension}")),
        None => Some(text),
    }
}

fn telephones(filling: &mut Filling<'_, '_>) {
    let tree = filling.tree;
    for (field, usual) in [("PID-13", "phone_home"), ("PID-14", "phone_work"), ("PID-40", "phone_home")] {
        for at in repetitions(tree, field) {
            let part = |number: u8| said(tree, &format!("{at}.{number}")).unwrap_or_default().to_owned();
            let (usage, equipment) = (part(2).to_ascii_uppercase(), part(3).to_ascii_uppercase());
            let address = part(4);
            // A fax and a pager are no telephones.
            if matches!(equipment.as_str(), "FX" | "BP" | "MD" | "SAT") || usage == "BPN" {
                continue;
            }
            let is_mail = usage == "NET" || address.contains('@') || part(1).contains('@');
            if is_mail {
                let paths = [format!("{at}.4"), format!("{at}.1")];
                let path = paths.iter().find(|path| said(tree, path).is_some_and(|text| text.contains('@')));
                path.into_iter().for_each(|path| filling.field("email", &[path]));
                if !has_telephone(filling, &at) {
                    continue;
                }
            }
            let column = match (equipment.as_str(), usage.as_str()) {
                ("CP", _) | (_, "PRS") if usual != "phone_work" => "phone_mobile",
                (_, "WPN") => "phone_work",
                (_, "PRN" | "ORN" | "VHN") => "phone_home",
                _ => usual,
            };
            if !filling.has(column)
                && let Some(text) = number(filling, &at)
            {
                filling.set(column, Value::text(text), &at);
            }
        }
    }
}

fn has_telephone(filling: &Filling<'_, '_>, at: &str) -> bool {
    ["12", "7"].iter().any(|part| filling.said(&format!("{at}.{part}")).is_some())
}

/// Whom to call: who is called so (table 0131 C, 0063 EMC), else the first next of kin.
fn contact(filling: &mut Filling<'_, '_>) {
    let tree = filling.tree;
    let all = tree.items("NK1");
    let is_for_emergencies = |at: &&String| {
        said(tree, &format!("{at}.NK1-7.1")) == Some("C") || said(tree, &format!("{at}.NK1-3.1")) == Some("EMC")
    };
    let Some(at) = all.iter().find(is_for_emergencies).or(all.first()) else { return };
    let name = ["5", "2", "3", "1", "4"].map(|part| filling.read(&format!("{at}.NK1-2.{part}")));
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let relationship = ["2", "1"].iter().find_map(|part| filling.read(&format!("{at}.NK1-3.{part}")));
    let telephone = number(filling, &format!("{at}.NK1-5"));
    let said: Vec<String> =
        [Some(name), relationship, telephone].into_iter().flatten().filter(|text| !text.is_empty()).collect();
    if !said.is_empty() {
        filling.set("emergency_contact", Value::text(said.join(", ")), &format!("{at}.NK1-2"));
    }
}

pub fn coverage(filling: &mut Filling<'_, '_>) {
    filling.word("status", "active");
    filling.called_by("type", &["IN1-15"]);
    filling.field("subscriber_id", &["IN1-36", "IN1-49.1"]);
    filling.person("subscriber_name", "IN1-16", 1);
    filling.called_by("relationship", &["IN1-17"]);
    filling.when("period_start", &["IN1-12"]);
    filling.when("period_end", &["IN1-13"]);
    filling.amount("priority", &["IN1-22", "IN1-1"]);
    filling.field("payor_name", &["IN1-4.1"]);
    filling.field("group_number", &["IN1-8"]);
    filling.called_by("plan_name", &["IN1-2"]);
}
