//! What reading one PDF file may cost: a small file can unpack to a huge one, or send its reader round and round.

use std::cell::Cell;

/// What its streams may unpack to, in all.
const MAX_UNPACKED_BYTES: usize = 64 << 20;

/// Bytes that may be gone through over four times its own length.
const MAX_WORK_BYTES: usize = 64 << 20;

pub struct Budget {
    max_work_bytes: usize,
    unpacked_bytes: Cell<usize>,
    work_bytes: Cell<usize>,
}

impl Budget {
    pub fn new(file_bytes: usize) -> Budget {
        Budget {
            max_work_bytes: file_bytes.saturating_mul(4).saturating_add(MAX_WORK_BYTES),
            unpacked_bytes: Cell::new(0),
            work_bytes: Cell::new(0),
        }
    }

    /// What may still be unpacked.
    pub fn left_bytes(&self) -> usize {
        MAX_UNPACKED_BYTES.saturating_sub(self.unpacked_bytes.get())
    }

    pub fn unpacked(&self, bytes: usize) {
        // An empty stream costs a little, too, so that they come to an end.
        self.unpacked_bytes.set(self.unpacked_bytes.get().saturating_add(bytes + 64));
    }

    pub fn spend(&self, bytes: usize) {
        self.work_bytes.set(self.work_bytes.get().saturating_add(bytes));
    }

    pub fn exhaust(&self) {
        self.unpacked_bytes.set(MAX_UNPACKED_BYTES);
    }

    pub fn is_exhausted(&self) -> bool {
        self.left_bytes() == 0 || self.work_bytes.get() > self.max_work_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(charge: impl Fn(&Budget), is_exhausted: bool) {
        let budget = Budget::new(1000);
        charge(&budget);
        assert_eq!(budget.is_exhausted(), is_exhausted);
    }

    #[test]
    fn it_ends() {
        check(|_| {}, false);
        check(|budget| budget.unpacked(MAX_UNPACKED_BYTES - 65), false);
        check(|budget| budget.unpacked(MAX_UNPACKED_BYTES - 64), true);
        check(|budget| budget.spend(MAX_WORK_BYTES + 4000), false);
        check(|budget| budget.spend(MAX_WORK_BYTES + 4001), true);
        check(Budget::exhaust, true);
    }
}
