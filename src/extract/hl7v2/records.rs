//! A message in its records: whom it is about, the visit, each thing that it tells, and the message itself with all that is none of those.
//! Segments belong together as the message structures of HL7 v2.5.1 chapters 3, 4, 4A, 6, 7, 9, 10, 11 and 12 say.

use std::collections::{HashMap, HashSet};

use super::keys::{self, Named};
use super::line::Line;
use super::message::{Message, Segment};
use super::types::{Use, kind_of};

/// A segment in a list, with the notes behind it.
pub struct Item<'m, 't> {
    pub segment: &'m Segment<'t>,
    pub notes: Vec<&'m Segment<'t>>,
}

/// A record on its way.
pub struct Draft<'m, 't> {
    pub kind: &'static str,
    /// Segments of which it has one.
    pub flat: Vec<&'m Segment<'t>>,
    /// Others, by their names.
    pub lists: Vec<(&'t str, Vec<Item<'m, 't>>)>,
    /// Place of its patient among the message's.
    patient: Option<usize>,
    /// Place of its visit among the drafts.
    visit: Option<usize>,
    /// Place of the order that it is a result of, and when that was observed.
    order: Option<usize>,
    pub ordered: String,
    /// It only tells that there is a document.
    pub is_notice: bool,
}

impl<'m, 't> Draft<'m, 't> {
    fn new(kind: &'static str, patient: Option<usize>) -> Self {
        Self {
            kind,
            flat: Vec::new(),
            lists: Vec::new(),
            patient,
            visit: None,
            order: None,
            ordered: String::new(),
            is_notice: false,
        }
    }

    pub fn find(&self, name: &str) -> Option<&'m Segment<'t>> {
        self.flat.iter().copied().find(|segment| segment.name == name)
    }

    pub fn is_result(&self) -> bool {
        self.order.is_some()
    }

    pub fn list(&self, name: &str) -> &[Item<'m, 't>] {
        self.lists.iter().find(|(own, _)| *own == name).map_or(&[], |(_, items)| items)
    }

    fn push(&mut self, segment: &'m Segment<'t>) {
        let item = Item { segment, notes: Vec::new() };
        match self.lists.iter_mut().find(|(name, _)| *name == segment.name) {
            Some((_, items)) => items.push(item),
            None => self.lists.push((segment.name, vec![item])),
        }
    }

    /// A segment that stands once; a second one goes into a list.
    fn put(&mut self, segment: &'m Segment<'t>) {
        match self.find(segment.name) {
            None => self.flat.push(segment),
            Some(_) => self.push(segment),
        }
    }

    /// A note goes with the segment before it, where that stands in a list.
    fn note(&mut self, note: &'m Segment<'t>, behind: &str) {
        let list = self.lists.iter_mut().find(|(name, _)| *name == behind);
        match list.and_then(|(_, items)| items.last_mut()) {
            Some(item) => item.notes.push(note),
            None => self.push(note),
        }
    }
}

/// Where the next segments belong.
#[derive(Clone, Copy)]
enum At {
    Message,
    Patient(usize),
    Draft(usize),
}

/// The records of a message, and what is wrong with the whole: the field of its header, or the segment that it lacks.
pub struct Records<'m, 't> {
    message: &'m Message<'t>,
    /// The message itself.
    rest: Draft<'m, 't>,
    /// Each with the segment that names whom it takes in.
    patients: Vec<Draft<'m, 't>>,
    drafts: Vec<Draft<'m, 't>>,
    pub fault: Option<&'static str>,
    uses: Use,
    kind: String,
    event: String,
    /// Of all that it says.
    content: String,
    header: Named,
}

impl<'m, 't> Records<'m, 't> {
    /// Takes the message, its text, and its place among those of the same time.
    pub fn of(message: &'m Message<'t>, text: &str, place: u64) -> Self {
        let header = message.header();
        let kind = message.component(header, 9, 1).into_owned();
        let own = message.segments.iter().find(|segment| segment.name == "EVN");
        let event = match message.component(header, 9, 2) {
            event if !event.is_empty() => event.into_owned(),
            _ => own.map(|segment| message.component(segment, 1, 1).into_owned()).unwrap_or_default(),
        };
        let (patients, drafts) = (Vec::new(), Vec::new());
        let rest = Draft::new("Message", None);
        let uses = kind_of(&kind, &event);
        let content = blake3::hash(text.as_bytes()).to_hex()[..16].to_owned();
        let mut records = Self {
            message,
            rest,
            patients,
            drafts,
            fault: None,
            uses,
            kind,
            event,
            content,
            header: Named::of(message, place),
        };
        records.fault = match records.uses {
            Use::Unknown => Some("MSH-9"),
            _ => None,
        };
        if records.fault.is_none() && records.uses != Use::Archived {
            records.take_apart();
            if records.patients.is_empty() {
                // Nobody can say whose it is.
                records.fault = Some("PID");
            }
        }
        if records.fault.is_some() || records.uses == Use::Archived {
            (records.patients, records.drafts) = (Vec::new(), Vec::new());
            records.rest = Draft::new("Message", None);
            for segment in &message.segments {
                match segment.name {
                    "MSH" | "EVN" => records.rest.put(segment),
                    _ => records.rest.push(segment),
                }
            }
        }
        records
    }

