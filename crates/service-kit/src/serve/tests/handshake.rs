//! TLS as clients meet it: who must show a certificate, and certificates that are replaced (TL-1,
//! TL-15).

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::client::TlsStream;

use super::*;
use crate::serve::ServerTls;

/// A certificate with its key, in PEM.
struct Own {
    certificate: String,
    key: String,
}

/// Who signs certificates, and a server's and a client's of it.
struct Authority {
    root: String,
    server: Own,
    client: Own,
}

impl Authority {
    fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().pem();
        let issuer = rcgen::Issuer::new(params, key);
        let issue = |name: &str| {
            let params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &issuer).unwrap().pem();
            Own { certificate, key: key.serialize_pem() }
        };
        Self { server: issue("localhost"), client: issue("client.example"), root }
    }
}

/// A folder of its own, which ends with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kit-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, own: &Own) -> (PathBuf, PathBuf) {
        let (certificate, key) = (self.0.join("own.pem"), self.0.join("key.pem"));
        for (path, text) in [(&key, &own.key), (&certificate, &own.certificate)] {
            replace(path, text);
        }
        (certificate, key)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// At once, as careful tools do.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, path).unwrap();
}

async fn connect(
    address: SocketAddr,
    root: &str,
    own: Option<&Own>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let roots = crate::tls::Pem::new("test", root).roots().unwrap();
    let builder = rustls::ClientConfig::builder_with_provider(crate::tls::provider());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let chain = vec![CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(address).await.unwrap();
    connector.connect("localhost".try_into().unwrap(), stream).await
}

/// Whether a request over TLS is answered.
async fn is_served(address: SocketAddr, root: &str, own: Option<&Own>) -> bool {
    let Ok(mut stream) = connect(address, root, own).await else { return false };
    let request = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    if stream.write_all(request).await.is_err() {
        return false;
    }
    let mut all = Vec::new();
    // With TLS 1.3 a client hears only now that its certificate was missed.
    let _ = stream.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).ends_with("hello")
}

async fn beside_tls<T>(tls: ServerTls, test: T)
where
    T: AsyncFnOnce(SocketAddr),
{
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, Limits::default()).unwrap();
    let address = server.address().unwrap();
    let server = server.with_tls(Some(tls));
    let serving = server.serve_here(Arc::new(Hello), CancellationToken::new());
    tokio::select! {
        served = serving => panic!("it ended: {served:?}"),
        () = test(address) => {}
    }
}

#[tokio::test]
async fn a_certificate_of_the_client_is_needed_wanted_or_not_asked_for() {
    let (ours, others) = (Authority::new(), Authority::new());
    // With none, with one of ours, with one that nobody trusts.
    for (client_auth, served) in [
        ("none", [true, true, true]),
        ("want", [true, true, false]),
        ("need", [false, true, false]),
    ] {
        let Own { certificate, key } = &ours.server;
        let tls = ServerTls::asking(certificate, key, &ours.root, client_auth).unwrap();
        beside_tls(tls, async |address| {
            let shown = [None, Some(&ours.client), Some(&others.client)];
            for (own, served) in shown.into_iter().zip(served) {
                let is_served = is_served(address, &ours.root, own).await;
                assert_eq!(is_served, served, "{client_auth} {}", own.is_some());
            }
        })
        .await;
    }
}

#[tokio::test]
async fn new_certificates_are_for_new_connections_and_a_broken_file_changes_nothing() {
    let (first, second) = (Authority::new(), Authority::new());
    let folder = Folder::new("reload");
    let (certificate, key) = folder.write(&first.server);
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
    let tls = ServerTls::of(&certificate, &key, false).unwrap();
    let kept = tls.clone();
    beside_tls(tls, async |address| {
        let mut old = connect(address, &first.root, None).await.unwrap();
        replace(Path::new(&certificate), "no certificate at all");
        assert!(!kept.look(), "a broken file is in use");
        assert!(is_served(address, &first.root, None).await);
        folder.write(&second.server);
        assert!(kept.look(), "the new files are not in use");
        assert!(is_served(address, &second.root, None).await);
        assert!(!is_served(address, &first.root, None).await);
        // Who was connected does not notice.
        old.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut all = Vec::new();
        let _ = old.read_to_end(&mut all).await;
        assert!(String::from_utf8_lossy(&all).ends_with("hello"));
    })
    .await;
}
