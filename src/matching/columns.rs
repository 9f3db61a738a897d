//! Which column of a people file is what, by its name: the usual spellings, and what the caller says.

use std::fmt;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    GivenName,
    MiddleName,
    FamilyName,
    /// The whole name in one column.
    FullName,
    NameSuffix,
    MaidenName,
    /// Another name the person goes by.
    Alias,
    BirthDate,
    BirthYear,
    BirthMonth,
    BirthDay,
    /// Position within a multiple birth, from 1.
    BirthOrder,
    /// Whether it was one, or how many children were born.
    MultipleBirth,
    Sex,
    Ssn,
    /// Number of a health plan: Medicaid, Medicare, a national health number.
    HealthPlanNumber,
    DriversLicense,
    Passport,
    /// Any number of columns.
    Phone,
    Email,
    HouseNumber,
    AddressLine1,
    AddressLine2,
    City,
    State,
    PostalCode,
    BirthPlace,
    MedicalRecordNumber,
    MotherMaidenName,
    GuardianGivenName,
    GuardianFamilyName,
    SourceSystem,
}

use Role::{
    AddressLine1, AddressLine2, Alias, BirthDate, BirthDay, BirthMonth, BirthOrder, BirthPlace, BirthYear, City,
    DriversLicense, Email, FamilyName, FullName, GivenName, GuardianFamilyName, GuardianGivenName, HealthPlanNumber,
    HouseNumber, MaidenName, MedicalRecordNumber, MiddleName, MotherMaidenName, MultipleBirth, NameSuffix, Passport,
    Phone, PostalCode, Sex, SourceSystem, Ssn, State,
};

