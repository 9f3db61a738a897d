//! What this practice sees, orders and gives: diagnoses, drugs, laboratory tests, vaccines, allergens.
//!
//! Codes are those of ICD-10-CM, RxNorm, LOINC, CVX and SNOMED CT; texts are the practice's own words. An empty code is one
//! the practice never looked up. `local` is the short code that was typed before the program knew code systems.

use super::names::Sex;

#[derive(Clone, Copy)]
pub(super) struct Diagnosis {
    pub(super) icd: &'static str,
    pub(super) local: &'static str,
    pub(super) text: &'static str,
    pub(super) chronic: bool,
    /// Youngest and oldest age, years.
    pub(super) ages: (i32, i32),
    pub(super) sided: bool,
}

const fn chronic(icd: &'static str, local: &'static str, text: &'static str, youngest: i32) -> Diagnosis {
    Diagnosis { icd, local, text, chronic: true, ages: (youngest, 120), sided: false }
}

const fn acute(icd: &'static str, local: &'static str, text: &'static str, ages: (i32, i32)) -> Diagnosis {
    Diagnosis { icd, local, text, chronic: false, ages, sided: false }
}

const fn sided(icd: &'static str, text: &'static str, ages: (i32, i32)) -> Diagnosis {
    Diagnosis { icd, local: "", text, chronic: false, ages, sided: true }
}

pub(super) const DIAGNOSES: [Diagnosis; 40] = [
    chronic("I10", "HTN-1", "high blood pressure", 30),
    chronic("E11.9", "DM2", "type 2 diabetes", 35),
    chronic("E78.5", "HLD", "high cholesterol", 30),
    chronic("K21.9", "GERD1", "reflux", 18),
    chronic("J45.909", "ASTH", "asthma", 4),
    chronic("F41.1", "ANX", "generalized anxiety", 14),
    chronic("F32.A", "DEPR", "depression", 14),
    chronic("E03.9", "HYPOTH", "low thyroid", 25),
    chronic("E66.9", "OBES", "obesity", 12),
    chronic("M17.11", "OA-K", "arthritis, right knee", 45),
    chronic("G43.909", "MIGR", "migraine", 12),
    chronic("J44.9", "COPD1", "COPD", 50),
    chronic("N18.30", "", "kidney disease, stage 3", 55),
    chronic("I48.91", "AFIB", "atrial fibrillation", 55),
    chronic("I25.10", "", "coronary artery disease", 50),
    chronic("M81.0", "", "osteoporosis, age-related", 60),
    chronic("G47.33", "", "sleep apnea", 30),
    chronic("F17.210", "SMOKER", "smoker, cigarettes", 18),
    chronic("E55.9", "", "low vitamin D", 12),
    chronic("N40.0", "", "enlarged prostate", 55),
    chronic("L20.9", "", "eczema", 1),
    chronic("J30.9", "HAYF", "hay fever", 4),
    chronic("F90.9", "", "attention deficit", 6),
    acute("J06.9", "URI", "cold", (0, 120)),
    acute("J02.9", "", "sore throat", (2, 80)),
    acute("J20.9", "", "acute bronchitis", (3, 120)),
    acute("N39.0", "UTI", "urinary tract infection", (12, 120)),
    acute("R05.9", "", "cough", (0, 120)),
    acute("R51.9", "", "headache", (8, 120)),
    acute("M54.50", "BACKPN", "low back pain", (16, 120)),
    acute("R10.9", "", "belly pain", (3, 120)),
    acute("K59.00", "", "constipation", (1, 120)),
    acute("A09", "", "stomach flu", (0, 120)),
    acute("L70.0", "", "acne", (11, 35)),
    acute("B34.9", "", "viral illness", (0, 120)),
    acute("D64.9", "", "anemia", (10, 120)),
    sided("H66.90", "ear infection", (0, 20)),
    sided("H10.9", "pink eye", (0, 80)),
    sided("M25.569", "knee pain", (12, 120)),
    sided("S93.409A", "sprained ankle", (6, 80)),
];

