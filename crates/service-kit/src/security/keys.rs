//! The keys of token checking. Source: Spring Boot's `OAuth2ResourceServerProperties`, versions
//! 2.7 to 4.0.

use crate::config::KeySpec;

const OPAQUE: &str = "tokens are checked by their signature; there is nobody to ask about others";

/// `spring.security.oauth2.resourceserver.*`.
pub const SPRING: &[KeySpec] = &[
    KeySpec::text(
        "spring.security.oauth2.resourceserver.jwt.jwk-set-uri",
        "Where the keys are that tokens are signed with.",
    ),
    KeySpec::text(
        "spring.security.oauth2.resourceserver.jwt.issuer-uri",
        "Who tokens must be from; says where the keys are unless jwk-set-uri does.",
    ),
    KeySpec::text(
        "spring.security.oauth2.resourceserver.jwt.public-key-location",
        "PEM file with the one public key of tokens, e.g. file:/etc/keys/jwt.pem.",
    ),
    KeySpec::list(
        "spring.security.oauth2.resourceserver.jwt.jws-algorithms",
        "Algorithms that tokens may be signed with.",
    )
    .default("RS256")
    .alias(&["spring.security.oauth2.resourceserver.jwt.jws-algorithm"]),
    KeySpec::list(
        "spring.security.oauth2.resourceserver.jwt.audiences",
        "Audiences of which a token must have one; not set means any.",
    ),
    KeySpec::any_text(
        "spring.security.oauth2.resourceserver.jwt.authority-prefix",
        "SCOPE_",
        "What is put before each authority of a token.",
    ),
    KeySpec::text(
        "spring.security.oauth2.resourceserver.jwt.authorities-claim-name",
        "Claim that holds the authorities; not set means scope or scp.",
    ),
    KeySpec::any_text(
        "spring.security.oauth2.resourceserver.jwt.authorities-claim-delimiter",
        " ",
        "What separates authorities in a text.",
    ),
    KeySpec::text(
        "spring.security.oauth2.resourceserver.jwt.principal-claim-name",
        "Claim that holds the user's name.",
    )
    .default("sub"),
    KeySpec::text(
        "spring.security.oauth2.resourceserver.opaquetoken.introspection-uri",
        "Where Spring asks about tokens.",
    )
    .refused(OPAQUE),
    KeySpec::text(
        "spring.security.oauth2.resourceserver.opaquetoken.client-id",
        "Name it asks under.",
    )
    .refused(OPAQUE),
    KeySpec::text(
        "spring.security.oauth2.resourceserver.opaquetoken.client-secret",
        "Password it asks with.",
    )
    .refused(OPAQUE),
];

/// What Spring has no keys for. Every program takes them by both names.
pub const OWN: &[KeySpec] = &[
    KeySpec::bool(
        "myerp.security.require-exp",
        "true",
        "Whether a token must have an end; Spring accepts tokens without one.",
    )
    .alias(&["gateway.security.require-exp"]),
    KeySpec::seconds(
        "myerp.security.clock-skew",
        "60s",
        "How far the clocks of issuers and this one may be apart.",
    )
    .alias(&["gateway.security.clock-skew"]),
    KeySpec::list("myerp.security.accepted-types", "Values of a token's typ that are accepted.")
        .default("JWT,at+jwt,application/at+jwt")
        .alias(&["gateway.security.accepted-types"]),
    KeySpec::seconds(
        "myerp.security.lifetime-max",
        "0s",
        "Longest time that a token may be valid from its issue; 0 means any.",
    )
    .alias(&["gateway.security.lifetime-max"]),
    KeySpec::integer(
        "myerp.security.cache-size",
        (0, 1_000_000),
        "4096",
        "Most verified tokens that are remembered; 0 checks every signature every time.",
    )
    .alias(&["gateway.security.cache-size"]),
    KeySpec::seconds(
        "myerp.security.cache-time",
        "60s",
        "Longest time that a verified token is remembered.",
    )
    .alias(&["gateway.security.cache-time"]),
    KeySpec::text(
        "myerp.security.trusted-certificates",
        "PEM file with certificates that issuers are trusted by, besides those of the system.",
    )
    .alias(&["gateway.security.trusted-certificates"]),
    KeySpec::text(
        "gateway.security.providers.*",
        "Further issuers, each with the keys of spring.security.oauth2.resourceserver.jwt.",
    ),
];

/// What only services have.
pub const SERVICE: &[KeySpec] = &[KeySpec::bool(
    "myerp.security.require-caller",
    "false",
    "Whether a call needs a token, or the user whom the gateway names.",
)];

/// What only the gateway has.
pub const GATEWAY: &[KeySpec] = &[KeySpec::text(
    "gateway.security.rules.*",
    "Who may do what: a list of path, methods and access; the first that fits decides.",
)];
