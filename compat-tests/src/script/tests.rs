use super::*;

#[test]
fn names_are_filled_in_everywhere_and_xml_is_written() {
    let body = Value::parse(r#"{"instance": {"app": "{TAG}-A", "{tag}": ["{tag}"]}}"#).unwrap();
    let xml = [("Content-Type", "application/xml")];
    let steps = vec![
        step("POST", "/apps/{TAG}-A?{tag}", &[("X", "{tag}")], body.clone()),
        step("POST", "/apps", &xml, body),
    ];

    let case = Script { name: "x".to_owned(), steps }.instantiate("Dab");

    assert_eq!((case.tag.as_str(), case.steps[0].path.as_str()), ("DAB", "/apps/DAB-A?dab"));
    assert_eq!(case.steps[0].headers.to_string(), r#"{"X": "dab"}"#);
    assert_eq!(case.steps[0].body.to_string(), r#"{"instance": {"app": "DAB-A", "dab": ["dab"]}}"#);
    assert_eq!(
        case.steps[1].body.as_text(),
        Some("<instance><app>DAB-A</app><dab>dab</dab></instance>")
    );
}

#[test]
fn a_printed_script_can_be_read_back() {
    let script = generate::script(42, 12);
    let path = crate::paths::work("unit-test").unwrap().join("script.json");

    script.save(&path).unwrap();

    assert_eq!(Script::load(&path).unwrap().to_string(), script.to_string());
}

#[test]
fn a_seed_is_a_script_and_another_seed_another() {
    let printed = |seed| generate::script(seed, 12).to_string();

    assert_eq!(printed(1), printed(1));
    assert_ne!(printed(1), printed(2));
}

#[test]
fn scripts_are_rich_enough() {
    let all: String = (0..200).map(|seed| generate::script(seed, 12).to_string()).collect();

    for sign in [
        "\"POST\"",
        "\"PUT\"",
        "\"DELETE\"",
        "\"HEAD\"",
        "application/xml",
        "/status?value=",
        "/metadata",
        "peerreplication",
        "AmazonInfo",
        "OUT_OF_SERVICE",
        "日本",
        "\"X-Eureka-Accept\": \"compact\"",
        "unknownNumber",
        "x-netflix-discovery-replication",
        "\"@enabled\": true",
        "<&\\\">'",
    ] {
        assert!(all.contains(sign), "no script has {sign}");
    }
}
