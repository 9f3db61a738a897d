//! An open store, whatever database holds it.

use std::path::Path;

use super::database::{Database, Gate};
use super::numbers::Numbers;
use super::place::StorePlace;
use super::{StoreError, postgres, sqlite};

/// The EHR store. Everything it does is written once, over [`Database`].
pub struct EhrStore {
    pub(super) place: StorePlace,
    pub(super) database: Box<dyn Database>,
    pub(super) numbers: Numbers,
    /// Several batches are one transaction.
    pub(super) grouped: bool,
    /// Up to where the crosswalk's moves are known, as of the last look at it.
    pub(super) moves_seen: i64,
    found_format: u32,
}

/// What becomes of a store that an older program wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Older {
    Refused,
    Migrated,
}

impl EhrStore {
    /// Opens a store, or makes an empty one.
    pub fn open_or_create(place: &StorePlace) -> Result<Self, StoreError> {
        if let StorePlace::Sqlite(path) = place {
            sqlite::create_file(path)?;
        }
        Self::open_for(place, Older::Migrated, postgres::Empty::Filled)
    }

    /// Opens a store that is there. An empty file is an empty store; one of an older format is refused.
    pub fn open(place: &StorePlace) -> Result<Self, StoreError> {
        Self::open_for(place, Older::Refused, postgres::Empty::Refused)
    }

    /// Opens a store that is there and brings it to this program's format. Whoever calls this holds the lock.
    pub fn open_and_migrate(place: &StorePlace) -> Result<Self, StoreError> {
        Self::open_for(place, Older::Migrated, postgres::Empty::Refused)
    }

    fn open_for(place: &StorePlace, older: Older, empty: postgres::Empty) -> Result<Self, StoreError> {
        let (database, found_format): (Box<dyn Database>, u32) = match place {
            StorePlace::Sqlite(path) => {
                let opened = sqlite::open(path, older)?;
                (Box::new(opened.database), opened.found_format)
            }
            StorePlace::Postgres(server) => {
                let opened = postgres::open(server, older, empty)?;
                (Box::new(opened.database), opened.found_format)
            }
        };
        let place = place.clone();
        let numbers = Numbers::default();
        let mut store = Self { place, database, numbers, grouped: false, moves_seen: 0, found_format };
        if found_format < super::schema::FORMAT {
            store.ensure_indexes()?;
        }
        Ok(store)
    }

    pub fn place(&self) -> &StorePlace {
        &self.place
    }

    /// The format the store had when it was opened.
    pub fn found_format(&self) -> u32 {
        self.found_format
    }

    /// Closes the store so that a file alone holds everything.
    pub fn close(self) -> Result<(), StoreError> {
        drop(self);
        Ok(())
    }

    /// Copies the store into a new file.
    pub fn copy(place: &StorePlace, to: &Path) -> Result<(), StoreError> {
        match place {
            StorePlace::Sqlite(path) => sqlite::copy(path, to),
            StorePlace::Postgres(_) => super::copy::to_file(&Self::open(place)?, to),
        }
    }

    /// Does something as one transaction; in an open group, as a part of it.
    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let grouped = self.grouped;
        if grouped {
            self.database.script("beginning a batch", "SAVEPOINT batch")?;
        } else {
            self.database.begin()?;
        }
        let done = work(self);
        let ended = match (&done, grouped) {
            (Ok(_), true) => self.database.script("ending a batch", "RELEASE SAVEPOINT batch"),
            (Ok(_), false) => self.database.script("committing a batch", "COMMIT"),
            (Err(_), true) => {
                self.database.script("undoing a batch", "ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch")
            }
            (Err(_), false) => self.database.script("undoing a batch", "ROLLBACK"),
        };
        if done.is_err() || ended.is_err() {
            self.numbers.forget();
        }
        // Why the work failed comes before why it could not be undone: a connection may be gone.
        let done = done?;
        ended?;
        Ok(done)
    }

    /// From here to [`Self::commit_group`] all batches become visible together. A group that is not committed is undone when the
    /// store is closed or the process ends.
    pub fn begin_group(&mut self) -> Result<(), StoreError> {
        self.database.begin()?;
        self.grouped = true;
        Ok(())
    }

    /// A group in which nobody else links people. What is asked from here on is answered as of now.
    pub fn begin_people(&mut self) -> Result<(), StoreError> {
        self.begin_group()?;
        self.database.enter(Gate::People)?;
        self.note_moves()
    }

    pub fn commit_group(&mut self) -> Result<(), StoreError> {
        self.grouped = false;
        self.database.script("committing a group", "COMMIT")
    }

    /// Asks several questions as of one moment, whoever else writes. Where asking fails, nothing more is asked of this store.
    pub fn as_of_now<T, E: From<StoreError>>(&mut self, ask: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.database.begin_snapshot()?;
        let answer = ask(self)?;
        self.database.script("ending the count", "COMMIT")?;
        Ok(answer)
    }

    /// Undoes an open group.
    pub fn abandon_group(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.grouped) {
            return Ok(());
        }
        self.numbers.forget();
        self.database.script("undoing a group", "ROLLBACK")
    }
}
