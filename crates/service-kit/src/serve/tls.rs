//! TLS of the server, and certificates that are replaced while it runs.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, SupportedProtocolVersion, version};
use tokio_rustls::TlsAcceptor;

use crate::config::{Config, ConfigError};
use crate::serve::SettingsError;
use crate::tls::{CONVERT, Material, TlsError, provider};

/// HTTP/2 in ALPN.
pub(super) const H2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";
/// How often certificates are looked at.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(2);

/// What TLS is spoken with. Clones share the certificates in use.
#[derive(Clone)]
pub struct ServerTls {
    shared: Arc<Inner>,
}

struct Inner {
    plan: Plan,
    current: RwLock<Arc<ServerConfig>>,
}

/// What was configured.
#[derive(Clone, Debug)]
struct Plan {
    material: Material,
    client_auth: ClientAuth,
    versions: Vec<&'static SupportedProtocolVersion>,
    ciphers: Vec<String>,
    http2: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientAuth {
    None,
    Want,
    Need,
}

impl ClientAuth {
    fn named(name: &str) -> Self {
        match name {
            "need" => Self::Need,
            "want" => Self::Want,
            _ => Self::None,
        }
    }
}

impl ServerTls {
    /// Reads `server.ssl.*`; `None` if nothing of it is set, or it is switched off.
    ///
    /// # Errors
    /// What cannot be used, by key.
    pub fn read(config: &Config, http2: bool) -> Result<Option<Self>, SettingsError> {
        let is_used = ["certificate", "bundle", "key-store"]
            .iter()
            .any(|key| config.is_set(&format!("server.ssl.{key}")));
        if !config.get::<bool>("server.ssl.enabled")? {
            return Ok(None);
        }
        if !is_used {
            if config.is_set("server.ssl.enabled") {
                let problem = "TLS needs server.ssl.certificate and certificate-private-key, or \
                               server.ssl.bundle";
                return Err(TlsError::new("server.ssl.enabled", problem).into());
            }
            return Ok(None);
        }
        let plan = Plan::read(config, http2)?;
        let current = RwLock::new(Arc::new(plan.config()?));
        Ok(Some(Self { shared: Arc::new(Inner { plan, current }) }))
    }

    /// With these PEM texts.
    #[cfg(test)]
    pub(super) fn of(certificate: &str, key: &str, http2: bool) -> Result<Self, TlsError> {
        let pem = |text| Some(crate::tls::Pem::new("test", text));
        let (certificate, private_key) = (pem(certificate), pem(key));
        let material = Material { certificate, private_key, trust: None };
        let (client_auth, versions) = (ClientAuth::None, versions(&[])?);
        let plan = Plan { material, client_auth, versions, ciphers: Vec::new(), http2 };
        let current = RwLock::new(Arc::new(plan.config()?));
        Ok(Self { shared: Arc::new(Inner { plan, current }) })
    }

    /// With these PEM texts, for clients whose certificates come from `trust`.
    #[cfg(test)]
    pub(super) fn asking(
        certificate: &str,
        key: &str,
        trust: &str,
        client_auth: &str,
    ) -> Result<Self, TlsError> {
        let own = Self::of(certificate, key, false)?;
        let mut plan = own.shared.plan.clone();
        plan.material.trust = Some(crate::tls::Pem::new("test", trust));
        plan.client_auth = ClientAuth::named(client_auth);
        let current = RwLock::new(Arc::new(plan.config()?));
        Ok(Self { shared: Arc::new(Inner { plan, current }) })
    }

    /// Takes the certificates into use that the files have now; whether they can be used.
    #[cfg(test)]
    pub(super) fn look(&self) -> bool {
        self.replace(self.shared.plan.config())
    }

    /// For a connection that begins now.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.shared.current.read()))
    }

    /// Takes certificates into use when their files change (TL-15); does not end.
    pub(super) async fn follow(&self) {
        let mut seen = self.shared.plan.stamps();
        loop {
            tokio::time::sleep(FOLLOW_INTERVAL).await;
            let shared = Arc::clone(&self.shared);
            let looking = tokio::task::spawn_blocking(move || {
                let stamps = shared.plan.stamps();
                (stamps != seen).then(|| (stamps, shared.plan.config())).ok_or(seen)
            });
            seen = match looking.await {
                Ok(Err(same)) => same,
                Ok(Ok((stamps, made))) => {
                    self.replace(made);
                    stamps
                }
                Err(_) => return std::future::pending().await,
            };
        }
    }

