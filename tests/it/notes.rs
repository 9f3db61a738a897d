//! Notes in cells: in whatever signs they are written, somebody can read them.

use crate::small::{load, write_pack};
use crate::support::Folder;

#[test]
fn a_note_is_given_to_read() {
    let folder = Folder::new();
    write_pack(&folder);
    let mapping = folder.path().join("pack/mappings/paper.toml");
    let text = std::fs::read_to_string(&mapping).expect("a mapping");
    folder.write("pack/mappings/paper.toml", text.replace("transform = \"document\"", "transform = \"note\""));
    folder.write("s/people.csv", "id,family,given,born,phone\n1,Quimby,Zora,1950-07-08,\n");
    let notes = [
        (r"{\rtf1\ansi\b no\b0  allergies\par Dose 5 mg}", "application/rtf", "no allergies\nDose 5 mg"),
        ("<p>Dose &lt; 5&nbsp;mg</p><script>x</script><br>next", "text/html", "Dose < 5\u{a0}mg\n\nnext"),
        ("<5 mg > 3 mg", "text/plain", ""),
        ("plain", "text/plain", ""),
    ];
    let rows: String = notes.iter().enumerate().map(|(at, (note, ..))| format!("1,,{at},\"{note}\"\n")).collect();
    folder.write("s/papers.csv", format!("person,visit,kind,file\n{rows}"));
    load(&folder, &folder.path().join("s"), "ehr.db").expect("loaded");
    let sql = folder.sql("ehr.db");
    let found = sql.rows("SELECT mime_type, COALESCE(text, '') FROM document_reference ORDER BY description");
    let expected: Vec<Vec<String>> =
        notes.iter().map(|(_, kind, text)| vec![(*kind).to_owned(), (*text).to_owned()]).collect();
    assert_eq!(found, expected);
}
