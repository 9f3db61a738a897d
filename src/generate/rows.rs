//! The records that can be written clean or dirty: one struct per table, with the order of its cells.

use super::calendar::{DateStyle, Day};
use super::table::{Table, When};

/// A record's key: a letter for its table, the patient's number, a number of its own (`V10023-4`).
#[derive(Clone, Copy)]
pub(super) struct Key {
    text: [u8; 28],
    length: usize,
}

impl Key {
    pub(super) fn new(letter: char, patient: &str, number: u32) -> Self {
        let mut key = Self { text: [0; 28], length: 0 };
        key.push(letter as u8);
        patient.bytes().for_each(|byte| key.push(byte));
        key.push(b'-');
        let mut divisor = 1;
        while number / divisor >= 10 {
            divisor *= 10;
        }
        while divisor > 0 {
            key.push(b'0' + (number / divisor % 10) as u8);
            divisor /= 10;
        }
        key
    }

    fn push(&mut self, byte: u8) {
        self.text[self.length] = byte;
        self.length += 1;
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.text[..self.length]).expect("keys are ASCII")
    }
}

#[derive(Clone, Copy)]
pub(super) struct Visit<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) staff: &'a str,
    pub(super) appointment: &'a str,
    pub(super) day: Day,
    /// Minutes after midnight.
    pub(super) start: i32,
    pub(super) end: i32,
    pub(super) kind: &'a str,
    pub(super) complaint: &'a str,
    pub(super) status: &'a str,
    pub(super) level: i32,
}

impl Visit<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.staff).text(self.appointment);
        table.moment(self.day, self.start).moment(self.day, self.end);
        table.text(self.kind).text(self.complaint).text(self.status).number(self.level)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Vitals<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) visit: &'a str,
    pub(super) day: Day,
    pub(super) minutes: i32,
    pub(super) pressure: Option<(i32, i32)>,
    pub(super) pulse: Option<i32>,
    pub(super) temperature_tenths: Option<i32>,
    pub(super) weight_tenths: i32,
    pub(super) height: Option<i32>,
    pub(super) saturation: Option<i32>,
    pub(super) respiration: Option<i32>,
    pub(super) position: &'a str,
    pub(super) staff: &'a str,
}

impl Vitals<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.visit).moment(self.day, self.minutes);
        let (systolic, diastolic) = self.pressure.unzip();
        put_number(table, systolic);
        put_number(table, diastolic);
        put_number(table, self.pulse);
        match self.temperature_tenths {
            Some(tenths) => table.tenths(tenths),
            None => table.blank(),
        };
        // The old program wrote a nought where nobody was weighed.
        if self.weight_tenths == 0 {
            table.text("0")
        } else {
            table.tenths(self.weight_tenths)
        };
        put_number(table, self.height);
        put_number(table, self.saturation);
        put_number(table, self.respiration);
        table.text(self.position).text(self.staff)
    }
}

fn put_number(table: &mut Table, number: Option<i32>) {
    match number {
        Some(number) => table.number(number),
        None => table.blank(),
    };
}

#[derive(Clone, Copy)]
pub(super) struct Lab<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) visit: &'a str,
    pub(super) order: &'a str,
    pub(super) code: &'a str,
    pub(super) system: &'a str,
    pub(super) name: &'a str,
    pub(super) result: &'a str,
    pub(super) units: &'a str,
    pub(super) low: &'a str,
    pub(super) high: &'a str,
    pub(super) reference: &'a str,
    pub(super) flag: &'a str,
    pub(super) collected: When<'a>,
    pub(super) reported: When<'a>,
    pub(super) specimen: &'a str,
    pub(super) status: &'a str,
    pub(super) comment: &'a str,
}

impl Lab<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.visit).text(self.order);
        table.text(self.code).text(self.system).text(self.name).text(self.result).text(self.units);
        table.text(self.low).text(self.high).text(self.reference).text(self.flag);
        table.when(self.collected, DateStyle::MonthName).when(self.reported, DateStyle::MonthName);
        table.text(self.specimen).text(self.status).text(self.comment)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Problem<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) visit: &'a str,
    pub(super) kind: &'a str,
    pub(super) code: &'a str,
    pub(super) system: &'a str,
    pub(super) text: &'a str,
    pub(super) severity: &'a str,
    pub(super) side: &'a str,
    pub(super) onset: When<'a>,
    pub(super) resolved: Option<Day>,
    pub(super) status: &'a str,
    pub(super) staff: &'a str,
    pub(super) entered: Day,
    pub(super) note: &'a str,
}

