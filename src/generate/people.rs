//! Who lives in Alder County: households of people, and the second numbers some of them were given by mistake.
//!
//! Patient numbers come in blocks of sixteen. What a block holds follows from the seed and the block's number alone, so
//! that any person can be called up again when a later block registers them a second time.

use super::calendar::{Day, EXPORT_DAY};
use super::names::{Names, Origin, Sex};
use super::random::{Purpose, Random};

const BLOCK: u64 = 16;

#[derive(Clone)]
pub(super) struct Address {
    pub(super) line1: String,
    pub(super) line2: String,
    pub(super) city: &'static str,
    pub(super) zip: &'static str,
}

/// A person as one registration has them.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) family: String,
    pub(super) given: String,
    pub(super) middle: &'static str,
    pub(super) suffix: &'static str,
    pub(super) title: &'static str,
    pub(super) maiden: String,
    pub(super) mother_maiden: &'static str,
    pub(super) sex: Sex,
    pub(super) birth: Day,
    pub(super) death: Option<Day>,
    /// Place among the twins, where the desk noted it.
    pub(super) birth_order: Option<i32>,
    pub(super) ssn: Option<u32>,
    pub(super) marital: &'static str,
    pub(super) race: &'static str,
    pub(super) ethnicity: &'static str,
    pub(super) language: &'static str,
    pub(super) address: Address,
    pub(super) phone_home: Option<u64>,
    pub(super) phone_mobile: Option<u64>,
    pub(super) phone_work: Option<u64>,
    pub(super) email: String,
    pub(super) emergency_contact: String,
    pub(super) how: How,
}

/// What kind of registration a patient number is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Single,
    Household,
    Twin,
    Senior,
    Junior,
    Nickname,
    SwappedBirthDate,
    Typo,
    MarriedName,
    Moved,
    RegisteredAgain,
}

impl How {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Household => "household",
            Self::Twin => "twin",
            Self::Senior => "senior",
            Self::Junior => "junior",
            Self::Nickname => "nickname",
            Self::SwappedBirthDate => "swapped_birth_date",
            Self::Typo => "typo",
            Self::MarriedName => "married_name",
            Self::Moved => "moved",
            Self::RegisteredAgain => "registered_again",
        }
    }

    const SECOND: [Self; 6] =
        [Self::Nickname, Self::SwappedBirthDate, Self::Typo, Self::MarriedName, Self::Moved, Self::RegisteredAgain];
}

/// One patient number, and whom it was given to.
pub(super) struct Registration {
    /// From 0.
    pub(super) number: u64,
    /// The first number of this person.
    pub(super) person_number: u64,
    pub(super) person: Person,
}

pub(super) struct Population {
    seed: u64,
    names: Names,
    current: (u64, Vec<Person>),
}

impl Population {
    pub(super) fn new(seed: u64) -> Self {
        let names = Names::new();
        let first = block(seed, 0, &names);
        Self { seed, names, current: (0, first) }
    }

    pub(super) fn registration(&mut self, number: u64) -> Registration {
        let (in_block, slot) = (number / BLOCK, (number % BLOCK) as usize);
        if self.current.0 != in_block {
            self.current = (in_block, block(self.seed, in_block, &self.names));
        }
        if slot < originals(in_block) {
            Registration { number, person_number: number, person: self.current.1[slot].clone() }
        } else {
            self.second_registration(number)
        }
    }

    /// Somebody who is here already gets another number.
    fn second_registration(&self, number: u64) -> Registration {
        let mut random = Random::new(self.seed, Purpose::Duplicate, number);
        let in_block = number / BLOCK;
        let how = How::SECOND[((in_block + number % BLOCK - originals(in_block) as u64) % 6) as usize];
        // Not everybody has a nickname or a birth date that can be swapped: ask around, then settle for a typing error.
        for _ in 0..24 {
            let target = random.below(in_block + 1);
            let slot = random.below(originals(target) as u64);
            let mut person = match target == in_block {
                true => self.current.1[slot as usize].clone(),
                false => block(self.seed, target, &self.names).swap_remove(slot as usize),
            };
            if self.disguise(&mut person, how, &mut random) {
                return Registration { number, person_number: target * BLOCK + slot, person };
            }
        }
        let mut person = block(self.seed, 0, &self.names).swap_remove(0);
        misspell(&mut person, &mut random);
        person.how = How::Typo;
        Registration { number, person_number: 0, person }
    }

