use super::*;

const LENIENT: Rules<'_> = Rules { order: FieldOrder::Free, tag: "CF1", against: Against::Record };
const STRICT: Rules<'_> = Rules { order: FieldOrder::Kept, tag: "CF1", against: Against::Record };

const LIVE: Against = Against::Live { now_ms: 1_700_000_000_000 };

fn json(rules: &Rules<'_>, body: &str) -> String {
    rules.body(body.as_bytes(), "application/json").to_string()
}

fn xml(rules: &Rules<'_>, body: &str) -> Value {
    rules.body(body.as_bytes(), "application/xml;charset=UTF-8")
}

fn answers(statuses: &[i128]) -> Vec<Value> {
    let answer = |code: &i128| Value::Object(vec![("status".to_owned(), Value::Integer(*code))]);
    statuses.iter().map(answer).collect()
}

#[test]
fn times_and_the_delta_counter_are_masked_by_type() {
    let body = r#"{"a": 1700000000000, "b": "1700000000000", "c": 0, "timestamp": "x",
        "versions__delta": "7", "d": "17000000000000", "e": 2700000000000}"#;
    let number = r#"{"versions__delta": 7}"#;

    assert_eq!(
        json(&STRICT, body),
        r#"{"json": {"a": "<ms number>", "b": "<ms text>", "c": 0, "timestamp": "<time>", "versions__delta": "<n>", "d": "17000000000000", "e": 2700000000000}}"#
    );
    assert_eq!(json(&STRICT, number), r#"{"json": {"versions__delta": "<n: not a string>"}}"#);
}

#[test]
fn near_times_become_distances_and_far_ones_stay() {
    let rules = Rules { against: LIVE, ..STRICT };
    let body = r#"{"a": 1700000000400, "b": "1700000089000", "c": 1600000000000}"#;

    assert_eq!(
        json(&rules, body),
        r#"{"json": {"a": "<now+0s number>", "b": "<now+90s text>", "c": 1600000000000}}"#
    );
}

#[test]
fn applications_of_other_cases_are_left_out_and_order_within_lists_is_free() {
    let one = r#"{"application": [{"name": "CF1-B"}, {"name": "OTHER"}, {"name": "CF1-A",
        "instance": [{"instanceId": "2"}, {"instanceId": "1"}]}]}"#;
    let other = r#"{"application": [{"name": "CF1-A",
        "instance": [{"instanceId": "1"}, {"instanceId": "2"}]}, {"name": "CF1-B"}]}"#;

    assert_eq!(json(&STRICT, one), json(&STRICT, other));
}

#[test]
fn order_of_fields_counts_only_when_kept_and_never_in_metadata() {
    let one = r#"{"metadata": {"x": "1", "y": "2"}, "b": 1}"#;
    let metadata = r#"{"metadata": {"y": "2", "x": "1"}, "b": 1}"#;
    let fields = r#"{"b": 1, "metadata": {"x": "1", "y": "2"}}"#;

    assert_eq!(json(&STRICT, one), json(&STRICT, metadata));
    assert_eq!(json(&LENIENT, one), json(&LENIENT, fields));
    assert_ne!(json(&STRICT, one), json(&STRICT, fields));
}

#[test]
fn elements_of_xml_follow_the_same_rules() {
    let one = "<applications><versions__delta>4</versions__delta><application><name>OTHER</name>\
        </application><application><name>CF1</name><instance><a>1700000000000</a><b/>\
        <metadata><x>1</x><y/></metadata></instance></application></applications>";
    let other = "<applications>\n <application>\n <name>CF1</name>\n <instance><a>1700000000009</a>\
        <b></b><metadata><y/><x>1</x></metadata></instance></application>\
        <versions__delta>5</versions__delta></applications>";
    let swapped = one.replace("<b/>", "").replace("<a>", "<b/><a>");

    assert_eq!(differences(&xml(&LENIENT, one), &xml(&LENIENT, other)), [""; 0]);
    assert_eq!(differences(&xml(&LENIENT, one), &xml(&LENIENT, &swapped)), [""; 0]);
    assert!(!differences(&xml(&STRICT, one), &xml(&STRICT, &swapped)).is_empty());
}