/// Per role its name on the command line, and the spellings of headers: lower case, without anything but letters and digits.
/// The first column of the first spelling that is there is taken.
const ROLES: &[(Role, &str, &[&str])] = &[
    (
        GivenName,
        "given_name",
        &[
            "givenname",
            "firstname",
            "namefirst",
            "fname",
            "first",
            "given",
            "forename",
            "forenames",
            "givennames",
            "firstnames",
            "patientfirstname",
            "patfirstname",
            "patientgivenname",
            "ptfirstname",
            "namegiven",
            "christianname",
            "prenom",
            "vorname",
        ],
    ),
    (
        MiddleName,
        "middle_name",
        &[
            "middlename",
            "namemiddle",
            "mname",
            "middle",
            "middleinitial",
            "mi",
            "middlenames",
            "patientmiddlename",
            "secondname",
            "minit",
            "patmiddlename",
        ],
    ),
    (
        FamilyName,
        "family_name",
        &[
            "familyname",
            "lastname",
            "namelast",
            "surname",
            "lname",
            "last",
            "family",
            "patientlastname",
            "patlastname",
            "patientfamilyname",
            "ptlastname",
            "namefamily",
            "surnames",
            "nachname",
            "nom",
            "sname",
        ],
    ),
    (
        FullName,
        "full_name",
        &[
            "fullname",
            "name",
            "patientname",
            "personname",
            "patname",
            "ptname",
            "displayname",
            "nameofpatient",
            "patient",
            "firstandsurname",
        ],
    ),
    (
        NameSuffix,
        "suffix",
        &["suffix", "namesuffix", "generation", "generationsuffix", "sfx", "namesfx", "patientsuffix"],
    ),
    (
        MaidenName,
        "maiden_name",
        &[
            "maidenname",
            "maiden",
            "birthname",
            "formername",
            "previousname",
            "previoussurname",
            "nee",
            "formersurname",
            "previouslastname",
            "formerlastname",
            "birthsurname",
        ],
    ),
    (
        Alias,
        "alias",
        &["alias", "namealias", "aka", "preferredname", "nickname", "aliases", "othername", "knownas", "goesby"],
    ),
    (
        BirthDate,
        "date_of_birth",
        &[
            "dateofbirth",
            "dob",
            "birthdate",
            "birthdt",
            "bdate",
            "datebirth",
            "birthday",
            "born",
            "patientdob",
            "patdob",
            "ptdob",
            "dobdate",
            "birthdatetime",
            "patientdateofbirth",
            "patientbirthdate",
            "geburtsdatum",
        ],
    ),
    (BirthYear, "birth_year", &["birthyear", "yearofbirth", "yob", "doby", "dobyear", "birthyr"]),
    (BirthMonth, "birth_month", &["birthmonth", "monthofbirth", "dobm", "dobmonth", "birthmo"]),
    (BirthDay, "day_of_birth", &["birthdayofmonth", "dobd", "dobday", "birthdy"]),
    (BirthOrder, "birth_order", &["birthorder", "multiplebirthorder", "twinorder", "birthsequence"]),
    (
        MultipleBirth,
        "multiple_birth",
        &["multiplebirth", "birthstatus", "multiplebirthindicator", "birthtype", "twin", "istwin", "plurality"],
    ),
    (
        Sex,
        "sex",
        &["sex", "gender", "sexatbirth", "patientsex", "patsex", "ptsex", "administrativesex", "admgender", "sexcode"],
    ),
    (
        Ssn,
        "ssn",
        &[
            "ssn",
            "socialsecuritynumber",
            "socialsecurity",
            "socsecid",
            "socsec",
            "ssnumber",
            "socialsecuritynum",
            "patientssn",
            "ssno",
            "socialsecurityno",
            "ss",
            "ssa",
        ],
    ),
    (
        HealthPlanNumber,
        "medicaid_id",
        &[
            "medicaidid",
            "medicaid",
            "medicaidnumber",
            "medicareid",
            "medicare",
            "medicarenumber",
            "mbi",
            "hicn",
            "nhsnumber",
            "healthcardnumber",
            "hcn",
            "memberid",
            "subscriberid",
            "policynumber",
            "insuranceid",
            "medicareno",
        ],
    ),
    (
        DriversLicense,
        "drivers_license",
        &[
            "driverslicense",
            "driverlicense",
            "dl",
            "dlnumber",
            "licensenumber",
            "driverslicence",
            "driverslicensenumber",
            "drivers",
        ],
    ),
    (Passport, "passport", &["passport", "passportnumber", "passportno"]),
    (
        Phone,
        "phone",
        &[
            "phone",
            "phonenumber",
            "telephone",
            "homephone",
            "phonehome",
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "phonemobile",
            "phonecell",
            "workphone",
            "phonework",
            "tel",
            "phone1",
            "phone2",
            "phone3",
            "telephonenumber",
            "hometel",
            "contactnumber",
            "homephonenumber",
            "cellphonenumber",
            "mobilephonenumber",
            "dayphone",
            "eveningphone",
            "mobilenumber",
            "homeph",
            "cellph",
            "workph",
            "phoneno",
            "homephoneno",
            "cellphoneno",
            "mobileno",
            "telno",
            "phonehm",
            "phonewk",
            "telnumber",
        ],
    ),
    (Email, "email", &["email", "emailaddress", "mail", "emailaddr", "emailid"]),
    (HouseNumber, "house_number", &["housenumber", "streetnumber", "houseno", "streetno", "hno", "buildingnumber"]),
    (
        AddressLine1,
        "address_1",
        &[
            "address1",
            "addressline1",
            "street",
            "addressstreet1",
            "addr1",
            "address",
            "streetaddress",
            "streetname",
            "street1",
            "addressstreet",
            "addr",
            "homeaddress",
            "residence",
            "streetaddress1",
            "line1",
            "patientaddress",
            "mailingaddress",
            "addressline",
            "addresslineone",
        ],
    ),
    (
        AddressLine2,
        "address_2",
        &[
            "address2",
            "addressline2",
            "addressstreet2",
            "addr2",
            "apt",
            "unit",
            "apartment",
            "street2",
            "streetaddress2",
            "line2",
            "suite",
            "addresslinetwo",
        ],
    ),
    (
        City,
        "city",
        &[
            "city",
            "suburb",
            "town",
            "addresscity",
            "locality",
            "municipality",
            "village",
            "patientcity",
            "cityname",
            "postaltown",
            "ort",
        ],
    ),
    (
        State,
        "state",
        &["state", "addressstate", "province", "statecode", "region", "stateprovince", "county", "patientstate"],
    ),
    (
        PostalCode,
        "postcode",
        &[
            "postcode",
            "zip",
            "zipcode",
            "postalcode",
            "addresszip",
            "zip5",
            "postcodefake",
            "addresspostalcode",
            "plz",
            "patientzip",
            "zippostal",
            "postal",
        ],
    ),
    (BirthPlace, "birth_place", &["birthplace", "placeofbirth", "birthcity", "pob", "cityofbirth", "bornin"]),
    (
        MedicalRecordNumber,
        "mrn",
        &[
            "mrn",
            "medicalrecordnumber",
            "mrns",
            "patientid",
            "patno",
            "patientnumber",
            "chartnumber",
            "patid",
            "medrecno",
            "chartno",
            "hospitalnumber",
            "patientmrn",
            "facilitymrn",
            "medrecnum",
        ],
    ),
    (
        MotherMaidenName,
        "mother_maiden_name",
        &["mothermaidenname", "mothersmaidenname", "mothermaiden", "mmn", "motherssurname", "motherbirthname"],
    ),
    (
        GuardianGivenName,
        "guardian_given_name",
        &[
            "guardiangivenname",
            "guardianfirstname",
            "guardiannamefirst",
            "parentfirstname",
            "mothersfirstname",
            "motherfirstname",
            "guarantorfirstname",
            "parentgivenname",
        ],
    ),
    (
        GuardianFamilyName,
        "guardian_family_name",
        &[
            "guardianfamilyname",
            "guardianlastname",
            "guardiannamelast",
            "parentlastname",
            "guarantorlastname",
            "parentfamilyname",
        ],
    ),
    (SourceSystem, "source_system", &["sourcesystem", "sourcedataset", "facility", "dataset", "sourcefile", "system"]),
];

