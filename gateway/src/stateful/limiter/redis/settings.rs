//! `spring.data.redis.*`: where Redis is, and how it is spoken to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gateway_routing::{Node as Tree, RouteError, duration, switch};
use percent_encoding::percent_decode_str;
use rustls::{ClientConfig, RootCertStore};
use service_kit::config::Config;
use service_kit::tls::{Material, TlsError, provider};

use super::node::Node;
use crate::config::SettingsError;
use crate::stateful::settings::fault;

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
/// How often a cluster may send a command elsewhere, if nothing is said.
const REDIRECTS_MAX: usize = 5;

/// Name and password.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
}

/// What there is of Redis.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// One server.
    One(Node),
    /// The one that sentinels name.
    Sentinel { master: String, nodes: Vec<Node>, login: Login },
    /// Several that share the keys.
    Cluster { nodes: Vec<Node>, redirects_max: usize },
}

/// Where Redis is.
#[derive(Clone)]
pub(crate) struct RedisSettings {
    pub(super) shape: Shape,
    pub(super) login: Login,
    pub(super) database: u32,
    pub(super) client_name: Option<String>,
    pub(super) connect_limit: Duration,
    pub(super) tls: Option<Arc<ClientConfig>>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_tls = self.tls.is_some();
        f.debug_struct("RedisSettings")
            .field("shape", &self.shape)
            .field("is_tls", &is_tls)
            .finish_non_exhaustive()
    }
}

/// What a URL says.
struct Url {
    node: Node,
    login: Login,
    database: Option<u32>,
    is_tls: bool,
}

impl RedisSettings {
    /// Reads the tree of `prefix`; `None` if it names no place.
    ///
    /// # Errors
    /// What cannot be.
    pub(in super::super) fn read(
        tree: &Tree,
        prefix: &str,
        config: &Config,
    ) -> Result<Option<Self>, SettingsError> {
        let text = |key: &str| tree.text_at(key).map(str::to_owned);
        let url = match tree.get("url").filter(|place| place.text().is_some()) {
            Some(place) => Some(read_url(place)?),
            None => None,
        };
        let number = |key: &str| {
            tree.get(key).filter(|place| place.text().is_some()).map(|place| {
                let read = place.text().and_then(|text| text.parse::<u32>().ok());
                read.ok_or_else(|| fault(place, &format!("{prefix}.{key} is no number")))
            })
        };
        let mut login = Login { username: text("username"), password: text("password") };
        let (mut database, mut is_tls) = (number("database").transpose()?, false);
        let shape = shape(tree, prefix)?;
        let shape = match (shape, url) {
            (Some(shape), _) => shape,
            (None, Some(url)) => {
                login = url.login;
                database = url.database.or(database);
                is_tls = url.is_tls;
                Shape::One(url.node)
            }
            (None, None) => {
                let port = number("port").transpose()?;
                if text("host").is_none() && port.is_none() {
                    return Ok(None);
                }
                let port = port.map_or(Ok(PORT), u16::try_from);
                let port = port.map_err(|_| {
                    fault(tree.get("port").unwrap_or(tree), &format!("{prefix}.port is no port"))
                })?;
                let host = text("host").unwrap_or_else(|| "localhost".to_owned());
                Shape::One(Node { host, port })
            }
        };
        let database = database.unwrap_or(0);
        if database != 0 && matches!(shape, Shape::Cluster { .. }) {
            let place = tree.get("database").unwrap_or(tree);
            let problem = format!("{prefix}.database: a cluster has only database 0");
            return Err(fault(place, &problem).into());
        }
        let bundle = tree.text_at("ssl.bundle");
        // The older form is a switch itself.
        let on = tree.text_at("ssl.enabled").or_else(|| tree.text_at("ssl")).and_then(switch);
        let is_tls = is_tls || on.unwrap_or(bundle.is_some());
        let tls = if is_tls { Some(tls(prefix, bundle, config)?) } else { None };
        let limit = tree.text_at("connect-timeout").or_else(|| tree.text_at("timeout"));
        let connect_limit = limit.and_then(duration).unwrap_or(Duration::from_secs(2));
        let client_name = text("client-name");
        Ok(Some(Self { shape, login, database, client_name, connect_limit, tls }))
    }
}

/// Sentinels come before a cluster, as in Spring Boot; `None` is one server.
fn shape(tree: &Tree, prefix: &str) -> Result<Option<Shape>, RouteError> {
    let nodes = |key: &str, usual_port: u16| -> Result<Vec<Node>, RouteError> {
        let Some(place) = tree.get(key) else { return Ok(Vec::new()) };
        let read = place.texts().into_iter().map(|text| {
            let words = || format!("{prefix}.{key}: {text:?} is not host:port");
            Node::parse(&text, usual_port).ok_or_else(|| RouteError {
                origin: place.origin.clone(),
                problem: words(),
                ..RouteError::default()
            })
        });
        read.collect()
    };
    let sentinels = nodes("sentinel.nodes", SENTINEL_PORT)?;
    match (tree.text_at("sentinel.master"), sentinels.is_empty()) {
        (None, true) => {}
        (Some(master), false) => {
            let text = |key: &str| tree.text_at(key).map(str::to_owned);
            let login =
                Login { username: text("sentinel.username"), password: text("sentinel.password") };
            return Ok(Some(Shape::Sentinel {
                master: master.to_owned(),
                nodes: sentinels,
                login,
            }));
        }
        (Some(_), true) | (None, false) => {
            let place = tree.get("sentinel").unwrap_or(tree);
            let problem = format!("{prefix}.sentinel needs both master and nodes");
            return Err(RouteError {
                origin: place.origin.clone(),
                problem,
                ..RouteError::default()
            });
        }
    }
    let nodes = nodes("cluster.nodes", PORT)?;
    if nodes.is_empty() {
        return Ok(None);
    }
    let redirects = tree.text_at("cluster.max-redirects").and_then(|text| text.parse().ok());
    let redirects_max = redirects.unwrap_or(REDIRECTS_MAX).min(64);
    Ok(Some(Shape::Cluster { nodes, redirects_max }))
}

