//! `spring.security.oauth2.client.*`: who the gateway is at an authorization server.

use std::fmt;

use gateway_routing::{Node, RouteError, nearest};
use service_kit::security::tokens::Issuer;
use url::Url;

use crate::stateful::settings::fault;

/// Keys of a registration, as Spring Boot has them.
const MEMBERS: [&str; 8] = [
    "provider",
    "client-id",
    "client-secret",
    "client-authentication-method",
    "authorization-grant-type",
    "redirect-uri",
    "scope",
    "client-name",
];
/// Keys of a provider.
const PROVIDER_MEMBERS: [&str; 7] = [
    "authorization-uri",
    "token-uri",
    "user-info-uri",
    "user-info-authentication-method",
    "user-name-attribute",
    "jwk-set-uri",
    "issuer-uri",
];
const NO_LOGIN: &str = "logging people in needs sessions, which this gateway has not; use \
     authorization-grant-type: client_credentials, or TokenRelay= for the caller's own token";

/// How the gateway shows who it is (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authentication {
    /// In a header.
    Basic,
    /// In the form.
    Post,
    /// By its name alone.
    None,
}

/// Where tokens are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Here.
    Url(Url),
    /// Where the metadata of this issuer says.
    Issuer(Issuer),
}

/// What the gateway asks for a token with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) authentication: Authentication,
    pub(super) scopes: Vec<String>,
    pub(super) place: Place,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All registrations, as written.
#[derive(Clone, Default)]
pub(crate) struct Registrations(Node);

impl fmt::Debug for Registrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registrations")
    }
}

impl Registrations {
    /// `tree` is everything below `spring.security.oauth2.client`.
    ///
    /// # Errors
    /// A key that nobody knows: it may be the misspelt half of a secret.
    pub(crate) fn read(tree: Node) -> Result<Self, RouteError> {
        known(&tree, "spring.security.oauth2.client", &["registration", "provider"])?;
        for (kind, members) in [("registration", &MEMBERS[..]), ("provider", &PROVIDER_MEMBERS[..])]
        {
            for (name, node) in tree.get(kind).map(Node::entries).unwrap_or_default() {
                known(node, &format!("{kind}.{name}"), members)?;
            }
        }
        Ok(Self(tree))
    }

    /// What is there and has no effect.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let is_for_login = |node: &&(String, Node)| {
            let grant = node.1.text_at("authorization-grant-type");
            grant.is_none_or(|grant| grant == "authorization_code")
        };
        let found = self.registrations().iter().filter(is_for_login);
        found
            .map(|(name, _)| {
                format!(
                    "spring.security.oauth2.client.registration.{name} has no effect: {NO_LOGIN}"
                )
            })
            .collect()
    }

    /// Whether there is any.
    pub(crate) fn is_empty(&self) -> bool {
        self.registrations().is_empty()
    }

    fn registrations(&self) -> &[(String, Node)] {
        self.0.get("registration").map(Node::entries).unwrap_or_default()
    }

    /// The registration of a name.
    ///
    /// # Errors
    /// There is none, it is incomplete, or nothing that works without people.
    pub(crate) fn find(&self, name: &str) -> Result<Registration, RouteError> {
        let all = self.registrations();
        let Some((_, node)) = all.iter().find(|(own, _)| own == name) else {
            let problem = if all.is_empty() {
                format!(
                    "there is no spring.security.oauth2.client.registration.{name} to ask for a \
                     token with; TokenRelay= relays the caller's own"
                )
            } else {
                format!("there is no registration {name} in spring.security.oauth2.client")
            };
            let suggestion = nearest(name, all.iter().map(|(own, _)| own.as_str()));
            let suggestion = suggestion.map(str::to_owned);
            return Err(RouteError { problem, suggestion, ..RouteError::default() });
        };
        let wrong = |key: &str, problem: &str| {
            fault(node.get(key).unwrap_or(node), &format!("registration.{name}.{key}: {problem}"))
        };
        // Its value may stand in the message: of the others' alone it does.
        let missing = |key: &str| RouteError {
            origin: node.origin.clone(),
            problem: format!("registration.{name}: {key} is missing"),
            ..RouteError::default()
        };
        match node.text_at("authorization-grant-type") {
            Some("client_credentials") => {}
            None => return Err(wrong("authorization-grant-type", NO_LOGIN)),
            Some("authorization_code") => return Err(wrong("authorization-grant-type", NO_LOGIN)),
            Some(_) => {
                return Err(wrong("authorization-grant-type", "it must be client_credentials"));
            }
        }
        let authentication = match node.text_at("client-authentication-method") {
            None | Some("client_secret_basic" | "basic") => Authentication::Basic,
            Some("client_secret_post" | "post") => Authentication::Post,
            Some("none") => Authentication::None,
            Some(_) => {
                let problem = "it is none of client_secret_basic, client_secret_post and none";
                return Err(wrong("client-authentication-method", problem));
            }
        };
        let secret = node.text_at("client-secret").unwrap_or_default().to_owned();
        if secret.is_empty() && authentication != Authentication::None {
            return Err(missing("client-secret"));
        }
        Ok(Registration {
            name: name.to_owned(),
            id: node.text_at("client-id").ok_or_else(|| missing("client-id"))?.to_owned(),
            secret,
            authentication,
            scopes: node.texts_at("scope"),
            place: self.place(name, node)?,
        })
    }

    fn place(&self, name: &str, node: &Node) -> Result<Place, RouteError> {
        let provider = node.text_at("provider").unwrap_or(name);
        let all = self.0.get("provider").map(Node::entries).unwrap_or_default();
        let Some((_, found)) = all.iter().find(|(own, _)| own == provider) else {
            let problem = format!("there is no provider {provider} for registration {name}");
            let suggestion = nearest(provider, all.iter().map(|(own, _)| own.as_str()));
            return Err(RouteError {
                origin: node.get("provider").unwrap_or(node).origin.clone(),
                problem,
                suggestion: suggestion.map(str::to_owned),
                ..RouteError::default()
            });
        };
        if let Some(at) = found.get("token-uri").filter(|at| at.text().is_some()) {
            let url = at.text().and_then(|text| Url::parse(text).ok());
            let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            let words = format!("provider.{provider}.token-uri is not an http or https URL");
            return url.map(Place::Url).ok_or_else(|| fault(at, &words));
        }
        let Some(at) = found.get("issuer-uri").filter(|at| at.text().is_some()) else {
            let words = format!("provider.{provider}: token-uri or issuer-uri is missing");
            return Err(RouteError {
                origin: found.origin.clone(),
                problem: words,
                ..RouteError::default()
            });
        };
        let issuer = Issuer::parse(at.text().unwrap_or_default());
        issuer
            .map(Place::Issuer)
            .map_err(|error| fault(at, &format!("provider.{provider}.issuer-uri: {error}")))
    }
}

