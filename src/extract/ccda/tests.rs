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
        &("<a>".repeat(300) + &"</a>".repeat(300)),
        "<!DOCTYPE a [<!ATTLIST a negationInd CDATA \"true\">]><a/>",
        "<!DOCTYPE a PUBLIC \"b\" \"c\"><a/>",
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
        patient_key(&parse(&role).expect("XML"), "d")
    };
    let ann = key("<given>Ann</given><family>O'Hara</family>", "19500102");
    assert_eq!(ann, key("<given>ANN</given><given>M.</given><family>OHARA</family>", "1950-01-02"));
    assert_ne!(ann, key("<given>Amy</given><family>O'Hara</family>", "19500102"), "twins");
    assert_ne!(ann, key("<given>Bea</given><family>O'Hara</family>", "19500102"));
    assert_ne!(ann, key("<given>Ann</given><family>O'Hara</family>", "19800102"));
}

#[test]
fn a_name_in_one_text_is_a_name_and_who_has_none_is_nobody_else() {
    let key = |patient: &str, document: &str| {
        let role = format!("<patientRole><id root='1.2' extension='7'/><patient>{patient}</patient></patientRole>");
        patient_key(&parse(&role).expect("XML"), document)
    };
    let (isa, ivy) = ("<name>Isa Jones</name>", "<name>Ivy Smith</name>");
    assert_eq!(key(isa, "1"), key(isa, "2"));
    assert_ne!(key(isa, "1"), key(ivy, "1"));
    let nameless = "<birthTime value='19500102'/>";
    assert_ne!(key(nameless, "1"), key(nameless, "2"));
    let married = "<name use='L'><family>Old</family><validTime><high value='2010'/></validTime></name><name use='L'><family>New</family></name>";
    assert_eq!(key(married, "1"), key("<name><family>New</family></name>", "1"));
    let numberless = |name: &str, born: &str, document: &str| {
        let role =
            format!("<patientRole><id nullFlavor='UNK'/><patient><name>{name}</name>{born}</patient></patientRole>");
        patient_key(&parse(&role).expect("XML"), document)
    };
    assert_ne!(numberless(isa, "", "1"), numberless(isa, "", "2"));
}

fn entry(section: &str, entry: &str) -> String {
    let element = parse(entry).expect("XML");
    entry_key(&element.name, &element.to_json(None), "p", section)
}

#[test]
fn one_number_for_all_entries_overwrites_none() {
    let pressure = |time: &str, value: &str| {
        let text = format!(
            "<organizer><id root='1'/><effectiveTime value='{time}'/><component><observation><code code='8480-6'/><value value='{value}'/></observation></component></organizer>"
        );
        entry("8716-3", &text)
    };
    assert_ne!(pressure("2019", "180"), pressure("2020", "120"));
    assert_eq!(pressure("2019", "180"), pressure("2019", "181"), "corrected");
    let drug = |name: &str, status: &str| {
        let text = format!(
            "<substanceAdministration><id root='1'/><statusCode code='{status}'/><consumable><manufacturedProduct><manufacturedMaterial><code nullFlavor='UNK'><originalText>{name}</originalText></code></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
        );
        entry("10160-0", &text)
    };
    assert_ne!(drug("Aspirin", "active"), drug("Warfarin", "active"));
    assert_eq!(drug("Aspirin", "active"), drug("Aspirin", "completed"));
    let problem = |code: &str, time: &str| {
        let text = format!(
            "<act><id root='1'/><code code='CONC'/><entryRelationship typeCode='SUBJ'><observation><effectiveTime>{time}</effectiveTime><value code='{code}'/></observation></entryRelationship></act>"
        );
        entry("11450-4", &text)
    };
    let since = "<low value='2010'/>";
    assert_eq!(problem("1", since), problem("1", "<low value='2010'/><high value='2012'/>"), "it has ended since");
    assert_ne!(problem("1", since), problem("2", since));
    let day = |time: &str| problem("1", &format!("<low value='{time}'/>"));
    assert_eq!(day("20100102"), day("201001020830-0500"));
    assert_ne!(problem("1", since), problem("1", "<low value='2011'/>"));
    let nothing = |text: &str| entry("11450-4", &format!("<act><id root='1'/>{text}</act>"));
    assert_ne!(nothing("<text>a</text>"), nothing("<text>b</text>"), "what says nothing is known by its content");
}

fn records(body: &str, targets: &str) -> Vec<(&'static str, Json)> {
    let text = format!(
        "<ClinicalDocument><id root='1'/>{targets}<component><structuredBody>{body}</structuredBody></component></ClinicalDocument>"
    );
    records_of(&parse(&text).expect("XML"), "a.xml")
}

#[test]
fn what_is_too_much_for_one_record_is_several() {
    let many = "<component><observation><code code='c'/></observation></component>".repeat(MOST_PARTS + 10);
    let section = format!(
        "<component><section><code code='30954-2'/><entry><organizer><id root='1'/>{many}</organizer></entry></section></component>"
    );
    let found = records(&section, "");
    let results: Vec<&Json> = found.iter().filter(|(kind, _)| *kind == "Results").map(|(_, record)| record).collect();
    let counts: Vec<usize> =
        results.iter().filter_map(|record| Some(record["organizer"]["component"].as_array()?.len())).collect();
    assert_eq!(counts, [MOST_PARTS, 10]);
    assert_eq!(results[1]["report"], results[0]["key"]);
    assert_ne!(results[1]["key"], results[0]["key"]);
}

#[test]
fn a_record_says_whom_it_is_about_where_that_is_in_question() {
    let section = "<component><section><code code='11450-4'/><subject><relatedSubject/></subject><component><section>\
                   <code code='11450-4'/><entry><act><id root='1'/></act></entry></section></component></section></component>";
    let found = records(section, "");
    let problem = found.iter().find(|(kind, _)| *kind == "Problem").expect("a problem");
    assert!(problem.1["section"]["subject"].is_object());
    let target = |name: &str| {
        format!("<recordTarget><patientRole><patient><name>{name}</name></patient></patientRole></recordTarget>")
    };
    let twins = records(section, &(target("Mia") + &target("Lia")));
    assert_eq!(twins.iter().filter(|(kind, _)| *kind == "Patient").count(), 2);
    assert!(twins.iter().all(|(kind, record)| *kind == "Patient" || record["patients"] == "2"));
    let same = records(section, &(target("Mia") + &target("Mia")));
    assert!(same.iter().all(|(_, record)| record["patients"].is_null()));
}

#[test]
fn the_youngest_document_is_told_by_its_time_and_version() {
    let age = |text: &str| age_of(&parse(&format!("<ClinicalDocument>{text}</ClinicalDocument>")).expect("XML"));
    let first = age("<effectiveTime value='20150101'/><versionNumber value='9'/>");
    let second = age("<effectiveTime value='20220101'/><versionNumber value='10'/>");
    assert!(first < second && second < age("<effectiveTime value='20220101'/><versionNumber value='11'/>"));
}

#[test]
fn a_document_type_that_is_a_mere_name_is_none() {
    assert!(parse("<!DOCTYPE ClinicalDocument><a/>").is_ok());
    assert!(parse(&("<a>".repeat(200) + &"</a>".repeat(200))).is_ok());
}
