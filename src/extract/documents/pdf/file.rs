//! Finds the objects of a PDF file, and unpacks its streams within a budget. It does not trust the cross-reference table: it
//! goes through the whole file, so that a damaged or cut file is read in the same way as a sound one. Where an object was
//! written more than once, the last one counts, as with incremental updates.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::budget::Budget;
use super::filters::{Unpacked, filters_of, unpack};
use super::object::{Dict, Lexer, Object, is_blank};

/// Objects read are kept until what they are written in is this much: most are asked for again.
const MAX_KEPT_BYTES: usize = 4 << 20;

/// Objects that point at objects that point at objects.
const MAX_HOPS: usize = 16;

pub struct File<'a> {
    bytes: &'a [u8],
    places: BTreeMap<u32, Place>,
    kept: RefCell<HashMap<u32, Object>>,
    kept_bytes: Cell<usize>,
    /// All objects are found.
    is_open: bool,
    pub root: Option<Object>,
    pub is_encrypted: bool,
    /// The end that every whole file has.
    pub has_end: bool,
    budget: Budget,
}

#[derive(Clone)]
struct Place {
    /// What holds the object: the file if None.
    holder: Option<Rc<Vec<u8>>>,
    at: usize,
    /// Where the bytes of its stream start and end, if it is one.
    stream: Option<(usize, usize)>,
    /// Where it or its holder is in the file: a later one counts.
    order: usize,
}

/// An object that has a dictionary and bytes.
#[derive(Clone, Debug)]
pub struct Stream {
    pub dict: Dict,
    start: usize,
    end: usize,
}

impl Stream {
    /// Where it starts in its file, which tells it from all others.
    pub fn start(&self) -> usize {
        self.start
    }
}

impl<'a> File<'a> {
    pub fn open(bytes: &'a [u8]) -> File<'a> {
        let mut file = File {
            bytes,
            places: BTreeMap::new(),
            kept: RefCell::new(HashMap::new()),
            kept_bytes: Cell::new(0),
            is_open: false,
            root: None,
            is_encrypted: false,
            has_end: memchr::memmem::rfind(bytes, b"startxref").is_some(),
            budget: Budget::new(bytes.len()),
        };
        let holders = file.scan();
        if !file.is_encrypted {
            for holder in holders {
                file.open_holder(&holder);
            }
        }
        file.is_open = true;
        file
    }

    /// The numbers of all objects.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.places.keys().copied()
    }

    /// The object itself where `object` only points at one.
    pub fn resolve(&self, object: &Object) -> Object {
        let mut object = object.clone();
        for _ in 0..MAX_HOPS {
            match object {
                Object::Reference(number) => object = self.object(number),
                other => return other,
            }
        }
        Object::Null
    }

    pub fn get(&self, dict: &Dict, key: &str) -> Object {
        dict.get(key).map_or(Object::Null, |object| self.resolve(object))
    }

