//! Goes through what a page draws (ISO 32000-1, chapters 8 and 9) and keeps its texts with their places, and its pictures.
//! Order of reading is `layout`.

use std::collections::HashMap;
use std::rc::Rc;

use super::file::{File, Stream};
use super::font::Font;
use super::layout::Piece;
use super::object::{Dict, Lexer, Object};

/// What all pages of one file may do; drawings that draw each other count each time.
const MAX_OPERATIONS: usize = 16_000_000;

const MAX_PIECES: usize = 500_000;

/// Of one page.
const MAX_TEXT_BYTES: usize = 4 << 20;

/// Drawings in drawings.
const MAX_DEPTH: usize = 8;

const MAX_SAVED_STATES: usize = 256;

const MAX_OPERANDS: usize = 64;

/// Letters that are set this many sizes apart are not of one piece.
const WIDE_SPACE: f64 = 0.2;

/// So is what is moved apart by so many thousandths of the size.
const WIDE_MOVE: f64 = 100.0;

/// `[a b c d e f]`: x' = ax + cy + e, y' = bx + dy + f.
pub type Matrix = [f64; 6];

pub const UNCHANGED: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// Goes through the pages of one file.
pub struct Painter<'f> {
    file: &'f File<'f>,
    fonts: HashMap<u32, Rc<Font>>,
    /// Stands for one that the file does not tell.
    unknown: Rc<Font>,
    /// The forms that are being drawn, by where they start: none of them is drawn within itself.
    open_forms: Vec<usize>,
    operations: usize,
    text_bytes: usize,
    /// The texts of the page.
    pieces: Vec<Piece>,
    /// The pictures of the page, in the order they are drawn.
    pictures: Vec<Stream>,
    /// Characters that a font does not tell, and those that it does.
    pub untold: usize,
    pub told: usize,
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

/// Where the next text and the next line go.
struct Pen {
    text: Matrix,
    line: Matrix,
}

