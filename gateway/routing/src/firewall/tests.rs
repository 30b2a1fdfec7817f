use super::*;

fn strict(path: &str) -> Result<String, BadPath> {
    let clean = clean_path(path.as_bytes(), DoubleSlash::Refuse)?;
    PathPolicy::STRICT.permit(clean.ambiguity)?;
    Ok(clean.path.into_owned())
}

#[test]
fn plain_paths_pass_without_a_copy() {
    for path in ["/", "/a/b.c/d~e", "/a.b/..c/.d", "/a:b@c!$&'()*+,=/"] {
        let clean = clean_path(path.as_bytes(), DoubleSlash::Refuse).unwrap();
        assert_eq!(clean.path, path);
        assert!(matches!(clean.path, Cow::Borrowed(_)));
        assert_eq!(clean.ambiguity, Ambiguity::default());
    }
    assert_eq!(strict("/%ED%95%9C%20x").unwrap(), "/%ED%95%9C%20x");
}

#[test]
fn dot_segments_are_refused_however_written_pn_1() {
    for path in ["/a/../admin", "/./", "/%2e%2e/", "/.%2e/", "/a/%2E/", "/..", "/a/."] {
        assert_eq!(strict(path), Err(BadPath::DotSegment), "{path}");
    }
    for path in ["/..%2fadmin", "/a%2F..%2Fb", "/..%3bx"] {
        assert!(
            clean_path(path.as_bytes(), DoubleSlash::Refuse).unwrap().ambiguity.dot_segment,
            "{path}"
        );
    }
    let both = clean_path(b"/..;x=1/admin", DoubleSlash::Refuse).unwrap().ambiguity;
    assert!(both.dot_segment && both.matrix);
}

#[test]
fn double_slashes_are_refused_merged_or_kept_pn_2() {
    assert_eq!(strict("//admin"), Err(BadPath::DoubleSlash));
    assert_eq!(strict("/a//b"), Err(BadPath::DoubleSlash));
    let merged = clean_path(b"/a//b///", DoubleSlash::Merge).unwrap();
    assert_eq!(merged.path, "/a/b/");
    assert!(!merged.ambiguity.double_slash);
    assert_eq!(clean_path(b"/a//b", DoubleSlash::Keep).unwrap().path, "/a//b");
}

#[test]
fn what_hides_in_escapes_is_refused_pn_3_to_pn_7() {
    let cases = [
        ("/admin;x=1/", BadPath::Matrix),
        ("/;/admin", BadPath::Matrix),
        ("/%3badmin", BadPath::Matrix),
        ("/a\\b", BadPath::Character),
        ("/a%5cb", BadPath::EscapedCharacter),
        ("/a%00", BadPath::EscapedCharacter),
        ("/a%0a", BadPath::EscapedCharacter),
        ("/a%0D", BadPath::EscapedCharacter),
        ("/a%7f", BadPath::EscapedCharacter),
        ("/é", BadPath::Character),
        ("/%E2%80%A8", BadPath::EscapedCharacter),
        ("/a%2fb", BadPath::EncodedSlash),
        ("/%252e", BadPath::EncodedPercent),
        ("/a b", BadPath::Character),
        ("/a#b", BadPath::Character),
        ("a", BadPath::NotAbsolute),
        ("*", BadPath::NotAbsolute),
        ("", BadPath::NotAbsolute),
    ];
    for (path, expected) in cases {
        assert_eq!(strict(path), Err(expected), "{path}");
    }
}

#[test]
fn unreserved_characters_are_decoded_for_everybody_pn_8() {
    assert_eq!(strict("/%61dmin/%7Ex").unwrap(), "/admin/~x");
}

#[test]
fn broken_escapes_are_refused_pn_9() {
    for path in ["/%", "/%2", "/%zz", "/%u002e", "/%+1", "/%é"] {
        assert!(matches!(strict(path), Err(BadPath::Escape | BadPath::Character)), "{path}");
    }
    for path in ["/%c0%ae", "/%C0%AF", "/%ff"] {
        assert_eq!(strict(path), Err(BadPath::NotUtf8), "{path}");
    }
}

#[test]
fn a_route_may_let_more_through() {
    let found = clean_path(b"/a%2Fb", DoubleSlash::Refuse).unwrap();
    assert_eq!(found.path, "/a%2Fb");
    assert!(
        PathPolicy { encoded_slash: true, ..PathPolicy::STRICT }.permit(found.ambiguity).is_ok()
    );
    let route = PathPolicy { matrix: true, ..PathPolicy::STRICT };
    let both = PathPolicy { encoded_slash: true, ..PathPolicy::STRICT }.or(&route);
    assert!(both.matrix && both.encoded_slash && !both.dot_segments);
    let found = clean_path(b"/a/../b;c//%25", DoubleSlash::Merge).unwrap();
    assert!(PathPolicy::LENIENT.permit(found.ambiguity).is_ok());
}

#[test]
fn hosts_are_names_with_ports_ho_1() {
    for host in ["a.example", "a:8080", "[::1]:80", "127.0.0.1", "a_b"] {
        assert!(is_host(host), "{host}");
    }
    for host in ["", "a/b", "u@a", "a b", "a,b", "a:x", "[::1", "a:99999", "[zz]", "a:1:2"] {
        assert!(!is_host(host), "{host}");
    }
}
