//! Names of tables and columns as words: `ENCOUNTERCLASS`, `pat_no` and `BirthDt` are `encounter class`, `patient number`, `birth date`.

use super::lexicon::LEXICON;
use crate::profile::{ColumnProfile, TableProfile};

/// Short forms, and other words for the same.
const MEANINGS: &[(&str, &str)] = &[
    ("no", "number"),
    ("nbr", "number"),
    ("num", "number"),
    ("nr", "number"),
    ("nmbr", "number"),
    ("pt", "patient"),
    ("pat", "patient"),
    ("patients", "patient"),
    ("demographics", "demographic"),
    ("demo", "demographic"),
    ("dob", "birth date"),
    ("dod", "death date"),
    ("birthdate", "birth date"),
    ("birthday", "birth date"),
    ("deathdate", "death date"),
    ("born", "birth date"),
    ("died", "death date"),
    ("fname", "first name"),
    ("lname", "last name"),
    ("mname", "middle name"),
    ("firstname", "first name"),
    ("lastname", "last name"),
    ("middlename", "middle name"),
    ("surname", "last name"),
    ("forename", "first name"),
    ("mi", "middle initial"),
    ("minit", "middle initial"),
    ("addr", "address"),
    ("adr", "address"),
    ("ph", "phone"),
    ("tel", "phone"),
    ("telephone", "phone"),
    ("fon", "phone"),
    ("cell", "mobile"),
    ("cellular", "mobile"),
    ("cellphone", "mobile phone"),
    ("mob", "mobile"),
    ("hphone", "home phone"),
    ("wphone", "work phone"),
    ("bus", "work"),
    ("business", "work"),
    ("mail", "email"),
    ("dx", "diagnosis"),
    ("diag", "diagnosis"),
    ("diagnoses", "diagnosis"),
    ("rx", "prescription"),
    ("rxn", "rxnorm"),
    ("rxcui", "rxnorm"),
    ("px", "procedure"),
    ("proc", "procedure"),
    ("appt", "appointment"),
    ("apt", "apartment"),
    ("enc", "encounter"),
    ("encounters", "encounter"),
    ("vis", "visit"),
    ("visits", "visit"),
    ("alg", "allergy"),
    ("allergies", "allergy"),
    ("allerg", "allergy"),
    ("med", "medication"),
    ("meds", "medication"),
    ("medications", "medication"),
    ("imm", "immunization"),
    ("immunizations", "immunization"),
    ("vac", "vaccine"),
    ("vaccines", "vaccine"),
    ("vaccination", "vaccine"),
    ("vaccinations", "vaccine"),
    ("shots", "vaccine"),
    ("prov", "provider"),
    ("providers", "provider"),
    ("phys", "physician"),
    ("doc", "document"),
    ("docs", "document"),
    ("dr", "doctor"),
    ("desc", "description"),
    ("descr", "description"),
    ("descrip", "description"),
    ("cd", "code"),
    ("dt", "date"),
    ("datetime", "date time"),
    ("create", "created"),
    ("createdatetime", "created date time"),
    ("begdate", "start date"),
    ("enddate", "end date"),
    ("dte", "date"),
    ("qty", "quantity"),
    ("quant", "quantity"),
    ("mfr", "manufacturer"),
    ("mfg", "manufacturer"),
    ("manuf", "manufacturer"),
    ("exp", "expiration"),
    ("expires", "expiration"),
    ("expiry", "expiration"),
    ("sys", "system"),
    ("lang", "language"),
    ("eth", "ethnicity"),
    ("ethnic", "ethnicity"),
    ("stat", "status"),
    ("eff", "effective"),
    ("term", "termination"),
    ("rel", "relationship"),
    ("relation", "relationship"),
    ("relative", "relationship"),
    ("ins", "insurance"),
    ("grp", "group"),
    ("subscr", "subscriber"),
    ("pol", "policy"),
    ("dept", "department"),
    ("org", "organization"),
    ("organizations", "organization"),
    ("fac", "facility"),
    ("loc", "location"),
    ("ref", "reference"),
    ("obs", "observation"),
    ("observations", "observation"),
    ("res", "result"),
    ("results", "result"),
    ("val", "value"),
    ("unit", "units"),
    ("uom", "units"),
    ("temp", "temperature"),
    ("wt", "weight"),
    ("ht", "height"),
    ("bp", "blood pressure"),
    ("sys bp", "systolic"),
    ("dia", "diastolic"),
    ("hr", "heart rate"),
    ("rr", "respiratory rate"),
    ("resp", "respiratory rate"),
    ("spo2", "oxygen saturation"),
    ("o2sat", "oxygen saturation"),
    ("sao2", "oxygen saturation"),
    ("sat", "saturation"),
    ("bmi", "body mass index"),
    ("ssn", "social security number"),
    ("mrn", "record number"),
    ("dl", "drivers license"),
    ("drivers", "drivers license"),
    ("licence", "license"),
    ("zip", "postal code"),
    ("zipcode", "postal code"),
    ("pcode", "postal code"),
    ("postcode", "postal code"),
    ("postal", "postal code"),
    ("zip4", "postal code"),
    ("st", "state"),
    ("province", "state"),
    ("region", "state"),
    ("cnty", "county"),
    ("pcp", "primary provider"),
    ("emerg", "emergency contact"),
    ("marital", "marital status"),
    ("maritalstatus", "marital status"),
    ("gender", "sex"),
    ("sexe", "sex"),
    ("suff", "suffix"),
    ("pref", "prefix"),
    ("title", "title"),
    ("upd", "updated"),
    ("update", "updated"),
    ("modified", "updated"),
    ("changed", "updated"),
    ("mod", "updated"),
    ("reg", "registration"),
    ("start", "start"),
    ("begin", "start"),
    ("began", "start"),
    ("from", "start"),
    ("beg", "start"),
    ("stop", "end"),
    ("ended", "end"),
    ("finish", "end"),
    ("thru", "end"),
    ("to", "end"),
    ("until", "end"),
    ("resolved", "resolved date"),
    ("onset", "onset"),
    ("entered", "entered date"),
    ("recorded", "recorded date"),
    ("written", "written date"),
    ("ordered", "ordered date"),
    ("collected", "collected date"),
    ("reported", "reported date"),
    ("filled", "filled date"),
    ("administered", "given date"),
    ("booked", "booked date"),
    ("taken", "taken date"),
    ("signed", "signed"),
    ("ndc", "ndc"),
    ("rxnorm", "rxnorm"),
    ("rx norm", "rxnorm"),
    ("icd", "icd"),
    ("icd10", "icd"),
    ("icd9", "icd"),
    ("icd10cm", "icd"),
    ("sct", "snomed"),
    ("snomedct", "snomed"),
    ("ln", "loinc"),
    ("sig", "sig"),
    ("directions", "sig"),
    ("instructions", "sig"),
    ("daw", "dispense written"),
    ("refill", "refills"),
    ("refil", "refills"),
    ("cxl", "cancel"),
    ("canc", "cancel"),
    ("cancellation", "cancel"),
    ("cancelled", "cancel"),
    ("minutes", "minutes"),
    ("mins", "minutes"),
    ("duration", "minutes"),
    ("cat", "category"),
    ("kind", "type"),
    ("typ", "type"),
    ("class", "class"),
    ("sev", "severity"),
    ("react", "reaction"),
    ("reactions", "reaction"),
    ("reactn", "reaction"),
    ("subst", "substance"),
    ("note", "note"),
    ("notes", "note"),
    ("comment", "note"),
    ("comments", "note"),
    ("cmt", "note"),
    ("remark", "note"),
    ("remarks", "note"),
    ("memo", "note"),
    ("freq", "frequency"),
    ("strgth", "strength"),
    ("fn", "first name"),
    ("ln name", "last name"),
    ("appointments", "appointment"),
    ("appts", "appointment"),
    ("problems", "problem"),
    ("conditions", "condition"),
    ("procedures", "procedure"),
    ("documents", "document"),
    ("orders", "order"),
    ("labs", "lab"),
    ("laboratory", "lab"),
    ("vitals", "vital"),
    ("policies", "policy"),
    ("payers", "payer"),
    ("payor", "payer"),
    ("payors", "payer"),
    ("consents", "consent"),
    ("devices", "device"),
    ("implants", "implant"),
    ("staff", "staff"),
    ("users", "user"),
    ("refills", "refills"),
    ("scripts", "prescription"),
    ("script", "prescription"),
    ("prescriptions", "prescription"),
    ("careplans", "care plan"),
    ("careplan", "care plan"),
    ("surgery", "surgery"),
    ("surgeries", "surgery"),
    ("operations", "surgery"),
    ("operation", "surgery"),
    ("images", "image"),
    ("imaging", "imaging"),
    ("studies", "study"),
    ("claims", "claim"),
    ("transactions", "transaction"),
    ("transitions", "transition"),
    ("expenses", "expense"),
    ("supplies", "supply"),
    ("locations", "location"),
    ("facilities", "facility"),
    ("relatives", "relationship"),
    ("impl", "implant"),
    ("anesth", "anesthesia"),
    ("complic", "complication"),
    ("complications", "complication"),
    ("serial", "serial"),
    ("cred", "credentials"),
    ("credential", "credentials"),
    ("speciality", "specialty"),
    ("dest", "destination"),
    ("familyhistory", "family history"),
    ("socialhistory", "social history"),
    ("clinicalnotes", "clinical note"),
    ("imagingstudies", "imaging study"),
    ("vacc", "vaccine"),
    ("lot", "lot"),
    ("hist", "history"),
    ("hx", "history"),
    ("fh", "family history"),
    ("fhx", "family history"),
    ("sx", "surgery"),
    ("wrk", "work"),
    ("hm", "home"),
    ("dep", "department"),
    ("maiden", "maiden name"),
    ("nm", "name"),
    ("names", "name"),
    ("nam", "name"),
    ("initial", "middle initial"),
    ("persons", "person"),
    ("people", "person"),
    ("clients", "person"),
    ("client", "person"),
    ("members", "member"),
    ("deceased", "deceased"),
    ("uid", "uid"),
    ("oid", "uid"),
    ("guid", "id"),
    ("uuid", "id"),
    ("pk", "id"),
    ("key", "id"),
    ("ident", "id"),
    ("identifier", "id"),
    ("pid", "patient id"),
    ("recno", "record number"),
    ("chartno", "chart number"),
    ("encntr", "encounter"),
    ("diastol", "diastolic"),
    ("systol", "systolic"),
    ("bps", "systolic"),
    ("bpd", "diastolic"),
    ("pulse", "heart rate"),
    ("circ", "circumference"),
    ("hdcirc", "head circumference"),
    ("headcirc", "head circumference"),
    ("relationshiptosubscriber", "relationship"),
    ("npi", "npi"),
    ("indication", "reason"),
];

