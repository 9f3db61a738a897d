//! Counts pages, and tells pictures that were cut off. What is in the pages is not looked at.

use std::collections::HashSet;

use super::{DocumentKind, docx, pdf};

/// More than any scan has.
const MAX_DIRECTORIES: u32 = 65_536;

/// None where the kind has no pages, or they cannot be counted.
pub fn pages(kind: DocumentKind, bytes: &[u8]) -> Option<u32> {
    match kind {
        DocumentKind::Pdf => pdf::page_count(bytes),
        DocumentKind::Docx => docx::page_count(bytes),
        DocumentKind::Tiff => Some(directories(bytes).0).filter(|count| *count > 0),
        DocumentKind::Jpeg | DocumentKind::Png | DocumentKind::Gif | DocumentKind::Bmp => Some(1),
        _ => None,
    }
}

/// Whether the end is missing, as far as the kind shows it.
pub fn is_cut(kind: DocumentKind, bytes: &[u8]) -> bool {
    // Some programs write a few bytes of their own behind a picture.
    let tail = &bytes[bytes.len().saturating_sub(64 << 10)..];
    match kind {
        DocumentKind::Png => memchr::memmem::rfind(tail, b"IEND").is_none(),
        DocumentKind::Jpeg => memchr::memmem::rfind(tail, b"\xff\xd9").is_none(),
        DocumentKind::Gif => memchr::memrchr(b';', tail).is_none(),
        DocumentKind::Bmp => whole(bytes, 2, 4, true).is_none_or(|length| length > bytes.len() as u64),
        DocumentKind::Tiff => !directories(bytes).1,
        DocumentKind::Rtf => !bytes.trim_ascii_end().iter().rev().take(64).any(|b| *b == b'}'),
        _ => false,
    }
}

/// How many pictures a TIFF file has, and whether their chain is whole (TIFF 6.0, section 2; BigTIFF).
fn directories(bytes: &[u8]) -> (u32, bool) {
    let is_little = bytes.first() == Some(&b'I');
    let is_big = bytes.get(2..4).is_some_and(|version| version.contains(&43));
    let number = |at: u64, length: usize| whole(bytes, usize::try_from(at).ok()?, length, is_little);
    let (count_bytes, entry_bytes, offset_bytes) = if is_big { (8, 20, 8) } else { (2, 12, 4) };
    let mut next = if is_big { number(8, 8) } else { number(4, 4) };
    let mut seen = HashSet::new();
    loop {
        let count = seen.len() as u32;
        let Some(at) = next else { return (count, false) };
        if at == 0 {
            return (count, count > 0);
        }
        let entries = number(at, count_bytes);
        let end = entries
            .and_then(|entries| entries.checked_mul(entry_bytes)?.checked_add(at)?.checked_add(count_bytes as u64));
        let Some(end) = end.filter(|end| *end <= bytes.len() as u64) else { return (count, false) };
        if count >= MAX_DIRECTORIES || !seen.insert(at) {
            return (count, false);
        }
        next = number(end, offset_bytes);
    }
}

/// The number that `length` bytes from `at` on stand for.
fn whole(bytes: &[u8], at: usize, length: usize, is_little: bool) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    Some(if is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directories of one entry each, at the given places, chained in this order; the last points at `then`.
    fn tiff(places: &[u32], then: u32) -> Vec<u8> {
        let mut bytes = b"II*\0".to_vec();
        bytes.extend(places[0].to_le_bytes());
        for (ordinal, place) in places.iter().enumerate() {
            bytes.resize(bytes.len().max(*place as usize + 18), 0);
            let next = places.get(ordinal + 1).copied().unwrap_or(then);
            bytes[*place as usize] = 1;
            bytes[*place as usize + 14..*place as usize + 18].copy_from_slice(&next.to_le_bytes());
        }
        bytes
    }

    fn check(bytes: &[u8], expected: Option<u32>, is_whole: bool) {
        assert_eq!(pages(DocumentKind::Tiff, bytes), expected);
        assert_eq!(!is_cut(DocumentKind::Tiff, bytes), is_whole);
    }

    #[test]
    fn the_pictures_of_a_tiff_are_counted() {
        check(&tiff(&[8], 0), Some(1), true);
        check(&tiff(&[8, 60, 30], 0), Some(3), true);
        check(&tiff(&[8, 60, 30], 8), Some(3), false);
        check(&tiff(&[8], 8), Some(1), false);
        check(&tiff(&[8], 999), Some(1), false);
        check(&tiff(&[8, 30], 0)[..40], Some(1), false);
        check(b"II*\0", None, false);
        check(b"II*\0\xff\xff\xff\xff", None, false);
        check(b"MM\0*\0\0\0\x08\0\0\0\0\0\0", Some(1), true);
        let big = [&b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0"[..], &[0; 16]].concat();
        check(&big, Some(1), true);
        check(&[&big[..16], &[0xff; 16]].concat(), None, false);
    }
}
