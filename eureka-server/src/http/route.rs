//! Which resource a path names (section 1.1).

use std::borrow::Cow;

use super::path::decode_segment;

/// A resource of the Eureka REST interface. Application names are upper case (RT-6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// `/apps`
    Apps,
    /// `/apps/delta`
    Delta,
    /// `/apps/{app}`
    Application(Cow<'a, str>),
    /// `/apps/{app}/{id}`
    Instance(Cow<'a, str>, Cow<'a, str>),
    /// `/apps/{app}/{id}/status`
    Status(Cow<'a, str>, Cow<'a, str>),
    /// `/apps/{app}/{id}/metadata`
    Metadata(Cow<'a, str>, Cow<'a, str>),
    /// `/instances/{id}`
    AnyInstance(Cow<'a, str>),
    /// `/vips/{vip}`
    Vip(Cow<'a, str>),
    /// `/svips/{svip}`
    SecureVip(Cow<'a, str>),
    /// `/peerreplication/batch`
    Batch,
    /// `/asg/{name}/status`
    Asg,
    /// `/status`
    ServerStatus,
}

impl Route<'_> {
    /// Methods it has, as `Allow` tells them (RT-9).
    #[must_use]
    pub const fn allow(&self) -> &'static str {
        match self {
            Self::Apps
            | Self::Delta
            | Self::AnyInstance(_)
            | Self::Vip(_)
            | Self::SecureVip(_)
            | Self::ServerStatus => "GET,OPTIONS",
            Self::Application(_) => "POST,GET,OPTIONS",
            Self::Instance(..) => "DELETE,GET,OPTIONS,PUT",
            Self::Status(..) => "DELETE,OPTIONS,PUT",
            Self::Metadata(..) | Self::Asg => "OPTIONS,PUT",
            Self::Batch => "POST,OPTIONS",
        }
    }
}

/// What a path below the server's context path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A resource of the REST interface.
    Eureka(Route<'a>),
    /// Below the REST interface, but nothing there.
    Nothing,
    /// Outside of it: pages and management.
    Page,
}

/// Folders of the dashboard's files, which Spring keeps below the REST interface.
const ASSETS: [&str; 4] = ["/css/", "/js/", "/fonts/", "/images/"];

/// Segments looked at: one more than any resource has, so that a longer path is seen to be longer.
const SEGMENTS: usize = 5;

/// Reads `path`. `/eureka/X` and `/eureka/v2/X` are the same (RT-2), with or without one trailing
/// slash (RT-4); a doubled slash names nothing (RT-5).
#[must_use]
pub fn target(path: &str) -> Target<'_> {
    let Some(rest) = path.strip_prefix("/eureka") else { return Target::Page };
    if !rest.starts_with("/apps") && ASSETS.iter().any(|folder| rest.starts_with(folder)) {
        return Target::Page;
    }
    let rest = match rest.strip_prefix("/v2") {
        Some(below) if below.is_empty() || below.starts_with('/') => below,
        _ => rest,
    };
    let Some(rest) = rest.strip_prefix('/') else {
        return if rest.is_empty() { Target::Nothing } else { Target::Page };
    };
    match route(rest.strip_suffix('/').unwrap_or(rest)) {
        Some(route) => Target::Eureka(route),
        None => Target::Nothing,
    }
}

fn route(path: &str) -> Option<Route<'_>> {
    match segments(path) {
        [Some("apps"), None, ..] => Some(Route::Apps),
        [Some("apps"), Some("delta"), None, ..] => Some(Route::Delta),
        [Some("apps"), Some(app), None, ..] => Some(Route::Application(upper(app)?)),
        [Some("apps"), Some(app), Some(id), None, _] => {
            Some(Route::Instance(upper(app)?, named(id)?))
        }
        [Some("apps"), Some(app), Some(id), Some("status"), None] => {
            Some(Route::Status(upper(app)?, named(id)?))
        }
        [Some("apps"), Some(app), Some(id), Some("metadata"), None] => {
            Some(Route::Metadata(upper(app)?, named(id)?))
        }
        [Some("instances"), Some(id), None, ..] => Some(Route::AnyInstance(named(id)?)),
        [Some("vips"), Some(vip), None, ..] => Some(Route::Vip(named(vip)?)),
        [Some("svips"), Some(vip), None, ..] => Some(Route::SecureVip(named(vip)?)),
        [Some("peerreplication"), Some("batch"), None, ..] => Some(Route::Batch),
        [Some("asg"), Some(name), Some("status"), None, _] => named(name).map(|_| Route::Asg),
        [Some("status"), None, ..] => Some(Route::ServerStatus),
        _ => None,
    }
}

/// Splits `path` at its slashes.
fn segments(path: &str) -> [Option<&str>; SEGMENTS] {
    let mut parts = [None; SEGMENTS];
    let mut start = 0;
    let ends = memchr::memchr_iter(b'/', path.as_bytes()).chain([path.len()]);
    for (part, end) in parts.iter_mut().zip(ends) {
        *part = path.get(start..end);
        start = end + 1;
    }
    parts
}

/// A decoded segment; empty ones name nothing.
fn named(segment: &str) -> Option<Cow<'_, str>> {
    decode_segment(segment).filter(|name| !name.is_empty())
}

fn upper(segment: &str) -> Option<Cow<'_, str>> {
    let name = named(segment)?;
    let is_upper = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase());
    Some(if is_upper { name } else { Cow::Owned(name.to_uppercase()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eureka(path: &str) -> Option<Route<'_>> {
        match target(path) {
            Target::Eureka(route) => Some(route),
            Target::Nothing | Target::Page => None,
        }
    }

    #[test]
    fn both_prefixes_and_a_trailing_slash_name_the_same() {
        for path in ["/eureka/apps", "/eureka/apps/", "/eureka/v2/apps", "/eureka/v2/apps/"] {
            assert_eq!(eureka(path), Some(Route::Apps), "{path}");
        }
        assert_eq!(eureka("/eureka/peerreplication/batch/"), Some(Route::Batch));
        assert_eq!(
            eureka("/eureka/apps/foo/h%3Afoo:1/"),
            Some(Route::Instance("FOO".into(), "h:foo:1".into()))
        );
        assert_eq!(
            eureka("/eureka/v2/apps/foo/x/status"),
            Some(Route::Status("FOO".into(), "x".into()))
        );
        assert_eq!(eureka("/eureka/vips/aB"), Some(Route::Vip("aB".into())));
    }

    #[test]
    fn other_paths_name_nothing() {
        for path in [
            "/eureka",
            "/eureka/",
            "/eureka//apps",
            "/eureka/apps//",
            "/eureka/v1/apps",
            "/eureka/lastn",
            "/eureka/apps/a/b/c",
            "/eureka/apps/a/b/status/x",
            "/eureka/apps/%ff",
            "/eureka/serverinfo/statusoverrides",
        ] {
            assert_eq!(target(path), Target::Nothing, "{path}");
        }
        for path in ["/", "/lastn", "/eurekax", "/actuator/health", "/eureka/css/a.css"] {
            assert_eq!(target(path), Target::Page, "{path}");
        }
    }
}