/// Words that names are made of without a sign between them.
const WHOLE_WORDS: &[&str] = &[
    "patient",
    "encounter",
    "provider",
    "practitioner",
    "organization",
    "payer",
    "code",
    "class",
    "reason",
    "description",
    "date",
    "birth",
    "death",
    "place",
    "start",
    "end",
    "stop",
    "year",
    "id",
    "name",
    "first",
    "last",
    "middle",
    "number",
    "type",
    "status",
    "system",
    "total",
    "cost",
    "base",
    "claim",
    "member",
    "owner",
    "ship",
    "phone",
    "address",
    "city",
    "state",
    "country",
    "postal",
    "time",
    "stamp",
    "file",
    "visit",
    "drug",
    "dose",
    "units",
    "value",
    "result",
    "test",
    "order",
    "lab",
    "allergen",
    "reaction",
    "severity",
    "onset",
    "category",
    "lot",
    "site",
    "route",
    "quantity",
    "refills",
    "days",
    "supply",
    "note",
    "text",
    "title",
    "body",
    "smoking",
    "head",
    "circumference",
    "heart",
    "rate",
    "weight",
    "height",
    "oxygen",
    "saturation",
    "birthday",
    "maiden",
    "mother",
    "home",
    "work",
    "mobile",
    "mail",
    "email",
    "street",
    "insurance",
    "policy",
    "group",
    "plan",
    "subscriber",
    "relationship",
    "signed",
    "witness",
    "amount",
    "charge",
    "paid",
    "balance",
    "marital",
    "language",
    "race",
    "ethnicity",
    "gender",
    "sex",
    "specialty",
    "facility",
    "location",
    "appointment",
    "procedure",
    "diagnosis",
    "medication",
    "vaccine",
    "manufacturer",
    "expiration",
    "sequence",
    "version",
    "created",
    "updated",
    "entered",
    "modified",
    "by",
    "on",
    "user",
    "dt",
    "no",
    "cd",
    "appt",
    "vis",
    "pat",
    "prob",
    "alg",
    "med",
    "rx",
    "vac",
    "doc",
    "surg",
    "fam",
    "recall",
    "line",
    "cons",
    "pol",
    "dob",
    "fname",
    "lname",
    "zip",
    "addr",
    "history",
    "social",
    "clinical",
    "study",
    "studies",
    "imaging",
    "images",
    "image",
    "accession",
    "modality",
    "series",
    "instance",
    "record",
    "chart",
    "active",
    "deleted",
    "dx",
    "registry",
    "research",
];

