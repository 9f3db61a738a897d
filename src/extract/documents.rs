//! What a scanned or written document is and says, from its bytes alone: its kind, its pages, its text. Pictures are not
//! read, files are not opened, and nothing is known here of charts. All bytes are taken for hostile: reading ends in bounded
//! time and memory, and what cannot be read is a flaw, never an error.

mod codepage;
mod docx;
mod kind;
mod markup;
pub mod pages;
mod pdf;
mod rtf;
pub mod text;

#[cfg(test)]
mod hostile;

pub use kind::DocumentKind;
pub use pdf::PagePictures;

/// Text above this is cut off: no letter is that long.
pub const MAX_TEXT_BYTES: usize = 8 << 20;

/// What was found in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    pub kind: DocumentKind,
    /// None where the kind has no pages, or they cannot be counted.
    pub pages: Option<u32>,
    /// The text that is written in it, in lines. None if there is none, as in a scan.
    pub text: Option<String>,
    pub flaw: Option<Flaw>,
}

/// What is wrong with a document; of several the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// No bytes, or only blanks or zeros.
    Empty,
    /// It opens only with a password, or is protected as if it did.
    Encrypted,
    /// Cut off, or not as its kind has to be; what can be read was read.
    Damaged,
    /// It unpacks to more than any honest one; what was read until then is there.
    TooLarge,
    /// Its name ends as another kind's.
    NameContradicts,
}

/// Looks at a document. Only the ending of `name` counts.
pub fn look(name: &str, bytes: &[u8]) -> Looked {
    let kind = DocumentKind::of(bytes, name);
    if bytes.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        return Looked { kind, pages: None, text: None, flaw: Some(Flaw::Empty) };
    }
    let (pages, text, flaw) = match kind {
        DocumentKind::Pdf => {
            let read = pdf::read(bytes);
            (read.pages, read.text, read.flaw)
        }
        DocumentKind::Docx => {
            let read = docx::read(bytes);
            (read.pages, read.text, read.flaw)
        }
        _ => (pages::pages(kind, bytes), text::text(kind, bytes), pages::is_cut(kind, bytes).then_some(Flaw::Damaged)),
    };
    let flaw = flaw.or_else(|| kind.ending_contradicts(name).then_some(Flaw::NameContradicts));
    Looked { kind, pages, text, flaw }
}

/// The JPEG pictures of a scanned PDF, for reading their letters elsewhere.
pub fn images_of_pdf(bytes: &[u8]) -> PagePictures {
    pdf::pictures(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], kind: DocumentKind, pages: Option<u32>, text: Option<&str>, flaw: Option<Flaw>) {
        let expected = Looked { kind, pages, text: text.map(str::to_owned), flaw };
        assert_eq!(look(name, bytes), expected, "{name}");
    }

    #[test]
    fn a_document_is_looked_at() {
        use DocumentKind::{Gif, Other, Png, Rtf, Text};
        check("a.txt", b"Dear Dr. Lee,\r\n", Text, None, Some("Dear Dr. Lee,"), None);
        check("a.rtf", b"{\\rtf1 Hello}", Rtf, None, Some("Hello"), None);
        check("a.rtf", b"{\\rtf1 Hello", Rtf, None, Some("Hello"), Some(Flaw::Damaged));
        check("a.txt", b"{\\rtf1 Hello}", Rtf, None, Some("Hello"), Some(Flaw::NameContradicts));
        check("a.pdf", b"\x89PNG\r\n\x1a\n....IEND\xae\x42\x60\x82", Png, Some(1), None, Some(Flaw::NameContradicts));
        check("a.png", b"\x89PNG\r\n\x1a\n....", Png, Some(1), None, Some(Flaw::Damaged));
        check("a.gif", b"GIF89a;", Gif, Some(1), None, None);
        check("a.pdf", b"", Other, None, None, Some(Flaw::Empty));
        check("a.txt", b" \r\n", Text, None, None, Some(Flaw::Empty));
        check("a.bin", b"\x01\x02", Other, None, None, None);
    }
}