#[derive(Clone, Copy)]
pub(super) struct Drug {
    pub(super) line: &'static str,
    pub(super) sig: &'static str,
    pub(super) rxcui: &'static str,
    pub(super) quantity: &'static str,
    pub(super) unit: &'static str,
    pub(super) days: i32,
    pub(super) reason: &'static str,
    pub(super) chronic: bool,
}

const fn daily(
    line: &'static str,
    sig: &'static str,
    rxcui: &'static str,
    quantity: &'static str,
    reason: &'static str,
) -> Drug {
    Drug { line, sig, rxcui, quantity, unit: "tab", days: 30, reason, chronic: true }
}

const fn course(
    line: &'static str,
    sig: &'static str,
    rxcui: &'static str,
    (quantity, unit, days): (&'static str, &'static str, i32),
    reason: &'static str,
) -> Drug {
    Drug { line, sig, rxcui, quantity, unit, days, reason, chronic: false }
}

/// Drugs; those from the sixteenth on are given to children too.
const DRUGS: [Drug; 24] = [
    daily("lisinopril 10 mg tab", "1 po qd", "314076", "30", "high blood pressure"),
    daily("metformin 500 mg tab", "1 po bid with meals", "861007", "60", "diabetes"),
    daily("atorvastatin 20 mg tab", "1 po qhs", "617310", "30", "cholesterol"),
    daily("amlodipine 5 mg tab", "1 po qd", "197361", "30", "high blood pressure"),
    daily("HCTZ 25 mg tab", "1 po q am", "310798", "30", "high blood pressure"),
    daily("simvastatin 20 mg tab", "1 po q evening", "312961", "30", "cholesterol"),
    daily("sertraline 50 mg tab", "1 po qd", "312941", "30", "depression"),
    daily("losartan 50 mg tab", "1 po qd", "979492", "30", "high blood pressure"),
    daily("levothyroxine 50 mcg tab", "1 po q am, empty stomach", "", "30", "thyroid"),
    daily("warfarin 5 mg tab", "as directed by INR", "855332", "30", "atrial fibrillation"),
    daily("furosemide 40 mg tab", "1 po q am", "313988", "30", "swelling"),
    daily("omeprazole 20 mg cap", "1 po qd before breakfast", "", "30", "reflux"),
    daily("gabapentin 300 mg cap", "1 po tid", "310431", "90", "nerve pain"),
    daily("ASA 81 mg", "1 po qd", "", "100", "heart"),
    daily("vit D3 2000 IU", "1 po qd", "", "90", "low vitamin D"),
    course("amoxicillin 500 mg cap", "1 po tid x 10 d", "308191", ("30", "cap", 10), "ear infection"),
    course("azithromycin 250 mg tab", "2 po today, then 1 qd x 4 d", "308460", ("6", "tab", 5), "bronchitis"),
    course("ibuprofen 400 mg tab", "1 po q6h prn pain", "197805", ("30", "tab", 8), "pain"),
    course("naproxen 500 mg tab", "1 po bid prn", "198014", ("20", "tab", 10), "back pain"),
    course("prednisone 20 mg tab", "2 po qd x 5 d", "312615", ("10", "tab", 5), "asthma"),
    course("albuterol inhaler", "2 puffs q4-6h prn", "", ("1", "inhaler", 30), "wheezing"),
    course("acetaminophen 325 mg tab", "1-2 po q6h prn", "313782", ("40", "tab", 7), "fever"),
    course("hydrocortisone 1 % cream", "thin layer bid", "", ("28.4", "g", 14), "eczema"),
    course("amoxicillin susp 400/5", "1 tsp (5 mL) po bid", "", ("100", "mL", 10), "ear infection"),
];

