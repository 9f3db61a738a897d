//! The numbers of the model: how often each level of each comparison is seen among pairs of one person, and of two.
//!
//! Fields of relatives are correlated: a family shares name, street and telephone, twins the birth date too. A single u
//! per level would count those as independent and make one person of a household. So the people who are not one fall
//! into three classes, strangers, relatives of one household, and twins, each with its own u and prior, and a pair is
//! weighed against all three together (a mixture of Fellegi-Sunter models; see Winkler 1993 on latent classes).
//!
//! The numbers are fixed, by judgement, from the published values of Splink's models, the frequency tables of the Social
//! Security Administration and the Census, and error rates that registries report. Another model is other numbers in the
//! same places; no other file knows them.

use super::comparison::Pattern;

mod shipped;

/// How often a level is seen: among pairs of one person (m), and among pairs of two people (u) of each class. All lie
/// within (0, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probabilities {
    pub m: f64,
    pub u: f64,
    pub u_relatives: f64,
    pub u_twins: f64,
}

/// A model: the priors, the probabilities per level, and the weights at which the zones begin.
#[derive(Clone, Debug)]
pub struct Model {
    /// Probability that two people drawn from a set are one. It and the next two are fixed, so that a decision does not
    /// change with the size of the set the pair happens to stand in.
    pub lambda: f64,
    /// Probability that they are relatives of one household, and that they are twins.
    pub lambda_relatives: f64,
    pub lambda_twins: f64,
    /// Weight (prior included, log2) from which a pair may be a match.
    pub match_weight: f64,
    /// The same where only names and birth date speak: two common names do not reach it.
    pub sparse_match_weight: f64,
    /// The same where a name agrees but roughly besides: misspelt, in part, with the maiden name.
    pub sparse_misspelt_match_weight: f64,
    /// Weight from which a pair is worth a reviewer's time.
    pub review_weight: f64,
    levels: Levels,
}

macro_rules! comparisons {
    ($($field:ident: $level:ident),* $(,)?) => {
        use super::comparison::{$($level),*};

        /// The logarithms of the probabilities, per comparison in the order of its levels.
        #[derive(Clone, Debug)]
        struct Levels { $($field: Vec<Logs>),* }

        impl Levels {
            fn new() -> Self {
                Self { $($field: $level::ALL.iter().map(|level| Logs::of(shipped::$field(*level))).collect()),* }
            }
        }

        /// The comparisons, in the order in which evidence stands.
        pub fn comparison_names() -> Vec<&'static str> {
            vec![$($level::COMPARISON,)* FAMILY.0]
        }

        impl Model {
            /// Visits comparison, level and probabilities where both sides speak, always in one order.
            fn each(&self, pattern: &Pattern, mut visit: impl FnMut(&'static str, &'static str, &Logs)) {
                $(if let Some(level) = pattern.$field {
                    visit($level::COMPARISON, level.name(), &self.levels.$field[level as usize]);
                })*
            }
        }
    };
}

comparisons!(
    given: GivenName,
    family: FamilyName,
    middle: MiddleName,
    suffix: Suffix,
    birth_date: BirthDate,
    sex: SexAtBirth,
    household: Household,
    ssn: SocialSecurityNumber,
    identifier: Identifier,
    birth_order: BirthOrder,
);

/// The logarithms (log2) of one level's probabilities.
#[derive(Clone, Copy, Debug, Default)]
struct Logs {
    m: f64,
    u: f64,
    u_relatives: f64,
    u_twins: f64,
}

impl Logs {
    fn of(p: Probabilities) -> Self {
        Self { m: p.m.log2(), u: p.u.log2(), u_relatives: p.u_relatives.log2(), u_twins: p.u_twins.log2() }
    }

    fn add(&mut self, other: &Self) {
        self.m += other.m;
        self.u += other.u;
        self.u_relatives += other.u_relatives;
        self.u_twins += other.u_twins;
    }

    /// log2 of m over the u of strangers.
    fn weight(&self) -> f64 {
        self.m - self.u
    }
}

