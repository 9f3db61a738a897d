//! Random numbers that are the same for ever: xoshiro256++ (Blackman and Vigna 2019), seeded through SplitMix64.
//!
//! Our own, because a crate may change its algorithm with a version, and then every sample and its truth would change.

/// What a sequence of random numbers is for: each purpose has its own, so that a change to one leaves the others alone.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Block = 1,
    Duplicate = 2,
    Registration = 3,
    Chart = 4,
    Dirt = 5,
}

pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    /// The sequence for `purpose` of thing number `number`.
    pub(super) fn new(seed: u64, purpose: Purpose, number: u64) -> Self {
        let mut mixer = seed ^ (purpose as u64).wrapping_mul(0xd1b5_4a32_d192_ed03);
        mixer = split_mix(&mut mixer) ^ number;
        Self { state: std::array::from_fn(|_| split_mix(&mut mixer)) }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number from 0 to `bound` - 1.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included; `low` where the two are crossed.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((i64::from(high) - i64::from(low) + 1).max(1) as u64) as i32
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Any of `list`, each as likely as the others.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Any of `list`, the early ones more often: the first tenth about a third of the time.
    pub(super) fn pick_early<T: Copy>(&mut self, list: &[T]) -> T {
        let position = self.below(1 << 20);
        list[((position * position * list.len() as u64) >> 40) as usize]
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
