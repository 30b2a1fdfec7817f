//! Whom the client trusts over TLS, and how it shows who it is.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::BuildError;

/// Certificates for TLS. The default trusts what the operating system trusts.
#[derive(Clone, Default)]
#[must_use]
pub struct Tls {
    roots: Vec<CertificateDer<'static>>,
    only_own_roots: bool,
    identity: Option<Identity>,
}

#[derive(Clone)]
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl Tls {
    /// Trusts what the operating system trusts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates in `pem` too, for example those of a company's own authority.
    ///
    /// # Errors
    /// `pem` holds no certificate, or one that cannot be read.
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, BuildError> {
        self.roots.extend(certificates(pem)?);
        Ok(self)
    }

    /// Trusts the certificates given to [`Tls::trust`] and no others.
    pub const fn only_own_roots(mut self) -> Self {
        self.only_own_roots = true;
        self
    }

    /// Shows a certificate to servers that ask for one: `pem` holds the chain, own certificate
    /// first, and `key` the private key.
    ///
    /// # Errors
    /// One of the two cannot be read.
    pub fn identity(mut self, pem: &[u8], key: &[u8]) -> Result<Self, BuildError> {
        let chain = certificates(pem)?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| BuildError::Tls(format!("the private key cannot be read: {error}")))?;
        self.identity = Some(Identity { chain, key: Arc::new(key) });
        Ok(self)
    }

    /// What rustls wants to know.
    pub(crate) fn config(&self) -> Result<ClientConfig, BuildError> {
        let wrong = |error: rustls::Error| BuildError::Tls(error.to_string());
        let mut store = RootCertStore::empty();
        if !self.only_own_roots {
            let found = rustls_native_certs::load_native_certs();
            // Systems ship certificates that rustls refuses; a system without any is one whose
            // calls do not use TLS.
            let (added, _) = store.add_parsable_certificates(found.certs);
            if added == 0 {
                tracing::debug!("the system has no certificates to trust");
            }
        }
        for root in &self.roots {
            store.add(root.clone()).map_err(wrong)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_root_certificates(store);
        match &self.identity {
            None => Ok(config.with_no_client_auth()),
            Some(identity) => config
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(wrong),
        }
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("own_roots", &self.roots.len())
            .field("only_own_roots", &self.only_own_roots)
            .field("has_identity", &self.identity.is_some())
            .finish()
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BuildError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found =
        read.map_err(|error| BuildError::Tls(format!("a certificate cannot be read: {error}")))?;
    if found.is_empty() {
        return Err(BuildError::Tls("there is no certificate in the PEM text".to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_certificates_is_refused() {
        assert!(Tls::new().trust(b"").is_err());
        assert!(Tls::new().trust(b"-----BEGIN CERTIFICATE-----\n!\n").is_err());
    }

    #[test]
    fn a_certificate_is_trusted_and_shown_together_with_its_key() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());

        let tls = Tls::new().only_own_roots().trust(pem.as_bytes()).unwrap();
        let tls = tls.identity(pem.as_bytes(), key.as_bytes()).unwrap();

        assert!(tls.config().is_ok());
        assert!(!format!("{tls:?}").contains("PRIVATE"));
        assert!(Tls::new().identity(pem.as_bytes(), b"no key").is_err());
    }
}