#[test]
fn xml_text_counts_trimmed_and_attributes_count() {
    let plain = xml(&STRICT, "<a x=\"1\">t</a>");

    assert_eq!(plain, xml(&STRICT, "<a x='1'> t\n</a>"));
    assert_ne!(plain, xml(&STRICT, "<a x='1'>u</a>"));
    assert_ne!(plain, xml(&STRICT, "<a x='2'>t</a>"));
    assert_ne!(plain, xml(&STRICT, "<a>t</a>"));
}

#[test]
fn bodies_without_meaning_say_only_that_they_are() {
    assert_eq!(json(&STRICT, "{"), r#"{"unparsable": "{"}"#);
    assert_eq!(STRICT.body(b"", "application/json"), Value::text(""));
    assert_eq!(STRICT.body(b"hi", "text/html").to_string(), r#"{"other": "text"}"#);
    assert_eq!(STRICT.body(b"<a/>", "application/xhtml+xml").to_string(), r#"{"other": "text"}"#);
}

#[test]
fn a_client_error_is_right_where_the_reference_breaks_and_nowhere_else() {
    let free = FieldOrder::Free;

    assert!(disagreements(&answers(&[200, 500]), &answers(&[200, 400]), free).is_empty());
    assert!(disagreements(&answers(&[500]), &answers(&[500]), free).is_empty());
    assert!(!disagreements(&answers(&[500]), &answers(&[200]), free).is_empty());
    assert!(!disagreements(&answers(&[400]), &answers(&[404]), free).is_empty());
    assert!(!disagreements(&answers(&[200]), &answers(&[200, 200]), free).is_empty());
}

#[test]
fn differences_say_where_and_what() {
    let wanted = Value::parse(r#"{"a": [1, {"tag": "t", "b": "x"}], "c": 1, "d": true}"#).unwrap();
    let got = Value::parse(r#"{"a": [1, {"tag": "t", "b": "y"}], "d": 1.0, "e": []}"#).unwrap();

    assert_eq!(
        differences(&wanted, &got),
        [
            r#".a[1]<t>.b: wanted "x", got "y""#,
            ".c: missing, wanted 1",
            ".d: wanted true, got 1.0",
            ".e: not wanted, got []",
        ]
    );
}

#[test]
fn renewals_do_not_count_in_lists_of_live_answers() {
    let live = Rules { against: LIVE, ..STRICT };
    let list =
        |time: u32| format!(r#"{{"application": {{"i": {{"lastRenewalTimestamp": {time}}}}}}}"#);
    let one = |time: u32| format!(r#"{{"instance": {{"lastRenewalTimestamp": {time}}}}}"#);
    let markup = |time: u32| {
        format!(
            "<application><a><lastRenewalTimestamp>{time}</lastRenewalTimestamp></a></application>"
        )
    };

    assert_eq!(json(&live, &list(1)), json(&live, &list(2)));
    assert_eq!(xml(&live, &markup(1)), xml(&live, &markup(2)));
    assert_ne!(json(&live, &one(1)), json(&live, &one(2)));
    assert_ne!(json(&STRICT, &list(1)), json(&STRICT, &list(2)));
    assert_ne!(xml(&STRICT, &markup(1)), xml(&STRICT, &markup(2)));
}

#[test]
fn instances_without_id_have_no_order_either() {
    let live = Rules { against: LIVE, ..STRICT };
    let one = r#"{"instance": [{"a": 2, "hostName": "a"}, {"a": 1, "hostName": "b"}]}"#;
    let other = r#"{"instance": [{"a": 1, "hostName": "b"}, {"a": 2, "hostName": "a"}]}"#;

    assert_eq!(json(&live, one), json(&live, other));
}
