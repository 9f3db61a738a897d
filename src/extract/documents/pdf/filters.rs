//! Unpacks the streams of PDF files (ISO 32000-1, chapter 7.4), never to more than is asked for. Pictures are not decoded.

use std::io::Read;
use std::rc::Rc;

use super::file::File;
use super::object::{Dict, Object, unhex};

/// What is left to unpack, and how the bytes came out.
#[derive(Debug, PartialEq)]
pub enum Unpacked {
    Plain(Vec<u8>),
    /// All filters but the last are undone, and the rest is a JPEG picture.
    Jpeg(Vec<u8>),
    /// It would be more than allowed.
    TooLarge,
    /// A filter is not known here: another kind of picture, mostly.
    Unknown,
}

/// The filters of a stream, with the parameters of each.
pub fn filters_of(file: &File<'_>, dict: &Dict) -> Vec<(Vec<u8>, Predictor)> {
    let either = |long: &str, short: &str| match file.get(dict, long) {
        Object::Null => file.get(dict, short),
        found => found,
    };
    let filters = either("Filter", "F");
    let parameters = either("DecodeParms", "DP");
    match filters {
        Object::Name(name) => {
            // One filter may have its parameters in a list, too.
            let own = match parameters {
                Object::Array(parts) => parts.first().map_or(Object::Null, |part| file.resolve(part)),
                own => own,
            };
            vec![(name, Predictor::new(Some(&own)))]
        }
        Object::Array(names) => {
            let parameters = if let Object::Array(parts) = parameters { parts } else { Rc::default() };
            let named = names.iter().enumerate().take(16).filter_map(|(ordinal, name)| {
                let own = parameters.get(ordinal).map_or(Object::Null, |part| file.resolve(part));
                match file.resolve(name) {
                    Object::Name(name) => Some((name, Predictor::new(Some(&own)))),
                    _ => None,
                }
            });
            named.collect()
        }
        _ => Vec::new(),
    }
}

/// Undoes the filters of a stream, the first one first. What a damaged stream gives before its damage counts.
pub fn unpack(packed: &[u8], filters: &[(Vec<u8>, Predictor)], max_bytes: usize) -> Unpacked {
    let mut bytes = packed.to_vec();
    // A hostile chain could repeat itself many times.
    if filters.len() > 8 {
        return Unpacked::TooLarge;
    }
    for (name, predictor) in filters {
        let next = match name.as_slice() {
            b"FlateDecode" | b"Fl" => inflate(&bytes, max_bytes).map(|bytes| predictor.undo(bytes)),
            b"LZWDecode" | b"LZW" => {
                unpack_lzw(&bytes, predictor.is_early, max_bytes).map(|bytes| predictor.undo(bytes))
            }
            b"ASCIIHexDecode" | b"AHx" => Some(unhex(bytes.split(|b| *b == b'>').next().unwrap_or_default())),
            b"ASCII85Decode" | b"A85" => Some(unpack_ascii85(&bytes)),
            b"RunLengthDecode" | b"RL" => unpack_runs(&bytes, max_bytes),
            b"Crypt" => Some(bytes),
            b"DCTDecode" | b"DCT" => return Unpacked::Jpeg(bytes),
            _ => return Unpacked::Unknown,
        };
        match next {
            Some(next) => bytes = next,
            None => return Unpacked::TooLarge,
        }
    }
    if bytes.len() > max_bytes { Unpacked::TooLarge } else { Unpacked::Plain(bytes) }
}

/// How rows of bytes were made smaller before they were packed, and the variant of the packing.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    kind: usize,
    row_bytes: usize,
    pixel_bytes: usize,
    is_early: bool,
}

impl Predictor {
    pub fn new(parameters: Option<&Object>) -> Predictor {
        let number = |key: &str, otherwise: usize| match parameters {
            Some(Object::Dict(dict)) => dict.number(key).map_or(otherwise, |number| number.clamp(0.0, 1e6) as usize),
            _ => otherwise,
        };
        let pixel_bits = (number("Colors", 1) * number("BitsPerComponent", 8)).min(1 << 16);
        Predictor {
            kind: number("Predictor", 1),
            row_bytes: (pixel_bits * number("Columns", 1)).div_ceil(8),
            pixel_bytes: pixel_bits.div_ceil(8).max(1),
            is_early: number("EarlyChange", 1) != 0,
        }
    }

