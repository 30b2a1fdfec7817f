//! Counting in Redis, under the keys and by the rule of Spring Cloud Gateway, so that gateways of
//! both kinds count together (RL-4, RL-5).

mod wire;

use std::io;
use std::time::Duration;

use gateway_routing::{Bucket, Node, RouteError, duration, switch};
use parking_lot::Mutex;
use tokio::net::TcpStream;

use crate::stateful::settings::fault;
use wire::{Connection, Reply};

/// Connections that wait for the next request.
const IDLE_MAX: usize = 32;

/// One step that nothing interrupts. Times are whole seconds of Redis's own clock, so that the
/// clocks of the gateways need not agree.
const SCRIPT: &str = "
local rate, most, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local second = tonumber(redis.call('TIME')[1])
local keep = math.floor(most / rate * 2)
local had = tonumber(redis.call('GET', KEYS[1]) or most)
local since = tonumber(redis.call('GET', KEYS[2]) or 0)
local has = math.min(most, had + math.max(0, second - since) * rate)
local passes = 0
if has >= cost then
  passes = 1
  has = has - cost
end
if keep > 0 then
  redis.call('SETEX', KEYS[1], keep, has)
  redis.call('SETEX', KEYS[2], keep, second)
end
return { passes, has }
";

/// Where Redis is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RedisSettings {
    host: String,
    port: u16,
    username: Option<String>,
    password: Option<String>,
    database: u32,
    connect_limit: Duration,
}

impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Why Redis gave no count.
#[derive(Debug, thiserror::Error)]
pub(super) enum RedisError {
    #[error("no connection to Redis: {0}")]
    Io(#[from] io::Error),
    #[error("Redis refuses: {0}")]
    Refused(String),
    #[error("Redis answers something else")]
    Unexpected,
}

/// Connections to Redis.
#[derive(Debug)]
pub(super) struct Redis {
    settings: RedisSettings,
    idle: Mutex<Vec<Connection>>,
}

impl RedisSettings {
    /// Reads `spring.data.redis`; `None` if it names no place.
    ///
    /// # Errors
    /// What cannot be, and kinds of Redis that cannot be spoken to.
    pub(super) fn read(node: &Node) -> Result<Option<Self>, RouteError> {
        for key in ["cluster.nodes", "sentinel.master", "sentinel.nodes"] {
            if let Some(place) = node.get(key) {
                return Err(fault(place, &format!("redis.{key} is not supported: name one host")));
            }
        }
        if let Some(place) = node.get("ssl.enabled").or_else(|| node.get("ssl"))
            && place.text().and_then(switch) == Some(true)
        {
            return Err(fault(place, "Redis over TLS is not supported"));
        }
        let text = |key: &str| node.text_at(key).map(str::to_owned);
        let mut own = Self {
            host: text("host").unwrap_or_else(|| "localhost".to_owned()),
            port: 6379,
            username: text("username"),
            password: text("password"),
            database: 0,
            connect_limit: Duration::from_secs(2),
        };
        if let Some(place) = node.get("url").filter(|place| place.text().is_some()) {
            own.read_url(place)?;
        } else if node.text_at("host").is_none() && node.text_at("port").is_none() {
            return Ok(None);
        }
        let number = |key: &str| {
            node.get(key).map(|place| {
                let read = place.text().and_then(|text| text.parse::<u32>().ok());
                read.ok_or_else(|| fault(place, &format!("redis.{key} is no number")))
            })
        };
        if let Some(port) = number("port").transpose()? {
            own.port = u16::try_from(port).unwrap_or(own.port);
        }
        if let Some(database) = number("database").transpose()? {
            own.database = database;
        }
        let limit = node.text_at("connect-timeout").or_else(|| node.text_at("timeout"));
        if let Some(limit) = limit.and_then(duration) {
            own.connect_limit = limit;
        }
        Ok(Some(own))
    }

