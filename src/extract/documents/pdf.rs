//! What a PDF file holds: its pages, the text on them and in its filled-in fields, and the JPEG pictures of scanned pages.
//! Nothing is drawn, and encrypted files are not opened. Everything here ends in bounded time and memory on any bytes.

use std::collections::HashSet;
use std::rc::Rc;

mod budget;
mod content;
mod file;
mod filters;
mod font;
mod glyphs;
mod layout;
mod object;

use content::{Painter, times};
use file::File;
use filters::Unpacked;
use layout::page_text;
use object::{Dict, Object};

use super::{Flaw, MAX_TEXT_BYTES};

/// More than any document has.
const MAX_PAGES: usize = 100_000;

/// Pictures below this width or height are logos and lines.
const MIN_PICTURE_PIXELS: f64 = 200.0;

/// What was read of a PDF file.
#[derive(Debug, Default)]
pub struct Read {
    pub pages: Option<u32>,
    pub text: Option<String>,
    pub flaw: Option<Flaw>,
}

/// The JPEG pictures of a PDF file, page after page, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PagePictures {
    pub jpegs: Vec<Vec<u8>>,
    /// Pages that show no such picture: they are written, or scanned in another way.
    pub pages_without: u32,
}

/// Reads pages and text at once.
pub fn read(bytes: &[u8]) -> Read {
    let file = File::open(bytes);
    if file.is_encrypted {
        return Read { flaw: Some(Flaw::Encrypted), ..Read::default() };
    }
    let pages = pages(&file);
    let (text, is_cut) = text(&file, &pages);
    let flaw = if pages.is_empty() || !file.has_end {
        Some(Flaw::Damaged)
    } else {
        (is_cut || file.is_exhausted()).then_some(Flaw::TooLarge)
    };
    let count = u32::try_from(pages.len()).ok().filter(|count| *count > 0);
    Read { pages: count, text: super::text::tidied(&text), flaw }
}

/// How many pages there are, without reading them.
pub fn page_count(bytes: &[u8]) -> Option<u32> {
    let file = File::open(bytes);
    let count = if file.is_encrypted { 0 } else { pages(&file).len() };
    u32::try_from(count).ok().filter(|count| *count > 0)
}

/// The JPEG pictures for reading their letters elsewhere.
pub fn pictures(bytes: &[u8]) -> PagePictures {
    let file = File::open(bytes);
    let mut found = PagePictures::default();
    if file.is_encrypted {
        return found;
    }
    let mut painter = Painter::new(&file);
    let mut seen = HashSet::new();
    for page in pages(&file) {
        draw(&file, &mut painter, &page);
        let (_, pictures) = painter.take_page();
        let mut has_one = false;
        for picture in pictures {
            let is_large = ["Width", "Height"]
                .iter()
                .all(|side| file.number_in(&picture.dict, side).is_some_and(|pixels| pixels >= MIN_PICTURE_PIXELS));
            if !is_large || (has_one && seen.contains(&picture.start())) {
                continue;
            }
            if seen.contains(&picture.start()) {
                has_one = true;
            } else if let Unpacked::Jpeg(jpeg) = file.unpacked(&picture) {
                seen.insert(picture.start());
                found.jpegs.push(jpeg);
                has_one = true;
            }
        }
        found.pages_without += u32::from(!has_one);
    }
    found
}

struct Page {
    dict: Dict,
    /// Inherited, mostly.
    resources: Rc<Dict>,
}

