//! Lists of names, streets and towns, read from `names.txt`.

use super::random::Random;
use std::collections::BTreeMap;

/// Where a family's names come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Us,
    Hispanic,
    Asian,
    European,
}

impl Origin {
    fn word(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Hispanic => "hispanic",
            Self::Asian => "asian",
            Self::European => "european",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sex {
    Female,
    Male,
}

type List = Vec<&'static str>;

pub(super) struct Names {
    family: [List; 4],
    female: [List; 4],
    male: [List; 4],
    nicknames: Vec<(&'static str, &'static str)>,
    streets: List,
    /// Town and its ZIP code.
    towns: Vec<(&'static str, &'static str)>,
}

impl Names {
    pub(super) fn new() -> Self {
        let mut sections = sections(include_str!("names.txt"));
        let mut take = |section: &str| sections.remove(section).unwrap_or_default();
        let origins = [Origin::Us, Origin::Hispanic, Origin::Asian, Origin::European];
        let mut each = |kind: &str| origins.map(|origin| take(&format!("{} {kind}", origin.word())));
        let (family, female, male) = (each("family"), each("female"), each("male"));
        Self {
            family,
            female,
            male,
            nicknames: pairs(take("nicknames")),
            streets: take("streets"),
            towns: pairs(take("towns")),
        }
    }

    pub(super) fn family(&self, origin: Origin, random: &mut Random) -> &'static str {
        random.pick_early(&self.family[origin as usize])
    }

    /// A given name; one in five of a family from elsewhere has one that is common here.
    pub(super) fn given(&self, origin: Origin, sex: Sex, random: &mut Random) -> &'static str {
        let origin = if random.chance(20) { Origin::Us } else { origin };
        let lists = if sex == Sex::Female { &self.female } else { &self.male };
        random.pick_early(&lists[origin as usize])
    }

    /// What somebody of this given name is called every day, where there is a usual short form.
    pub(super) fn nickname(&self, given: &str) -> Option<&'static str> {
        self.nicknames.iter().find(|(full, _)| *full == given).map(|(_, short)| *short)
    }

    pub(super) fn street(&self, random: &mut Random) -> &'static str {
        random.pick(&self.streets)
    }

    pub(super) fn town(&self, random: &mut Random) -> (&'static str, &'static str) {
        random.pick_early(&self.towns)
    }
}

fn sections(text: &'static str) -> BTreeMap<&'static str, List> {
    let mut sections: BTreeMap<&str, List> = BTreeMap::new();
    let mut current = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(section) => current = section,
            None => sections.entry(current).or_default().extend(line.split(", ").filter(|name| !name.is_empty())),
        }
    }
    sections
}

fn pairs(list: List) -> Vec<(&'static str, &'static str)> {
    list.into_iter().filter_map(|entry| entry.split_once(':')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_long_enough_and_fit_the_code_page() {
        let names = Names::new();
        let total = |lists: &[List; 4]| lists.iter().map(Vec::len).sum::<usize>();
        assert!(total(&names.family) >= 300, "{}", total(&names.family));
        assert!(total(&names.female) >= 200 && total(&names.male) >= 200);
        assert!(names.nicknames.len() > 60 && names.streets.len() > 80 && names.towns.len() >= 10);
        let fits = |c: char| c.is_ascii() || matches!(c, '\u{c0}'..='\u{ff}' | '’' | 'Ž' | 'ž' | 'š' | 'Š');
        for name in names.family.iter().chain(&names.female).chain(&names.male).flatten() {
            assert!(name.chars().all(fits), "{name}");
        }
    }
}
