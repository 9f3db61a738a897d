//! Weights in bits against two of the classes that are not one person.

use std::ops::{Add, Sub};

/// Weights against strangers, and against relatives of one household: the lower of them bounds the weight of the pair.
#[derive(Clone, Copy, Default)]
pub struct Bits {
    pub strangers: f32,
    pub relatives: f32,
}

impl Bits {
    pub const LEAST: Self = Self { strangers: f32::NEG_INFINITY, relatives: f32::NEG_INFINITY };

    pub fn both(bits: f32) -> Self {
        Self { strangers: bits, relatives: bits }
    }

    pub fn max(self, other: Self) -> Self {
        Self { strangers: self.strangers.max(other.strangers), relatives: self.relatives.max(other.relatives) }
    }

    /// Not less than nothing said at all.
    pub fn or_nothing(self) -> Self {
        self.max(Self::default())
    }

    pub fn reach(self, least: f32) -> bool {
        self.strangers.min(self.relatives) >= least
    }
}

impl Add for Bits {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { strangers: self.strangers + other.strangers, relatives: self.relatives + other.relatives }
    }
}

impl Sub for Bits {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { strangers: self.strangers - other.strangers, relatives: self.relatives - other.relatives }
    }
}