/// All pages in their order: those that hang on the tree, else those that lie about.
fn pages(file: &File<'_>) -> Vec<Page> {
    let mut pages = Vec::new();
    let catalog = file.root.as_ref().and_then(|root| file.dict(root)).unwrap_or_default();
    let mut seen = HashSet::new();
    let mut waiting = Vec::new();
    if let Some(Object::Reference(root)) = catalog.get("Pages") {
        seen.insert(*root);
        waiting.push((*root, Rc::new(Dict::default())));
    }
    while let Some((number, inherited)) = waiting.pop() {
        let Some(dict) = file.dict(&Object::Reference(number)).filter(|_| pages.len() < MAX_PAGES) else { continue };
        let resources = file.dict_in(&dict, "Resources").map_or(inherited, Rc::new);
        if dict.get("Kids").is_some() && !dict.is("Type", "Page") {
            // Each hangs on the tree once, or a small file could be a forest.
            let kids = file.array_in(&dict, "Kids");
            let kids = kids.iter().filter_map(|kid| match kid {
                Object::Reference(number) => Some(*number).filter(|number| seen.insert(*number)),
                _ => None,
            });
            let kids: Vec<u32> = kids.collect();
            waiting.extend(kids.into_iter().rev().map(|kid| (kid, resources.clone())));
        } else {
            pages.push(Page { dict, resources });
        }
    }
    if pages.is_empty() {
        let lying = file.numbers().filter_map(|number| file.dict(&Object::Reference(number)));
        let lying = lying.filter(|dict| dict.is("Type", "Page")).take(MAX_PAGES);
        pages.extend(lying.map(|dict| {
            let resources = Rc::new(file.dict_in(&dict, "Resources").unwrap_or_default());
            Page { dict, resources }
        }));
    }
    pages
}

/// The text of all pages, and whether it is not all.
fn text(file: &File<'_>, pages: &[Page]) -> (String, bool) {
    let mut painter = Painter::new(file);
    let mut text = String::new();
    for page in pages {
        draw(file, &mut painter, page);
        draw_fields(file, &mut painter, page);
        let page_text = page_text(painter.take_page().0);
        if !page_text.trim().is_empty() {
            text.push_str(&page_text);
            text.push('\n');
        }
        if text.len() > MAX_TEXT_BYTES || painter.is_exhausted() {
            return (text, true);
        }
    }
    // Where a font tells few of its characters, what is left is no text.
    if painter.untold > painter.told {
        text.clear();
    }
    (text, false)
}

fn draw(file: &File<'_>, painter: &mut Painter<'_>, page: &Page) {
    let streams = match page.dict.get("Contents") {
        Some(contents) if file.stream(contents).is_some() => Rc::new(vec![contents.clone()]),
        Some(_) => file.array_in(&page.dict, "Contents"),
        None => return,
    };
    let mut content = Vec::new();
    for stream in streams.iter().filter_map(|stream| file.stream(stream)) {
        // The parts may end within a line, but not within a word.
        content.extend(file.plain(&stream));
        content.push(b'\n');
    }
    painter.draw(&content, &page.resources, content::UNCHANGED);
}

/// Draws what fields and free texts show, at their places.
fn draw_fields(file: &File<'_>, painter: &mut Painter<'_>, page: &Page) {
    const HIDDEN: u32 = 1 << 1;
    for annotation in file.array_in(&page.dict, "Annots").iter() {
        let Some(annotation) = file.dict(annotation) else { continue };
        let flags = file.number_in(&annotation, "F").unwrap_or(0.0) as u32;
        let is_text = ["Widget", "FreeText", "Stamp"].iter().any(|kind| annotation.is("Subtype", kind));
        if !is_text || flags & HIDDEN != 0 {
            continue;
        }
        let Some(looks) = file.dict_in(&annotation, "AP") else { continue };
        let normal = looks.get("N").cloned().unwrap_or(Object::Null);
        let form = file.stream(&normal).or_else(|| {
            // A box to tick has a look for each state.
            let states = file.dict(&normal)?;
            let state = file.get(&annotation, "AS");
            let state = std::str::from_utf8(state.name()?).ok()?;
            file.stream(states.get(state)?)
        });
        let Some(form) = form else { continue };
        let (place, own) = (file.numbers_in(&annotation, "Rect"), file.numbers_in(&form.dict, "BBox"));
        let corner = |sides: &[f64]| match sides {
            [left, bottom, right, top] => (left.min(*right), bottom.min(*top)),
            _ => (0.0, 0.0),
        };
        let ((left, bottom), (own_left, own_bottom)) = (corner(&place), corner(&own));
        let there = times([1.0, 0.0, 0.0, 1.0, left - own_left, bottom - own_bottom], content::UNCHANGED);
        painter.draw_form(&form, &Dict::default(), there, 1);
    }
}
