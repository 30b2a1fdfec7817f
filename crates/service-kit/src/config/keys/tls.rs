//! `server.ssl.*` and `spring.ssl.*`.

use crate::config::key::KeySpec;

const STORE: &str = "Java key stores are not read; set server.ssl.certificate and \
                     certificate-private-key to PEM files (`openssl pkcs12 -in store.p12 -nodes`)";
const TRUST: &str = "Java key stores are not read; set server.ssl.trust-certificate to a PEM file";
const JAVA: &str = "there is no Java security provider here";

/// TLS of the server, and bundles of certificates.
pub const TLS: &[KeySpec] = &[
    KeySpec::bool("server.ssl.enabled", "true", "Serve TLS once there is a certificate."),
    KeySpec::text("server.ssl.certificate", "PEM file, or PEM text, with the certificate chain."),
    KeySpec::text("server.ssl.certificate-private-key", "PEM file, or PEM text, with its key."),
    KeySpec::text(
        "server.ssl.trust-certificate",
        "PEM file, or PEM text, with the certificates that those of clients come from.",
    ),
    KeySpec::text("server.ssl.bundle", "Bundle of spring.ssl.bundle.pem to take instead."),
    KeySpec::choice(
        "server.ssl.client-auth",
        &["none", "want", "need"],
        "none",
        "Whether clients must show a certificate.",
    ),
    KeySpec::list("server.ssl.enabled-protocols", "TLSv1.2, TLSv1.3 or both.").default(""),
    KeySpec::list("server.ssl.ciphers", "Cipher suites to allow, by their IANA names.").default(""),
    KeySpec::text("server.ssl.protocol", "Java's name of the protocol.").accepted(JAVA),
    KeySpec::text("server.ssl.key-store", "Java key store.").refused(STORE),
    KeySpec::text("server.ssl.key-store-password", "Of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.key-store-type", "Of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.key-store-provider", "Of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.key-alias", "Entry of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.key-password", "Of an entry of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.trust-store", "Java key store.").refused(TRUST),
    KeySpec::text("server.ssl.trust-store-password", "Of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.trust-store-type", "Of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.trust-store-provider", "Of a Java key store.").accepted(JAVA),
    KeySpec::text("server.ssl.trust-certificate-private-key", "Key of what is trusted.")
        .accepted("trusting needs no key"),
    KeySpec::text("spring.ssl.bundle.*", "Bundles of certificates, keys and trust."),
];