    fn disguise(&self, person: &mut Person, how: How, random: &mut Random) -> bool {
        match how {
            How::Nickname => match self.names.nickname(&person.given) {
                Some(nickname) => person.given = nickname.to_owned(),
                None => return false,
            },
            How::SwappedBirthDate => match person.birth.swapped() {
                Some(birth) if birth <= EXPORT_DAY => person.birth = birth,
                _ => return false,
            },
            How::MarriedName => {
                if person.sex == Sex::Male || person.birth.years_until(EXPORT_DAY) < 20 {
                    return false;
                }
                let married = self.names.family(Origin::Us, random).to_owned();
                let born = std::mem::replace(&mut person.family, married);
                person.maiden = if random.chance(60) { born } else { String::new() };
                person.marital = "M";
                self.move_house(person, random);
            }
            How::Moved => {
                self.move_house(person, random);
                person.middle = "";
            }
            How::RegisteredAgain => {
                person.ssn = None;
                person.email = String::new();
            }
            _ => misspell(person, random),
        }
        // The other registration was made by another person at the desk, who asked for less.
        if random.chance(40) {
            person.ssn = None;
        }
        if random.chance(30) {
            person.phone_work = None;
        }
        person.how = how;
        true
    }

    fn move_house(&self, person: &mut Person, random: &mut Random) {
        person.address = address(&self.names, random);
        person.phone_home = None;
    }
}

/// How many slots of a block are people; the rest are second numbers. The first block has all the common kinds.
fn originals(block: u64) -> usize {
    if block == 0 { 13 } else { 15 }
}

/// The people of one block, in order of their numbers.
fn block(seed: u64, block: u64, names: &Names) -> Vec<Person> {
    let mut random = Random::new(seed, Purpose::Block, block);
    let mut people = Vec::with_capacity(BLOCK as usize);
    let wanted = originals(block);
    let first = block * BLOCK;
    let mut house = |people: &mut Vec<Person>, kind| {
        household(seed, first, kind, names, &mut random, people);
    };
    if block.is_multiple_of(5) {
        house(&mut people, Kind::FamilyWithTwins);
        house(&mut people, Kind::FatherAndSon);
    }
    let mut shapes = Random::new(seed, Purpose::Block, u64::MAX - block);
    while people.len() < wanted {
        let kind = match shapes.below(100) {
            0..=44 => Kind::Single,
            45..=69 => Kind::Couple,
            _ => Kind::Family(1 + shapes.below(3)),
        };
        house(&mut people, kind);
    }
    people.truncate(wanted);
    people
}

#[derive(Clone, Copy)]
enum Kind {
    Single,
    Couple,
    /// A couple with this many children.
    Family(u64),
    FamilyWithTwins,
    FatherAndSon,
}

struct Household<'a> {
    seed: u64,
    names: &'a Names,
    origin: Origin,
    family: &'static str,
    address: Address,
    phone: Option<u64>,
    race: &'static str,
    language: &'static str,
    contact: String,
}

