//! Text that was UTF-8 and was read as windows-1252 on its way into the source: `JosÃ©` where somebody wrote `José`.
//!
//! Only what can be proven counts: all of the text goes back into bytes of windows-1252, these are UTF-8 throughout, and what they say
//! is made of characters that people write. `JOÃO` is none: behind the byte of `Ã` stands none that goes on. `NESTLÉ®` and `AMANHÃ…`
//! are none either, although their bytes could be: capitals with the sign that follows a word.

use encoding_rs::WINDOWS_1252;

/// The text as it was before it was read wrongly, once or twice; none where it is as it was written.
pub fn before_mojibake(text: &str) -> Option<String> {
    if !has_pairs(text.as_bytes()) {
        return None;
    }
    let once = undone(text)?;
    let twice = undone(&once);
    // Controls are what is halfway through, and nothing that anybody wrote.
    let is_text = |text: &String| !text.chars().any(|c| matches!(c, '\u{80}'..='\u{9f}'));
    twice.into_iter().chain([once]).find(is_text)
}

/// Whether a character that the first byte of a sequence of UTF-8 looks like stands before one that a later byte looks like: the
/// least of what is needed, found at little cost.
fn has_pairs(bytes: &[u8]) -> bool {
    // `Â` to `ô`, then U+0080 to U+00BF or one of the signs that windows-1252 has in the place of controls.
    memchr::memchr_iter(0xc3, bytes).any(|at| {
        matches!(bytes.get(at + 1), Some(0x82..=0xb4))
            && matches!(bytes.get(at + 2), Some(0xc2 | 0xc5 | 0xc6 | 0xcb | 0xe2))
    })
}

fn undone(text: &str) -> Option<String> {
    let (bytes, _, is_otherwise) = WINDOWS_1252.encode(text);
    if is_otherwise {
        return None;
    }
    String::from_utf8(bytes.into_owned()).ok().filter(|before| is_proven(text, before))
}

/// Whether one text is what reading another wrongly made of it, and no text of its own.
fn is_proven(text: &str, before: &str) -> bool {
    let mut signs = text.chars().peekable();
    let mut last = None;
    let mut last_before: Option<char> = None;
    let (mut is_proven, mut foreign) = (false, 0);
    for c in before.chars() {
        // Each byte of it is a sign of the text.
        let (mut sign, mut second) = (signs.next(), None);
        for at in 1..c.len_utf8() {
            sign = signs.next();
            second = if at == 1 { sign } else { None };
        }
        if !c.is_ascii() {
            let is_word = last_before.is_some_and(char::is_alphabetic);
            match script(c) {
                Script::Known => {}
                Script::Mark if is_word => {}
                Script::Foreign => foreign += 1,
                Script::Mark | Script::Strange => return false,
            }
            is_proven |= !second.is_some_and(|second| is_end_of_word(last, second, signs.peek().copied()));
        }
        (last, last_before) = (sign, Some(c));
    }
    // One letter of another alphabet is none of its words.
    is_proven && foreign != 1
}

/// Whether capitals end before a sign that follows words, behind the letter that stands before it.
fn is_end_of_word(before: Option<char>, sign: char, after: Option<char>) -> bool {
    before.is_some_and(char::is_uppercase)
        && match sign {
            '\u{a0}' | '»' | '®' | '’' | '—' => true,
            '…' | '–' | '”' | '›' | '™' => !after.is_some_and(char::is_alphabetic),
            _ => false,
        }
}

enum Script {
    /// Latin and Greek letters, punctuation, signs, pictures.
    Known,
    /// It belongs to the letter before it.
    Mark,
    /// Another alphabet.
    Foreign,
    /// Controls, letters of phonetics and the like.
    Strange,
}