/// The first entry of `node` that is none of `names`, as an error.
fn known(node: &Node, place: &str, names: &[&str]) -> Result<(), RouteError> {
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let is_known = |name: &str| names.iter().any(|known| plain(known) == plain(name));
    match node.entries().iter().find(|(name, _)| !is_known(name)) {
        None => Ok(()),
        Some((name, found)) => Err(RouteError {
            origin: found.origin.clone(),
            problem: format!("{place}.{name} is not a key"),
            suggestion: nearest(name, names.iter().copied()).map(str::to_owned),
            ..RouteError::default()
        }),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use gateway_routing::{Origin, Property};

    use super::*;

    pub(in super::super) fn read(text: &[(&str, &str)]) -> Result<Registrations, RouteError> {
        Registrations::read(Node::from_properties(text.iter().map(|(path, value)| Property {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::unknown(),
        })))
    }

    const WHOLE: [(&str, &str); 6] = [
        ("registration.mine.client-id", "gw"),
        ("registration.mine.client-secret", "s3cret"),
        ("registration.mine.authorizationGrantType", "client_credentials"),
        ("registration.mine.scope", "a,b"),
        ("registration.mine.provider", "idp"),
        ("provider.idp.token-uri", "https://idp.example/token"),
    ];

    fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        let kept = WHOLE.into_iter().filter(|(key, _)| changes.iter().all(|(own, _)| own != key));
        let more = changes.iter().copied().filter(|(_, value)| !value.is_empty());
        kept.chain(more).collect()
    }

    fn error(changes: &[(&'static str, &'static str)]) -> String {
        let found = read(&with(changes)).and_then(|all| all.find("mine").map(|_| ()));
        found.unwrap_err().to_string()
    }

    #[test]
    fn a_registration_is_read_as_spring_boot_does() {
        let all = read(&WHOLE).unwrap();
        let found = all.find("mine").unwrap();
        assert_eq!((&*found.id, &*found.secret), ("gw", "s3cret"));
        assert_eq!(found.authentication, Authentication::Basic);
        assert_eq!(found.scopes, ["a", "b"]);
        assert!(matches!(found.place, Place::Url(_)));
        assert!(all.warnings().is_empty());
        assert!(!format!("{found:?} {all:?}").contains("s3cret"));
        let by_issuer =
            [("provider.idp.token-uri", ""), ("provider.idp.issuer-uri", "https://i.x")];
        let found = read(&with(&by_issuer)).unwrap().find("mine").unwrap();
        assert!(matches!(found.place, Place::Issuer(_)));
    }

    #[test]
    fn what_is_wrong_is_told_and_no_secret_with_it() {
        for (change, words) in [
            (("registration.mine.client-id", ""), "registration.mine: client-id is missing"),
            (
                ("registration.mine.client-secret", ""),
                "registration.mine: client-secret is missing",
            ),
            (
                ("registration.mine.client-secrte", "x"),
                "registration.mine.client-secrte is not a key; did you mean client-secret?",
            ),
            (
                ("registration.mine.provider", "ipd"),
                "there is no provider ipd for registration mine; did you mean idp?",
            ),
            (
                ("provider.idp.token-uri", "idp/token"),
                "provider.idp.token-uri is not an http or https URL: \"idp/token\"",
            ),
            (("provider.idp.token-uri", ""), "there is no provider idp for registration mine"),
            (
                ("registration.mine.client-authentication-method", "private_key_jwt"),
                "registration.mine.client-authentication-method: it is none of client_secret_basic, client_secret_post and none: \"private_key_jwt\"",
            ),
        ] {
            assert_eq!(error(&[change]), words);
        }
        assert!(
            error(&[("registration.mine.authorizationGrantType", "authorization_code")])
                .contains("needs sessions")
        );
        let unknown = read(&WHOLE).unwrap().find("mien").unwrap_err().to_string();
        assert!(unknown.ends_with("did you mean mine?"), "{unknown}");
        let login = [("registration.mine.authorizationGrantType", "authorization_code")];
        assert!(
            read(&with(&login)).unwrap().warnings()[0].contains("registration.mine has no effect")
        );
    }
}