    fn open(&mut self, kind: &'static str) -> usize {
        self.drafts.push(Draft::new(kind, self.patients.len().checked_sub(1)));
        self.drafts.len() - 1
    }

    /// A record of its own for a segment.
    fn alone(&mut self, kind: &'static str, segment: &'m Segment<'t>) -> At {
        let at = self.open(kind);
        self.drafts[at].put(segment);
        At::Draft(at)
    }

    fn draft(&mut self, at: At) -> &mut Draft<'m, 't> {
        match at {
            At::Draft(at) => &mut self.drafts[at],
            At::Patient(at) => &mut self.patients[at],
            At::Message => &mut self.rest,
        }
    }

    fn kind_at(&self, at: At) -> &'static str {
        match at {
            At::Draft(at) => self.drafts[at].kind,
            At::Patient(_) => "Patient",
            At::Message => "Message",
        }
    }

    fn take_apart(&mut self) {
        let (mut at, mut before) = (At::Message, "");
        // Where notes belong: results stand within their order.
        let mut noted = at;
        let (mut appointment, mut visit) = (None, None);
        for segment in &self.message.segments {
            let patient = self.patients.len().checked_sub(1);
            let in_order = self.kind_at(at) == ORDER;
            match segment.name {
                "MSH" | "EVN" => self.rest.put(segment),
                "PID" => {
                    let mut draft = Draft::new("Patient", None);
                    draft.put(segment);
                    self.patients.push(draft);
                    // What is opened before the person is named is this person's, too.
                    if self.patients.len() == 1 {
                        self.drafts.iter_mut().for_each(|draft| draft.patient = Some(0));
                    }
                    (at, visit) = (At::Patient(self.patients.len() - 1), None);
                }
                "PD1" | "MRG" if patient.is_some() => patient.into_iter().for_each(|at| self.patients[at].put(segment)),
                "NK1" if patient.is_some() => {
                    at = patient.map_or(at, At::Patient);
                    self.draft(at).push(segment);
                }
                "PV1" if self.tells_of_visit(segment) => {
                    at = self.alone("Visit", segment);
                    visit = Some(self.drafts.len() - 1);
                }
                "PV2" if visit.is_some() => visit.into_iter().for_each(|at| self.drafts[at].put(segment)),
                "AL1" | "IAM" => at = self.alone("Allergy", segment),
                "DG1" if !in_order => at = self.alone("Diagnosis", segment),
                "PRB" => at = self.alone("Problem", segment),
                "PR1" => at = self.alone("Procedure", segment),
                "IN1" => at = self.alone("Coverage", segment),
                "IN2" | "IN3" if self.kind_at(at) == "Coverage" => self.draft(at).put(segment),
                "SCH" => {
                    at = self.alone("Appointment", segment);
                    appointment = Some(self.drafts.len() - 1);
                }
                "RGS" | "AIS" | "AIG" | "AIL" | "AIP" | "APR" if appointment.is_some() => {
                    at = appointment.map_or(at, At::Draft);
                    self.draft(at).push(segment);
                }
                "TXA" => at = self.alone("Note", segment),
                "RF1" => at = self.alone("Referral", segment),
                "ORC" => at = self.alone(ORDER, segment),
                "OBR" | "RXA" | "RXD" | "RXE" | "RXO" | "RXG" => {
                    let is_taken = match segment.name {
                        "RXE" => ["RXE", "RXD"].iter().any(|name| self.draft(at).find(name).is_some()),
                        "RXD" => self.draft(at).find("RXD").is_some(),
                        "RXO" => ["RXO", "RXE", "RXD"].iter().any(|name| self.draft(at).find(name).is_some()),
                        name => self.draft(at).find(name).is_some(),
                    };
                    if !in_order || is_taken {
                        at = At::Draft(self.open(ORDER));
                    }
                    self.draft(at).put(segment);
                }
                "NTE" => self.draft(noted).note(segment, before),
                "OBX" if in_order && !self.has_results(at) || self.kind_at(at) == "Note" => {
                    self.draft(at).push(segment);
                }
                "OBX" => {
                    let order = if let (true, At::Draft(order)) = (in_order, at) { Some(order) } else { None };
                    noted = self.result(segment, order);
                    if order.is_none() {
                        at = noted;
                    }
                }
                // What stands in an order belongs to it, whatever it is.
                _ if in_order || matches!(self.kind_at(at), "Appointment" | "Note" | "Referral") => {
                    self.draft(at).push(segment);
                }
                _ => self.rest.push(segment),
            }
            match segment.name {
                "NTE" | "OBX" => {}
                name => (before, noted) = (name, at),
            }
            if let (At::Draft(at), true) = (at, visit.is_some()) {
                self.drafts[at].visit = visit.filter(|visit| *visit != at);
            }
        }
        self.name_orders();
    }