impl<'f> Painter<'f> {
    pub fn new(file: &'f File<'f>) -> Painter<'f> {
        Painter {
            file,
            fonts: HashMap::new(),
            unknown: Rc::new(Font::unknown()),
            open_forms: Vec::new(),
            operations: 0,
            text_bytes: 0,
            pieces: Vec::new(),
            pictures: Vec::new(),
            untold: 0,
            told: 0,
        }
    }

    /// What was drawn since the last call.
    pub fn take_page(&mut self) -> (Vec<Piece>, Vec<Stream>) {
        self.text_bytes = 0;
        (std::mem::take(&mut self.pieces), std::mem::take(&mut self.pictures))
    }

    /// Whether the file costs more than any honest one.
    pub fn is_exhausted(&self) -> bool {
        self.operations >= MAX_OPERATIONS || self.file.is_exhausted()
    }

    pub fn draw(&mut self, content: &[u8], resources: &Dict, matrix: Matrix) {
        self.draw_at(content, resources, matrix, 0);
    }

    /// Draws a form: a drawing with resources of its own.
    pub fn draw_form(&mut self, form: &Stream, resources: &Dict, matrix: Matrix, depth: usize) {
        if depth > MAX_DEPTH || self.open_forms.contains(&form.start()) || self.is_exhausted() {
            return;
        }
        self.open_forms.push(form.start());
        let own = self.file.dict_in(&form.dict, "Resources");
        let content = self.file.plain(form);
        let matrix = times(self.matrix_in(&form.dict, "Matrix"), matrix);
        self.draw_at(&content, own.as_ref().unwrap_or(resources), matrix, depth);
        self.open_forms.pop();
    }

    pub fn matrix_in(&self, dict: &Dict, key: &str) -> Matrix {
        let numbers = self.file.numbers_in(dict, key);
        numbers.try_into().unwrap_or(UNCHANGED)
    }

    fn draw_at(&mut self, content: &[u8], resources: &Dict, matrix: Matrix, depth: usize) {
        let mut state = State {
            matrix,
            font: None,
            size: 0.0,
            letter_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let mut saved: Vec<State> = Vec::new();
        let mut pen = Pen { text: UNCHANGED, line: UNCHANGED };
        let fonts = self.file.dict_in(resources, "Font").unwrap_or_default();
        let drawings = self.file.dict_in(resources, "XObject").unwrap_or_default();
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        while lexer.at < content.len() && !self.is_exhausted() {
            let Some(object) = lexer.next() else { continue };
            let Object::Word(operator) = object else {
                if operands.len() < MAX_OPERANDS {
                    operands.push(object);
                }
                continue;
            };
            self.operations += 1;
            let number = |ordinal: usize| operands.get(ordinal).and_then(Object::number).unwrap_or(0.0);
            let six = || [number(0), number(1), number(2), number(3), number(4), number(5)];
            match operator.as_slice() {
                b"q" if saved.len() < MAX_SAVED_STATES => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => state.matrix = times(six(), state.matrix),
                b"BT" => pen = Pen { text: UNCHANGED, line: UNCHANGED },
                b"Tf" => {
                    state.font = operands.first().and_then(Object::name).and_then(|name| self.font(&fonts, name));
                    state.size = number(1);
                }
                b"Tc" => state.letter_space = number(0),
                b"Tw" => state.word_space = number(0),
                b"Tz" => state.stretch = number(0) / 100.0,
                b"TL" => state.leading = number(0),
                b"Ts" => state.rise = number(0),
                b"Td" => pen.move_line(number(0), number(1)),
                b"TD" => {
                    state.leading = -number(1);
                    pen.move_line(number(0), number(1));
                }
                b"Tm" => pen = Pen { text: six(), line: six() },
                b"T*" => pen.move_line(0.0, -state.leading),
                b"Tj" => self.show(&state, &mut pen, &operands),
                b"TJ" => {
                    if let Some(Object::Array(parts)) = operands.first() {
                        self.show(&state, &mut pen, parts);
                    }
                }
                b"'" => {
                    pen.move_line(0.0, -state.leading);
                    self.show(&state, &mut pen, &operands);
                }
                b"\"" => {
                    state.word_space = number(0);
                    state.letter_space = number(1);
                    pen.move_line(0.0, -state.leading);
                    self.show(&state, &mut pen, operands.get(2..).unwrap_or_default());
                }
                b"Do" => {
                    let name = operands.first().and_then(Object::name);
                    let object = name.and_then(|name| drawings.get_bytes(name));
                    let drawing = object.and_then(|object| self.file.stream(object));
                    if let Some(drawing) = drawing {
                        if drawing.dict.is("Subtype", "Image") {
                            self.pictures.push(drawing);
                        } else {
                            self.draw_form(&drawing, resources, state.matrix, depth + 1);
                        }
                    }
                }
                b"BI" => lexer.skip_inline_image(),
                _ => {}
            }
            operands.clear();
        }
    }

    fn font(&mut self, fonts: &Dict, name: &[u8]) -> Option<Rc<Font>> {
        let object = fonts.get_bytes(name)?;
        let number = if let Object::Reference(number) = object { Some(*number) } else { None };
        if let Some(font) = number.and_then(|number| self.fonts.get(&number)) {
            return Some(font.clone());
        }
        let font = Rc::new(Font::read(self.file, &self.file.dict(object)?));
        self.operations += font.cost();
        if let Some(number) = number {
            self.fonts.insert(number, font.clone());
        }
        Some(font)
    }

    /// Shows texts, and the moves between them in thousandths of the size.
    fn show(&mut self, state: &State, pen: &mut Pen, parts: &[Object]) {
        let font = state.font.clone().unwrap_or_else(|| self.unknown.clone());
        let mut text = String::new();
        let mut start = pen.text;
        let mut end = pen.text;
        for part in parts {
            match part {
                Object::Text(shown) => {
                    for glyph in font.glyphs(shown) {
                        self.operations += 1;
                        *(if glyph.text.is_empty() { &mut self.untold } else { &mut self.told }) += 1;
                        if text.is_empty() {
                            start = pen.text;
                        }
                        text.push_str(&glyph.text);
                        pen.advance(glyph.width / 1000.0 * state.size * state.stretch);
                        end = pen.text;
                        let word_space = if glyph.is_word_space { state.word_space } else { 0.0 };
                        let space = state.letter_space + word_space;
                        pen.advance(space * state.stretch);
                        // Some printer drivers part words so.
                        if space > WIDE_SPACE * state.size.abs() {
                            self.keep(state, start, end, std::mem::take(&mut text));
                        }
                        if text.len() > MAX_TEXT_BYTES {
                            return;
                        }
                    }
                }
                Object::Number(back) => {
                    pen.advance(-back / 1000.0 * state.size * state.stretch);
                    // Small moves bring letters closer together. What is further away is a piece of its own.
                    if back.abs() > WIDE_MOVE {
                        self.keep(state, start, end, std::mem::take(&mut text));
                    }
                }
                _ => {}
            }
        }
        self.keep(state, start, end, text);
    }

    fn keep(&mut self, state: &State, start: Matrix, end: Matrix, text: String) {
        self.text_bytes += text.len();
        if text.is_empty() || self.pieces.len() >= MAX_PIECES || self.text_bytes > MAX_TEXT_BYTES {
            return;
        }
        let matrix = times(start, state.matrix);
        let end = times(end, state.matrix);
        let size = (state.size * matrix[2].hypot(matrix[3])).abs();
        // A negative size turns the text as a half turn does.
        let (along_x, along_y) = (matrix[0] * state.size, matrix[1] * state.size);
        let turns = match (along_x.abs() >= along_y.abs(), along_x >= 0.0, along_y >= 0.0) {
            (true, true, _) => 0,
            (false, _, true) => 1,
            (true, false, _) => 2,
            (false, _, false) => 3,
        };
        let turned = |x: f64, y: f64| match turns {
            0 => (x, y),
            1 => (y, -x),
            2 => (-x, -y),
            _ => (-y, x),
        };
        let (start_x, y) = turned(matrix[4] + state.rise * matrix[2], matrix[5] + state.rise * matrix[3]);
        let (end_x, _) = turned(end[4], end[5]);
        if [start_x, end_x, y, size].iter().all(|number| number.is_finite()) {
            self.pieces.push(Piece { start_x, end_x, y, size, turns, text });
        }
    }
}

