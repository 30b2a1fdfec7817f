//! Certificates and keys, as configuration names them: PEM files, PEM texts, and Spring's bundles.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::config::Config;

/// Begins every PEM text.
const PEM_START: &str = "-----BEGIN ";
/// What to do with a Java key store.
pub(crate) const CONVERT: &str = "Java key stores are not read; make PEM files of it: `openssl pkcs12 -in store.p12 -nodes \
     -out both.pem` (for JKS first `keytool -importkeystore -srckeystore store.jks -destkeystore \
     store.p12 -deststoretype PKCS12`), and set certificate and certificate-private-key";

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file.
    #[error("{key}: cannot read {path}")]
    File {
        /// Key that names it.
        key: String,
        /// Path as written.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Anything else.
    #[error("{key}: {problem}")]
    Unusable {
        /// Key that says it.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl TlsError {
    /// `key` says something that cannot be used.
    pub fn new(key: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self::Unusable { key: key.into(), problem: format!("{problem}") }
    }
}

/// Where a PEM text is, and the key that says so.
#[derive(Clone, Debug)]
pub struct Pem {
    key: String,
    place: Place,
}

#[derive(Clone)]
enum Place {
    /// In the configuration itself.
    Here(String),
    /// In a file.
    File(PathBuf),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here(_) => f.write_str("PEM text"),
            Self::File(path) => path.fmt(f),
        }
    }
}

impl Pem {
    /// What `value` of `key` means: a PEM text, or a file with or without Spring's `file:`.
    #[must_use]
    pub fn new(key: &str, value: &str) -> Self {
        let value = value.trim();
        let place = if value.starts_with(PEM_START) {
            Place::Here(value.to_owned())
        } else {
            let path = value.strip_prefix("file:").or_else(|| value.strip_prefix("classpath:"));
            let path = path.unwrap_or(value);
            Place::File(path.strip_prefix("//").unwrap_or(path).into())
        };
        Self { key: key.to_owned(), place }
    }

    fn text(&self) -> Result<Vec<u8>, TlsError> {
        match &self.place {
            Place::Here(text) => Ok(text.clone().into_bytes()),
            Place::File(path) => std::fs::read(path).map_err(|source| TlsError::File {
                key: self.key.clone(),
                path: path.display().to_string(),
                source,
            }),
        }
    }

    /// The certificates in it, at least one.
    ///
    /// # Errors
    /// It cannot be read, or has none.
    pub fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let text = self.text()?;
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let found = read.map_err(|error| TlsError::new(&self.key, error))?;
        if found.is_empty() {
            let problem =
                "there is no PEM certificate; of a Java key store one has to be made first";
            return Err(TlsError::new(&self.key, problem));
        }
        Ok(found)
    }

    /// The private key in it.
    ///
    /// # Errors
    /// It cannot be read, has none, or one under a password.
    pub fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let text = self.text()?;
        PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
            let text = String::from_utf8_lossy(&text);
            if text.contains("ENCRYPTED") {
                let problem = "keys under a password are not read; take it off with \
                               `openssl pkey -in key.pem -out plain.pem`";
                return TlsError::new(&self.key, problem);
            }
            TlsError::new(&self.key, format!("there is no private key: {error}"))
        })
    }

    /// The certificates in it, as those that others are trusted by.
    ///
    /// # Errors
    /// As [`Pem::certificates`], or one of them cannot be used.
    pub fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots.add(certificate).map_err(|error| TlsError::new(&self.key, error))?;
        }
        Ok(roots)
    }

    /// What changes when the file does, also when a link to it is moved.
    pub(crate) fn stamp(&self) -> Option<(SystemTime, u64, PathBuf)> {
        let Place::File(path) = &self.place else { return None };
        let found = std::fs::metadata(path).ok()?;
        let real = std::fs::canonicalize(path).ok()?;
        Some((found.modified().ok()?, found.len(), real))
    }
}

/// A certificate with its key, and whom to trust.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// Chain, own certificate first.
    pub certificate: Option<Pem>,
    /// Private key of the first certificate.
    pub private_key: Option<Pem>,
    /// Certificates that others must come from.
    pub trust: Option<Pem>,
}

impl Material {
    /// The bundle of this name below `spring.ssl.bundle.pem`; `key` names it.
    ///
    /// # Errors
    /// There is none, or one of another kind (TL-5).
    pub fn bundle(config: &Config, key: &str, name: &str) -> Result<Self, TlsError> {
        let mut found = Self::default();
        let (mut is_there, mut is_java) = (false, false);
        for (entry, value) in config.map("spring.ssl.bundle") {
            let Some((kind, rest)) = entry.split_once('.') else { continue };
            let Some(rest) = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) else {
                continue;
            };
            is_java |= kind == "jks";
            if kind != "pem" {
                continue;
            }
            is_there = true;
            let full = format!("spring.ssl.bundle.{entry}");
            match rest.replace('-', "").to_ascii_lowercase().as_str() {
                "keystore.certificate" => found.certificate = Some(Pem::new(&full, &value)),
                "keystore.privatekey" => found.private_key = Some(Pem::new(&full, &value)),
                "truststore.certificate" => found.trust = Some(Pem::new(&full, &value)),
                _ => {}
            }
        }
        match (is_there, is_java) {
            (true, _) => Ok(found),
            (false, true) => Err(TlsError::new(key, CONVERT)),
            (false, false) => {
                Err(TlsError::new(key, format!("there is no bundle {name} in spring.ssl.bundle")))
            }
        }
    }
}

/// The cryptography of all connections.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Checks no certificate: for upstreams where that was asked for, and for a program that asks
/// itself for its health.
#[must_use]
pub fn unchecked() -> Arc<dyn ServerCertVerifier> {
    Arc::new(Unchecked(provider().signature_verification_algorithms))
}

/// Believes everybody who has the key of the certificate shown.
#[derive(Debug)]
struct Unchecked(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_text_or_a_file() {
        let place = |value| format!("{:?}", Pem::new("k", value));
        assert!(place("file:/etc/x.pem").contains("\"/etc/x.pem\""));
        assert!(place("file:///etc/x.pem").contains("\"/etc/x.pem\""));
        assert!(place("classpath:x.pem").contains("\"x.pem\""));
        let text = rcgen::KeyPair::generate().unwrap().serialize_pem();
        assert!(!place(&text).contains("PRIVATE"));
        assert!(Pem::new("k", &text).private_key().is_ok());
        let none = Pem::new("server.ssl.certificate", &text).certificates().unwrap_err();
        assert!(none.to_string().starts_with("server.ssl.certificate: there is no PEM"), "{none}");
    }

    #[test]
    fn a_key_under_a_password_says_how_to_take_it_off() {
        let text =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
        let error = Pem::new("k", text).private_key().unwrap_err();
        assert!(error.to_string().contains("openssl pkey"), "{error}");
    }
}