    /// Events of a visit tell how it is; others only where they say when it was.
    fn tells_of_visit(&self, visit: &Segment<'t>) -> bool {
        const EVENTS: [&str; 24] = [
            "A01", "A02", "A03", "A04", "A05", "A06", "A07", "A09", "A10", "A11", "A12", "A13", "A14", "A15", "A16",
            "A17", "A21", "A22", "A25", "A26", "A27", "A32", "A33", "A38",
        ];
        let has_begun = !self.message.component(visit, 44, 1).is_empty();
        self.uses == Use::Registration
            && self.message.component(visit, 2, 1) != "N"
            && (has_begun || EVENTS.contains(&self.event.as_str()))
    }

    /// Whether what is observed for an order is its result, and not part of it.
    fn has_results(&self, at: At) -> bool {
        let is_report = |at: usize| self.drafts[at].find("OBR").is_some() || self.is_of_results();
        matches!(at, At::Draft(at) if is_report(at)) && self.uses != Use::Orders
    }

    fn is_of_results(&self) -> bool {
        matches!(self.kind.as_str(), "ORU" | "OUL")
    }

    /// A record for an observation, by itself: a later message may tell of some and not of others. Lines of one text are one.
    fn result(&mut self, segment: &'m Segment<'t>, order: Option<usize>) -> At {
        let part = |segment: &Segment<'t>, field: usize| self.message.component(segment, field, 1);
        let is_line = |segment: &Segment<'t>| matches!(&*part(segment, 2), "TX" | "FT");
        let last = self.drafts.len().checked_sub(1).filter(|at| order.is_some() && self.drafts[*at].order == order);
        if let Some((at, before)) = last.and_then(|at| Some((at, self.drafts[at].find("OBX")?))) {
            let is_same = [2, 3, 4, 11].iter().all(|field| before.field(*field) == segment.field(*field));
            if is_same && is_line(before) && is_line(segment) {
                self.drafts[at].push(segment);
                return At::Draft(at);
            }
        }
        // A document among results is a document.
        let kind = if part(segment, 2) == "ED" { "Attachment" } else { "Observation" };
        let ordered = order.and_then(|at| self.drafts[at].find("OBR")).map(|obr| part(obr, 7).into_owned());
        let at = self.open(kind);
        self.drafts[at].ordered = ordered.unwrap_or_default();
        self.drafts[at].order = order;
        self.drafts[at].put(segment);
        At::Draft(at)
    }

