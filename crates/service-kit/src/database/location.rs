//! Where a database is: `DATABASE_URL`, or `spring.datasource.*` as Spring writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use url::Url;

use crate::config::{Config, ConfigError, KeySpec};

/// Keys that say which database a service uses.
pub const KEYS: &[KeySpec] = &[
    KeySpec::text(
        "database.url",
        "postgres://... or sqlite://...; wins over spring.datasource.url.",
    ),
    KeySpec::text("spring.datasource.url", "The same as Spring writes it, jdbc:postgresql://..."),
    KeySpec::text("spring.datasource.username", "User of the database, if the URL names none."),
    KeySpec::text("spring.datasource.password", "Password of that user."),
    KeySpec::text("spring.datasource.driver-class-name", "Driver.")
        .accepted("the URL says which engine it is"),
    KeySpec::integer(
        "spring.datasource.hikari.maximum-pool-size",
        (1, 1_000),
        "10",
        "Most connections to PostgreSQL.",
    ),
];

/// Parameters of a JDBC URL that mean the same here.
const JDBC_PARAMETERS: [(&str, &str); 5] = [
    ("sslmode", "sslmode"),
    ("sslrootcert", "sslrootcert"),
    ("ApplicationName", "application_name"),
    ("user", "user"),
    ("password", "password"),
];

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Location {
    /// A server.
    Postgres(Box<PgConnectOptions>),
    /// A file.
    Sqlite(PathBuf),
}

/// A URL that cannot be used. Never shows credentials.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// A setting is not declared.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another engine.
    #[error("{key}: {scheme:?} is not a database known here; use postgres:// or sqlite://")]
    Scheme {
        /// Key that has the URL.
        key: &'static str,
        /// What the URL begins with.
        scheme: String,
    },
    /// Not a URL.
    #[error("{key}: {reason}")]
    Malformed {
        /// Key that has the URL.
        key: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(options) => {
                let database = options.get_database().unwrap_or_default();
                write!(f, "postgres://{}:{}/{database}", options.get_host(), options.get_port())
            }
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
        }
    }
}

impl Location {
    /// What the configuration says; `data/<name>.db` if it says nothing.
    ///
    /// # Errors
    /// The URL cannot be used.
    pub fn read(config: &Config, name: &str) -> Result<Self, LocationError> {
        let user: Option<String> = config.find("spring.datasource.username")?;
        let password: Option<String> = config.find("spring.datasource.password")?;
        for key in ["database.url", "spring.datasource.url"] {
            if let Some(url) = config.find::<String>(key)? {
                return Self::parse(key, &url, user.as_deref(), password.as_deref());
            }
        }
        Ok(Self::Sqlite(PathBuf::from(format!("data/{name}.db"))))
    }

    /// Reads a URL; `user` and `password` count where it names none.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn parse(
        key: &'static str,
        url: &str,
        user: Option<&str>,
        password: Option<&str>,
    ) -> Result<Self, LocationError> {
        let malformed = |reason: &str| LocationError::Malformed { key, reason: reason.to_owned() };
        let plain = url.trim();
        let is_jdbc = plain.starts_with("jdbc:");
        let plain = plain.strip_prefix("jdbc:").unwrap_or(plain);
        let (scheme, rest) = plain.split_once(':').ok_or_else(|| malformed("is not a URL"))?;
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                let path = path.split('?').next().unwrap_or_default();
                if path.is_empty() || path == ":memory:" {
                    return Err(malformed("must name a file"));
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            "postgres" | "postgresql" => {
                let mut url = Url::parse(plain).map_err(|error| malformed(&error.to_string()))?;
                if is_jdbc {
                    translate(&mut url);
                }
                let options = PgConnectOptions::from_str(url.as_str());
                let mut options =
                    options.map_err(|_| malformed("has parts that cannot be read"))?;
                if let Some(user) = user.filter(|_| url.username().is_empty()) {
                    options = options.username(user);
                }
                if let Some(password) = password.filter(|_| url.password().is_none()) {
                    options = options.password(password);
                }
                Ok(Self::Postgres(Box::new(options)))
            }
            other => Err(LocationError::Scheme { key, scheme: other.to_owned() }),
        }
    }
}

/// Keeps the parameters that mean something here, under the names they have here.
fn translate(url: &mut Url) {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter_map(|(name, value)| {
            let (_, ours) = JDBC_PARAMETERS.iter().find(|(jdbc, _)| *jdbc == name)?;
            Some(((*ours).to_owned(), value.into_owned()))
        })
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<String, String> {
        let location = Location::parse("database.url", url, Some("erp"), Some("secret"));
        location.map(|location| location.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn both_spellings_of_both_engines_are_read() {
        let server = Ok("postgres://db:5433/products".to_owned());
        assert_eq!(parse("postgres://u:p@db:5433/products"), server);
        assert_eq!(parse("jdbc:postgresql://db:5433/products?sslmode=prefer&x=y"), server);
        let file = Ok("sqlite://data/p.db".to_owned());
        assert_eq!(parse("sqlite://data/p.db"), file);
        assert_eq!(parse("jdbc:sqlite:data/p.db?mode=rwc"), file);
        assert_eq!(parse("sqlite:///var/p.db"), Ok("sqlite:///var/p.db".to_owned()));
    }

    #[test]
    fn what_cannot_be_used_is_named_without_credentials() {
        assert!(parse("jdbc:mysql://db/x").unwrap_err().contains("\"mysql\""));
        assert!(parse("products").unwrap_err().starts_with("database.url"));
        assert!(parse("sqlite::memory:").is_err());
        let error = parse("postgres://u:hunter2@db:99999/x").unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn credentials_beside_the_url_count_where_it_has_none() {
        let user = |url: &str| match Location::parse("database.url", url, Some("erp"), None) {
            Ok(Location::Postgres(options)) => options.get_username().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(user("jdbc:postgresql://db/x"), "erp");
        assert_eq!(user("postgres://own@db/x"), "own");
    }
}