impl Role {
    pub const ALL: &'static [(Role, &'static str, &'static [&'static str])] = ROLES;

    /// As it is said on the command line.
    pub fn name(self) -> &'static str {
        ROLES.iter().find(|(role, ..)| *role == self).map_or("", |(_, name, _)| name)
    }

    /// A role by its own name or any spelling of a header.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        let named = ROLES.iter().find(|(_, name, spellings)| fold(name) == folded || spellings.contains(&&*folded));
        named.map(|(role, ..)| *role)
    }

    /// Whether several columns may have it.
    fn may_repeat(self) -> bool {
        matches!(self, Phone | Alias | MultipleBirth)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Which columns are read as what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleColumns {
    /// Role and column, from 0; by role, then by column.
    pub known: Vec<(Role, usize)>,
    /// Columns that nothing reads.
    pub unknown: Vec<usize>,
}

/// Why columns cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    #[error("`{role}` is no role of a column")]
    NoRole { role: String },
    #[error("there is no column `{column}`")]
    NoColumn { column: String },
    #[error("the header names `{column}` more than once")]
    Twice { column: String },
    #[error("`{said}` is said twice")]
    SaidTwice { said: String },
}

impl PeopleColumns {
    /// Reads a header. What `said` names (role and column) goes before what the names suggest.
    pub fn recognise(header: &[String], said: &[(String, String)]) -> Result<Self, ColumnsError> {
        let mut columns = Self::default();
        for (role, column) in said {
            let parsed = Role::parse(role).ok_or_else(|| ColumnsError::NoRole { role: role.clone() })?;
            let exact = |name: &&str| *name == column.as_str();
            let mut found = header.iter().enumerate().filter(|(_, name)| exact(&name.as_str()));
            let same = |name: &String| fold(name) == fold(column) && !column.is_empty();
            let at = found.next().map(|(at, _)| at);
            if found.next().is_some() {
                return Err(ColumnsError::Twice { column: column.clone() });
            }
            let at = at.or_else(|| header.iter().position(same));
            let at = at.ok_or_else(|| ColumnsError::NoColumn { column: column.clone() })?;
            if columns.known.iter().any(|(_, known)| *known == at) {
                return Err(ColumnsError::SaidTwice { said: column.clone() });
            }
            if !parsed.may_repeat() && columns.has(parsed) {
                return Err(ColumnsError::SaidTwice { said: role.clone() });
            }
            columns.known.push((parsed, at));
        }
        for (role, _, spellings) in ROLES {
            let is_said = columns.known.iter().any(|(known, _)| known == role);
            if is_said {
                continue;
            }
            for spelling in *spellings {
                let taken = |at: usize| columns.known.iter().any(|(_, known)| *known == at);
                let mut found = (0..header.len()).filter(|at| fold(&header[*at]) == **spelling && !taken(*at));
                let Some(at) = found.next() else { continue };
                if found.next().is_some() {
                    return Err(ColumnsError::Twice { column: header[at].clone() });
                }
                columns.known.push((*role, at));
                if !role.may_repeat() {
                    break;
                }
            }
        }
        columns.known.sort_unstable();
        let known = |at: &usize| columns.known.iter().any(|(_, known)| known == at);
        columns.unknown = (0..header.len()).filter(|at| !known(at)).collect();
        Ok(columns)
    }

