//! A stream in many small files is what it is in one.

use std::fmt::Write;

use crate::small::{load, recounted, write_pack};
use crate::support::Folder;

const FILES: usize = 400;

fn row(number: usize) -> String {
    match number {
        // An exact repeat, another content of a known key, somebody who is not there.
        7 => row(6),
        8 => "v6,p1,2020-01-09,99".into(),
        9 => "v9,nobody,2020-01-09,60".into(),
        _ => format!("v{number},p{},2020-01-{:02},{}", number % 3, number % 28 + 1, 50 + number % 40),
    }
}

#[test]
fn a_stream_in_many_files_is_what_it_is_in_one() {
    let folder = Folder::new();
    let people =
        "id,family,given,born,phone\np0,Reed,Ann,1970-01-01,\np1,Moss,Ben,1980-02-02,\np2,Fern,Cat,1990-03-03,\n";
    let header = "id,person,day,pulse\n";
    let mut whole = header.to_owned();
    for number in 0..FILES {
        writeln!(whole, "{}", row(number)).expect("memory");
        // Some have two rows, some none.
        let text = match number {
            20..=39 => header.to_owned(),
            40..=59 => format!("{header}{}\n{}\n", row(number - 20), row(number)),
            _ => format!("{header}{}\n", row(number)),
        };
        folder.write(&format!("many/visits/{number:03}.csv"), text);
    }
    folder.write("many/people.csv", people);
    folder.write("one/people.csv", people);
    folder.write("one/visits/all.csv", whole);
    write_pack(&folder);
    let path = folder.path().join("pack/connector.toml");
    let pack = std::fs::read_to_string(&path).expect("a pack").replace("\"visits.csv\"", "\"visits/*.csv\"");
    std::fs::write(&path, pack).expect("a pack");

    let books = |source: &str| {
        let store = format!("{source}.db");
        let done = load(&folder, &folder.path().join(source), &store).expect("a run");
        let again = load(&folder, &folder.path().join(source), &store).expect("a run");
        assert!(done.balanced && again.balanced, "{source}");
        assert_eq!(done.digest.after, again.digest.after, "{source}");
        let (kept, counted) = recounted(&folder, &store);
        assert_eq!(kept, counted, "{source}");
        let mut streams = serde_json::to_value([done.streams, again.streams]).expect("JSON");
        for stream in streams.as_array_mut().into_iter().flatten().flat_map(|run| run.as_array_mut()).flatten() {
            stream["files"] = serde_json::Value::Null;
        }
        (kept, streams)
    };
    assert_eq!(books("many"), books("one"));
}
