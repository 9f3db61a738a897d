//! Samples of all kinds, whole, cut and changed in many places: reading them must end, and never in a panic.

use std::fmt::Write as _;
use std::io::Write as _;

use super::docx::tests::docx;
use super::*;

/// A PDF file of numbered objects, as a program writes it.
fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.5\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (ordinal, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", bytes.len()).unwrap();
        bytes.extend(format!("{} 0 obj\n", ordinal + 1).bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let start = bytes.len();
    bytes.extend(format!("{table}trailer <</Root 1 0 R {trailer}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
}

fn stream(dict: &str, content: &[u8]) -> Vec<u8> {
    [format!("<<{dict} /Length {}>>\nstream\n", content.len()).as_bytes(), content, b"\nendstream"].concat()
}

fn deflated(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

const TREE: [&[u8]; 2] = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"];

/// One page with a font, objects from 4 on are the content, the font, and what belongs to it.
fn one_page(objects: &[Vec<u8>]) -> Vec<u8> {
    let page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</I 6 0 R>>>>>>";
    let tree = TREE.iter().map(|object| object.to_vec());
    let all: Vec<Vec<u8>> = tree.chain([page.to_vec()]).chain(objects.to_vec()).collect();
    pdf(&all, "")
}

const PLAIN_FONT: &[u8] = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

fn plain_pdf() -> Vec<u8> {
    one_page(&[
        stream("", b"BT /F1 12 Tf 72 700 Td (Jos\xe9: 5 \\(high\\)) Tj 0 -14 Td (next) Tj ET"),
        PLAIN_FONT.to_vec(),
    ])
}

fn packed_pdf() -> Vec<u8> {
    let content = deflated(b"BT /F1 12 Tf 14 TL 72 700 Td [(Po) 20 (tassium) -400 (4.1)] TJ (mmol/L) ' ET");
    one_page(&[stream("/Filter/FlateDecode", &content), PLAIN_FONT.to_vec()])
}

fn mapped_pdf() -> Vec<u8> {
    let map = b"1 begincodespacerange <0000><ffff> endcodespacerange 2 beginbfrange <0001><0003><0041> \
        <0004><0005>[<03A9><00660069>] endbfrange";
    let font = b"<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 6 0 R/DescendantFonts[<</W[1[600 600]]>>]>>";
    one_page(&[
        stream("", b"BT /F1 12 Tf 72 700 Td <00010002000300040005> Tj ET"),
        font.to_vec(),
        stream("/Filter/FlateDecode", &deflated(map)),
    ])
}

fn scanned_pdf() -> Vec<u8> {
    let dict = "/Type/XObject/Subtype/Image/Width 1700/Height 2200/Filter/DCTDecode";
    one_page(&[
        stream("", b"q 612 0 0 792 0 0 cm /I Do Q"),
        PLAIN_FONT.to_vec(),
        stream(dict, b"\xff\xd8\xff picture \xff\xd9"),
    ])
}

/// The catalog, the pages and the font in a stream of objects, and a cross-reference stream for a table.
fn stream_pdf() -> Vec<u8> {
    let parts =
        [TREE[0], TREE[1], b"<</Type/Page/Contents 6 0 R/Resources<</Font<</F1 5 0 R>>>>>>", b"null", PLAIN_FONT];
    let mut places = String::new();
    let mut held = Vec::new();
    for (ordinal, part) in parts.iter().enumerate() {
        write!(places, "{} {} ", ordinal + 1, held.len()).unwrap();
        held.extend([part, &b" "[..]].concat());
    }
    let dict = format!("/Type/ObjStm/N {}/First {}/Filter/FlateDecode", parts.len(), places.len());
    let holder = stream(&dict, &deflated(&[places.as_bytes(), &held].concat()));
    let content = stream("", b"BT /F1 12 Tf 72 700 Td (held) Tj ET");
    let table = stream("/Type/XRef/Root 1 0 R/W[1 2 1]", b"....");
    let mut bytes = b"%PDF-1.5\n".to_vec();
    for (number, object) in [(6, content), (7, holder), (8, table)] {
        bytes.extend(format!("{number} 0 obj ").bytes().chain(object).chain(*b" endobj\n"));
    }
    bytes.extend(b"startxref\n99\n%%EOF\n");
    bytes
}

fn word() -> Vec<u8> {
    let body = "<?xml version='1.0'?><w:document><w:body><w:p><w:r><w:t>Dear &amp; <![CDATA[x]]></w:t><w:tab/></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:t>a</w:t></w:p></w:tc></w:tr></w:tbl></w:body></w:document>";
    docx(&[("word/document.xml", body), ("docProps/app.xml", "<a><Pages>2</Pages></a>")])
}

const RICH: &[u8] = b"{\\rtf1\\ansi\\ansicpg1252\\uc1{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset128 B;}}{\\*\\x y}\
    Caf\\'e9 \\u8364? \\f1\\'93\\'fa\\f0\\par {\\pict\\bin4 ....}\\trowd a\\cell\\row \\u-10179?\\u-8704?}";

const PAGE: &[u8] = b"<html><style>p{}</style><p title='x'>a &amp; b<br><!-- c --><pre>d</pre><td>e</td>&#233;</html>";

fn tiff() -> Vec<u8> {
    [&b"MM\0*\0\0\0\x08"[..], b"\0\x01............\0\0\0\x1a", b"\0\x01............\0\0\0\0"].concat()
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("plain.pdf", plain_pdf()),
        ("packed.pdf", packed_pdf()),
        ("mapped.pdf", mapped_pdf()),
        ("scanned.pdf", scanned_pdf()),
        ("stream.pdf", stream_pdf()),
        ("word.docx", word()),
        ("rich.rtf", RICH.to_vec()),
        ("page.html", PAGE.to_vec()),
        ("scan.tif", tiff()),
        ("text.txt", "Grüße\r\n".as_bytes().to_vec()),
        ("wide.txt", b"\xff\xfea\0b\0\xe9\0\x3d\xd8".to_vec()),
    ]
}

fn check(name: &str, bytes: &[u8], pages: Option<u32>, text: Option<&str>, flaw: Option<Flaw>) {
    let looked = look(name, bytes);
    assert_eq!((looked.pages, looked.text.as_deref(), looked.flaw), (pages, text, flaw), "{name}");
}

#[test]
fn samples_are_read() {
    check("plain.pdf", &plain_pdf(), Some(1), Some("José: 5 (high)\nnext"), None);
    check("packed.pdf", &packed_pdf(), Some(1), Some("Potassium 4.1\nmmol/L"), None);
    check("mapped.pdf", &mapped_pdf(), Some(1), Some("ABCΩfi"), None);
    check("scanned.pdf", &scanned_pdf(), Some(1), None, None);
    check("stream.pdf", &stream_pdf(), Some(1), Some("held"), None);
    check("word.docx", &word(), Some(2), Some("Dear & x\na"), None);
    check("rich.rtf", RICH, None, Some("Café € 日\na\n😀"), None);
    check("scan.tif", &tiff(), Some(2), None, None);
}

#[test]
fn pictures_of_pages_are_found() {
    let jpegs = vec![b"\xff\xd8\xff picture \xff\xd9".to_vec()];
    assert_eq!(images_of_pdf(&scanned_pdf()), PagePictures { jpegs, pages_without: 0 });
    assert_eq!(images_of_pdf(&plain_pdf()), PagePictures { jpegs: vec![], pages_without: 1 });
    assert_eq!(images_of_pdf(b"%PDF-"), PagePictures::default());
}

#[test]
fn flaws_of_pdf_files_are_told() {
    let whole = plain_pdf();
    check("cut.pdf", &whole[..whole.len() - 40], Some(1), Some("José: 5 (high)\nnext"), Some(Flaw::Damaged));
    check("empty.pdf", b"%PDF-1.4\n%%EOF", None, None, Some(Flaw::Damaged));
    check("locked.pdf", &pdf(&[], "/Encrypt 9 0 R"), None, None, Some(Flaw::Encrypted));
    check("picture.png", &whole, Some(1), Some("José: 5 (high)\nnext"), Some(Flaw::NameContradicts));
    let bomb = deflated(&deflated(&vec![b' '; 200 << 20]));
    let bomb = one_page(&[stream("/Filter[/FlateDecode/FlateDecode]", &bomb), PLAIN_FONT.to_vec()]);
    check("bomb.pdf", &bomb, Some(1), None, Some(Flaw::TooLarge));
    // Each form draws the next one ten times.
    let mut objects: Vec<Vec<u8>> = TREE.iter().map(|object| object.to_vec()).collect();
    objects.push(b"<</Type/Page/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>".to_vec());
    objects.push(stream("", b"/X Do"));
    for next in 6..14 {
        objects.push(stream(&format!("/Resources<</XObject<</X {next} 0 R>>>>"), &b"/X Do ".repeat(10)));
    }
    check("forms.pdf", &pdf(&objects, ""), Some(1), None, Some(Flaw::TooLarge));
}

#[test]
fn no_bytes_make_it_panic() {
    // Any sequence will do, as long as it is the same each time (xorshift, Marsaglia 2003).
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for (name, sample) in samples() {
        let try_it = |bytes: &[u8]| {
            let looked = look(name, bytes);
            let text = looked.text.unwrap_or_default();
            assert!(!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')), "{name}");
            assert_eq!(text.trim_end(), text, "{name}");
            images_of_pdf(bytes);
            // The readers themselves, too, whatever the bytes look like.
            for kind in
                [DocumentKind::Rtf, DocumentKind::Html, DocumentKind::Xml, DocumentKind::Docx, DocumentKind::Tiff]
            {
                text::text(kind, bytes);
                pages::pages(kind, bytes);
            }
        };
        for end in 0..sample.len() {
            try_it(&sample[..end]);
            try_it(&sample[end..]);
        }
        for _ in 0..2000 {
            let mut bytes = sample.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(5) {
                    0 => bytes[at] = random(256) as u8,
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, b"<>[](){}/\\&;0123456789-"[random(23)]),
                    3 => bytes[at] = b'9',
                    // A part once more, somewhere else.
                    _ => {
                        let end = (at + random(40)).min(bytes.len());
                        let part = bytes[at..end].to_vec();
                        let there = random(bytes.len());
                        bytes.splice(there..there, part);
                    }
                }
                if bytes.is_empty() {
                    break;
                }
            }
            try_it(&bytes);
        }
    }
}
