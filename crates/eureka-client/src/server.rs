//! A discovery server: where it is and what password it wants.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

/// A discovery server, as its URL says: `http://user:password@host:8761/eureka/`.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Without credentials, with a slash at the end.
    base: Url,
    credentials: Option<Credentials>,
}

/// User and password, percent-decoded. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// A URL that names no discovery server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    /// It is no URL.
    #[error("a server URL cannot be read")]
    Syntax(#[from] url::ParseError),
    /// It is neither `http` nor `https`.
    #[error("a server URL begins with {0}: instead of http: or https:")]
    Scheme(String),
    /// It has a query or a fragment, after which no path can be added.
    #[error("a server URL ends with a query or fragment")]
    Trailing,
}

impl Server {
    /// Reads a URL. Blanks around it are dropped and a missing last slash is added (ZN-2).
    ///
    /// Credentials are split at the first colon, so a password may contain more of them. The Java
    /// client sends none in that case (ZN-4).
    ///
    /// # Errors
    /// What is wrong with the URL; credentials in it are not repeated.
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let mut base = Url::parse(text.trim())?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(ServerUrlError::Scheme(base.scheme().to_owned()));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(ServerUrlError::Trailing);
        }
        let credentials = base.password().map(|password| Credentials {
            user: percent_decode_str(base.username()).decode_utf8_lossy().into_owned(),
            password: percent_decode_str(password).decode_utf8_lossy().into_owned(),
        });
        without_credentials(&mut base);
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self { base, credentials })
    }

    /// Base of every path, without credentials and with a slash at the end.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.base
    }

    pub(crate) const fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Where a redirect to `location` leads (TR-5): everything before its last `apps` segment.
    /// `None` for a location that is not a resource of a discovery server.
    ///
    /// A password goes along only to the same host and port.
    pub(crate) fn redirected(&self, location: &str) -> Option<Self> {
        let mut base = self.base.join(location).ok()?;
        let path = base.path();
        let apps = path.rfind("/apps/").or_else(|| path.ends_with("/apps").then(|| path.len() - 5));
        let path = path.get(..=apps?)?.to_owned();
        if !matches!(base.scheme(), "http" | "https") {
            return None;
        }
        without_credentials(&mut base);
        base.set_path(&path);
        base.set_query(None);
        base.set_fragment(None);
        let credentials = self.credentials.clone().filter(|_| base.origin() == self.base.origin());
        Some(Self { base, credentials })
    }
}

/// `http` and `https` URLs can always be without; the results say otherwise for other schemes.
fn without_credentials(url: &mut Url) {
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.base.fmt(f)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.base)
    }
}

impl std::str::FromStr for Server {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_slash_is_added_and_blanks_are_dropped() {
        for text in ["http://h:1/eureka", " http://h:1/eureka/ "] {
            assert_eq!(Server::parse(text).unwrap().to_string(), "http://h:1/eureka/");
        }
        assert_eq!(Server::parse("http://[::1]:8761").unwrap().to_string(), "http://[::1]:8761/");
    }

    #[test]
    fn credentials_are_decoded_kept_apart_and_never_shown() {
        let server = Server::parse("http://us%40er:pa:s%20s@h/eureka").unwrap();
        let credentials = server.credentials().unwrap();
        assert_eq!((&*credentials.user, &*credentials.password), ("us@er", "pa:s s"));
        assert_eq!(server.to_string(), "http://h/eureka/");
        assert_eq!(format!("{server:?}"), "Server(http://h/eureka/)");
        assert!(Server::parse("http://user@h/").unwrap().credentials().is_none());
    }

    #[test]
    fn what_is_no_server_is_refused_without_repeating_the_password() {
        assert_eq!(
            Server::parse("ftp://u:secret@h/").unwrap_err(),
            ServerUrlError::Scheme("ftp".to_owned())
        );
        assert_eq!(Server::parse("http://h/?a=b").unwrap_err(), ServerUrlError::Trailing);
        let error = Server::parse("http://u:secret@h:port/").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    #[test]
    fn a_redirect_keeps_what_stands_before_the_last_apps() {
        let server = Server::parse("http://u:p@a:1/eureka/").unwrap();
        let to = |location: &str| server.redirected(location).map(|server| server.to_string());

        assert_eq!(to("http://b:2/x/v2/apps/FOO/id").as_deref(), Some("http://b:2/x/v2/"));
        assert_eq!(to("http://b:2/apps").as_deref(), Some("http://b:2/"));
        assert_eq!(to("/other/apps/?x=1").as_deref(), Some("http://a:1/other/"));
        assert_eq!(to("http://b:2/login"), None);
        assert_eq!(to("file:///apps/"), None);
    }

    #[test]
    fn a_redirect_takes_the_password_only_to_the_same_place() {
        let server = Server::parse("http://u:p@a:1/eureka/").unwrap();
        let has_password =
            |to: &str| server.redirected(to).is_some_and(|server| server.credentials().is_some());

        assert!(has_password("http://a:1/v2/apps/"));
        assert!(!has_password("http://a:2/v2/apps/"));
        assert!(!has_password("http://u:p@b:1/v2/apps/"));
    }
}
