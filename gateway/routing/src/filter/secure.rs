//! Headers that make browsers careful (SH-1 to SH-10).

use http::{HeaderName, HeaderValue};

use crate::args::Args;
use crate::{Node, RouteError};

/// Header, its key in configuration, and its value unless configured.
const DEFAULTS: [(&str, &str, &str); 9] = [
    ("x-xss-protection", "xssProtectionHeader", "1 ; mode=block"),
    ("strict-transport-security", "strictTransportSecurity", "max-age=631138519"),
    ("x-frame-options", "frameOptions", "DENY"),
    ("x-content-type-options", "contentTypeOptions", "nosniff"),
    ("referrer-policy", "referrerPolicy", "no-referrer"),
    (
        "content-security-policy",
        "contentSecurityPolicy",
        "default-src 'self' https:; font-src 'self' https: data:; img-src 'self' https: data:; \
         object-src 'none'; script-src https:; style-src 'self' https: 'unsafe-inline'",
    ),
    ("x-download-options", "downloadOptions", "noopen"),
    ("x-permitted-cross-domain-policies", "permittedCrossDomainPolicies", "none"),
    (PERMISSIONS, "permissionsPolicy", ""),
];

const PERMISSIONS: &str = "permissions-policy";

/// Features that are forbidden by the default permissions policy, once it is switched on.
const FEATURES: [&str; 29] = [
    "accelerometer",
    "ambient-light-sensor",
    "autoplay",
    "battery",
    "camera",
    "cross-origin-isolated",
    "display-capture",
    "document-domain",
    "encrypted-media",
    "execution-while-not-rendered",
    "execution-while-out-of-viewport",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "keyboard-map",
    "magnetometer",
    "microphone",
    "midi",
    "navigation-override",
    "payment",
    "picture-in-picture",
    "publickey-credentials-get",
    "screen-wake-lock",
    "sync-xhr",
    "usb",
    "web-share",
    "xr-spatial-tracking",
    "clipboard-read",
    "clipboard-write",
];

/// Names of arguments that a route may give.
pub(super) const KEYS: &[&str] = &[
    "xssProtectionHeader",
    "strictTransportSecurity",
    "frameOptions",
    "contentTypeOptions",
    "referrerPolicy",
    "contentSecurityPolicy",
    "downloadOptions",
    "permittedCrossDomainPolicies",
    "permissionsPolicy",
    "enable",
    "disable",
];

/// Which headers are set to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureHeaders {
    /// Values in the order of the table.
    values: Vec<String>,
    /// Headers that are not set, lower case.
    disabled: Vec<String>,
    /// Headers that are set although they are off by default, lower case.
    enabled: Vec<String>,
}

impl Default for SecureHeaders {
    fn default() -> Self {
        let values = DEFAULTS.iter().map(|(.., value)| (*value).to_owned()).collect();
        Self { values, disabled: Vec::new(), enabled: Vec::new() }
    }
}

impl SecureHeaders {
    /// Reads `filter.secure-headers` of the gateway's tree.
    #[must_use]
    pub fn read(node: &Node) -> Self {
        let mut own = Self::default();
        own.set(|key| node.text_at(key), node.texts_at("enable"), node.texts_at("disable"));
        own
    }

    fn set<'a>(
        &mut self,
        value: impl Fn(&str) -> Option<&'a str>,
        enable: Vec<String>,
        disable: Vec<String>,
    ) {
        for ((_, key, _), own) in DEFAULTS.iter().zip(&mut self.values) {
            if let Some(text) = value(key) {
                text.clone_into(own);
            }
        }
        self.enabled.extend(enable.into_iter().map(|name| name.to_ascii_lowercase()));
        self.disabled.extend(disable.into_iter().map(|name| name.to_ascii_lowercase()));
    }

    /// Names and values, ready to be set.
    pub(super) fn compiled(&self) -> Result<Box<[(HeaderName, HeaderValue)]>, String> {
        let has = |list: &[String], name: &str| list.iter().any(|own| own == name);
        let mut out = Vec::new();
        for ((name, ..), value) in DEFAULTS.iter().zip(&self.values) {
            let is_off = *name == PERMISSIONS && !has(&self.enabled, name);
            if is_off || has(&self.disabled, name) {
                continue;
            }
            let features;
            let value = if *name == PERMISSIONS && value.is_empty() {
                features = FEATURES.map(|feature| format!("{feature}=()")).join(", ");
                &features
            } else {
                value
            };
            let parsed = HeaderValue::from_str(value);
            let parsed = parsed.map_err(|_error| format!("{value:?} is not a value for {name}"))?;
            out.push((HeaderName::from_static(name), parsed));
        }
        Ok(out.into_boxed_slice())
    }
}

/// The settings of a route: those of the gateway with what the route says over them.
pub(super) fn of_route(
    common: &SecureHeaders,
    args: &Args<'_>,
) -> Result<SecureHeaders, RouteError> {
    let list =
        |key: &str| -> Vec<String> { args.list(key).into_iter().map(str::to_owned).collect() };
    let (enable, disable) = (list("enable"), list("disable"));
    let known = || DEFAULTS.iter().map(|(name, ..)| *name);
    for name in enable.iter().chain(&disable) {
        if !known().any(|own| own.eq_ignore_ascii_case(name)) {
            let problem = format!("{name} is not a header of this filter");
            return Err(args.error(problem).near(name, known()));
        }
    }
    let mut own = common.clone();
    own.set(|key| args.text(key), enable, disable);
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_headers_are_set_and_the_ninth_on_demand_sh_9() {
        let mut headers = SecureHeaders::default();
        assert_eq!(headers.compiled().unwrap().len(), 8);
        headers.set(
            |_| None,
            vec!["Permissions-Policy".to_owned()],
            vec!["X-Frame-Options".to_owned()],
        );
        let all = headers.compiled().unwrap();
        assert!(all.iter().all(|(name, _)| name != "x-frame-options"));
        let policy = all.iter().find(|(name, _)| name == PERMISSIONS).unwrap();
        assert!(policy.1.to_str().unwrap().contains("camera=()"));
    }
}
