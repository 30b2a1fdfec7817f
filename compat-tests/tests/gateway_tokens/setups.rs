//! The ways in which a resource server is told whom to believe, a gateway of either kind for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::provider::Provider;
use compat_tests::gateway::request::Case;
use compat_tests::gateway::{Gateway, Kind};
use compat_tests::process::{Launch, Program};
use compat_tests::{install, paths};
use serde::Deserialize;
use serde_json::Value;

/// Longest wait for the maker of tokens.
const PATIENCE: Duration = Duration::from_secs(120);
/// All setups, by the names that `cases.py` gives them.
const SETUPS: [&str; 3] = ["keyset", "pem", "issuer"];
/// The rules of the Spring program, in our words.
const RULES: &str = "gateway.security:
  require-exp: false
  rules:
    - { path: \"/plain/public/**\", access: permit }
    - { path: \"/actuator/health\", access: permit }
    - { path: \"/plain/denied/**\", access: deny }
    - { path: \"/plain/admin/**\", access: \"scope:admin\" }
    - { path: \"/plain/role/**\", access: \"role:ADMIN\" }
    - { path: \"/plain/orders/**\", methods: [ POST ], access: \"scope:orders.write\" }
    - { path: \"/plain/orders/{id}/lines\", methods: [ GET ], access: \"scope:orders.read\" }
    - { path: \"/**\", access: authenticated }
";

/// The maker of tokens, and the provider that publishes their keys.
pub(crate) struct Tokens {
    maker: Program,
    keyset: Provider,
    issuer: Provider,
    pem: PathBuf,
}

#[derive(Deserialize)]
struct Keys {
    keyset: Vec<Value>,
    issuer: Vec<Value>,
    pem: String,
}

impl Tokens {
    /// Makes the keys; tokens come when all gateways run.
    pub(crate) fn make() -> Result<Self> {
        let source = paths::package().join("clients/tokens");
        let python = install::python("tokens", &source)?.join("python");
        let (keyset, issuer) = (Provider::start()?, Provider::start()?);
        let mut maker = Launch::new("tokens", python)?
            .arg(source.join("cases.py"))
            .arg(issuer.issuer())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .takes_lines()
            .output_apart()
            .start()?;
        let (keys, _) = maker.wait_line("keys", 0, PATIENCE, |_| true)?;
        let keys: Keys = serde_json::from_str(&keys).context("reading the keys")?;
        keyset.publish(&keys.keyset.iter().collect::<Vec<_>>());
        issuer.publish(&keys.issuer.iter().collect::<Vec<_>>());
        let pem = paths::work("gateway")?.join(format!("tokens-{}.pem", std::process::id()));
        fs::write(&pem, keys.pem).context("writing the public key")?;
        Ok(Self { maker, keyset, issuer, pem })
    }

    /// The requests of each setup, with tokens made now.
    pub(crate) fn cases(&mut self) -> Result<BTreeMap<String, Vec<Case>>> {
        self.maker.tell("now")?;
        let (cases, _) = self.maker.wait_line("requests", 1, PATIENCE, |_| true)?;
        serde_json::from_str(&cases).context("reading the requests")
    }

    /// Whom to believe in `setup`.
    fn yaml(&self, setup: &str) -> String {
        let jwt = "spring.security.oauth2.resourceserver.jwt:\n";
        match setup {
            "keyset" => format!(
                "{jwt}  issuer-uri: https://idp.example\n  jwk-set-uri: {}\n  audiences: [ orders ]\n\
                 \x20 jws-algorithms: [ RS256, ES256, PS256 ]\n",
                self.keyset.keys_uri()
            ),
            "pem" => format!(
                "{jwt}  public-key-location: \"file:{}\"\n  audiences: [ orders, payments ]\n",
                self.pem.display()
            ),
            _ => format!(
                "{jwt}  issuer-uri: {}\n  authorities-claim-name: roles\n  authority-prefix: ROLE_\n\
                 \x20 authorities-claim-delimiter: \",\"\n  principal-claim-name: user\n",
                self.issuer.issuer()
            ),
        }
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        // A key of nobody; it is not worth a failure.
        let _stays = fs::remove_file(&self.pem);
    }
}

/// A gateway and what is behind it.
pub(crate) struct Guarded {
    pub(crate) gateway: Gateway,
    pub(crate) backend: Backend,
}

/// One gateway for each setup.
pub(crate) struct Side(BTreeMap<&'static str, Guarded>);

impl Side {
    /// Starts all at once.
    pub(crate) fn start(kind: Kind, tokens: &Tokens) -> Result<Self> {
        let mut side = BTreeMap::new();
        for setup in SETUPS {
            let backend = Backend::start("plain")?;
            let mut yaml = format!(
                "spring.cloud.gateway.server.webflux.routes:\n\
                 \x20 - {{ id: plain, uri: \"{}\", predicates: [ \"Path=/plain/**\" ] }}\n\
                 eureka.client.enabled: false\n\
                 server.max-http-request-header-size: 16KB\n{}",
                backend.uri(),
                tokens.yaml(setup)
            );
            if kind == Kind::Ours {
                yaml.push_str(RULES);
            }
            side.insert(
                setup,
                Guarded { gateway: Gateway::launch(kind, &yaml, &[], &[])?, backend },
            );
        }
        side.values_mut().try_for_each(|one| one.gateway.wait_ready())?;
        Ok(Self(side))
    }

    pub(crate) fn gateway(&self, setup: &str) -> Result<&Guarded> {
        self.0.get(setup).with_context(|| format!("no setup {setup}"))
    }
}
