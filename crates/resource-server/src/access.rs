//! Who may do what: rules by path and method, the first that fits decides.

use std::str::FromStr;

use http::Method;

use crate::authorities::{is_authority, of_role, of_scope};
use crate::principal::Principal;
use crate::rejection::Rejection;

/// What a rule asks of a request.
///
/// ```
/// use resource_server::Access;
///
/// let access: Access = "scope:orders.write".parse()?;
/// assert_eq!(access, Access::Authority("SCOPE_orders.write".to_owned()));
/// assert_eq!("permitAll".parse(), Ok(Access::Permit));
/// # Ok::<(), resource_server::AccessError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody may. A token that is there must be valid all the same (JA-10).
    Permit,
    /// Nobody may.
    Deny,
    /// Whoever has a valid token may.
    Authenticated,
    /// Whoever has this authority may.
    Authority(String),
}

/// A text that names no access.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not permit, deny, authenticated, scope:NAME, role:NAME, authority:NAME, \
     SCOPE_NAME or ROLE_NAME"
)]
pub struct AccessError(String);

impl FromStr for Access {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, AccessError> {
        let text = text.trim();
        let wrong = || AccessError(text.to_owned());
        if let Some((kind, name)) = text.split_once(':') {
            let name = Some(name.trim()).filter(|name| !name.is_empty()).ok_or_else(wrong)?;
            return match kind.trim() {
                "scope" => Ok(Self::Authority(of_scope(name))),
                "role" => Ok(Self::Authority(of_role(name))),
                "authority" => Ok(Self::Authority(name.to_owned())),
                _ => Err(wrong()),
            };
        }
        match text {
            "permit" | "permitAll" | "permit-all" => Ok(Self::Permit),
            "deny" | "denyAll" | "deny-all" => Ok(Self::Deny),
            "authenticated" => Ok(Self::Authenticated),
            authority if is_authority(authority) => Ok(Self::Authority(authority.to_owned())),
            _ => Err(wrong()),
        }
    }
}

impl Access {
    /// Whether a request with this principal may go on.
    ///
    /// # Errors
    /// [`Rejection::NoToken`] for a request without one, [`Rejection::InsufficientScope`] for one
    /// whose principal may not.
    pub fn check(&self, principal: Option<&Principal>) -> Result<(), Rejection> {
        let may = match (self, principal) {
            (Self::Permit, _) | (Self::Authenticated, Some(_)) => true,
            (Self::Authority(authority), Some(principal)) => principal.has_authority(authority),
            (Self::Deny, _) | (_, None) => false,
        };
        match principal {
            _ if may => Ok(()),
            Some(_) => Err(Rejection::InsufficientScope),
            None => Err(Rejection::NoToken),
        }
    }
}

/// One rule; `P` is whatever a path pattern is to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<P> {
    /// Methods it is for; all if empty.
    pub methods: Vec<Method>,
    /// Paths it is for.
    pub path: P,
    /// What it asks.
    pub access: Access,
}

/// Rules in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules<P>(Vec<Rule<P>>);

impl<P> Rules<P> {
    /// These rules. Without any, a valid token is needed for everything, as Spring Boot has it.
    #[must_use]
    pub const fn new(rules: Vec<Rule<P>>) -> Self {
        Self(rules)
    }

    /// What is asked of a request with `method` whose path `matches` what a rule says. What no
    /// rule is for is denied, as in Spring.
    pub fn access(&self, method: &Method, mut matches: impl FnMut(&P) -> bool) -> &Access {
        if self.0.is_empty() {
            return &Access::Authenticated;
        }
        let fits = |rule: &&Rule<P>| {
            (rule.methods.is_empty() || rule.methods.contains(method)) && matches(&rule.path)
        };
        self.0.iter().find(fits).map_or(&Access::Deny, |rule| &rule.access)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn principal(authority: &str) -> Principal {
        Principal { name: None, authorities: vec![authority.to_owned()], claims: Map::new() }
    }

    #[test]
    fn texts_name_accesses() {
        let authority = |name: &str| Ok(Access::Authority(name.to_owned()));
        assert_eq!("scope:a.b".parse(), authority("SCOPE_a.b"));
        assert_eq!("role:ADMIN".parse(), authority("ROLE_ADMIN"));
        assert_eq!("role:ROLE_ADMIN".parse(), authority("ROLE_ADMIN"));
        assert_eq!("authority:x:y".parse(), authority("x:y"));
        assert_eq!("SCOPE_x".parse(), authority("SCOPE_x"));
        assert_eq!(" deny ".parse(), Ok(Access::Deny));
        for wrong in ["", "scope:", "scope: ", "SCOPE_", "anyone", "Scope:x", "permit all"] {
            assert!(wrong.parse::<Access>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_access_is_for_those_it_names() {
        use Rejection::{InsufficientScope, NoToken};
        let ann = principal("SCOPE_a");
        let other = Access::Authority("SCOPE_b".to_owned());
        let own = Access::Authority("SCOPE_a".to_owned());
        for (access, with, without) in [
            (Access::Permit, Ok(()), Ok(())),
            (Access::Deny, Err(InsufficientScope), Err(NoToken)),
            (Access::Authenticated, Ok(()), Err(NoToken)),
            (own, Ok(()), Err(NoToken)),
            (other, Err(InsufficientScope), Err(NoToken)),
        ] {
            assert_eq!((access.check(Some(&ann)), access.check(None)), (with, without));
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides_and_the_rest_is_denied() {
        let rule = |methods: &[Method], path, access: &str| Rule {
            methods: methods.to_vec(),
            path,
            access: access.parse().unwrap(),
        };
        let rules = Rules::new(vec![
            rule(&[], "/public", "permit"),
            rule(&[Method::POST], "/orders", "scope:w"),
            rule(&[], "/orders", "authenticated"),
        ]);
        let access = |method, path: &str| rules.access(&method, |own| *own == path).clone();
        assert_eq!(access(Method::POST, "/public"), Access::Permit);
        assert_eq!(access(Method::POST, "/orders"), Access::Authority("SCOPE_w".to_owned()));
        assert_eq!(access(Method::GET, "/orders"), Access::Authenticated);
        assert_eq!(access(Method::GET, "/other"), Access::Deny);
        let none = Rules::<&str>::new(Vec::new());
        assert_eq!(none.access(&Method::GET, |_| true), &Access::Authenticated);
    }
}