    /// PNG's predictors (PNG specification, chapter 9); TIFF's are for pictures only.
    fn undo(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.kind < 10 || self.row_bytes == 0 {
            return bytes;
        }
        let mut plain: Vec<u8> = Vec::with_capacity(bytes.len());
        let row_bytes = self.row_bytes.min(bytes.len());
        let mut before = vec![0; row_bytes];
        for packed in bytes.chunks(row_bytes + 1) {
            let Some((kind, packed)) = packed.split_first() else { break };
            let mut row = packed.to_vec();
            for column in 0..row.len() {
                let left_column = column.checked_sub(self.pixel_bytes);
                let left = left_column.map_or(0, |left| row[left]);
                let up = before[column];
                let corner = left_column.map_or(0, |left| before[left]);
                let guess = match kind {
                    1 => left,
                    2 => up,
                    3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                    4 => paeth(left, up, corner),
                    _ => 0,
                };
                row[column] = row[column].wrapping_add(guess);
            }
            plain.extend_from_slice(&row);
            row.resize(row_bytes, 0);
            before = row;
        }
        plain
    }
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |value: u8| (guess - i16::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}

/// None if it is more than `max_bytes`.
fn inflate(packed: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    let mut plain = read_up_to(flate2::read::ZlibDecoder::new(packed), max_bytes)?;
    if plain.is_empty() {
        // Some writers leave zlib's two bytes out, or wrong.
        plain = read_up_to(flate2::read::DeflateDecoder::new(packed), max_bytes)?;
        if plain.is_empty() {
            plain = read_up_to(flate2::read::DeflateDecoder::new(packed.get(2..).unwrap_or_default()), max_bytes)?;
        }
    }
    Some(plain)
}

fn read_up_to(reader: impl Read, max_bytes: usize) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    // An error ends it: what came before counts.
    let _ = reader.take(max_bytes as u64 + 1).read_to_end(&mut plain);
    (plain.len() <= max_bytes).then_some(plain)
}

fn unpack_ascii85(packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(packed.len());
    let mut group = Vec::with_capacity(5);
    for byte in packed.iter().take_while(|b| **b != b'~') {
        match byte {
            b'z' if group.is_empty() => plain.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            plain.extend(group_value(&group).to_be_bytes());
            group.clear();
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        plain.extend(group_value(&group).to_be_bytes().iter().take(kept));
    }
    plain
}

fn group_value(group: &[u8]) -> u32 {
    group.iter().fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)))
}

fn unpack_runs(packed: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut rest = packed;
    while let Some((length, behind)) = rest.split_first() {
        let length = usize::from(*length);
        rest = match length {
            0..128 => {
                let (copied, behind) = behind.split_at(behind.len().min(length + 1));
                plain.extend_from_slice(copied);
                behind
            }
            128 => break,
            _ => {
                let Some((byte, behind)) = behind.split_first() else { break };
                plain.resize(plain.len() + 257 - length, *byte);
                behind
            }
        };
        if plain.len() > max_bytes {
            return None;
        }
    }
    Some(plain)
}

const CLEAR: usize = 256;
const END: usize = 257;