/// A column's name without what stands before the names of nearly all columns of its table: `pc_title` among `pc_...` is `title`.
pub fn spoken<'a>(table: &TableProfile, column: &'a ColumnProfile) -> &'a str {
    let Some((prefix, rest)) = column.name.split_once('_').filter(|(_, rest)| !rest.is_empty()) else {
        return &column.name;
    };
    let has_it = |other: &&ColumnProfile| other.name.split_once('_').is_some_and(|(other, _)| other == prefix);
    let shared = table.columns.iter().filter(has_it).count();
    if shared >= 4 && shared * 10 >= table.columns.len() * 9 { rest } else { &column.name }
}

/// A name as words, lower case.
pub fn words(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in name.chars() {
        let is_break =
            (c.is_uppercase() && last.is_lowercase()) || (c.is_ascii_digit() != last.is_ascii_digit() && last != ' ');
        if !c.is_alphanumeric() {
            last = ' ';
            continue;
        }
        if last == ' ' || is_break {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
        last = c;
    }
    // `icd10`, `o2sat` and `spo2` are words although they have digits.
    let mut joined: Vec<String> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let known = (2..=3)
            .rev()
            .find(|length| at + length <= parts.len() && meaning(&parts[at..at + length].concat()).is_some());
        let length =
            known.filter(|_| parts[at + 1].chars().all(|c| c.is_ascii_digit()) || parts[at].len() <= 2).unwrap_or(1);
        joined.push(parts[at..at + length].concat());
        at += length;
    }
    let mut out = Vec::new();
    for part in joined {
        for word in split(&part) {
            match meaning(&word) {
                Some(meaning) => out.extend(meaning.split(' ').map(str::to_owned)),
                None => out.push(singular(word)),
            }
        }
    }
    out.dedup();
    out
}

