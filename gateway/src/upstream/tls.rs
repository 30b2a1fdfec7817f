//! TLS to upstreams (TL-2 to TL-5).

use std::sync::Arc;

use gateway_routing::Node;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WantsClientCert, WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore,
    SignatureScheme, WantsVerifier,
};
use service_kit::config::Config;
use service_kit::tls::{Material, Pem, TlsError, provider, unchecked};

use super::settings::ClientError;

const PREFIX: &str = "httpclient.ssl";

/// TLS with HTTP/2 and HTTP/1.1 offered, and with HTTP/1.1 alone; the texts are warnings.
pub(super) fn configs(
    tree: &Node,
    config: &Config,
) -> Result<([Arc<ClientConfig>; 2], Vec<String>), ClientError> {
    let mut warnings = Vec::new();
    let key = |name: &str| format!("{PREFIX}.{name}");
    let text = |name: &str| tree.text_at(&key(name));
    let mut material = match text("ssl-bundle") {
        Some(name) => Material::bundle(config, &key("ssl-bundle"), name)?,
        None => Material::default(),
    };
    if text("key-store").is_some() {
        let problem = "Java key stores are not read; name a bundle of spring.ssl.bundle.pem in \
                       httpclient.ssl.ssl-bundle (`openssl pkcs12 -in store.p12 -nodes` makes PEM)";
        return Err(TlsError::new(key("key-store"), problem).into());
    }
    let own: Vec<Pem> = trusted(tree)
        .iter()
        .map(|place| Pem::new(&key("trusted-x509-certificates"), place))
        .collect();
    let (mut roots, mut pinned) = (RootCertStore::empty(), Vec::new());
    if own.is_empty() && material.trust.is_none() {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    for pem in own.iter().chain(&material.trust) {
        roots.extend(pem.roots()?.roots);
        pinned.extend(pem.certificates()?);
    }
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::new(PREFIX, error))?;
    let is_insecure = text("use-insecure-trust-manager").is_some_and(|on| on == "true");
    let builder = if is_insecure {
        warnings.push(format!(
            "{PREFIX}.use-insecure-trust-manager: certificates of upstreams are NOT checked; \
             anybody on the way can read and change everything"
        ));
        builder.dangerous().with_custom_certificate_verifier(unchecked())
    } else {
        trusting_certificates(builder, roots, pinned)?
    };
    let chain = material.certificate.take().map(|pem| pem.certificates()).transpose()?;
    let private_key = material.private_key.take().map(|pem| pem.private_key()).transpose()?;
    let made = match (chain, private_key) {
        (Some(chain), Some(key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| TlsError::new(PREFIX, error))?,
        _ => builder.with_no_client_auth(),
    };
    Ok((offering(made), warnings))
}

/// Trusts what comes from `roots`, and the very certificates in `pinned`.
fn trusting_certificates(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    roots: RootCertStore,
    pinned: Vec<CertificateDer<'static>>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    if pinned.is_empty() {
        return Ok(builder.with_root_certificates(roots));
    }
    let roots = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
    let roots = roots.build().map_err(|error| TlsError::new(PREFIX, error))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(Trusted { roots, pinned })))
}

/// Takes a certificate that was named itself although it says that it is an authority, as those do
/// that sign themselves. Names and dates count all the same.
#[derive(Debug)]
struct Trusted {
    roots: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.roots.verify_server_cert(own, between, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_)))
                if self.pinned.iter().any(|pinned| pinned == own) =>
            {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.roots.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.roots.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.roots.supported_verify_schemes()
    }
}

/// TLS that trusts `roots` and shows no certificate.
#[cfg(test)]
pub(super) fn trusting(roots: RootCertStore) -> [Arc<ClientConfig>; 2] {
    let builder = ClientConfig::builder_with_provider(provider());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    offering(builder.with_root_certificates(roots).with_no_client_auth())
}

fn offering(config: ClientConfig) -> [Arc<ClientConfig>; 2] {
    let (mut both, mut old) = (config.clone(), config);
    both.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    old.alpn_protocols = vec![b"http/1.1".to_vec()];
    [Arc::new(both), Arc::new(old)]
}

fn trusted(tree: &Node) -> Vec<String> {
    let key = format!("{PREFIX}.trusted-x509-certificates");
    tree.texts_at(&key).iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_signed_itself_is_taken_for_its_own_name_once_it_was_named() {
        let mut wanted = rcgen::CertificateParams::new(["shop.example".to_owned()]).unwrap();
        wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let own = wanted.self_signed(&key).unwrap().der().clone();
        let verify = |pinned: &[CertificateDer<'static>], name: &'static str, now| {
            let mut roots = RootCertStore::empty();
            roots.add(own.clone()).unwrap();
            let roots = WebPkiServerVerifier::builder_with_provider(roots.into(), provider());
            let trusted = Trusted { roots: roots.build().unwrap(), pinned: pinned.to_vec() };
            trusted.verify_server_cert(&own, &[], &name.try_into().unwrap(), &[], now).is_ok()
        };
        let (named, now) = (std::slice::from_ref(&own), UnixTime::now());
        assert!(verify(named, "shop.example", now));
        assert!(!verify(&[], "shop.example", now));
        assert!(!verify(named, "evil.example", now));
        assert!(!verify(
            named,
            "shop.example",
            UnixTime::since_unix_epoch(std::time::Duration::ZERO)
        ));
    }
}
