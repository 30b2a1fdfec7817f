//! Style, script and icon of the pages, built into the program.

/// The policy both pages are to be sent with, as the value of `Content-Security-Policy`.
///
/// Everything comes from this server, in files of its own: a script or style that found its way into
/// the page would not run. Framing by pages of the same origin stays possible for portals.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src \
     'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'self'";

const CSS: &str = include_str!("assets/dashboard.css");
const JS: &str = include_str!("assets/dashboard.js");
const ICON: &str = include_str!("assets/dashboard.svg");

/// Changes whenever an asset does, so that a browser may keep what it has.
pub(super) const VERSION: u64 = fingerprint(&[CSS, JS, ICON]);

/// Content type and bytes of the asset at `path` below the context path, e.g.
/// `/eureka/css/dashboard.css`; `None` for any other path.
///
/// The pages ask for assets with a version in the query, so an answer may be cached for long.
#[must_use]
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    match path {
        "/eureka/css/dashboard.css" => Some(("text/css; charset=utf-8", CSS.as_bytes())),
        "/eureka/js/dashboard.js" => Some(("text/javascript; charset=utf-8", JS.as_bytes())),
        "/eureka/images/dashboard.svg" => Some(("image/svg+xml", ICON.as_bytes())),
        _ => None,
    }
}

/// FNV-1a over all texts.
const fn fingerprint(texts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut texts = texts;
    while let Some((text, others)) = texts.split_first() {
        let mut bytes = text.as_bytes();
        while let Some((&byte, rest)) = bytes.split_first() {
            hash = (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
            bytes = rest;
        }
        texts = others;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_found_by_their_full_path_only() {
        for path in
            ["/eureka/css/dashboard.css", "/eureka/js/dashboard.js", "/eureka/images/dashboard.svg"]
        {
            assert!(asset(path).is_some_and(|(_, bytes)| !bytes.is_empty()), "{path}");
        }
        for path in ["", "/", "/eureka/css/", "eureka/css/dashboard.css", "/eureka/css/x.css"] {
            assert!(asset(path).is_none(), "{path}");
        }
    }

    #[test]
    fn assets_ask_for_nothing_from_elsewhere() {
        for text in [CSS, JS] {
            assert!(!text.contains("://") && !text.contains("@import"));
        }
        assert!(!JS.contains("innerHTML") && !JS.contains("eval("));
    }

    #[test]
    fn the_version_follows_the_content() {
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["a", "c"]));
        assert_ne!(VERSION, fingerprint(&[]));
    }
}
