use super::*;
use crate::deviation::Leniency;
use crate::subject::ReferenceLine;

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

fn pair(one: fn(&str) -> u16, other: fn(&str) -> u16) -> Pair {
    Pair::new(&fake::serve(one), &fake::serve(other), Leniency::towards(ReferenceLine::Boot35))
}

#[test]
fn servers_that_answer_alike_agree_on_every_script() {
    let mut pair = pair(|_| 204, |_| 204);

    for seed in 0..3 {
        let mismatches = pair.run(&generate::script(seed, 12)).unwrap();
        assert!(mismatches.is_empty(), "{mismatches:?}");
    }
}

#[test]
fn a_difference_is_found_and_shrunk_to_what_it_needs() {
    let mut pair = pair(|_| 204, |request| if request.contains("日本") { 400 } else { 204 });
    let mut failing = (0..).map(|seed| generate::script(seed, 12)).filter(|script| {
        let posts = script.steps.iter().filter(|step| step.path.starts_with("/apps/{TAG}"));
        posts.filter(|step| step.body.to_string().contains("日本")).count() > 0
    });
    let script = failing.next().unwrap();

    assert!(!pair.run(&script).unwrap().is_empty());
    let (small, mismatches) = shrink(&mut pair, &script).unwrap().unwrap();

    assert_eq!((small.steps.len(), mismatches.len()), (1, 1), "{small}");
    assert!(small.to_string().len() < 300, "{small}");
    assert_eq!(mismatches[0].differences[0], "[0].status: wanted 204, got 400");
}
