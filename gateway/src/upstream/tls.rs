//! TLS to upstreams (TL-2 to TL-5).

use std::sync::Arc;

use gateway_routing::Node;
use rustls::{ClientConfig, RootCertStore};
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
    let mut roots = RootCertStore::empty();
    if own.is_empty() && material.trust.is_none() {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    for pem in own.iter().chain(&material.trust) {
        roots.extend(pem.roots()?.roots);
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
        builder.with_root_certificates(roots)
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