fn meaning(word: &str) -> Option<&'static str> {
    MEANINGS.iter().find(|(short, _)| *short == word).map(|(_, meaning)| *meaning)
}

/// Of several things, one: where that is a word we know.
fn singular(word: String) -> String {
    if WHOLE_WORDS.contains(&word.as_str()) {
        return word;
    }
    let one = match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or_default().to_owned(),
    };
    let is_table = || LEXICON.iter().flat_map(|lexicon| lexicon.tables.split(['|', ' '])).any(|known| known == one);
    if one.len() >= 4 && (WHOLE_WORDS.contains(&one.as_str()) || is_table()) { one } else { word }
}

/// Cuts a word that is none into the fewest known ones.
fn split(part: &str) -> Vec<String> {
    let whole = || vec![part.to_owned()];
    if !part.is_ascii() || part.len() < 5 || meaning(part).is_some() || WHOLE_WORDS.contains(&part) {
        return whole();
    }
    let is_known = |text: &str| WHOLE_WORDS.contains(&text) || (text.len() >= 4 && meaning(text).is_some());
    // Fewest pieces that end at each byte, and where the last of them begins.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; part.len() + 1];
    best[0] = Some((0, 0));
    for end in 1..=part.len() {
        for start in 0..end {
            let Some((pieces, _)) = best[start] else { continue };
            if is_known(&part[start..end]) && best[end].is_none_or(|(known, _)| pieces + 1 < known) {
                best[end] = Some((pieces + 1, start));
            }
        }
    }
    let mut pieces = Vec::new();
    let mut end = part.len();
    while end > 0 {
        let Some((_, start)) = best[end] else { return whole() };
        pieces.push(part[start..end].to_owned());
        end = start;
    }
    pieces.reverse();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_written_as_names_are_read() {
        let words = LEXICON.iter().flat_map(|lexicon| {
            let names = lexicon.fields.iter().flat_map(|field| field.2.split(['|', ' ']));
            names.chain(lexicon.tables.split(['|', ' ']))
        });
        let unread: Vec<&str> = words.filter(|word| singular((*word).to_owned()) != *word).collect();
        assert!(unread.is_empty(), "{unread:?}");
    }

    #[test]
    fn names_are_words() {
        for (name, expected) in [
            ("ENCOUNTERCLASS", "encounter class"),
            ("pat_no", "patient number"),
            ("BirthDt", "birth date"),
            ("REASONDESCRIPTION", "reason description"),
            ("ADDR1", "address 1"),
            ("DOB", "birth date"),
            ("HOME_PH", "home phone"),
            ("icd10_code", "icd code"),
            ("PATNO", "patient number"),
            ("SPO2", "oxygen saturation"),
            ("MEMBERID", "member id"),
            ("RxNorm", "rxnorm"),
            ("SMOKINGSTATUSCODE", "smoking status code"),
            ("Date of Birth", "date of birth"),
            ("drugs", "drug"),
            ("ADDRESS", "address"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
