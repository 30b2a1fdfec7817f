use super::*;

fn matches(pattern: &str, path: &str) -> bool {
    captured(pattern, path).is_some()
}

/// Variables by name in the order of the pattern.
fn captured(pattern: &str, path: &str) -> Option<String> {
    captured_with(pattern, path, true)
}

fn captured_with(pattern: &str, path: &str, trailing_slash: bool) -> Option<String> {
    let mut names = Names::default();
    let pattern = PathPattern::parse(pattern, &mut names).unwrap();
    let mut captures = Captures::default();
    captures.reset(names.len());
    pattern.is_match(path, trailing_slash, &mut captures).then(|| {
        let value = |(slot, name)| {
            format!(
                "{name}={}",
                captures.value(slot, path, "").map_or_else(|| "?".into(), |f| f.text)
            )
        };
        names.iter().enumerate().map(value).collect::<Vec<_>>().join(" ")
    })
}

#[test]
fn literals_are_compared_decoded_and_with_case_pp_1() {
    assert!(matches("/a b", "/a%20b"));
    assert!(matches("/orders", "/%6frders"));
    assert!(!matches("/orders", "/Orders"));
    assert!(!matches("/a/b", "/a%2Fb"));
    assert!(matches("/", "/"));
    assert!(!matches("/a", "/"));
    assert!(!matches("/a", ""));
}

#[test]
fn wildcards_stand_for_characters_or_a_segment_pp_2_pp_3() {
    assert!(matches("/a?c", "/abc") && matches("/a?c", "/a%C3%A9c"));
    assert!(!matches("/a?c", "/ac") && !matches("/a?c", "/abbc"));
    assert!(matches("/a/*/b", "/a/x/b") && !matches("/a/*/b", "/a//b"));
    assert!(matches("/a/*", "/a/") && matches("/a/*", "/a/x") && !matches("/a/*", "/a"));
    assert!(matches("/a*z", "/az") && matches("/a*z", "/abcz") && !matches("/a*z", "/ab/z"));
    assert!(matches("/*", "/"));
}

#[test]
fn two_stars_at_the_end_are_all_segments_pp_4() {
    for path in ["/products", "/products/", "/products/1/2", "/products//"] {
        assert!(matches("/products/**", path), "{path}");
    }
    assert!(!matches("/products/**", "/productsx"));
    assert!(matches("/**", "/") && matches("/**", "/a/b") && matches("**", "/a"));
}

#[test]
fn variables_are_one_segment_or_part_of_one_pp_5_pp_6_pp_9() {
    assert_eq!(captured("/o/{id}", "/o/%ED%95%9C").unwrap(), "id=한");
    assert_eq!(captured("/o/{id}", "/o/"), None);
    assert_eq!(captured("/o/{id:\\d+}", "/o/12").unwrap(), "id=12");
    assert_eq!(captured("/o/{id:\\d{1,3}}", "/o/1234"), None);
    assert_eq!(captured("/img/{name}.png", "/img/a.png").unwrap(), "name=a");
    assert_eq!(captured("/img/{name}.png", "/img/a%20b.png").unwrap(), "name=a b");
    assert_eq!(captured("/v{n:\\d+}/{x}", "/v2/y").unwrap(), "n=2 x=y");
    assert_eq!(captured("/{a}-{b}", "/1-2-3").unwrap(), "a=1-2 b=3");
}

#[test]
fn the_rest_is_captured_with_its_slash_pp_7() {
    assert_eq!(captured("/x/{*rest}", "/x/a/b%20c").unwrap(), "rest=/a/b c");
    assert_eq!(captured("/x/{*rest}", "/x").unwrap(), "rest=");
    assert_eq!(captured("/x/{*rest}", "/x/").unwrap(), "rest=/");
    assert_eq!(captured("/{*rest}", "/").unwrap(), "rest=/");
}

#[test]
fn what_may_only_be_the_end_is_refused_elsewhere_pp_8() {
    for pattern in ["/**/x", "/{*a}/x", "/a/**/"] {
        let error = PathPattern::parse(pattern, &mut Names::default()).unwrap_err();
        assert!(error.contains("Ant"), "{error}");
    }
    for pattern in ["/{a", "/a}", "/{1a}", "/{}", "/{a:(}"] {
        assert!(PathPattern::parse(pattern, &mut Names::default()).is_err(), "{pattern}");
    }
}

#[test]
fn matrix_parameters_are_not_compared_pp_10() {
    assert!(matches("/admin/**", "/admin;x=1/u"));
    assert_eq!(captured("/o/{id}", "/o/7;v=1").unwrap(), "id=7");
    assert_eq!(captured("/o/{id}", "/o/;v=1"), None);
}

#[test]
fn empty_segments_count_pp_11() {
    assert!(!matches("/a", "//a") && !matches("/a/b", "/a//b"));
    assert!(matches("/**", "//a"));
}

#[test]
fn a_trailing_slash_is_forgiven_if_asked_pp_12() {
    assert!(captured_with("/orders/{id}", "/orders/1/", true).is_some());
    assert!(captured_with("/orders/{id}", "/orders/1/", false).is_none());
    assert!(captured_with("/orders/{id}", "/orders/1//", true).is_none());
    assert!(captured_with("/orders/", "/orders", true).is_none());
    assert!(captured_with("/orders/", "/orders/", false).is_some());
    assert!(captured_with("/", "//", true).is_none());
}