    /// Takes `made` into use; false if it cannot be.
    fn replace(&self, made: Result<ServerConfig, TlsError>) -> bool {
        match made {
            Ok(config) => {
                *self.shared.current.write() = Arc::new(config);
                tracing::info!("certificates were replaced");
                true
            }
            Err(error) => {
                tracing::warn!(%error, "new certificates cannot be used; the old ones stay");
                false
            }
        }
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shared.plan.fmt(f)
    }
}

impl Plan {
    fn read(config: &Config, http2: bool) -> Result<Self, SettingsError> {
        let pem = |key: &str| -> Result<_, ConfigError> {
            let value: Option<String> = config.find(key)?;
            Ok(value.map(|value| crate::tls::Pem::new(key, &value)))
        };
        let bundle: Option<String> = config.find("server.ssl.bundle")?;
        let material = match bundle {
            Some(name) => Material::bundle(config, "server.ssl.bundle", &name)?,
            None if config.is_set("server.ssl.key-store") => {
                return Err(TlsError::new("server.ssl.key-store", CONVERT).into());
            }
            None => Material {
                certificate: pem("server.ssl.certificate")?,
                private_key: pem("server.ssl.certificate-private-key")?,
                trust: pem("server.ssl.trust-certificate")?,
            },
        };
        let client_auth = ClientAuth::named(&config.get::<String>("server.ssl.client-auth")?);
        let ciphers = config.get::<Vec<String>>("server.ssl.ciphers")?;
        let protocols = config.get::<Vec<String>>("server.ssl.enabled-protocols")?;
        Ok(Self { material, client_auth, versions: versions(&protocols)?, ciphers, http2 })
    }

    fn config(&self) -> Result<ServerConfig, TlsError> {
        let missing = |what: &str| TlsError::new(format!("server.ssl.{what}"), "it is not set");
        let chain = self.material.certificate.as_ref().ok_or_else(|| missing("certificate"))?;
        let key = self.material.private_key.as_ref();
        let key = key.ok_or_else(|| missing("certificate-private-key"))?;
        let mut provider = provider();
        if !self.ciphers.is_empty() {
            let mut some = (*provider).clone();
            some.cipher_suites.retain(|suite| {
                let own = format!("{:?}", suite.suite()).replace("TLS13_", "TLS_");
                self.ciphers.iter().any(|name| name.eq_ignore_ascii_case(&own))
            });
            provider = Arc::new(some);
        }
        let unusable = |error: rustls::Error| TlsError::new("server.ssl", error);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions)
            .map_err(unusable)?;
        let builder = if self.client_auth == ClientAuth::None {
            builder.with_no_client_auth()
        } else {
            let trust = self.material.trust.as_ref().ok_or_else(|| missing("trust-certificate"))?;
            let roots = Arc::new(trust.roots()?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            let verifier = match self.client_auth {
                ClientAuth::Want => verifier.allow_unauthenticated(),
                ClientAuth::Need | ClientAuth::None => verifier,
            };
            let verifier = verifier.build();
            let verifier =
                verifier.map_err(|error| TlsError::new("server.ssl.trust-certificate", error))?;
            builder.with_client_cert_verifier(verifier)
        };
        let config = builder.with_single_cert(chain.certificates()?, key.private_key()?);
        let mut config = config.map_err(unusable)?;
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        if self.http2 {
            config.alpn_protocols.insert(0, H2.to_vec());
        }
        config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(unusable)?;
        Ok(config)
    }

    fn stamps(&self) -> Vec<Option<(std::time::SystemTime, u64, std::path::PathBuf)>> {
        let Material { certificate, private_key, trust } = &self.material;
        [certificate, private_key, trust]
            .map(|pem| pem.as_ref().and_then(|pem| pem.stamp()))
            .to_vec()
    }
}

fn versions(names: &[String]) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
    let all = [("TLSv1.3", &version::TLS13), ("TLSv1.2", &version::TLS12)];
    let wanted = |name: &str| names.is_empty() || names.iter().any(|one| one == name);
    let some: Vec<_> =
        all.into_iter().filter(|(name, _)| wanted(name)).map(|(_, version)| version).collect();
    if some.is_empty() {
        let problem = "TLSv1.2 and TLSv1.3 are spoken, none of them is enabled";
        return Err(TlsError::new("server.ssl.enabled-protocols", problem));
    }
    Ok(some)
}