    /// What an order is about says what it is.
    fn name_orders(&mut self) {
        let mut left = Vec::new();
        let with_results: HashSet<usize> = self.drafts.iter().filter_map(|draft| draft.order).collect();
        for (at, draft) in std::mem::take(&mut self.drafts).into_iter().enumerate() {
            let has = |name: &str| draft.find(name).is_some();
            let kind = match draft.kind {
                ORDER if has("RXD") => "Dispense",
                ORDER if has("RXA") && self.kind == "VXU" => "Immunization",
                ORDER if has("RXE") || has("RXO") => "Prescription",
                ORDER if has("OBR") && self.uses == Use::Orders => "Order",
                ORDER if has("OBR") || with_results.contains(&at) => "Results",
                // What ends an order need not say again what it is.
                ORDER if has("ORC") && draft.flat.len() == 1 && self.uses == Use::Orders => "Order",
                ORDER if has("ORC") && draft.flat.len() == 1 && matches!(self.kind.as_str(), "RDE" | "OMP") => {
                    "Prescription"
                }
                kind => kind,
            };
            let is_notice = kind == "Note" && draft.lists.is_empty() && self.event != "T11";
            left.push(Draft { kind, is_notice, ..draft });
        }
        self.drafts = left;
        // Given doses and bare orders have no table of the chart: the message keeps them.
        for draft in self.drafts.iter_mut().filter(|draft| draft.kind == ORDER) {
            for segment in std::mem::take(&mut draft.flat) {
                self.rest.push(segment);
            }
            for (_, items) in std::mem::take(&mut draft.lists) {
                for item in items {
                    self.rest.push(item.segment);
                    item.notes.into_iter().for_each(|note| self.rest.push(note));
                }
            }
        }
    }

