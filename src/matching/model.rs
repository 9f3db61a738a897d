//! The numbers of the model: how often each level of each comparison is seen among pairs of one person, and of two.
//!
//! Fields of relatives are correlated: a family shares name, street and telephone, twins the birth date too. A single u
//! per level would count those as independent and make one person of a household. So the people who are not one fall
//! into four classes, strangers, relatives of one household, twins, and parents with a child of their name, each with its
//! own u and prior, and a pair is weighed against all of them together (a mixture of Fellegi-Sunter models; see Winkler 1993 on latent classes).
//!
//! The shipped numbers are fixed, by judgement, from the published values of Splink's models, the frequency tables of the
//! Social Security Administration and the Census, and error rates that registries report. Another model is other numbers in
//! the same places: [`super::estimate`] finds those of a set; no other file knows them.

use super::bits::Bits;
use super::comparison::{COMPARISONS, Pattern, place};
use super::frequency::{Frequencies, Rarity};
use super::person::Person;

mod file;
mod shipped;

pub use file::ModelError;

/// How often a level is seen: among pairs of one person (m), and among pairs of two people (u) of each class. All lie
/// within (0, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probabilities {
    pub m: f64,
    pub u: f64,
    pub u_relatives: f64,
    pub u_twins: f64,
    pub u_namesakes: f64,
}

/// A model: the priors, the probabilities per level, and the weights at which the zones begin.
#[derive(Clone, Debug)]
pub struct Model {
    /// Probability that two people drawn from a set are one.
    pub lambda: f64,
    /// Probability that they are relatives of one household; that they are twins; that they are parent and child of one name.
    pub lambda_relatives: f64,
    pub lambda_twins: f64,
    pub lambda_namesakes: f64,
    /// Weight (prior included, log2) from which a pair may be a match.
    pub match_weight: f64,
    /// The same where only names and birth date speak: two common names do not reach it.
    pub sparse_match_weight: f64,
    /// The same where a name agrees but roughly besides: misspelt, in part, with the maiden name.
    pub sparse_misspelt_match_weight: f64,
    /// Weight from which a pair is worth a reviewer's time.
    pub review_weight: f64,
    /// Whether the priors are those of the set that is matched, so that a weight is a probability: less needs to stand beside it.
    pub is_calibrated: bool,
    /// Whether people of one household stand in the set. Where none do, nobody is somebody's twin.
    pub has_households: bool,
    /// By comparison and level.
    pub levels: Vec<Vec<Probabilities>>,
    pub frequencies: Frequencies,
    logs: Vec<Vec<Logs>>,
    /// What a usual birth date adds to the u of an exact one, log2.
    usual_birth_date: f64,
}

/// The logarithms (log2) of one level's probabilities.
#[derive(Clone, Copy, Debug, Default)]
struct Logs {
    m: f64,
    u: f64,
    u_relatives: f64,
    u_twins: f64,
    u_namesakes: f64,
}

impl Logs {
    fn of(p: &Probabilities) -> Self {
        Self {
            m: p.m.log2(),
            u: p.u.log2(),
            u_relatives: p.u_relatives.log2(),
            u_twins: p.u_twins.log2(),
            u_namesakes: p.u_namesakes.log2(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.m += other.m;
        self.u += other.u;
        self.u_relatives += other.u_relatives;
        self.u_twins += other.u_twins;
        self.u_namesakes += other.u_namesakes;
    }

    /// log2 of m over the u of strangers.
    fn weight(&self) -> f64 {
        self.m - self.u
    }
}

/// The least that two strangers share a birth date: one in 50,000, as if they came from more than a century.
const USUAL_DATE: f64 = 2e-5;

/// From how many bits on a group of evidence speaks.
const SPEAKING_BITS: f64 = 2.0;

/// What the evidence calls the part of a weight that relatives or twins would explain as well.
const FAMILY: (&str, &str) = ("family_members", "relatives or twins explain it too");

/// The comparisons, in the order in which evidence stands.
pub fn comparison_names() -> Vec<&'static str> {
    COMPARISONS.iter().map(|comparison| comparison.name).chain([FAMILY.0]).collect()
}

impl Model {
    /// The model that ships with chartlift. Its priors are fixed, so that a decision does not change with the size of the set
    /// the pair happens to stand in.
    pub fn shipped() -> Self {
        let model = Self {
            lambda: 1e-5,
            lambda_relatives: 3e-5,
            lambda_twins: 6e-7,
            lambda_namesakes: 6e-7,
            match_weight: 8.5,
            sparse_match_weight: 10.5,
            sparse_misspelt_match_weight: 11.0,
            review_weight: 1.5,
            is_calibrated: false,
            has_households: true,
            levels: shipped::all(),
            frequencies: Frequencies::shipped(),
            logs: Vec::new(),
            usual_birth_date: 0.0,
        };
        model.ready()
    }