impl Pen {
    fn move_line(&mut self, x: f64, y: f64) {
        self.line = times([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn advance(&mut self, x: f64) {
        self.text[4] += x * self.text[0];
        self.text[5] += x * self.text[1];
    }
}

/// First `a`, then `b`.
pub fn times(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

#[cfg(test)]
mod tests {
    use super::super::layout::page_text;
    use super::*;

    fn check(content: &str, expected: &str) {
        let file = File::open(b"9 0 obj <</Subtype/Form>> stream\n/F Do (in) Tj\nendstream");
        let resources = Lexer::new(b"<</XObject <</F 9 0 R>>>>", 0).next();
        let Some(Object::Dict(resources)) = resources else { panic!("no dictionary") };
        let mut painter = Painter::new(&file);
        painter.draw(content.as_bytes(), &resources, UNCHANGED);
        assert_eq!(page_text(painter.take_page().0), expected, "{content}");
    }

    #[test]
    fn texts_are_placed() {
        check("BT /F1 10 Tf 0 100 Td (a) Tj 0 -12 Td (b) Tj 12 TL T* (c) Tj (d) ' 0 0 (e) \" ET", "a\nb\nc\nd\ne\n");
        check("BT /F1 10 Tf [(Ba) 40 (by) -300 (boy) -3000 (x)] TJ ET", "Baby boy\tx\n");
        check("BT /F1 10 Tf 1 0 0 1 5 5 Tm (a) Tj 1 0 0 1 10.6 5 Tm (b) Tj ET", "ab\n");
        check("BT /F1 10 Tf 3 Tc (ab) Tj 0 Tc 0 -12 Td 200 Tw (c d) Tj ET", "a b\nc\td\n");
        check("q 1 0 0 1 0 50 cm BT /F1 10 Tf (up) Tj ET Q BT /F1 10 Tf (down) Tj ET", "up\n\ndown\n");
        check("BT /F1 10 Tf 0 1 -1 0 50 0 Tm (one) Tj 0 1 -1 0 62 0 Tm (two) Tj ET", "one\ntwo\n");
        check("BI /W 1 ID (no) Tj EI BT /F1 10 Tf (yes) Tj ET", "yes\n");
        check("BT (no font) Tj ] > ) ET", "no font\n");
    }

    #[test]
    fn drawings_that_draw_themselves_end() {
        check("/F Do", "in\n");
        check("Q Q Tm Tf TJ Do BI", "");
    }
}