/// Adds a household to the `people` of the block whose first number is `first`.
fn household(seed: u64, first: u64, kind: Kind, names: &Names, random: &mut Random, people: &mut Vec<Person>) {
    let number = first + people.len() as u64;
    let origin = match random.below(100) {
        0..=71 => Origin::Us,
        72..=85 => Origin::Hispanic,
        86..=92 => Origin::Asian,
        _ => Origin::European,
    };
    let (race, language) = match origin {
        Origin::Us => (random.pick(&["White", "White", "White", "White", "Black", "Black", "Native"]), "English"),
        Origin::Hispanic => (random.pick(&["White", "Other", "Other", "Black"]), random.pick(&["Spanish", "English"])),
        Origin::Asian => ("Asian", random.pick(&["English", "English", "Vietnamese", "Chinese", "Hindi"])),
        Origin::European => ("White", random.pick(&["English", "English", "English", "German", "French"])),
    };
    let family = names.family(origin, random);
    let contact_name = names.given(origin, Sex::Female, random);
    let home = Household {
        seed,
        names,
        origin,
        family,
        address: address(names, random),
        phone: random.chance(75).then(|| phone(seed, 592, number)),
        race,
        language,
        contact: format!("{contact_name} {family} {}", phone_text(phone(seed, 492, number + 3))),
    };
    let mut add = |sex, age: i32, how, random: &mut Random| {
        let birth = EXPORT_DAY.plus(-(age * 1461 / 4) - random.between(0, 364));
        let person = home.person(first + people.len() as u64, sex, birth, how, random);
        people.push(person);
        people.len() - 1
    };
    match kind {
        Kind::Single => {
            let (sex, age) = (any_sex(random), random.between(19, 92));
            add(sex, age, How::Single, random);
        }
        Kind::Couple => {
            let age = random.between(24, 84);
            add(Sex::Female, age, How::Household, random);
            add(Sex::Male, age + random.between(-3, 4), How::Household, random);
        }
        Kind::Family(children) => {
            let age = random.between(24, 48);
            add(Sex::Female, age, How::Household, random);
            add(Sex::Male, age + random.between(-2, 5), How::Household, random);
            for _ in 0..children {
                let (sex, child) = (any_sex(random), random.between(0, age - 21));
                add(sex, child, How::Household, random);
            }
        }
        Kind::FamilyWithTwins => {
            let age = random.between(26, 46);
            add(Sex::Female, age, How::Household, random);
            add(Sex::Male, age + random.between(-2, 5), How::Household, random);
            let child = random.between(1, age - 22);
            let sexes = if random.chance(70) { [any_sex(random); 2] } else { [Sex::Female, Sex::Male] };
            let [one, other] = sexes.map(|sex| add(sex, child, How::Twin, random));
            people[other].birth = people[one].birth;
            people[one].birth_order = Some(1);
            while people[one].given == people[other].given {
                people[other].given = names.given(home.origin, sexes[1], random).to_owned();
            }
            for twin in [one, other] {
                people[twin].email = String::new();
            }
        }
        Kind::FatherAndSon => {
            let age = random.between(46, 78);
            let senior = add(Sex::Male, age, How::Senior, random);
            let junior = add(Sex::Male, age - random.between(20, 30), How::Junior, random);
            people[senior].suffix = if random.chance(60) { "Sr" } else { "" };
            people[junior].given = people[senior].given.clone();
            people[junior].middle = people[senior].middle;
            people[junior].suffix = "Jr";
            people[junior].email = String::new();
        }
    }
}

impl Household<'_> {
    fn person(&self, number: u64, sex: Sex, birth: Day, how: How, random: &mut Random) -> Person {
        let age = birth.years_until(EXPORT_DAY);
        let adult = age >= 18;
        let given = self.names.given(self.origin, sex, random);
        let death =
            (age > 60 && random.chance(9)).then(|| EXPORT_DAY.plus(-random.between(20, 1500))).filter(|d| *d > birth);
        let married = matches!(how, How::Household) && adult;
        let marital = match (adult, married) {
            (false, _) => "S",
            (true, true) => "M",
            (true, false) => random.pick(&["S", "S", "D", "W", "SEP", "P", ""]),
        };
        let takes_name = married && sex == Sex::Female && random.chance(60);
        Person {
            family: self.family.to_owned(),
            given: given.to_owned(),
            middle: if random.chance(60) { random.pick(&MIDDLE_INITIALS) } else { "" },
            suffix: "",
            title: if adult && random.chance(12) { title(sex, random) } else { "" },
            maiden: if takes_name { self.names.family(self.origin, random).to_owned() } else { String::new() },
            mother_maiden: if random.chance(15) { self.names.family(self.origin, random) } else { "" },
            sex,
            birth,
            death,
            birth_order: None,
            ssn: random.chance(if adult { 75 } else { 40 }).then(|| ssn(self.seed, number)),
            marital,
            race: if random.chance(90) { self.race } else { "" },
            ethnicity: if self.origin == Origin::Hispanic { "Hispanic" } else { "Non-Hispanic" },
            language: self.language,
            address: self.address.clone(),
            phone_home: self.phone,
            phone_mobile: (adult && random.chance(65)).then(|| phone(self.seed, 692, number)),
            phone_work: (adult && random.chance(20)).then(|| phone(self.seed, 492, number)),
            email: if adult && random.chance(45) { email(given, self.family, birth) } else { String::new() },
            emergency_contact: if random.chance(35) { self.contact.clone() } else { String::new() },
            how,
        }
    }
}