    /// Gives each record with its kind; `columns` where the paths of its values are wanted.
    pub fn each(&self, mut each: impl FnMut(&'static str, &dyn Fn(Line<'_>) -> String)) {
        let header = &self.header;
        // Whom the message tells of is registered by messages that say so; others only name him.
        let registers = self.uses == Use::Registration;
        let whom: Vec<String> =
            self.patients.iter().map(|draft| keys::person_key(self.message, draft, header)).collect();
        let key = |(draft, whom): (&Draft<'m, 't>, &String)| keys::patient_key(self.message, draft, whom, registers);
        let people: Vec<String> = self.patients.iter().zip(&whom).map(key).collect();
        for (draft, key) in self.patients.iter().zip(&people) {
            let time = if registers { header.time.as_str() } else { "" };
            let merges = draft.find("MRG").map_or("", |_| self.event.as_str());
            each("Patient", &|mut line| {
                line.word("key", key);
                line.word("told", &header.told(0));
                line.word("time", time);
                line.word("event", merges);
                self.write(line, draft)
            });
        }
        let facts: Vec<String> =
            self.patients.iter().zip(&whom).map(|(draft, person)| keys::whose(self.message, draft, person)).collect();
        let written = self.keys(&facts);
        for (draft, key) in self.drafts.iter().zip(&written).filter(|(draft, _)| draft.kind != ORDER) {
            let patient = draft.patient.and_then(|at| people.get(at)).map_or("", String::as_str);
            let visit = draft.visit.map_or("", |at| &written[at]);
            let order = draft.order.map(|at| (&self.drafts[at], &written[at]));
            let says = match draft.kind {
                "Visit" | "Appointment" | "Note" => self.event.as_str(),
                "Referral" if self.event == "I14" => "I14",
                _ => "",
            };
            let told = header.told(keys::rank(self.message, draft, &self.event));
            each(draft.kind, &|mut line| {
                line.word("key", key);
                line.word("told", &told);
                line.word("patient", patient);
                line.word("visit", visit);
                line.word("event", says);
                if let Some((order, key)) = order {
                    line.word("report", key);
                    self.write_order(&mut line, order);
                }
                self.write(line, draft)
            });
        }
        let key = format!("{}|{}", self.header.key(), self.content);
        let kind = if self.fault.is_some() { "Damaged" } else { "Message" };
        each(kind, &|mut line| {
            line.word("key", &key);
            line.word("fault", self.fault.unwrap_or_default());
            self.write(line, &self.rest)
        });
    }

    /// What each draft is known by.
    fn keys(&self, facts: &[String]) -> Vec<String> {
        let mut written: Vec<String> = Vec::with_capacity(self.drafts.len());
        for draft in &self.drafts {
            // A fact is the same, whoever tells it; a result is its order's.
            let whose = draft.patient.and_then(|at| facts.get(at)).map_or("", String::as_str);
            let whose = draft.order.map_or(whose, |at| &written[at]);
            // What stands before its visit is not known by it.
            let visit = draft.visit.and_then(|at| written.get(at)).map_or("", String::as_str);
            written.push(keys::record_key(self.message, draft, (whose, visit), &self.header));
        }
        let mut times: HashMap<&str, u32> = HashMap::with_capacity(written.len());
        written.iter().for_each(|key| *times.entry(key).or_default() += 1);
        if times.len() == written.len() {
            return written;
        }
        let is_shared: Vec<bool> = written.iter().map(|key| times[key.as_str()] > 1).collect();
        let mut told_apart = keys::ToldApart::default();
        let tell_apart = |((draft, mut key), is_shared): ((&Draft<'m, 't>, String), bool)| {
            if draft.kind == "Observation" && is_shared {
                // Two findings under one code are what they say: a later message may tell of one of them alone.
                key.push('|');
                key.push_str(draft.find("OBX").map(|segment| segment.field(5)).unwrap_or_default());
            }
            told_apart.key(key, draft)
        };
        self.drafts.iter().zip(written).zip(is_shared).map(tell_apart).collect()
    }

    /// What an observation does not say of itself and its order does.
    fn write_order(&self, line: &mut Line<'_>, order: &Draft<'m, 't>) {
        let obr = |field: usize, part: usize| {
            order.find("OBR").map(|segment| self.message.component(segment, field, part)).unwrap_or_default()
        };
        line.word("effective", &obr(7, 1));
        line.word("issued", &obr(22, 1));
        let specimen = order.list("SPM").first().map(|item| {
            let part = |number| self.message.component(item.segment, 4, number);
            if part(2).is_empty() { part(1) } else { part(2) }
        });
        line.word("reported", &obr(25, 1));
        line.word("specimen", &specimen.unwrap_or_else(|| obr(15, 1)));
    }

    /// The text of lines and notes that are too many to be listed.
    fn write_text(&self, line: &mut Line<'_>, name: &str, further: &[Item<'m, 't>]) {
        let field = match name {
            "OBX" => 5,
            "NTE" => 3,
            _ => return,
        };
        let texts: Vec<String> = further.iter().map(|item| self.text(item.segment, field)).collect();
        line.word(&format!("{name}-{field} further"), &texts.join("\n"));
    }

    /// A field as text, a line for each repetition.
    fn text(&self, segment: &Segment<'t>, field: usize) -> String {
        let lines = self.message.repetitions(segment.field(field));
        lines.map(|line| self.message.delimiters.unescape(line).into_owned()).collect::<Vec<_>>().join("\n")
    }

    fn write(&self, mut line: Line<'_>, draft: &Draft<'m, 't>) -> String {
        let delimiters = &self.message.delimiters;
        for segment in &draft.flat {
            line.segment(segment, delimiters);
        }
        let most = if draft.kind == "Message" { MOST_KEPT } else { MOST_LISTED };
        for (name, items) in &draft.lists {
            let (listed, beyond) = items.split_at(items.len().min(most));
            line.list(name, listed, |line, item| {
                line.segment(item.segment, delimiters);
                let notes = &item.notes[..item.notes.len().min(most)];
                line.list("NTE", notes, |line, note| line.segment(note, delimiters));
                let further: Vec<String> = item.notes[notes.len()..].iter().map(|note| self.text(note, 3)).collect();
                line.word("NTE-3 further", &further.join("\n"));
            });
            // So many would be more columns than a table can have.
            let beyond: Vec<String> = beyond.iter().map(|item| item.segment.whole(delimiters.field)).collect();
            line.word(&format!("{name} further"), &beyond.join("\n"));
            self.write_text(&mut line, name, &items[listed.len()..]);
        }
        line.finish()
    }
}

const ORDER: &str = "(order)";
/// Segments of one name in one record; of longer lists the rest is one text.
const MOST_LISTED: usize = 200;
/// The same, where nobody looks into them.
const MOST_KEPT: usize = 20;