/// `redis://user:password@host:port/database`, or the same over TLS with `rediss://`.
fn read_url(place: &Tree) -> Result<Url, RouteError> {
    // What it holds is a secret: it is not repeated.
    let wrong = || RouteError {
        origin: place.origin.clone(),
        problem: "redis.url is not redis[s]://[user:password@]host[:port][/database]".to_owned(),
        ..RouteError::default()
    };
    let text = place.text().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let is_tls = match scheme {
        "redis" => false,
        "rediss" => true,
        _ => return Err(wrong()),
    };
    let (rest, database) = rest.split_once('/').unwrap_or((rest, ""));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (login, at) = match rest.rsplit_once('@') {
        None => (Login::default(), rest),
        Some((who, at)) => {
            let (user, password) = who.split_once(':').unwrap_or(("", who));
            let username = Some(decoded(user)).filter(|user| !user.is_empty());
            (Login { username, password: Some(decoded(password)) }, at)
        }
    };
    let node = Node::parse(at, PORT).ok_or_else(wrong)?;
    let database = Some(database).filter(|text| !text.is_empty());
    let database = database.map(|text| text.parse().map_err(|_error| wrong())).transpose()?;
    Ok(Url { node, login, database, is_tls })
}

/// TLS that trusts the bundle's certificates, without one those of the system.
fn tls(prefix: &str, bundle: Option<&str>, config: &Config) -> Result<Arc<ClientConfig>, TlsError> {
    let key = format!("{prefix}.ssl.bundle");
    let material = match bundle {
        Some(name) => Material::bundle(config, &key, name)?,
        None => Material::default(),
    };
    let roots = match &material.trust {
        Some(pem) => pem.roots()?,
        None => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        }
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::new(&key, error))?
        .with_root_certificates(roots);
    let made = match (&material.certificate, &material.private_key) {
        (Some(chain), Some(private)) => builder
            .with_client_auth_cert(chain.certificates()?, private.private_key()?)
            .map_err(|error| TlsError::new(&key, error))?,
        _ => builder.with_no_client_auth(),
    };
    Ok(Arc::new(made))
}

#[cfg(test)]
mod tests {
    use gateway_routing::{Origin, Property};

    use super::*;

    fn tree(text: &[(&str, &str)]) -> Tree {
        Tree::from_properties(text.iter().map(|(path, value)| Property {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::unknown(),
        }))
    }

    fn url(text: &str) -> Result<Url, RouteError> {
        read_url(tree(&[("url", text)]).get("url").unwrap())
    }

    #[test]
    fn a_url_has_all_of_it_and_is_never_repeated() {
        let read = url("rediss://ann:a%40b@[::1]:7/3").unwrap();
        assert!(read.is_tls);
        assert_eq!(read.login.username.as_deref(), Some("ann"));
        assert_eq!(read.login.password.as_deref(), Some("a@b"));
        assert_eq!((read.node.to_string(), read.database), ("::1:7".to_owned(), Some(3)));
        let read = url("redis://secret@host").unwrap();
        assert_eq!((read.login.username, read.login.password.as_deref()), (None, Some("secret")));
        for text in ["host", "http://host", "redis://s3cret@", "redis://s3cret@h:x", "redis://h/x"]
        {
            let words = url(text).map(|_| ()).unwrap_err().to_string();
            assert!(!words.contains("s3cret"), "{words}");
        }
    }

    #[test]
    fn sentinels_come_before_a_cluster_and_need_a_master() {
        let of = |text: &[(&str, &str)]| shape(&tree(text), "r");
        assert!(of(&[("host", "h")]).unwrap().is_none());
        let both = [("sentinel.master", "m"), ("sentinel.nodes", "a,b:7"), ("cluster.nodes", "c")];
        let Some(Shape::Sentinel { master, nodes, .. }) = of(&both).unwrap() else { panic!("no") };
        let nodes: Vec<_> = nodes.iter().map(ToString::to_string).collect();
        assert_eq!((&*master, &*nodes), ("m", &["a:26379".to_owned(), "b:7".to_owned()][..]));
        let cluster = [
            ("cluster.nodes[0]", "a"),
            ("cluster.nodes[1]", "b:7"),
            ("cluster.max-redirects", "3"),
        ];
        let Some(Shape::Cluster { nodes, redirects_max }) = of(&cluster).unwrap() else {
            panic!("no")
        };
        assert_eq!((nodes.len(), redirects_max), (2, 3));
        let words = of(&[("sentinel.nodes", "a")]).unwrap_err().to_string();
        assert_eq!(words, "r.sentinel needs both master and nodes");
        let words = of(&[("cluster.nodes", "a:b")]).unwrap_err().to_string();
        assert_eq!(words, "r.cluster.nodes: \"a:b\" is not host:port");
    }
}
