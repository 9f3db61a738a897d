//! A draft over a connector that is there: what people decided stays to the letter, and codes that are new are added to its code maps.

use std::collections::BTreeSet;

use super::codes::OPEN;
use crate::connector::PackFiles;

/// Code maps of a connector to which codes were added.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// The changed files alone.
    pub files: PackFiles,
    /// Code maps that both have.
    pub maps: usize,
    pub new_codes: usize,
    /// Of these, those whose meaning is to be said.
    pub open: usize,
}

/// What the code maps of a draft know that those of the same name in a connector do not.
pub fn only_new(known: &PackFiles, drafted: &PackFiles) -> Extended {
    let mut extended = Extended::default();
    for (path, draft) in drafted.iter().filter(|(path, _)| path.starts_with("codes/")) {
        let Some(map) = known.get(path) else { continue };
        let Some((header, sources)) = header_and_sources(map) else { continue };
        extended.maps += 1;
        let mut lines = csv::Writer::from_writer(Vec::new());
        let mut added = 0;
        for (source, target) in pairs(draft) {
            // A map that says what everything else becomes knows all codes.
            if sources.contains(&source.to_lowercase()) || sources.contains("*") {
                continue;
            }
            let cell = |name: &str| match name {
                "source" => source.as_str(),
                "target" => target.as_str(),
                "status" if target != OPEN => "draft",
                _ => "",
            };
            // Memory can always be written.
            let _ = lines.write_record(header.iter().map(|name| cell(name)));
            added += 1;
            extended.open += usize::from(target == OPEN);
        }
        if added > 0 {
            let mut whole = map.clone();
            if !whole.ends_with(b"\n") {
                whole.push(b'\n');
            }
            whole.extend(lines.into_inner().unwrap_or_default());
            extended.files.insert(path.clone(), whole);
            extended.new_codes += added;
        }
    }
    extended
}

fn header_and_sources(map: &[u8]) -> Option<(Vec<String>, BTreeSet<String>)> {
    let mut reader = reader(map);
    let header: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let sources = reader.records().map_while(Result::ok).filter_map(|record| Some(record.get(0)?.to_lowercase()));
    Some((header, sources.collect()))
}

fn pairs(map: &[u8]) -> Vec<(String, String)> {
    let pair = |record: csv::StringRecord| Some((record.get(0)?.to_owned(), record.get(1)?.to_owned()));
    reader(map).records().map_while(Result::ok).filter_map(pair).collect()
}

fn reader(map: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(maps: &[(&str, &str)]) -> PackFiles {
        maps.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn what_is_filled_stays_and_only_new_codes_are_added() {
        let filled = "source,target,status,author,reviewer\r\nm,male,approved,rw,Dr. Lane\r\nz,,approved,rw,Dr. Lane";
        let known = files(&[
            ("codes/sex.csv", filled),
            ("codes/all.csv", "source,target\n*,unknown\n"),
            ("codes/same.csv", "source,target\na,b\nx,TODO\n"),
            ("connector.toml", "id = \"mine\"\n"),
        ]);
        let drafted = files(&[
            ("codes/sex.csv", "source,target\nM,male\nF,female\nQ,TODO\nZ,TODO\n"),
            ("codes/all.csv", "source,target\nnew,TODO\n"),
            ("codes/same.csv", "source,target\nA,TODO\nX,TODO\n"),
            ("codes/other.csv", "source,target\nnew,TODO\n"),
            ("connector.toml", "id = \"draft\"\n"),
        ]);
        let extended = only_new(&known, &drafted);
        let wanted = format!("{filled}\nF,female,draft,,\nQ,TODO,,,\n");
        assert_eq!(extended.files, files(&[("codes/sex.csv", &wanted)]));
        assert_eq!((extended.maps, extended.new_codes, extended.open), (3, 2, 1));
        let again: PackFiles = known.into_iter().chain(extended.files).collect();
        assert_eq!(only_new(&again, &drafted).new_codes, 0);
    }
}
