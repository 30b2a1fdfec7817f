//! New connections to a Redis server: over TLS or not, with name and password.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::RedisError;
use super::node::Node;
use super::settings::{Login, RedisSettings};
use super::wire::{Connection, Reply};

/// A connection that takes commands for the data.
pub(super) async fn data(settings: &RedisSettings, node: &Node) -> Result<Connection, RedisError> {
    let database = settings.database.to_string();
    let mut greetings = Vec::new();
    if settings.database != 0 {
        greetings.push(vec!["SELECT", &*database]);
    }
    if let Some(name) = &settings.client_name {
        greetings.push(vec!["CLIENT", "SETNAME", name]);
    }
    greeted(settings, node, &settings.login, greetings).await
}

/// A connection to a sentinel.
pub(super) async fn sentinel(
    settings: &RedisSettings,
    node: &Node,
    login: &Login,
) -> Result<Connection, RedisError> {
    greeted(settings, node, login, Vec::new()).await
}

async fn greeted(
    settings: &RedisSettings,
    node: &Node,
    login: &Login,
    greetings: Vec<Vec<&str>>,
) -> Result<Connection, RedisError> {
    let opened = tokio::time::timeout(settings.connect_limit, open(settings, node)).await;
    let mut connection = opened.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let login = login.password.as_deref().map(|password| {
        ["AUTH"].into_iter().chain(login.username.as_deref()).chain([password]).collect()
    });
    for greeting in login.into_iter().chain(greetings) {
        if let Reply::Error(words) = connection.ask(&greeting).await? {
            return Err(RedisError::Refused(words));
        }
    }
    Ok(connection)
}

async fn open(settings: &RedisSettings, node: &Node) -> io::Result<Connection> {
    let stream = TcpStream::connect((node.host.as_str(), node.port)).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = &settings.tls else { return Ok(Connection::new(Box::new(stream))) };
    let name = ServerName::try_from(node.host.clone());
    let name = name.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?;
    Ok(Connection::new(Box::new(stream)))
}