    /// `redis://user:password@host:port/database`.
    fn read_url(&mut self, place: &Node) -> Result<(), RouteError> {
        // What it holds is a secret: it is not repeated.
        let wrong = || RouteError {
            origin: place.origin.clone(),
            problem: "redis.url is not redis://[user:password@]host[:port][/database]".to_owned(),
            ..RouteError::default()
        };
        let text = place.text().unwrap_or_default();
        let rest = text.strip_prefix("redis://").ok_or_else(wrong)?;
        let (rest, database) = rest.split_once('/').unwrap_or((rest, ""));
        let place = match rest.rsplit_once('@') {
            None => rest,
            Some((who, place)) => {
                let (user, password) = who.split_once(':').unwrap_or(("", who));
                self.username = Some(user.to_owned()).filter(|user| !user.is_empty());
                self.password = Some(password.to_owned());
                place
            }
        };
        let (host, port) = place.rsplit_once(':').unwrap_or((place, "6379"));
        self.host = host.to_owned();
        self.port = port.parse().map_err(|_error| wrong())?;
        if !database.is_empty() {
            self.database = database.parse().map_err(|_error| wrong())?;
        }
        Ok(())
    }
}

impl Redis {
    pub(super) const fn new(settings: RedisSettings) -> Self {
        Self { settings, idle: Mutex::new(Vec::new()) }
    }

    /// Takes the tokens of a request of `name`; whether it passes, and what is left.
    pub(super) async fn take(
        &self,
        name: &str,
        bucket: &Bucket,
    ) -> Result<(bool, u64), RedisError> {
        let tokens = format!("request_rate_limiter.{{{name}}}.tokens");
        let timestamp = format!("request_rate_limiter.{{{name}}}.timestamp");
        let [rate, most, cost] =
            [bucket.replenish, bucket.capacity, bucket.requested].map(|number| number.to_string());
        let command = ["EVAL", SCRIPT, "2", &tokens, &timestamp, &rate, &most, &cost];
        match self.ask(&command).await? {
            Reply::List(items) => match items.as_slice() {
                [Reply::Number(passes), Reply::Number(left)] => {
                    Ok((*passes == 1, u64::try_from(*left).unwrap_or_default()))
                }
                _ => Err(RedisError::Unexpected),
            },
            Reply::Text(_) | Reply::Error(_) | Reply::Number(_) | Reply::Nothing => {
                Err(RedisError::Unexpected)
            }
        }
    }

    /// Asks over a connection that waits; if that has gone meanwhile, over a new one.
    async fn ask(&self, command: &[&str]) -> Result<Reply, RedisError> {
        let waiting = self.idle.lock().pop();
        if let Some(mut connection) = waiting {
            match connection.ask(command).await {
                Ok(reply) => return self.put_back(connection, reply),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return Err(error.into());
                }
                Err(_) => self.idle.lock().clear(),
            }
        }
        let mut connection = self.connect().await?;
        let reply = connection.ask(command).await?;
        self.put_back(connection, reply)
    }

    fn put_back(&self, connection: Connection, reply: Reply) -> Result<Reply, RedisError> {
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        if let Reply::Error(words) = reply { Err(RedisError::Refused(words)) } else { Ok(reply) }
    }

    async fn connect(&self) -> Result<Connection, RedisError> {
        let RedisSettings { host, port, .. } = &self.settings;
        let connecting = TcpStream::connect((host.as_str(), *port));
        let connected = tokio::time::timeout(self.settings.connect_limit, connecting).await;
        let stream = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        let mut connection = Connection::new(stream);
        let mut greetings: Vec<Vec<&str>> = Vec::new();
        if let Some(password) = &self.settings.password {
            let user = self.settings.username.as_deref();
            greetings.push(["AUTH"].into_iter().chain(user).chain([password.as_str()]).collect());
        }
        let database = self.settings.database.to_string();
        if self.settings.database != 0 {
            greetings.push(vec!["SELECT", &database]);
        }
        for greeting in greetings {
            if let Reply::Error(words) = connection.ask(&greeting).await? {
                return Err(RedisError::Refused(words));
            }
        }
        Ok(connection)
    }
}