#[derive(Clone, Copy)]
pub(super) struct Test {
    pub(super) loinc: &'static str,
    /// The local code under which half of the results came, empty where the practice has none.
    pub(super) local: &'static str,
    pub(super) name: &'static str,
    pub(super) units: &'static str,
    /// The reference range as written, empty where a bound is missing.
    pub(super) low: &'static str,
    pub(super) high: &'static str,
    /// Smallest and largest result, tenths.
    pub(super) tenths: (i32, i32),
    /// The same range in tenths, for the flag.
    pub(super) normal: (i32, i32),
    pub(super) whole: bool,
    pub(super) specimen: &'static str,
}

const fn test(
    (loinc, local, name): (&'static str, &'static str, &'static str),
    units: &'static str,
    (low, high): (&'static str, &'static str),
    normal: (i32, i32),
    tenths: (i32, i32),
) -> Test {
    Test { loinc, local, name, units, low, high, tenths, normal, whole: tenths.1 > 600, specimen: "serum" }
}

pub(super) const TESTS: [Test; 24] = [
    test(("2345-7", "GLU", "Glucose"), "mg/dL", ("70", "99"), (700, 990), (650, 2400)),
    test(("3094-0", "", "Urea nitrogen"), "mg/dL", ("7", "20"), (70, 200), (60, 380)),
    test(("2160-0", "", "Creatinine"), "mg/dL", ("0.6", "1.3"), (6, 13), (5, 24)),
    test(("2951-2", "", "Sodium"), "mmol/L", ("136", "145"), (1360, 1450), (1320, 1470)),
    test(("2823-3", "", "Potassium"), "mmol/L", ("3.5", "5.1"), (35, 51), (32, 56)),
    test(("2075-0", "", "Chloride"), "mmol/L", ("98", "107"), (980, 1070), (960, 1090)),
    test(("2028-9", "", "Carbon dioxide"), "mmol/L", ("22", "29"), (220, 290), (190, 320)),
    test(("17861-6", "", "Calcium"), "mg/dL", ("8.6", "10.3"), (86, 103), (81, 108)),
    test(("2093-3", "CHOL", "Cholesterol"), "mg/dL", ("", "200"), (0, 2000), (1300, 2900)),
    test(("2571-8", "TRIG", "Triglycerides"), "mg/dL", ("", "150"), (0, 1500), (500, 3900)),
    test(("2085-9", "HDLC", "HDL cholesterol"), "mg/dL", ("40", ""), (400, 9990), (280, 900)),
    test(("13457-7", "", "LDL cholesterol, calculated"), "mg/dL", ("", "100"), (0, 1000), (500, 2100)),
    test(("4548-4", "HBA1C", "Hemoglobin A1c"), "%", ("4.0", "5.6"), (40, 56), (46, 118)),
    test(("718-7", "HGB", "Hemoglobin"), "g/dL", ("12.0", "17.5"), (120, 175), (92, 181)),
    test(("4544-3", "", "Hematocrit"), "%", ("36.0", "51.0"), (360, 510), (290, 540)),
    test(("6690-2", "", "White cells"), "10*3/uL", ("4.5", "11.0"), (45, 110), (31, 168)),
    test(("777-3", "", "Platelets"), "10*3/uL", ("150", "400"), (1500, 4000), (1100, 4700)),
    test(("3016-3", "TSHX", "TSH"), "mIU/L", ("0.4", "4.5"), (4, 45), (1, 98)),
    test(("1742-6", "", "ALT"), "U/L", ("7", "56"), (70, 560), (60, 1400)),
    test(("1920-8", "", "AST"), "U/L", ("8", "48"), (80, 480), (70, 1100)),
    test(("1988-5", "CRPX", "C-reactive protein"), "mg/L", ("", "5.0"), (0, 50), (1, 190)),
    test(("6301-6", "", "INR"), "", ("0.9", "1.1"), (9, 11), (9, 41)),
    test(("2857-1", "", "PSA"), "ng/mL", ("", "4.0"), (0, 40), (1, 81)),
    test(("5811-5", "", "Urine specific gravity"), "", ("", ""), (0, 9990), (10, 11)),
];

/// Tests that are ordered together: name of the order, its tests.
pub(super) const PANELS: [(&str, &str, &str, &[usize]); 8] = [
    ("24323-8", "LN", "comprehensive metabolic panel", &[0, 1, 2, 3, 4, 5, 6, 7, 18, 19]),
    ("24331-1", "LN", "lipid panel", &[8, 9, 10, 11]),
    ("58410-2", "LN", "CBC", &[13, 14, 15, 16]),
    ("4548-4", "LN", "Hemoglobin A1c", &[12]),
    ("3016-3", "LN", "TSH", &[17]),
    ("6301-6", "LN", "INR", &[21]),
    ("1988-5", "LN", "C-reactive protein", &[20]),
    ("", "", "diabetes check", &[0, 12, 2]),
];

/// Tests whose result is a word: LOINC, local code, name, results.
pub(super) const WORD_TESTS: [(&str, &str, &str, &[&str]); 4] = [
    ("5804-0", "", "Urine protein, dipstick", &["negative", "negative", "trace", "1+"]),
    ("5792-7", "", "Urine glucose, dipstick", &["negative", "negative", "negative", "2+"]),
    ("78012-2", "", "Strep A, rapid", &["negative", "POSITIVE"]),
    ("2106-3", "", "Pregnancy test, urine", &["negative", "negative", "positive"]),
];

/// Imaging and referrals, what is for some people only first: kind, code, code system, text, where to.
pub(super) const IMAGING: [(&str, &str, &str, &str, &str); 6] = [
    ("IMG", "24606-6", "LN", "mammogram, screening", "Alder County Imaging"),
    ("IMG", "36643-5", "LN", "chest x-ray, 2 views", "Alder County Imaging"),
    ("IMG", "24558-9", "LN", "ultrasound, abdomen", "Alder County Imaging"),
    ("IMG", "", "", "knee x-ray, 3 views", "Alder County Imaging"),
    ("REF", "", "", "cardiology consult", "Tern Lake Heart Group"),
    ("REF", "", "", "physical therapy, eval and treat", "Oakfield Therapy"),
];

#[derive(Clone, Copy)]
pub(super) struct Vaccine {
    pub(super) cvx: &'static str,
    pub(super) name: &'static str,
    pub(super) maker: &'static str,
    pub(super) route: &'static str,
    /// Youngest and oldest age, years.
    pub(super) ages: (i32, i32),
}

const fn vaccine(
    cvx: &'static str,
    name: &'static str,
    maker: &'static str,
    route: &'static str,
    ages: (i32, i32),
) -> Vaccine {
    Vaccine { cvx, name, maker, route, ages }
}

pub(super) const VACCINES: [Vaccine; 14] = [
    vaccine("140", "flu shot, preservative free", "Larkspur Biologics", "IM", (1, 120)),
    vaccine("150", "flu shot, quadrivalent", "Larkspur Biologics", "IM", (1, 120)),
    vaccine("208", "COVID-19, mRNA", "Northlake Vaccines", "IM", (12, 120)),
    vaccine("115", "Tdap", "Larkspur Biologics", "IM", (11, 120)),
    vaccine("113", "Td, adult", "Larkspur Biologics", "IM", (19, 120)),
    vaccine("33", "pneumonia shot, 23-valent", "Northlake Vaccines", "IM", (65, 120)),
    vaccine("187", "shingles, recombinant", "Northlake Vaccines", "IM", (50, 120)),
    vaccine("20", "DTaP", "Larkspur Biologics", "IM", (0, 6)),
    vaccine("03", "MMR", "Tern Vaccines", "SC", (1, 12)),
    vaccine("21", "chickenpox", "Tern Vaccines", "SC", (1, 12)),
    vaccine("10", "polio, inactivated", "Larkspur Biologics", "IM", (0, 6)),
    vaccine("08", "hepatitis B, pediatric", "Tern Vaccines", "IM", (0, 18)),
    vaccine("165", "HPV, 9-valent", "Tern Vaccines", "IM", (11, 26)),
    vaccine("133", "pneumonia shot, 13-valent", "Northlake Vaccines", "IM", (0, 120)),
];

/// Substances: text, code, code system, kind (D drug, F food, E environment).
pub(super) const ALLERGENS: [(&str, &str, &str, &str); 18] = [
    ("penicillin", "", "", "D"),
    ("amoxicillin", "723", "RXN", "D"),
    ("sulfa", "", "", "D"),
    ("sulfamethoxazole", "10180", "RXN", "D"),
    ("codeine", "2670", "RXN", "D"),
    ("aspirin", "1191", "RXN", "D"),
    ("ibuprofen", "5640", "RXN", "D"),
    ("lisinopril", "29046", "RXN", "D"),
    ("peanut", "762952008", "SCT", "F"),
    ("shellfish", "735029006", "SCT", "F"),
    ("egg", "102263004", "SCT", "F"),
    ("milk", "3718001", "SCT", "F"),
    ("latex", "111088007", "SCT", "E"),
    ("bee stings", "288328004", "SCT", "E"),
    ("grass pollen", "256277009", "SCT", "E"),
    ("dust mites", "260147004", "SCT", "E"),
    ("cats and dogs", "264287008", "SCT", "E"),
    ("adhesive tape", "", "", "E"),
];

pub(super) const REACTIONS: [&str; 7] =
    ["hives", "rash", "swelling of lips", "anaphylaxis", "upset stomach", "itching, watery eyes", "cough"];

/// The ways in which this practice wrote that nothing is known.
pub(super) const NO_ALLERGIES: [&str; 5] =
    ["NKDA", "NKA", "No known allergies", "No known drug allergies", "no known food allergies"];

/// Family members by their code here.
pub(super) const RELATIVES: [&str; 8] = ["MO", "FA", "BRO", "SIS", "MGM", "MGF", "PGM", "PGF"];

/// Conditions that run in families.
pub(super) const FAMILY_CONDITIONS: [(&str, &str); 7] = [
    ("I10", "high blood pressure"),
    ("E11.9", "type 2 diabetes"),
    ("I21.9", "heart attack"),
    ("I63.9", "stroke"),
    ("C50.919", "breast cancer"),
    ("C18.9", "colon cancer"),
    ("", "\"nerves\""),
];

/// What people say they come for; the first eight are for children too.
const COMPLAINTS: [&str; 16] = [
    "check-up",
    "cough x 5 days",
    "sore throat, fever",
    "ear pain",
    "headaches",
    "rash on arms",
    "stomach pain, nausea",
    "“just not right”",
    "blood pressure check",
    "back pain after lifting",
    "med refill",
    "diabetes follow-up",
    "knee pain",
    "feeling tired",
    "physical for work",
    "burning on urination",
];

pub(super) const PHARMACIES: [&str; 5] = [
    "Oakfield Drug",
    "Harlow Pharmacy #2",
    "Tansy Creek Apothecary",
    "Müller’s Pharmacy",
    "Alder Springs Discount Drug",
];

/// What is prescribed to a child, and to an adult.
pub(super) fn drugs(child: bool) -> &'static [Drug] {
    if child { &DRUGS[15..] } else { &DRUGS }
}

/// What people come for; children do not come with everything.
pub(super) fn complaints(child: bool) -> &'static [&'static str] {
    if child { &COMPLAINTS[..8] } else { &COMPLAINTS }
}

/// Whether a diagnosis fits somebody.
pub(super) fn fits(diagnosis: &Diagnosis, sex: Sex, age: i32) -> bool {
    (diagnosis.ages.0..=diagnosis.ages.1).contains(&age) && (diagnosis.icd != "N40.0" || sex == Sex::Male)
}
