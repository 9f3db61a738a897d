use super::*;

fn parse(text: &str) -> Result<Element, usize> {
    xml::parse(text.as_bytes())
}

#[test]
fn a_document_is_a_tree_of_elements() {
    let root = parse(
        "<?xml version=\"1.0\"?><a xmlns='u' b='1 &amp; 2'><c>x &lt; y&#233;</c><c/><s:d xmlns:s='v'>z</s:d></a>",
    )
    .expect("XML");
    let expected = json!({"@b": "1 & 2", "c": [{"#text": "x < yé"}, {}], "d": {"#text": "z"}});
    assert_eq!(root.to_json(None), expected);
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>caf\xe9</a>";
    assert_eq!(xml::parse(latin).expect("XML").all_text(), "café");
}

#[test]
fn nothing_is_expanded_and_nothing_is_endless() {
    for bad in [
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<a>&unknown;</a>",
        "<a><b></a>",
        "<a>",
        "",
        &("<a>".repeat(200) + &"</a>".repeat(200)),
    ] {
        assert!(parse(bad).is_err(), "{}", &bad[..bad.len().min(40)]);
    }
}

#[test]
fn the_narrative_is_text_with_its_lines() {
    let text = "<text><table><tr><th>a</th><th>b</th></tr><tr><td ID='x'>one <content>two</content></td><td>3</td></tr></table>\
                <list><item>four</item><item>five</item></list><paragraph>six<br/>seven</paragraph></text>";
    let narrative = Narrative::of(Some(&parse(text).expect("XML")));
    assert_eq!(narrative.text, "a\tb\none two\t3\n\n- four\n- five\n\nsix\nseven");
    assert_eq!(narrative.texts["x"], "one two");
}

#[test]
fn a_number_that_people_share_joins_nobody() {
    let key = |name: &str, born: &str| {
        let role = format!(
            "<patientRole><id root='1.2' extension='7'/><patient><name>{name}</name><birthTime value='{born}'/></patient></patientRole>"
        );
        patient_key(&parse(&role).expect("XML"))
    };
    let ann = key("<given>Ann</given><family>O'Hara</family>", "19500102");
    assert_eq!(ann, key("<given>A.</given><family>OHARA</family>", "195001020830"));
    assert_ne!(ann, key("<given>Bea</given><family>O'Hara</family>", "19500102"));
    assert_ne!(ann, key("<given>Ann</given><family>O'Hara</family>", "19800102"));
}