impl Problem<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.visit).text(self.kind);
        table.text(self.code).text(self.system).text(self.text).text(self.severity).text(self.side);
        table.when(self.onset, DateStyle::Iso).day_or_blank(self.resolved, DateStyle::Iso);
        table.text(self.status).text(self.staff).day(self.entered, DateStyle::Iso).text(self.note)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Allergy<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) visit: &'a str,
    pub(super) allergen: &'a str,
    pub(super) code: &'a str,
    pub(super) system: &'a str,
    pub(super) kind: &'a str,
    pub(super) reaction: &'a str,
    pub(super) severity: &'a str,
    pub(super) status: &'a str,
    pub(super) onset: &'a str,
    pub(super) ended: Option<Day>,
    pub(super) entered: Day,
    pub(super) staff: &'a str,
    pub(super) note: &'a str,
}

impl Allergy<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.visit).text(self.allergen).text(self.code);
        table.text(self.system).text(self.kind).text(self.reaction).text(self.severity).text(self.status);
        table.text(self.onset).day_or_blank(self.ended, DateStyle::Iso).day(self.entered, DateStyle::Iso);
        table.text(self.staff).text(self.note)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) visit: &'a str,
    pub(super) staff: &'a str,
    pub(super) drug: &'a str,
    pub(super) rxcui: &'a str,
    pub(super) sig: &'a str,
    pub(super) quantity: &'a str,
    pub(super) unit: &'a str,
    pub(super) days: i32,
    pub(super) refills: i32,
    pub(super) as_written: &'a str,
    pub(super) pharmacy: &'a str,
    pub(super) day: Day,
    pub(super) minutes: i32,
    pub(super) status: &'a str,
    pub(super) filled: Option<Day>,
    pub(super) reason: &'a str,
    pub(super) note: &'a str,
}

impl Script<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.visit).text(self.staff).text(self.drug);
        table.text(self.rxcui).text(self.sig).text(self.quantity).text(self.unit);
        table.number(self.days).number(self.refills).text(self.as_written).text(self.pharmacy);
        table.moment(self.day, self.minutes).text(self.status).day_or_blank(self.filled, DateStyle::Iso);
        table.text(self.reason).text(self.note)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Policy<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) payer: &'a str,
    pub(super) rank: i32,
    pub(super) plan: &'a str,
    pub(super) plan_type: &'a str,
    pub(super) group: &'a str,
    pub(super) member: &'a str,
    pub(super) subscriber: &'a str,
    pub(super) relationship: &'a str,
    pub(super) start: Day,
    pub(super) end: Option<Day>,
    pub(super) status: &'a str,
    pub(super) copay: i32,
}

impl Policy<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.payer).number(self.rank).text(self.plan);
        table.text(self.plan_type).text(self.group).text(self.member).text(self.subscriber).text(self.relationship);
        table.day(self.start, DateStyle::ShortYear).day_or_blank(self.end, DateStyle::ShortYear);
        table.text(self.status).number(self.copay)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) visit: &'a str,
    pub(super) day: Day,
    pub(super) kind: &'a str,
    pub(super) title: &'a str,
    pub(super) folder: &'a str,
    pub(super) file: &'a str,
    pub(super) pages: i32,
    pub(super) author: &'a str,
    pub(super) status: &'a str,
}

impl Document<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table.text(self.key.as_str()).text(self.patient).text(self.visit).day(self.day, DateStyle::Iso).text(self.kind);
        table.text(self.title).text(self.folder).text(self.file).number(self.pages).text(self.author).text(self.status)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Note<'a> {
    pub(super) key: Key,
    pub(super) patient: &'a str,
    pub(super) visit: &'a str,
    pub(super) staff: &'a str,
    pub(super) day: Day,
    pub(super) minutes: i32,
    pub(super) kind: &'a str,
    pub(super) title: &'a str,
    pub(super) signed: &'a str,
    pub(super) body: &'a str,
}

impl Note<'_> {
    pub(super) fn put<'t>(&self, table: &'t mut Table) -> &'t mut Table {
        table
            .text(self.key.as_str())
            .text(self.patient)
            .text(self.visit)
            .text(self.staff)
            .moment(self.day, self.minutes);
        table.text(self.kind).text(self.title).text(self.signed).text(self.body)
    }
}