/// LZW as TIFF has it: codes of 9 to 12 bits, which grow one code early if `is_early`.
fn unpack_lzw(packed: &[u8], is_early: bool, max_bytes: usize) -> Option<Vec<u8>> {
    let mut plain: Vec<u8> = Vec::new();
    // Where in `plain` the text of each code from 258 on starts, and its length.
    let mut texts: Vec<(usize, usize)> = Vec::new();
    let mut before: Option<(usize, usize)> = None;
    let (mut bits, mut held, mut width) = (0_u32, 0, 9);
    for byte in packed {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held) as usize & ((1 << width) - 1);
        bits &= (1 << held) - 1;
        match code {
            CLEAR => {
                texts.clear();
                before = None;
                width = 9;
                continue;
            }
            END => break,
            _ => {}
        }
        let start = plain.len();
        if code < CLEAR {
            plain.push(code as u8);
        } else if let Some((from, length)) = texts.get(code - 258).copied() {
            plain.extend_from_within(from..from + length);
        } else if let Some((from, length)) = before {
            // The code that is just being made: the text before, and its first byte once more.
            plain.extend_from_within(from..from + length);
            plain.push(plain[from]);
        } else {
            break;
        }
        if let Some((from, length)) = before
            && texts.len() < 4096 - 258
        {
            // The text before and the first byte of this one, which follows it.
            texts.push((from, length + 1));
        }
        before = Some((start, plain.len() - start));
        let next = texts.len() + 258 + usize::from(is_early);
        width = if next >= 2048 {
            12
        } else if next >= 1024 {
            11
        } else if next >= 512 {
            10
        } else {
            9
        };
        if plain.len() > max_bytes {
            return None;
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn check(filter: &str, packed: &[u8], expected: &[u8]) {
        let filters = [(filter.as_bytes().to_vec(), Predictor::new(None))];
        assert_eq!(unpack(packed, &filters, 1000), Unpacked::Plain(expected.to_vec()), "{filter}");
    }

    fn deflated(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn filters_are_undone() {
        check("FlateDecode", &deflated(b"abcabc"), b"abcabc");
        check("FlateDecode", &deflated(b"abcabc")[2..], b"abcabc");
        check("FlateDecode", b"no zlib at all", b"");
        check("ASCIIHexDecode", b"4 1 42>rest", b"AB");
        check("ASCII85Decode", b"87cURD]i,\"Ebo80~>", b"Hello World!");
        check("ASCII85Decode", b"z87cUR~>", b"\0\0\0\0Hell");
        check("RunLengthDecode", b"\x02abc\xfed\x80x", b"abcddd");
        // The example of ISO 32000-1, chapter 7.4.4.2.
        check("LZWDecode", b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", b"-----A---B");
        check("LZWDecode", b"\xff\xff\xff", b"");
    }

    #[test]
    fn nothing_grows_above_the_limit() {
        let flate = (b"FlateDecode".to_vec(), Predictor::new(None));
        let runs = (b"RunLengthDecode".to_vec(), Predictor::new(None));
        let bomb = deflated(&vec![0; 100_000]);
        assert_eq!(unpack(&bomb, std::slice::from_ref(&flate), 1000), Unpacked::TooLarge);
        assert_eq!(unpack(&deflated(&bomb), &[flate.clone(), flate.clone()], 1000), Unpacked::TooLarge);
        assert_eq!(unpack(&[0x81; 100], &[runs], 1000), Unpacked::TooLarge);
        assert_eq!(unpack(&bomb, &vec![flate; 20], 1 << 20), Unpacked::TooLarge);
    }

    #[test]
    fn predicted_rows_are_restored() {
        let parameters = |text: &str| super::super::object::Lexer::new(text.as_bytes(), 0).next();
        let predictor = Predictor::new(parameters("<</Predictor 12 /Columns 3>>").as_ref());
        assert_eq!(predictor.undo(b"\x02\x01\x02\x03\x02\x01\x01\x01\x01\x05\x01".to_vec()), [1, 2, 3, 2, 3, 4, 5, 6]);
        let odd = Predictor::new(parameters("<</Predictor 15 /Columns 1000000000 /Colors 9999 >>").as_ref());
        assert_eq!(odd.undo(vec![4, 1, 2]), [1, 2]);
    }

    #[test]
    fn a_jpeg_is_left_as_it_is() {
        let chain = ["ASCIIHexDecode", "DCTDecode"].map(|name| (name.as_bytes().to_vec(), Predictor::new(None)));
        assert_eq!(unpack(b"FFD8>", &chain, 1000), Unpacked::Jpeg(vec![0xff, 0xd8]));
    }
}