const MIDDLE_INITIALS: [&str; 14] = ["A", "B", "C", "D", "E", "G", "J", "K", "L", "M", "P", "R", "S", "T"];

fn any_sex(random: &mut Random) -> Sex {
    if random.chance(52) { Sex::Female } else { Sex::Male }
}

fn title(sex: Sex, random: &mut Random) -> &'static str {
    match sex {
        Sex::Female => random.pick(&["Mrs", "Ms", "Dr"]),
        Sex::Male => random.pick(&["Mr", "Mr", "Dr", "Rev"]),
    }
}

fn address(names: &Names, random: &mut Random) -> Address {
    let (city, zip) = names.town(random);
    let line2 = match random.below(100) {
        0..=11 => format!("Apt {}", 1 + random.below(40)),
        12..=14 => format!("Lot {}", 1 + random.below(90)),
        _ => String::new(),
    };
    Address { line1: format!("{} {}", 1 + random.below(1990), names.street(random)), line2, city, zip }
}

/// A social security number of the areas 900-997, which are never issued; each patient number has its own. Planted ones
/// come from the areas 998 and 999.
fn ssn(seed: u64, number: u64) -> u32 {
    let serial = number.wrapping_mul(61_803_399).wrapping_add(seed % 9_999_991 * 7) % 97_999_999;
    900_000_000 + serial as u32
}

/// A telephone number of an area code that has 9 in the middle: the North American plan keeps those back.
fn phone(seed: u64, area: u64, number: u64) -> u64 {
    let line = (number.wrapping_mul(2_718_281).wrapping_add(seed % 1_000_003 * 31 + area * 977)) % 8_000_000;
    area * 10_000_000 + 2_000_000 + line
}

/// `(592) 234-5678`
pub(super) fn phone_text(phone: u64) -> String {
    format!("({}) {:03}-{:04}", phone / 10_000_000, phone / 10_000 % 1000, phone % 10_000)
}

fn email(given: &str, family: &str, birth: Day) -> String {
    let plain = |name: &str| name.chars().map(without_accent).filter(char::is_ascii_alphanumeric).collect::<String>();
    let domain = if birth.0 % 3 == 0 { "example.org" } else { "example.com" };
    format!("{}.{}{}@{domain}", plain(given), plain(family), birth.civil().0 % 100).to_lowercase()
}

/// A typing error of the kind that typists make: accents left out, two letters the wrong way round, one missing.
fn misspell(person: &mut Person, random: &mut Random) {
    let plain: String = person.family.chars().map(without_accent).collect();
    if plain != person.family {
        person.family = plain;
        person.given = person.given.chars().map(without_accent).collect();
        return;
    }
    let name = if random.chance(60) { &mut person.family } else { &mut person.given };
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 4 {
        letters.push('e');
    } else {
        let position = 1 + random.below(letters.len() as u64 - 2) as usize;
        match random.below(3) {
            0 if letters[position] != letters[position + 1] => letters.swap(position, position + 1),
            1 => letters.insert(position, letters[position]),
            _ => drop(letters.remove(position)),
        }
    }
    *name = letters.into_iter().collect();
}

fn without_accent(letter: char) -> char {
    const PLAIN: [(&str, char); 14] = [
        ("áàâäåã", 'a'),
        ("ÁÀÂÄÅ", 'A'),
        ("éèêë", 'e'),
        ("ÉÈ", 'E'),
        ("íìîï", 'i'),
        ("óòôöøõ", 'o'),
        ("ÓÖØ", 'O'),
        ("úùûü", 'u'),
        ("ñ", 'n'),
        ("ç", 'c'),
        ("žž", 'z'),
        ("ŽŽ", 'Z'),
        ("Š", 'S'),
        ("’", '\''),
    ];
    PLAIN.iter().find(|(accented, _)| accented.contains(letter)).map_or(letter, |(_, plain)| *plain)
}