    /// Takes over what `levels` and `frequencies` say now.
    pub(super) fn ready(mut self) -> Self {
        self.logs = self.levels.iter().map(|levels| levels.iter().map(Logs::of).collect()).collect();
        let u_of_dates = self.levels[place::birth_date][0].u;
        self.usual_birth_date =
            ((u_of_dates - self.frequencies.common_dates()).max(USUAL_DATE) / u_of_dates).log2().min(0.0);
        self
    }

    /// Weight of the prior, log2 of its odds.
    pub(super) fn prior_weight(&self) -> f64 {
        (self.lambda / (1.0 - self.lambda)).log2()
    }

    fn sum(&self, pattern: &Pattern, rarity: &Rarity) -> Logs {
        let mut sum = Logs::default();
        for (logs, level) in self.logs.iter().zip(pattern.levels()) {
            if level > 0 {
                sum.add(&logs[level as usize - 1]);
            }
        }
        let given = self.given_bits(pattern, rarity);
        sum.u += given + self.family_bits(pattern, rarity) + self.birth_date_bits(pattern, rarity);
        sum.u_relatives += given;
        sum
    }

    /// What the rarity of values adds to the u of a comparison, log2.
    fn bits(&self, at: usize, pattern: &Pattern, rarity: &Rarity) -> f64 {
        match at {
            place::given => self.given_bits(pattern, rarity),
            place::family => self.family_bits(pattern, rarity),
            place::birth_date => self.birth_date_bits(pattern, rarity),
            _ => 0.0,
        }
    }

    /// What the rarity of the given name adds to the u of its level, log2.
    fn given_bits(&self, pattern: &Pattern, rarity: &Rarity) -> f64 {
        use super::comparison::GivenName;
        match pattern.given {
            Some(GivenName::Exact) => -rarity.given - self.logs[place::given][0].u,
            Some(level @ GivenName::Swapped) => -rarity.swapped - self.logs[place::given][level as usize].u,
            Some(GivenName::Typo | GivenName::Similar) => fuzzy(-rarity.given_fuzzy - self.logs[place::given][0].u),
            _ => 0.0,
        }
    }

    fn family_bits(&self, pattern: &Pattern, rarity: &Rarity) -> f64 {
        use super::comparison::FamilyName;
        match pattern.family {
            Some(FamilyName::Exact) => -rarity.family - self.logs[place::family][0].u,
            Some(FamilyName::Typo | FamilyName::Similar) => fuzzy(-rarity.family_fuzzy - self.logs[place::family][0].u),
            _ => 0.0,
        }
    }

    /// A birth date that many bear is a default of somebody's form, or a birthday of the program; the others are the rarer for it.
    fn birth_date_bits(&self, pattern: &Pattern, rarity: &Rarity) -> f64 {
        use super::comparison::BirthDate;
        let exact = matches!(pattern.birth_date, Some(BirthDate::Exact | BirthDate::ExactDefault));
        match exact {
            false => 0.0,
            true if rarity.birth_date > 0.0 => -rarity.birth_date - self.logs[place::birth_date][0].u,
            true => self.usual_birth_date,
        }
    }

    /// The match weight of a pattern, prior included, log2: one person against strangers, relatives and twins together.
    pub(super) fn weight(&self, pattern: &Pattern, rarity: &Rarity) -> f64 {
        let sum = self.sum(pattern, rarity);
        let others = (1.0 - self.lambda) * sum.u.exp2()
            + self.lambda_relatives * sum.u_relatives.exp2()
            + self.lambda_twins * sum.u_twins.exp2()
            + self.lambda_namesakes * sum.u_namesakes.exp2();
        self.lambda.log2() + sum.m - others.log2()
    }

    /// The weight against strangers alone: never less than `weight`, and cheaper.
    pub(super) fn upper_weight(&self, pattern: &Pattern, rarity: &Rarity) -> f64 {
        let sum = self.sum(pattern, rarity);
        self.prior_weight() + sum.m - sum.u
    }