    pub fn has(&self, role: Role) -> bool {
        self.known.iter().any(|(known, _)| *known == role)
    }

    /// Whether they say enough for people to be told apart: a name, and something beside it.
    pub fn suffice(&self) -> bool {
        let name = self.has(FamilyName) || self.has(GivenName) || self.has(FullName);
        let beside = |(role, _): &(Role, usize)| {
            !matches!(role, FamilyName | GivenName | FullName | MiddleName | NameSuffix | SourceSystem)
        };
        name && (self.known.iter().any(beside) || (self.has(FamilyName) && self.has(GivenName)) || self.has(FullName))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn usual_headers_are_recognised() {
        let febrl = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id";
        let columns = PeopleColumns::recognise(&header(febrl), &[]).expect("a header");
        assert_eq!(columns.unknown, [0]);
        assert!(columns.suffice());
        let synthea =
            "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,GENDER,ADDRESS,CITY,STATE,ZIP";
        let columns = PeopleColumns::recognise(&header(synthea), &[]).expect("a header");
        assert_eq!(columns.unknown, [0, 2, 6]);
    }

    #[test]
    fn what_is_said_goes_before_what_names_suggest() {
        let said = [("family_name".to_owned(), "B".to_owned())];
        let columns = PeopleColumns::recognise(&header("surname,B"), &said).expect("a header");
        assert_eq!(columns.known, [(FamilyName, 1)]);
        let wrong = [("colour".to_owned(), "B".to_owned())];
        assert!(matches!(PeopleColumns::recognise(&header("B"), &wrong), Err(ColumnsError::NoRole { .. })));
        assert!(matches!(PeopleColumns::recognise(&header("dob,dob"), &[]), Err(ColumnsError::Twice { .. })));
        let columns = PeopleColumns::recognise(&header("a,b"), &[]).expect("a header");
        assert!(!columns.suffice());
    }

    #[test]
    fn no_spelling_has_two_roles() {
        let mut all: Vec<&str> = ROLES.iter().flat_map(|(_, _, spellings)| spellings.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        for (role, name, _) in ROLES {
            assert_eq!(Role::parse(name), Some(*role));
        }
    }
}
