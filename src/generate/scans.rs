//! The scanner's folder: small but real files, so that a document can be opened after it was moved.

use super::GenerateError;
use std::fs;
use std::path::Path;

/// Where the scanner put pages that stand for many charts: blank forms, family sheets.
pub(super) const BATCH: &str = "BATCH";

/// Kinds of documents: code in DOCUMENTS.CSV, title, file in the batch folder.
pub(super) const KINDS: [(&str, &str, &str); 6] = [
    ("CONSENT", "Consent to treatment, signed", "FORM-TREAT.PDF"),
    ("CONSENT", "Privacy notice, signed", "FORM-PRIV.PDF"),
    ("CONSENT", "Consent to photographs", "FORM-PHOTO.PDF"),
    ("IDCARD", "Insurance card, front", "IDCARD.PNG"),
    ("LETTER", "Letter from specialist", "LETTER.TXT"),
    ("LABRPT", "Outside lab report", "LABRPT.PDF"),
];

/// A checkerboard of 8 by 8 pixels.
const PNG: [u8; 71] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x08, 0x01, 0x00, 0x00, 0x00, 0x00, 0xec, 0x74, 0x83, 0x26, 0x00, 0x00, 0x00, 0x0e, 0x49,
    0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x08, 0x65, 0x58, 0xc5, 0x80, 0x84, 0x01, 0x1e, 0x9c, 0x03, 0xfd, 0x70, 0x15,
    0xc9, 0x90, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// Writes the files that many charts share, and returns their bytes.
pub(super) fn write_batch_folder(folder: &Path) -> Result<u64, GenerateError> {
    let mut bytes = 0;
    for (_, title, file) in KINDS {
        bytes += write(folder, BATCH, file, title)?;
    }
    Ok(bytes)
}

/// Writes `SCANS/<sub_folder>/<file>`, in the format its extension says, and returns its bytes.
pub(super) fn write(folder: &Path, sub_folder: &str, file: &str, title: &str) -> Result<u64, GenerateError> {
    let scans = folder.join("SCANS").join(sub_folder);
    fs::create_dir_all(&scans).map_err(GenerateError::io(&scans))?;
    let content = match file.rsplit('.').next() {
        Some("PNG") => PNG.to_vec(),
        Some("PDF") => pdf(title),
        _ => format!("Alder County Specialists\r\n\r\nDear Doctor\r\n{title}\r\nFindings stable. Thank you.\r\n")
            .into_bytes(),
    };
    let path = scans.join(file);
    fs::write(&path, &content).map_err(GenerateError::io(&path))?;
    Ok(content.len() as u64)
}

/// A PDF of one page with one line (ISO 32000-1, 7.5).
fn pdf(line: &str) -> Vec<u8> {
    let line: String = line.chars().filter(|c| c.is_ascii() && !matches!(c, '(' | ')' | '\\')).collect();
    let drawing = format!("BT /F1 12 Tf 20 100 Td ({line}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>\nstream\n{drawing}\nendstream", drawing.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut text = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(text.len());
        text.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = text.len();
    text.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        text.push_str(&format!("{offset:010} 00000 n \n"));
    }
    text.push_str(&format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    text.into_bytes()
}