fn most(levels: &[Logs]) -> f64 {
    levels.iter().map(Logs::weight).fold(0.0, f64::max)
}

/// What the evidence calls the part of a weight that relatives or twins would explain as well.
const FAMILY: (&str, &str) = ("family_members", "relatives or twins explain it too");

impl Model {
    /// The model that ships with chartlift.
    pub fn shipped() -> Self {
        Self {
            lambda: 1e-5,
            lambda_relatives: 3e-5,
            lambda_twins: 6e-7,
            match_weight: 8.5,
            sparse_match_weight: 10.5,
            sparse_misspelt_match_weight: 11.0,
            review_weight: 3.0,
            levels: Levels::new(),
        }
    }

    /// Weight of the prior, log2 of its odds.
    pub(super) fn prior_weight(&self) -> f64 {
        (self.lambda / (1.0 - self.lambda)).log2()
    }

    /// The match weight of a pattern, prior included, log2: one person against strangers, relatives and twins together.
    pub(super) fn weight(&self, pattern: &Pattern) -> f64 {
        let mut sum = Logs::default();
        self.each(pattern, |_, _, logs| sum.add(logs));
        let others = (1.0 - self.lambda) * sum.u.exp2()
            + self.lambda_relatives * sum.u_relatives.exp2()
            + self.lambda_twins * sum.u_twins.exp2();
        self.lambda.log2() + sum.m - others.log2()
    }

    /// The weight against strangers alone: never less than `weight`, and cheaper.
    pub(super) fn upper_weight(&self, pattern: &Pattern) -> f64 {
        let mut weight = self.prior_weight();
        self.each(pattern, |_, _, logs| weight += logs.weight());
        weight
    }

    /// Visits comparison, level and weight against strangers, then what relatives or twins take off again: with the
    /// prior, the sum is `weight`.
    pub(super) fn each_weight(&self, pattern: &Pattern, mut visit: impl FnMut(&'static str, &'static str, f64)) {
        self.each(pattern, |comparison, level, logs| visit(comparison, level, logs.weight()));
        let family = self.weight(pattern) - self.upper_weight(pattern);
        if family < -0.05 {
            visit(FAMILY.0, FAMILY.1, family);
        }
    }

    /// The most that names can add to a pattern without them.
    pub(super) fn most_of_names(&self) -> f64 {
        most(&self.levels.given) + most(&self.levels.family)
    }

    /// The most that the comparisons after the names can add.
    pub(super) fn most_of_rest(&self) -> f64 {
        most(&self.levels.middle) + most(&self.levels.household)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_weighs_least_of_its_comparison() {
        let levels = Levels::new();
        let tables = [
            (&levels.given, GivenName::Conflict as usize),
            (&levels.family, FamilyName::Conflict as usize),
            (&levels.birth_date, BirthDate::Conflict as usize),
            (&levels.household, Household::Differs as usize),
            (&levels.ssn, SocialSecurityNumber::Conflict as usize),
        ];
        for (logs, conflict) in tables {
            assert!(logs[conflict].weight() < 0.0);
            assert!(logs.iter().all(|level| level.weight() >= logs[conflict].weight()));
        }
    }

    #[test]
    fn what_only_a_household_shares_weighs_nothing() {
        let model = Model::shipped();
        let pattern = Pattern { household: Some(Household::OtherMember), ..Pattern::default() };
        assert!((model.upper_weight(&pattern) - model.prior_weight()).abs() < 1e-9);
    }

    #[test]
    fn evidence_and_prior_sum_to_the_weight() {
        let model = Model::shipped();
        let pattern = Pattern {
            given: Some(GivenName::Exact),
            family: Some(FamilyName::ExactCommon),
            birth_date: Some(BirthDate::Conflict),
            household: Some(Household::PhoneAndStreet),
            ..Pattern::default()
        };
        let mut sum = model.prior_weight();
        model.each_weight(&pattern, |_, _, weight| sum += weight);
        assert!((sum - model.weight(&pattern)).abs() < 1e-9);
        assert!(model.weight(&pattern) < 0.0, "a father and his son of one name");
    }
}
