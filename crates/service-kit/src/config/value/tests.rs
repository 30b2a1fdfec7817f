use super::*;
use crate::config::key::Unit;

const PORT: Kind = Kind::Integer { min: 0, max: 65_535 };
const RATIO: Kind = Kind::Decimal { min: 0.0, max: 1.0 };

fn refused(kind: Kind, texts: &[&str]) {
    for text in texts {
        assert!(parse(kind, text).is_err(), "{text:?} was accepted as {kind:?}");
    }
}

#[test]
fn switches_take_the_words_of_spring() {
    for text in ["true", "TRUE", "on", "Yes", "1"] {
        assert_eq!(parse(Kind::Bool, text), Ok(Value::Bool(true)), "{text}");
    }
    for text in ["false", "Off", "no", "0"] {
        assert_eq!(parse(Kind::Bool, text), Ok(Value::Bool(false)), "{text}");
    }
    refused(Kind::Bool, &["", "tru", "2", "enabled", "null"]);
}

#[test]
fn whole_numbers_respect_both_ends() {
    assert_eq!(parse(PORT, " 65535 "), Ok(Value::Integer(65_535)));
    assert_eq!(parse(PORT, "0x1F"), Ok(Value::Integer(31)));
    assert_eq!(parse(PORT, "+0"), Ok(Value::Integer(0)));
    refused(
        PORT,
        &["65536", "-1", "8761.0", "80 80", "--1", "0x-1", "1e3", "99999999999999999999"],
    );
}

#[test]
fn decimals_respect_both_ends_and_are_numbers() {
    assert_eq!(parse(RATIO, "1"), Ok(Value::Decimal(1.0)));
    refused(RATIO, &["1.01", "-0.1", "NaN", "inf", "85%"]);
}

#[test]
fn sizes_are_powers_of_1024() {
    assert_eq!(parse(Kind::Bytes, "2MB"), Ok(Value::Bytes(2 << 20)));
    assert_eq!(parse(Kind::Bytes, "512kb"), Ok(Value::Bytes(512 << 10)));
    assert_eq!(parse(Kind::Bytes, "17"), Ok(Value::Bytes(17)));
    refused(Kind::Bytes, &["", "MB", "2XB", "-1", "1.5MB", "99999999999TB"]);
}

#[test]
fn durations_respect_their_least_value() {
    let least = Kind::Duration { unit: Unit::Millis, min: Duration::from_millis(1) };

    assert_eq!(parse(least, "1"), Ok(Value::Duration(Duration::from_millis(1))));
    assert_eq!(parse(least, "0"), Err("a time of at least 1 ms".to_owned()));
}

#[test]
fn words_are_found_in_any_spelling() {
    let kind = Kind::Choice(&["never", "when-authorized", "always"]);

    assert_eq!(parse(kind, "WHEN_AUTHORIZED"), Ok(Value::Text("when-authorized".to_owned())));
    refused(kind, &["sometimes", ""]);
}

#[test]
fn lists_split_at_commas_and_trim() {
    let expected = Value::List(vec!["a".to_owned(), "b c".to_owned()]);

    assert_eq!(parse(Kind::List, " a , b c,, "), Ok(expected));
}

#[test]
fn urls_need_scheme_host_and_a_real_port() {
    for text in [
        "http://localhost:8761/eureka/",
        "https://user:pa:ss@[::1]:8761/eureka,http://eureka_2/eureka",
        "HTTP://10.0.0.1",
    ] {
        assert!(parse(Kind::Urls, text).is_ok(), "{text}");
    }
    refused(
        Kind::Urls,
        &[
            "localhost:8761",
            "htp://a",
            "http://",
            "http://a:0",
            "http://a:port/",
            "http://a b",
            "http://a:70000/",
            "http://a..b/",
            "http://[::1",
        ],
    );
}

#[test]
fn paths_are_normalised() {
    for (text, path) in [("/", ""), ("", ""), ("a/", "/a"), ("/a/b/", "/a/b")] {
        assert_eq!(parse(Kind::Path, text), Ok(Value::Text(path.to_owned())), "{text}");
    }
    refused(Kind::Path, &["/a b", "/a?b", "/a#b"]);
}

#[test]
fn hosts_are_names_or_addresses() {
    for text in ["0.0.0.0", "::", "[::1]", "localhost", "eureka-1.prod.svc"] {
        assert!(parse(Kind::Host, text).is_ok(), "{text}");
    }
    refused(Kind::Host, &["", "http://a", "a b", "a:8761", "a..b"]);
}

#[test]
fn numbers_that_do_not_fit_are_not_taken() {
    assert_eq!(u16::from_value(&Value::Integer(65_536)), None);
    assert_eq!(u16::from_value(&Value::Integer(65_535)), Some(65_535));
    assert_eq!(u32::from_value(&Value::Integer(-1)), None);
    assert_eq!(usize::from_value(&Value::Bytes(7)), Some(7));
    assert_eq!(bool::from_value(&Value::Integer(1)), None);
}
