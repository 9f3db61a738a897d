//! Whom sources call one person: what registrations say, kept by what the other is called there. So it does not matter which of the two
//! comes first.

use std::collections::{BTreeMap, HashMap};

use super::batch::{columns, put_all};
use super::database::SqlType::{Integer, Text};
use super::database::{Cell, Row};
use super::digest::ItemHasher;
use super::{BatchWrite, EhrStore, StoreDigest, StoreError};
use crate::model::{ChartId, NamedPerson, Phi, SaidSame, Sameness};

const DOING: &str = "keeping whom sources call one person";
const LINK: &str = "SELECT row_id, identity_id, source_system, named_by, stream, named, sameness FROM identity_link";

/// What a registration says of another one of its source system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityLink {
    /// Its number in the store.
    pub number: i64,
    /// Who says it.
    pub identity: ChartId,
    pub system: String,
    pub said: SaidSame,
}

/// How the other is called, the stream of a key, and the name.
pub(super) fn named_parts(named: &NamedPerson) -> (&'static str, &str, &str) {
    match named {
        NamedPerson::Key(stream, key) => ("key", stream, key.reveal()),
        NamedPerson::Number(number) => ("number", "", number.reveal()),
    }
}

fn read_link(row: &dyn Row) -> Result<IdentityLink, StoreError> {
    let unknown = || StoreError::Damaged { what: "a link that is none".into() };
    let (stream, named) = (row.text(4)?, Phi::new(row.text(5)?.to_owned()));
    let named = match row.text(3)? {
        "key" => NamedPerson::Key(stream.to_owned(), named),
        "number" => NamedPerson::Number(named),
        _ => return Err(unknown()),
    };
    let sameness = Sameness::parse(row.text(6)?).ok_or_else(unknown)?;
    let said = SaidSame { named, sameness };
    Ok(IdentityLink { number: row.integer(0)?, identity: row.id(1)?, system: row.text(2)?.to_owned(), said })
}

impl EhrStore {
    /// Everything that registrations say of others.
    pub fn identity_links(&self) -> Result<Vec<IdentityLink>, StoreError> {
        self.links_where("TRUE")
    }

    pub(super) fn links_where(&self, condition: &str) -> Result<Vec<IdentityLink>, StoreError> {
        let sql = format!("{LINK} WHERE {condition} ORDER BY identity_id, named_by, stream, named, sameness");
        self.database.query_all(DOING, &sql, &[], read_link)
    }

    /// Whom that means, of those who are there: the number of each link, and a registration that is called so.
    pub fn named_by_links(&self) -> Result<Vec<(i64, ChartId)>, StoreError> {
        // Registrations are read through once, whatever is looked up for each.
        let sql = "SELECT l.row_id, i.id FROM patient_identity i CROSS JOIN identity_link l CROSS JOIN source_stream s
             WHERE l.named_by = 'key' AND l.source_system = i.source_system AND l.named = i.source_key
             AND s.id = i.stream_id AND s.stream = l.stream AND i.id <> l.identity_id
             UNION ALL
             SELECT l.row_id, i.id FROM patient_identity i CROSS JOIN identity_link l
             WHERE l.named_by = 'number' AND l.source_system = i.source_system AND l.named = i.medical_record_number
             AND i.id <> l.identity_id";
        let mut found = self.database.query_all(DOING, sql, &[], |row| Ok((row.integer(0)?, row.id(1)?)))?;
        found.sort_unstable();
        Ok(found)
    }

    /// What these registrations say, each by itself.
    pub fn links_of(&self, identities: &[ChartId]) -> Result<Vec<IdentityLink>, StoreError> {
        let mut links = Vec::new();
        self.database.query_ids(DOING, &format!("{LINK} WHERE identity_id"), identities, &mut |row| {
            links.push(read_link(row)?);
            Ok(())
        })?;
        links.sort_by(|a, b| (a.identity, &a.said).cmp(&(b.identity, &b.said)));
        Ok(links)
    }

    /// What a registration says now holds in the place of what it said; what is the same stays untouched.
    pub(super) fn write_links(&mut self, batch: &BatchWrite, digest: &mut StoreDigest) -> Result<(), StoreError> {
        if batch.links.is_empty() {
            return Ok(());
        }
        let ids: Vec<ChartId> = batch.links.iter().map(|write| write.identity).collect();
        let mut before: BTreeMap<ChartId, Vec<IdentityLink>> = BTreeMap::new();
        for link in self.links_of(&ids)? {
            before.entry(link.identity).or_default().push(link);
        }
        let mut hasher = ItemHasher::default();
        let mut new = Vec::new();
        for write in &batch.links {
            let before = before.remove(&write.identity).unwrap_or_default();
            for gone in before.iter().filter(|link| !write.said.contains(&link.said)) {
                let delete = "DELETE FROM identity_link WHERE row_id = ?";
                self.database.execute(DOING, delete, &[gone.number.into()])?;
                digest.subtract(hasher.identity_link(gone.identity, &gone.system, &gone.said));
            }
            for said in write.said.iter().filter(|said| before.iter().all(|link| link.said != **said)) {
                digest.add(hasher.identity_link(write.identity, &write.system, said));
                new.push((self.number("identity_link")?, write, said));
            }
        }
        let listed = [
            ("row_id", Integer),
            ("identity_id", Text),
            ("source_system", Text),
            ("named_by", Text),
            ("stream", Text),
            ("named", Text),
            ("sameness", Text),
        ];
        self.database.add(DOING, &columns("identity_link", &listed), new.len(), &mut |at, sink| {
            let (number, write, said) = &new[at];
            let (named_by, stream, named) = named_parts(&said.named);
            let cells: [Cell<'_>; 7] = [
                (*number).into(),
                (&write.identity).into(),
                (&write.system).into(),
                named_by.into(),
                stream.into(),
                named.into(),
                said.sameness.as_str().into(),
            ];
            put_all(sink, &cells)
        })
    }

    /// What is said follows a registration that takes another id.
    pub(super) fn rename_in_links(
        &mut self,
        renamed: &HashMap<ChartId, ChartId>,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let mut hasher = ItemHasher::default();
        let mut former: Vec<ChartId> = renamed.keys().copied().collect();
        former.sort_unstable();
        for link in self.links_of(&former)? {
            let identity = renamed[&link.identity];
            digest.subtract(hasher.identity_link(link.identity, &link.system, &link.said));
            digest.add(hasher.identity_link(identity, &link.system, &link.said));
            let update = "UPDATE identity_link SET identity_id = ? WHERE row_id = ?";
            self.database.execute(DOING, update, &[(&identity).into(), link.number.into()])?;
        }
        Ok(())
    }
}