    /// Visits comparison, level and weight against strangers, then what relatives or twins take off again: with the
    /// prior, the sum is `weight`.
    pub(super) fn each_weight(
        &self,
        pattern: &Pattern,
        rarity: &Rarity,
        mut visit: impl FnMut(&'static str, &'static str, f64),
    ) {
        for (at, level) in pattern.levels().into_iter().enumerate().filter(|(_, level)| *level > 0) {
            let level = level as usize - 1;
            let bits = self.bits(at, pattern, rarity);
            let comparison = &COMPARISONS[at];
            visit(comparison.name, (comparison.level_name)(level), self.logs[at][level].weight() - bits);
        }
        let family = self.weight(pattern, rarity) - self.upper_weight(pattern, rarity);
        if family < -0.05 {
            visit(FAMILY.0, FAMILY.1, family);
        }
    }

    /// How many of the groups of evidence (name; birth date; place and telephone; identifiers) speak for one person.
    pub(super) fn speaking_groups(&self, pattern: &Pattern, left: &Person, right: &Person) -> usize {
        let mut groups = [0.0; 4];
        let rarity = Frequencies::of_pair(left, right);
        for (at, level) in pattern.levels().into_iter().enumerate().filter(|(_, level)| *level > 0) {
            let group = match at {
                place::given | place::family | place::middle | place::mother_maiden_name | place::guardian => 0,
                place::birth_date => 1,
                place::contact | place::street | place::second_line | place::area | place::birth_place => 2,
                place::ssn | place::identifier => 3,
                _ => continue,
            };
            groups[group] += self.logs[at][level as usize - 1].weight() - self.bits(at, pattern, &rarity);
        }
        groups.iter().filter(|bits| **bits >= SPEAKING_BITS).count()
    }

    /// Every level with its comparison, its probabilities, and its weight against strangers (log2), without what rare values add.
    pub fn each_level(&self, mut visit: impl FnMut(&'static str, &'static str, &Probabilities, f64)) {
        for ((comparison, levels), logs) in COMPARISONS.iter().zip(&self.levels).zip(&self.logs) {
            for (at, level) in levels.iter().enumerate() {
                visit(comparison.name, (comparison.level_name)(at), level, logs[at].weight());
            }
        }
    }

    /// Per comparison and level, log2 of m over the u of strangers, and over that of relatives.
    pub(super) fn weights(&self) -> Vec<Vec<Bits>> {
        let both =
            |level: &Logs| Bits { strangers: level.weight() as f32, relatives: (level.m - level.u_relatives) as f32 };
        self.logs.iter().map(|levels| levels.iter().map(both).collect()).collect()
    }

    /// log2 of a stranger's u.
    pub(super) fn u_bits(&self, comparison: usize, level: usize) -> f32 {
        self.logs[comparison][level].u as f32
    }

    /// log2 of how much likelier one person is than two relatives, before anything is compared.
    pub(super) fn prior_against_relatives(&self) -> f32 {
        (self.lambda / self.lambda_relatives).log2() as f32
    }

    /// What a usual birth date adds to the u of an exact one, log2.
    pub(super) fn usual_birth_date_bits(&self) -> f32 {
        self.usual_birth_date as f32
    }

    /// What a pattern weighs without the prior, against strangers and against relatives.
    pub(super) fn bits_so_far(&self, pattern: &Pattern, rarity: &Rarity) -> Bits {
        let sum = self.sum(pattern, rarity);
        Bits { strangers: (sum.m - sum.u) as f32, relatives: (sum.m - sum.u_relatives) as f32 }
    }
}

/// How far the rarity of a name moves the weight of a spelling of it, in bits: a rough agreement on a rare name says more
/// than one on a common name, but not as much as the name itself.
pub(super) const FUZZY_BITS: (f64, f64) = (-2.0, 3.0);

fn fuzzy(bits: f64) -> f64 {
    bits.clamp(-FUZZY_BITS.1, -FUZZY_BITS.0)
}

#[cfg(test)]
mod tests {
    use super::super::comparison::{
        Area, BirthDate, Contact, FamilyName, GivenName, SexAtBirth, SocialSecurityNumber, Street,
    };
    use super::*;

    fn usual() -> Rarity {
        Rarity { given: 9.4, given_fuzzy: 9.4, family: 10.7, family_fuzzy: 10.7, swapped: 20.0, birth_date: 0.0 }
    }

