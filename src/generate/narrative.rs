//! Free text: doctor's notes and operative notes, in several lines, with the commas, quotes and accents that people type.

use super::names::Sex;
use super::random::Random;
use std::fmt::Write;

const HISTORY: [&str; 8] = [
    "No fever, no chills.",
    "Started about a week ago, worse at night.",
    "Says it is \"about the same\" as last time.",
    "Taking all meds as directed, no side effects.",
    "Forgot pills most weekends; we talked about a pill box.",
    "Spouse reports snoring, some daytime sleepiness.",
    "Works at the quarry, lifts all day.",
    "Drinks 2–3 cups of coffee, no alcohol.",
];
const EXAM: [&str; 7] = [
    "Alert, no distress. Lungs clear, heart regular, no murmur.",
    "TMs clear, throat mildly red, no exudate.",
    "Abdomen soft, non-tender; bowel sounds normal.",
    "Temp 38.4 °C at home per patient, afebrile here.",
    "Knee: mild effusion, ROM 0–110°, stable.",
    "Skin: scattered patches, no sign of infection.",
    "Feet: pulses 2+, monofilament felt 10/10.",
];
const PLAN: [&str; 9] = [
    "Continue present meds.",
    "Recheck in 3 months, labs before visit.",
    "Rest, fluids, call if worse.",
    "Discussed diet & exercise; handout given.",
    "Refer to PT, 2x/week for 4 weeks.",
    "Copay of €20 paid in euros (visitor), see ledger.",
    "Reviewed “when to go to the ER” sheet, patient verbalized understanding.",
    "Start low dose, titrate; recheck BP in 2 weeks.",
    "Will ask Dr. Müller’s office for the old records.",
];

/// The body of a note on a visit for `complaint`.
pub(super) fn note_body(sex: Sex, age: i32, complaint: &str, signature: &str, random: &mut Random) -> String {
    let person = match (sex, age) {
        (Sex::Female, 0..18) => "girl",
        (Sex::Male, 0..18) => "boy",
        (Sex::Female, _) => "woman",
        (Sex::Male, _) => "man",
    };
    let mut body = String::with_capacity(400);
    let history = random.pick(&HISTORY);
    let _ = write!(body, "S: {age} y/o {person} here for {complaint}. {history}\r\n");
    let _ = write!(body, "O: {}\r\n", random.pick(&EXAM));
    let _ = write!(body, "A/P: {}, {}", complaint, random.pick(&PLAN));
    if random.chance(30) {
        let _ = write!(body, " {}", random.pick(&PLAN));
    }
    let _ = write!(body, "\r\n-- {signature}");
    body
}

/// An operative note.
pub(super) fn operative_note(
    procedure: &str,
    site: &str,
    anesthesia: &str,
    implant: Option<&str>,
    random: &mut Random,
) -> String {
    let findings =
        random.pick(&["as expected", "mild scarring", "no surprise", "small \"chocolate\" cyst, left alone"]);
    let mut note = format!(
        "PROCEDURE: {procedure}\r\nSITE: {site}, marked and confirmed in time-out\r\nANESTHESIA: {anesthesia}\r\n\
         FINDINGS: {findings}\r\nBlood loss minimal, counts correct x 2.\r\n"
    );
    if let Some(implant) = implant {
        let _ = write!(note, "IMPLANT: {implant}; sticker placed in chart.\r\n");
    }
    note.push_str("Patient tolerated it well, to recovery in stable condition.");
    note
}