    pub fn dict(&self, object: &Object) -> Option<Dict> {
        match self.resolve(object) {
            Object::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    pub fn dict_in(&self, dict: &Dict, key: &str) -> Option<Dict> {
        self.dict(dict.get(key)?)
    }

    /// The parts of a list; none if it is no list.
    pub fn array_in(&self, dict: &Dict, key: &str) -> Rc<Vec<Object>> {
        let Object::Array(parts) = self.get(dict, key) else { return Rc::default() };
        // Whoever asks goes through all of them.
        self.budget.spend(parts.len());
        parts
    }

    /// The numbers of a list, as in a rectangle.
    pub fn numbers_in(&self, dict: &Dict, key: &str) -> Vec<f64> {
        self.array_in(dict, key).iter().take(8).filter_map(|part| self.resolve(part).number()).collect()
    }

    pub fn number_in(&self, dict: &Dict, key: &str) -> Option<f64> {
        self.get(dict, key).number()
    }

    /// The stream that `object` points at.
    pub fn stream(&self, object: &Object) -> Option<Stream> {
        let mut object = object.clone();
        for _ in 0..MAX_HOPS {
            let Object::Reference(number) = object else { return None };
            let stream = self.places.get(&number)?.stream;
            object = self.object(number);
            if let (Some((start, end)), Object::Dict(dict)) = (stream, &object) {
                return Some(Stream { dict: dict.clone(), start, end });
            }
        }
        None
    }

    pub fn unpacked(&self, stream: &Stream) -> Unpacked {
        let packed = self.bytes.get(stream.start..stream.end).unwrap_or_default();
        let filters = filters_of(self, &stream.dict);
        let unpacked = unpack(packed, &filters, self.budget.left_bytes());
        match &unpacked {
            // A picture that only lies in the file costs nothing more than the file.
            Unpacked::Jpeg(_) if filters.len() == 1 => {}
            Unpacked::Plain(bytes) | Unpacked::Jpeg(bytes) => self.budget.unpacked(bytes.len()),
            Unpacked::TooLarge => self.budget.exhaust(),
            Unpacked::Unknown => {}
        }
        self.budget.spend(packed.len());
        unpacked
    }

    /// The plain bytes of a stream; none if it is a picture or too large.
    pub fn plain(&self, stream: &Stream) -> Vec<u8> {
        match self.unpacked(stream) {
            Unpacked::Plain(bytes) => bytes,
            Unpacked::Jpeg(_) | Unpacked::TooLarge | Unpacked::Unknown => Vec::new(),
        }
    }

    /// Whether the file costs more than any honest one.
    pub fn is_exhausted(&self) -> bool {
        self.budget.is_exhausted()
    }

    fn object(&self, number: u32) -> Object {
        let Some(place) = self.places.get(&number).filter(|_| !self.is_exhausted()) else { return Object::Null };
        if let Some(object) = self.kept.borrow().get(&number) {
            return object.clone();
        }
        let bytes = place.holder.as_deref().map_or(self.bytes, Vec::as_slice);
        let mut lexer = Lexer::new(bytes, place.at);
        let object = lexer.next().unwrap_or(Object::Null);
        let bytes = lexer.at.saturating_sub(place.at);
        self.budget.spend(bytes);
        // While the file is gone through, an object may still change.
        if self.is_open && self.kept_bytes.get() + bytes <= MAX_KEPT_BYTES {
            self.kept_bytes.set(self.kept_bytes.get() + bytes);
            self.kept.borrow_mut().insert(number, object.clone());
        }
        object
    }

    /// Notes all objects that stand in the file itself, and returns the streams that hold others.
    fn scan(&mut self) -> Vec<(Stream, usize)> {
        let bytes = self.bytes;
        let mut holders = Vec::new();
        let mut catalog = None;
        let mut at = 0;
        let mut has_stream_ends = true;
        let word = memchr::memmem::Finder::new(b"obj");
        while let Some(found) = bytes.get(at..).and_then(|rest| word.find(rest)).filter(|_| !self.is_exhausted()) {
            let start = at + found;
            self.note_trailers(at, start);
            at = start + 3;
            let Some(number) = number_before(bytes, start) else { continue };
            let mut lexer = Lexer::new(bytes, at);
            let object = lexer.next();
            self.budget.spend(lexer.at - at);
            let Some(object) = object else { continue };
            let mut stream = None;
            let place_at = at;
            at = lexer.at;
            if let Object::Dict(dict) = &object {
                if has_stream_ends && lexer.take_word("stream") {
                    let (start, end, found_end) = self.stream_ends(dict, lexer.at);
                    has_stream_ends = found_end;
                    stream = Some((start, end));
                    at = end;
                    if dict.is("Type", "ObjStm") {
                        holders.push((Stream { dict: dict.clone(), start, end }, start));
                    } else if dict.is("Type", "XRef") {
                        self.note_trailer(dict);
                    }
                } else if dict.is("Type", "Catalog") {
                    catalog = Some(Object::Reference(number));
                }
            }
            self.places.insert(number, Place { holder: None, at: place_at, stream, order: start });
        }
        self.note_trailers(at, bytes.len());
        self.root = self.root.take().or(catalog);
        holders
    }

    /// Where the bytes of a stream start and end, and whether its end was found.
    fn stream_ends(&self, dict: &Dict, word_end: usize) -> (usize, usize, bool) {
        let bytes = self.bytes;
        let line_end = match bytes.get(word_end..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\r' | b'\n', ..]) => 1,
            _ => 0,
        };
        let start = word_end + line_end;
        if let Some(length) = self.number_in(dict, "Length").filter(|length| *length >= 0.0) {
            let end = start.saturating_add(length as usize);
            if end <= bytes.len() && Lexer::new(bytes, end).take_word("endstream") {
                return (start, end, true);
            }
        }
        let rest = bytes.get(start..).unwrap_or_default();
        match memchr::memmem::find(rest, b"endstream") {
            Some(length) => {
                self.budget.spend(length);
                (start, start + length, true)
            }
            None => (start.min(bytes.len()), bytes.len(), false),
        }
    }

    fn note_trailers(&mut self, from: usize, to: usize) {
        let between = self.bytes.get(from..to).unwrap_or_default();
        for found in memchr::memmem::find_iter(between, b"trailer") {
            let at = from + found + "trailer".len();
            let mut lexer = Lexer::new(self.bytes, at);
            let object = lexer.next();
            self.budget.spend(lexer.at - at);
            if let Some(Object::Dict(dict)) = object {
                self.note_trailer(&dict);
            }
            if self.is_exhausted() {
                return;
            }
        }
    }

    fn note_trailer(&mut self, dict: &Dict) {
        if let Some(root) = dict.get("Root") {
            self.root = Some(root.clone());
        }
        self.is_encrypted |= dict.get("Encrypt").is_some_and(|encrypt| *encrypt != Object::Null);
    }

    /// Notes the objects that a stream of objects holds (ISO 32000-1, chapter 7.5.7).
    fn open_holder(&mut self, (stream, order): &(Stream, usize)) {
        if self.is_exhausted() {
            return;
        }
        let held = Rc::new(self.plain(stream));
        let first = stream.dict.number("First").unwrap_or(0.0).max(0.0) as usize;
        let count = stream.dict.number("N").unwrap_or(0.0).clamp(0.0, 1e6) as usize;
        let mut lexer = Lexer::new(&held, 0);
        let mut catalog = None;
        for _ in 0..count {
            let (Some(Object::Number(number)), Some(Object::Number(offset))) = (lexer.next(), lexer.next()) else {
                break;
            };
            let (number, at) = (number as u32, first.saturating_add(offset as usize));
            if self.places.get(&number).is_some_and(|place| place.order > *order) || at >= held.len() {
                continue;
            }
            if self.root.is_none()
                && matches!(Lexer::new(&held, at).next(), Some(Object::Dict(dict)) if dict.is("Type", "Catalog"))
            {
                catalog = Some(Object::Reference(number));
            }
            self.places.insert(number, Place { holder: Some(held.clone()), at, stream: None, order: *order });
        }
        self.root = self.root.take().or(catalog);
    }
}

/// The number of the object whose `obj` stands at `word`: `12 0 obj`.
fn number_before(bytes: &[u8], word: usize) -> Option<u32> {
    let skip = |mut end: usize, is_part: fn(u8) -> bool| {
        // Numbers and the blanks between them are short.
        let limit = end.saturating_sub(20);
        while end > limit && is_part(bytes[end - 1]) {
            end -= 1;
        }
        end
    };
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let generation_end = skip(word, is_blank);
    let generation = skip(generation_end, is_digit);
    let number_end = skip(generation, is_blank);
    let number = skip(number_end, is_digit);
    if generation == generation_end || number_end == generation || number == number_end {
        return None;
    }
    std::str::from_utf8(&bytes[number..number_end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: &[(u32, &str)]) {
        let file = File::open(written.as_bytes());
        let found: Vec<_> = file.numbers().map(|number| (number, format!("{:?}", file.object(number)))).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(number, object)| (*number, format!("{:?}", Lexer::new(object.as_bytes(), 0).next().unwrap())))
            .collect();
        assert_eq!(found, expected, "{written}");
    }

    #[test]
    fn objects_are_found_without_a_table() {
        check("1 0 obj 5 endobj 2 0 obj (a) endobj", &[(1, "5"), (2, "(a)")]);
        check("1 0 obj 5 endobj\n1 0 obj 6 endobj", &[(1, "6")]);
        check("x obj 5 endobj", &[]);
        check("1 0 obj [ 2 0 obj 7 endobj", &[(2, "7")]);
        check("1 0 obj <</Length 9>> stream\n3 0 obj 1\nendstream endobj", &[(1, "<</Length 9>>")]);
        check("1 0 obj <</Length 999>> stream\n3 0 obj 1\nendstream endobj", &[(1, "<</Length 999>>")]);
        check("1 0 obj <<>> stream\n3 0 obj 1", &[(1, "<<>>")]);
    }

    #[test]
    fn objects_in_a_stream_are_found_but_later_ones_count() {
        let holder = "9 0 obj <</Type/ObjStm /N 2 /First 8>> stream\n1 0 2 2\n7 8\nendstream endobj";
        let dict = "<</Type/ObjStm /N 2 /First 8>>";
        check(&format!("1 0 obj 5 endobj {holder}"), &[(1, "7"), (2, "8"), (9, dict)]);
        check(&format!("{holder} 1 0 obj 5 endobj"), &[(1, "5"), (2, "8"), (9, dict)]);
    }

    #[test]
    fn loops_end() {
        let file = File::open(b"1 0 obj 2 0 R endobj 2 0 obj [1 0 R] endobj 3 0 obj <</A 3 0 R>> endobj");
        assert_eq!(file.resolve(&Object::Reference(7)), Object::Null);
        assert!(file.stream(&Object::Reference(1)).is_none());
    }

    #[test]
    fn the_work_for_hostile_files_ends() {
        File::open("1 0 obj (".repeat(200_000).as_bytes());
        File::open("1 0 obj <<>> stream\n".repeat(200_000).as_bytes());
        File::open("trailer (".repeat(200_000).as_bytes());
        File::open("1 0 obj [[[[".repeat(200_000).as_bytes());
    }
}