    fn home() -> Pattern {
        Pattern {
            contact: Some(Contact::Phone),
            street: Some(Street::Exact),
            area: Some(Area::PostalCodeAndCity),
            ..Pattern::default()
        }
    }

    #[test]
    fn a_conflict_weighs_least_of_its_comparison() {
        let model = Model::shipped();
        let tables = [
            (place::given, GivenName::Conflict as usize),
            (place::birth_date, BirthDate::Generation as usize),
            (place::contact, Contact::Differs as usize),
            (place::street, Street::Differs as usize),
            (place::ssn, SocialSecurityNumber::Conflict as usize),
        ];
        for (at, conflict) in tables {
            let logs = &model.logs[at];
            assert!(logs[conflict].weight() < 0.0);
            assert!(logs.iter().all(|level| level.weight() >= logs[conflict].weight()), "{}", COMPARISONS[at].name);
        }
    }

    #[test]
    fn all_probabilities_lie_between_nothing_and_certainty() {
        let model = Model::shipped();
        assert!(model.levels.iter().zip(COMPARISONS).all(|(levels, comparison)| levels.len() == comparison.levels));
        for p in model.levels.iter().flatten() {
            assert!(
                [p.m, p.u, p.u_relatives, p.u_twins, p.u_namesakes].iter().all(|share| *share > 0.0 && *share < 1.0)
            );
        }
    }

    #[test]
    fn what_a_household_shares_makes_no_person_of_two() {
        let model = Model::shipped();
        let spouses = Pattern {
            given: Some(GivenName::Conflict),
            family: Some(FamilyName::Exact),
            birth_date: Some(BirthDate::Conflict),
            ..home()
        };
        assert!(model.upper_weight(&spouses, &usual()) > 5.0, "against strangers alone it would look like one");
        assert!(model.weight(&spouses, &usual()) < -5.0);
        let father_and_son = Pattern {
            given: Some(GivenName::Exact),
            family: Some(FamilyName::Exact),
            sex: Some(SexAtBirth::Male),
            birth_date: Some(BirthDate::Generation),
            ..home()
        };
        assert!(model.weight(&father_and_son, &usual()) < 0.0);
        let twins = Pattern {
            given: Some(GivenName::OtherName),
            family: Some(FamilyName::Exact),
            birth_date: Some(BirthDate::Exact),
            ..home()
        };
        assert!(model.weight(&twins, &usual()) < model.match_weight);
    }

    #[test]
    fn a_rare_name_weighs_more_than_a_common_one() {
        let model = Model::shipped();
        let pattern = Pattern { given: Some(GivenName::Exact), family: Some(FamilyName::Exact), ..Pattern::default() };
        let common = Rarity { given: 6.0, family: 7.0, ..usual() };
        assert!(model.weight(&pattern, &usual()) > model.weight(&pattern, &common) + 6.0);
    }

    #[test]
    fn evidence_and_prior_sum_to_the_weight() {
        let model = Model::shipped();
        let pattern = Pattern {
            given: Some(GivenName::Exact),
            family: Some(FamilyName::Typo),
            birth_date: Some(BirthDate::Exact),
            ..home()
        };
        let mut sum = model.prior_weight();
        model.each_weight(&pattern, &usual(), |_, _, weight| sum += weight);
        assert!((sum - model.weight(&pattern, &usual())).abs() < 1e-9);
    }

    #[test]
    fn a_model_reads_back_as_it_was_written() {
        let mut model = Model::shipped();
        model.frequencies = Frequencies::count(&[]);
        model.frequencies.given.insert("ANN".into(), 0.125);
        model.levels[0][0].m = 0.5;
        // As estimates are: to the last digit.
        for (number, level) in model.levels.iter_mut().skip(1).flatten().enumerate() {
            level.m = (level.m * (1.0 - 1.0 / (number as f64 + 3.7))).max(1e-9);
        }
        let text = model.to_json();
        assert_eq!(Model::from_json(&text).expect("a model").to_json(), text);
        let faults = [
            (r#""format": 1"#, r#""format": 9"#, "it has format 9"),
            (r#""m": 0.5"#, r#""m": 1.5"#, "`given_name, exact, m` is no probability"),
            (r#""name": "given_name""#, r#""name": "nose""#, "its comparison 1 is not `given_name`"),
            ("\n}", "", "it is no JSON of a model"),
        ];
        for (good, bad, expected) in faults {
            assert!(text.contains(good), "{good}");
            let message = Model::from_json(&text.replacen(good, bad, 1)).expect_err("a fault").to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