fn script(c: char) -> Script {
    match u32::from(c) {
        // Signs of windows-1252, and the controls that stand for those it lacks: text that was read wrongly twice is full of them.
        0x81 | 0x8d | 0x8f | 0x90 | 0x9d | 0x192 | 0x2c6 | 0x2dc => Script::Known,
        0xa0..=0x17f | 0x1a0 | 0x1a1 | 0x1af | 0x1b0 | 0x218..=0x21b | 0x370..=0x3ff => Script::Known,
        0x300..=0x36f => Script::Mark,
        0x1e00..=0x1fff | 0x2000..=0x2bff | 0xfb00..=0xfb06 | 0xfeff | 0x1_0000.. => Script::Known,
        0x400..=0x4ff | 0x590..=0x6ff | 0x900..=0x11ff | 0x3000..=0xd7ff | 0xf900..=0xfaff => Script::Foreign,
        _ => Script::Strange,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn garbled(text: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn what_was_read_wrongly_is_read_again() {
        for (text, before) in [
            ("JosÃ©", "José"),
            ("JosÃƒÂ©", "José"),
            ("Oâ€™Neil", "O’Neil"),
            ("cittÃ\u{a0}", "città"),
            ("MÃ¼ller, KÃ¶ln", "Müller, Köln"),
            ("Ã\u{81}lvaro", "Álvaro"),
            ("37,5 Â°C", "37,5 °C"),
            ("Å�ukasz".replace('\u{fffd}', "\u{81}").as_str(), "Łukasz"),
            ("ðŸ˜€", "😀"),
            ("JOSÃ‰", "JOSÉ"),
            ("BJÃ–RK", "BJÖRK"),
            ("5 Î¼g", "5 μg"),
            ("ÐœÐ°ÑˆÐ°", "Маша"),
            ("JoseÌ\u{81}", "Jose\u{301}"),
        ] {
            assert_eq!(before_mojibake(text).as_deref(), Some(before), "{text}");
        }
    }

    #[test]
    fn what_somebody_wrote_is_left() {
        for text in [
            "JOÃO",
            "Ã",
            "IRMÃ",
            "MAÇÃ",
            "São Tomé",
            "Âge",
            "naïve",
            "Łukasz",
            "10 €",
            "“Ãh”",
            "É©",
            "Ångström",
            "NESTLÉ®",
            "ANDRÉ’S",
            "AMANHÃ…",
            "AMANHÃ — HOJE",
            "IRMÃ\u{a0}MARIA",
            "É…",
            "Spaß…",
            "CAFÉ™",
            "LUNEDÌ…",
            "Ó…",
            "BEBÊ’",
            "Ñ”",
            "José Ã©",
            "Ã© and Ж",
            "",
            "plain",
            "Ã\u{fffd}",
            "Ã ",
            "Nguyễn",
            "ﬁ Ã©\u{2028}",
        ] {
            assert_eq!(before_mojibake(text), None, "{text}");
        }
    }

    proptest! {
        /// What is changed is what reading it wrongly makes of the outcome: nothing is lost by it.
        #[test]
        fn a_change_can_be_taken_back(text in "[a-zÂÃâåæÅð€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u{80}-\u{bf}]{0,8}") {
            if let Some(before) = before_mojibake(&text) {
                prop_assert!(garbled(&before) == text || garbled(&garbled(&before)) == text);
                prop_assert_ne!(before, text);
            }
        }

        /// Accented letters between others, as people's names have them, are never touched.
        #[test]
        fn letters_between_others_are_left(text in "([A-Za-z .,'-][À-ÿŠŽšžŒœŸ]?){0,12}") {
            prop_assert_eq!(before_mojibake(&text), None);
        }

        #[test]
        fn all_that_was_read_wrongly_is_found(text in "[a-z]{0,3}([À-ÿ€Ā-ſ]{1,3}|[א-ת]{2,3}|[一-三]{2})[a-z]{0,3}", twice: bool) {
            prop_assume!(before_mojibake(&text).is_none());
            let wrong = if twice { garbled(&garbled(&text)) } else { garbled(&text) };
            prop_assert_eq!(before_mojibake(&wrong), Some(text));
        }
    }
}
