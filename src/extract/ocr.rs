//! Letters in pictures, read by `tesseract` where that is installed: a program of its own, which this one starts.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::documents::{DocumentKind, images_of_pdf};

/// The program that recognizes characters, and the languages that it expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ocr {
    languages: String,
}

/// What was recognized.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognized {
    pub text: String,
    /// Of the words, weighed by their letters, in percent.
    pub confidence: f64,
}

/// A page takes seconds.
const LONGEST: Duration = Duration::from_secs(120);
/// No more pages of one document are read.
const MOST_PAGES: usize = 200;

impl Ocr {
    /// Looks for the program.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn new(languages: &str) -> Result<Self, String> {
        let is_one =
            |language: &str| !language.is_empty() && language.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !languages.split('+').all(is_one) {
            return Err("languages are named as tesseract names them: eng, deu+eng".into());
        }
        let listed = Command::new("tesseract").arg("--list-langs").stdin(Stdio::null()).output();
        let listed = listed.map_err(|_| "tesseract, which reads letters in pictures, is not installed")?;
        let known = String::from_utf8_lossy(&listed.stdout).into_owned() + &String::from_utf8_lossy(&listed.stderr);
        match languages.split('+').find(|language| !known.lines().any(|line| line.trim() == *language)) {
            Some(language) => Err(format!("tesseract does not have the language `{language}`")),
            None => Ok(Self { languages: languages.to_owned() }),
        }
    }

    pub fn languages(&self) -> &str {
        &self.languages
    }

    /// The letters of a document's pictures, if it has any. Pages that cannot be read say nothing.
    pub fn read(&self, kind: DocumentKind, bytes: &[u8]) -> Option<Recognized> {
        match kind {
            DocumentKind::Png | DocumentKind::Jpeg | DocumentKind::Tiff | DocumentKind::Bmp => {
                words_of(&self.page(bytes)?)
            }
            DocumentKind::Pdf => {
                let pages = images_of_pdf(bytes);
                let tables: Vec<String> =
                    pages.jpegs.iter().take(MOST_PAGES).filter_map(|picture| self.page(picture)).collect();
                words_of(&tables.join("\n"))
            }
            _ => None,
        }
    }

    /// A picture as tesseract's table of words.
    fn page(&self, bytes: &[u8]) -> Option<String> {
        let mut command = Command::new("tesseract");
        // One thread each: every core has a picture of its own.
        command.args(["stdin", "stdout", "-l", &self.languages, "tsv"]).env("OMP_THREAD_LIMIT", "1");
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = piped.spawn().ok()?;
        let (mut input, mut output) = (running.stdin.take()?, running.stdout.take()?);
        let (sender, done) = mpsc::channel();
        std::thread::spawn(move || {
            let mut table = Vec::new();
            let read = output.read_to_end(&mut table);
            let _ = sender.send(read.ok().map(|_| table));
        });
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // It may have seen enough before the end.
                let _ = input.write_all(bytes);
            });
            let table = done.recv_timeout(LONGEST).ok().flatten();
            if table.is_none() {
                let _ = running.kill();
            }
            let ended = running.wait().ok()?;
            table.filter(|_| ended.success()).map(|table| String::from_utf8_lossy(&table).into_owned())
        })
    }
}

/// The text of tesseract's table: one word a line, its twelve columns level, page, block, paragraph, line, word, left, top, width, height,
/// confidence, text.
fn words_of(table: &str) -> Option<Recognized> {
    let (mut text, mut last) = (String::new(), None);
    let (mut sum, mut letters) = (0.0, 0.0);
    for line in table.lines() {
        let cells: Vec<&str> = line.splitn(12, '\t').collect();
        let &["5", page, block, paragraph, row, _, _, _, _, _, confidence, word] = cells.as_slice() else { continue };
        let (Ok(confidence), word) = (confidence.parse::<f64>(), word.trim()) else { continue };
        if word.is_empty() || confidence < 0.0 {
            continue;
        }
        let place = (page.to_owned(), block.to_owned(), paragraph.to_owned(), row.to_owned());
        if !text.is_empty() {
            text.push(if last.as_ref() == Some(&place) { ' ' } else { '\n' });
        }
        last = Some(place);
        text.push_str(word);
        let length = word.chars().count() as f64;
        sum += confidence * length;
        letters += length;
    }
    (letters > 0.0).then(|| Recognized { text, confidence: (sum / letters * 10.0).round() / 10.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_lines_with_their_confidence() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
                     1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n\
                     5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90.5\tDear\n\
                     5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t80\tDr. Lee,\n\
                     5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t95\t  \n\
                     5\t1\t1\t1\t2\t2\t0\t0\t9\t9\t50\tok\n";
        let found = words_of(table).expect("words");
        assert_eq!((found.text.as_str(), found.confidence), ("Dear Dr. Lee,\nok", 78.7));
        assert_eq!(words_of("level\tpage\n"), None);
    }

    #[test]
    fn languages_are_no_arguments() {
        for languages in ["", "eng deu", "--tessdata-dir", "eng+", "../x"] {
            assert!(Ocr::new(languages).is_err(), "{languages}");
        }
    }
}
