//! From pieces of text with their places on a page to lines, as one reads them: from the top down, each from left to right.
//! What stands on one height is one line, so that a form's answers follow their questions; columns of running text are not
//! told apart.

/// A text on a page. Places and sizes are in points, with x along the text and y upwards.
#[derive(Clone, Debug)]
pub struct Piece {
    pub start_x: f64,
    pub end_x: f64,
    pub y: f64,
    pub size: f64,
    /// How often the text is turned by 90 degrees against the page.
    pub turns: usize,
    pub text: String,
}

/// A gap of this many sizes of the text is a blank.
const BLANK: f64 = 0.1;

/// A gap of this many is one between columns.
const COLUMN: f64 = 1.5;

/// Heights that differ by less than this many sizes are one line, as with raised letters.
const SAME_LINE: f64 = 0.45;

/// Lines further apart than this many sizes have an empty line between them.
const PARAGRAPH: f64 = 2.2;

/// The lines of a page, in the order of reading; what is turned otherwise than most comes last.
pub fn page_text(pieces: Vec<Piece>) -> String {
    let mut by_turns: [Vec<Piece>; 4] = Default::default();
    for piece in pieces {
        by_turns[piece.turns % 4].push(piece);
    }
    by_turns.sort_by_key(|pieces| std::cmp::Reverse(pieces.len()));
    let mut text = String::new();
    for mut pieces in by_turns {
        pieces.sort_by(|a, b| b.y.total_cmp(&a.y));
        write_lines(&pieces, &mut text);
    }
    text
}

fn write_lines(pieces: &[Piece], text: &mut String) {
    let mut rest = pieces;
    let mut before: Option<(f64, f64)> = None;
    while let Some(first) = rest.first() {
        let belongs = |piece: &Piece| first.y - piece.y <= SAME_LINE * (first.size + piece.size) / 2.0;
        let length = rest.iter().take_while(|piece| belongs(piece)).count().max(1);
        let (line, behind) = rest.split_at(length);
        rest = behind;
        let size = line.iter().fold(0.0, |size: f64, piece| size.max(piece.size));
        // Raised letters come first: the line is where it is lowest.
        let y = line.last().map_or(first.y, |last| last.y);
        if let Some((y_before, size_before)) = before
            && y_before - y > PARAGRAPH * size.max(size_before)
        {
            text.push('\n');
        }
        before = Some((y, size));
        text.push_str(&line_text(line));
        text.push('\n');
    }
}

fn line_text(pieces: &[Piece]) -> String {
    let mut pieces: Vec<&Piece> = pieces.iter().collect();
    pieces.sort_by(|a, b| a.start_x.total_cmp(&b.start_x));
    // Bold is often made by writing the same once more, a little aside.
    pieces.dedup_by(|next, piece| next.text == piece.text && next.start_x - piece.start_x < BLANK * piece.size);
    let mut line = String::new();
    let mut end_x: Option<f64> = None;
    for piece in pieces {
        let gap = end_x.map_or(0.0, |end_x| piece.start_x - end_x);
        if gap > COLUMN * piece.size && !line.is_empty() {
            line.truncate(line.trim_end().len());
            line.push('\t');
            line.push_str(piece.text.trim_start());
        } else {
            if gap > BLANK * piece.size && !line.ends_with([' ', '\t']) && !piece.text.starts_with(' ') {
                line.push(' ');
            }
            line.push_str(&piece.text);
        }
        end_x = Some(end_x.unwrap_or(f64::MIN).max(piece.end_x));
    }
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces of size 10: x, y, text; a letter is 5 wide.
    fn check(pieces: &[(f64, f64, &str)], expected: &str) {
        let pieces = pieces.iter().map(|(x, y, text)| Piece {
            start_x: *x,
            end_x: x + 5.0 * text.len() as f64,
            y: *y,
            size: 10.0,
            turns: 0,
            text: (*text).to_owned(),
        });
        assert_eq!(page_text(pieces.collect()), expected);
    }

    #[test]
    fn pieces_become_lines() {
        check(
            &[(0.0, 100.0, "Name:"), (0.0, 88.0, "Born:"), (30.0, 100.0, "Lee"), (90.0, 88.0, "1970")],
            "Name: Lee\nBorn:\t1970\n",
        );
        check(&[(0.0, 100.0, "glu"), (15.1, 100.0, "cose"), (35.0, 103.0, "2"), (45.0, 100.0, "x")], "glucose2 x\n");
        check(&[(0.0, 100.0, "Bold"), (0.3, 100.0, "Bold")], "Bold\n");
        check(&[(0.0, 100.0, "One"), (0.0, 70.0, "Two")], "One\n\nTwo\n");
        check(&[(0.0, f64::NAN, "a"), (f64::INFINITY, 0.0, "b")], "a\nb\n");
        check(&[], "");
    }
}
