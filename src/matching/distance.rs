//! How far two spellings are apart: optimal string alignment, and a sketch that shows cheaply that they are far.

/// Letters of a text as bits: A to Z, then everything else by its value. One edit changes two of them at most.
pub fn letters(text: &str) -> u32 {
    text.bytes().fold(0, |letters, byte| {
        letters
            | match byte.to_ascii_uppercase() {
                b' ' => 0,
                byte @ b'A'..=b'Z' => 1 << (byte - b'A'),
                byte => 1 << (26 + byte % 6),
            }
    })
}

/// Letters in which two texts may differ and still be spellings of one.
const APART: u32 = 5;

/// Whether two sets of letters are near enough for their texts to be alike.
pub fn may_be_alike(left: u32, right: u32) -> bool {
    (left ^ right).count_ones() <= APART
}

/// The optimal string alignment distance: insertions, deletions, substitutions and transpositions of neighbours, none of
/// them edited twice. In bits (Hyyrö 2003) where both are ASCII and one is short enough.
pub fn edits(left: &str, right: &str) -> usize {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    if short.len() > 64 || !short.is_ascii() || !long.is_ascii() {
        return strsim::osa_distance(left, right);
    }
    if short.is_empty() {
        return long.len();
    }
    let mut places = [0u64; 128];
    short.bytes().enumerate().for_each(|(at, byte)| places[byte as usize] |= 1 << at);
    let last = 1u64 << (short.len() - 1);
    let mut distance = short.len();
    // The cells of a column that are one more, or one less, than the cell above, and those equal to the one up left.
    let (mut more, mut less, mut same, mut before) = (u64::MAX, 0u64, 0u64, 0u64);
    for byte in long.bytes() {
        let matches = places[byte as usize];
        let transposed = ((!same & matches) << 1) & before;
        same = ((matches & more).wrapping_add(more) ^ more) | matches | less | transposed;
        let mut more_right = less | !(same | more);
        let mut less_right = same & more;
        distance += usize::from(more_right & last != 0);
        distance -= usize::from(less_right & last != 0);
        more_right = more_right << 1 | 1;
        less_right <<= 1;
        more = less_right | !(same | more_right);
        less = more_right & same;
        before = matches;
    }
    distance
}

/// The similarity of Jaro and Winkler (Winkler 1990), 0 to 1; a common prefix counts up to four letters.
pub fn jaro_winkler(left: &str, right: &str) -> f64 {
    if left.len() > 64 || right.len() > 64 || !left.is_ascii() || !right.is_ascii() {
        return strsim::jaro_winkler(left, right);
    }
    let (a, b) = (left.as_bytes(), right.as_bytes());
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 1.0 } else { 0.0 };
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut taken_a, mut taken_b) = (0u64, 0u64);
    for (at, byte) in a.iter().enumerate() {
        let end = b.len().min(at + reach + 1);
        let found = (at.saturating_sub(reach)..end).find(|other| taken_b & 1 << other == 0 && b[*other] == *byte);
        if let Some(other) = found {
            taken_a |= 1 << at;
            taken_b |= 1 << other;
        }
    }
    let matches = taken_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let (mut rest_a, mut rest_b, mut out_of_order) = (taken_a, taken_b, 0u32);
    while rest_a != 0 {
        out_of_order += u32::from(a[rest_a.trailing_zeros() as usize] != b[rest_b.trailing_zeros() as usize]);
        rest_a &= rest_a - 1;
        rest_b &= rest_b - 1;
    }
    let matches = f64::from(matches);
    let transposed = f64::from(out_of_order / 2);
    let jaro = (matches / a.len() as f64 + matches / b.len() as f64 + (matches - transposed) / matches) / 3.0;
    let prefix = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count() as f64;
    // Only of texts that are alike already does a common beginning say more.
    if jaro > 0.7 { jaro + 0.1 * prefix * (1.0 - jaro) } else { jaro }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_distance_is_that_of_the_book(left in "[ABC ]{0,12}", right in "[ABC ]{0,12}") {
            prop_assert_eq!(edits(&left, &right), strsim::osa_distance(&left, &right));
        }

        #[test]
        fn the_similarity_is_that_of_the_book(left in "[A-D]{0,9}", right in "[A-D]{0,9}") {
            let (ours, theirs) = (jaro_winkler(&left, &right), strsim::jaro_winkler(&left, &right));
            prop_assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
        }

        #[test]
        fn one_edit_changes_two_letters_at_most(text in "[A-Z]{2,10}", at in 0usize..10, letter in b'A'..=b'Z') {
            let mut other = text.clone().into_bytes();
            let at = at % other.len();
            other[at] = letter;
            let other = String::from_utf8(other).expect("letters");
            prop_assert!((letters(&text) ^ letters(&other)).count_ones() <= 2);
        }
    }

    #[test]
    fn long_and_foreign_texts_are_measured_too() {
        let long = "A".repeat(70);
        assert_eq!(edits(&long, &format!("{long}B")), 1);
        assert_eq!(edits("ИВАН", "ИВНА"), 1);
        assert_eq!(edits("", "AB"), 2);
    }
}
