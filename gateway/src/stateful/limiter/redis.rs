//! Counting in Redis, under the keys and by the rule of Spring Cloud Gateway, so that gateways of
//! both kinds count together (RL-4, RL-5). Redis is one server, the one that sentinels name, or a
//! cluster.

mod cluster;
mod dial;
mod node;
mod settings;
mod wire;

use std::collections::HashMap;
use std::io;

use gateway_routing::Bucket;
use parking_lot::Mutex;

use cluster::{Map, Redirect, slot};
use node::Node;
pub(crate) use settings::RedisSettings;
use settings::{Login, Shape};
use wire::{Connection, Reply};

/// Connections to one server that wait for the next request.
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

/// Why Redis gave no count.
#[derive(Debug, thiserror::Error)]
pub(super) enum RedisError {
    #[error("no connection to Redis: {0}")]
    Io(#[from] io::Error),
    #[error("Redis refuses: {0}")]
    Refused(String),
    #[error("Redis answers something else")]
    Unexpected,
    #[error("no sentinel names the master {0}")]
    NoMaster(String),
    #[error("the cluster sends the command in circles")]
    Circle,
}

/// Connections to Redis.
#[derive(Debug)]
pub(super) struct Redis {
    settings: RedisSettings,
    idle: Mutex<HashMap<Node, Vec<Connection>>>,
    /// The server that sentinels named last.
    master: Mutex<Option<Node>>,
    map: Mutex<Map>,
}

impl Redis {
    pub(super) fn new(settings: RedisSettings) -> Self {
        let nodes = match &settings.shape {
            Shape::Cluster { nodes, .. } => nodes.clone(),
            Shape::One(_) | Shape::Sentinel { .. } => Vec::new(),
        };
        let (idle, master) = (Mutex::default(), Mutex::default());
        Self { settings, idle, master, map: Mutex::new(Map::new(nodes)) }
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
        let reply = match &self.settings.shape {
            Shape::One(node) => self.ask(node, &command, false).await?,
            Shape::Sentinel { master, nodes, login } => {
                self.ask_master((master, nodes, login), &command).await?
            }
            Shape::Cluster { redirects_max, .. } => {
                self.ask_cluster(slot(&tokens), *redirects_max, &command).await?
            }
        };
        match reply {
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

    /// Asks the master; the one that sentinels name now, once the one before fails.
    async fn ask_master(
        &self,
        (name, sentinels, login): (&str, &[Node], &Login),
        command: &[&str],
    ) -> Result<Reply, RedisError> {
        let known = self.master.lock().clone();
        if let Some(node) = known {
            match self.ask(&node, command, false).await {
                Ok(reply) => return Ok(reply),
                // It was demoted, or is gone.
                Err(error) if error.is_no_master() => *self.master.lock() = None,
                Err(error) => return Err(error),
            }
        }
        let node = self.find_master(name, sentinels, login).await?;
        let answer = self.ask(&node, command, false).await;
        if answer.is_ok() {
            *self.master.lock() = Some(node);
        }
        answer
    }

    async fn find_master(
        &self,
        name: &str,
        sentinels: &[Node],
        login: &Login,
    ) -> Result<Node, RedisError> {
        let mut last = None;
        for sentinel in sentinels {
            match self.named_master(sentinel, name, login).await {
                Ok(Some(node)) => return Ok(node),
                Ok(None) => {}
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| RedisError::NoMaster(name.to_owned())))
    }

    /// The master as one sentinel names it; `None` if it knows none.
    async fn named_master(
        &self,
        sentinel: &Node,
        name: &str,
        login: &Login,
    ) -> Result<Option<Node>, RedisError> {
        let mut connection = dial::sentinel(&self.settings, sentinel, login).await?;
        match connection.ask(&["SENTINEL", "get-master-addr-by-name", name]).await? {
            Reply::List(items) => match items.as_slice() {
                [Reply::Text(host), Reply::Text(port)] => {
                    let port = port.parse().map_err(|_error| RedisError::Unexpected)?;
                    Ok(Some(Node { host: host.clone(), port }))
                }
                [] => Ok(None),
                _ => Err(RedisError::Unexpected),
            },
            Reply::Nothing => Ok(None),
            Reply::Error(words) => Err(RedisError::Refused(words)),
            Reply::Text(_) | Reply::Number(_) => Err(RedisError::Unexpected),
        }
    }

    /// Asks the server that has a slot, wherever others say that it is.
    async fn ask_cluster(
        &self,
        slot: u16,
        redirects_max: usize,
        command: &[&str],
    ) -> Result<Reply, RedisError> {
        let mut sent_to: Option<Node> = None;
        let mut last = RedisError::Circle;
        for _ in 0..=redirects_max {
            let is_asked = sent_to.is_some();
            let found = sent_to.take().or_else(|| self.map.lock().node(slot));
            let Some(node) = found else { return Err(RedisError::Unexpected) };
            match self.ask(&node, command, is_asked).await {
                Err(RedisError::Refused(words)) => match Redirect::parse(&words, &node) {
                    Some(Redirect::Moved(node)) => self.map.lock().moved(slot, &node),
                    Some(Redirect::Ask(node)) => sent_to = Some(node),
                    None => return Err(RedisError::Refused(words)),
                },
                Err(error @ RedisError::Io(_)) => {
                    self.map.lock().lost(&node);
                    last = error;
                }
                answer => return answer,
            }
        }
        Err(last)
    }

    /// Asks over a connection that waits; if that has gone meanwhile, over a new one. `is_asked`
    /// tells a server of a cluster that another one sent the command.
    async fn ask(
        &self,
        node: &Node,
        command: &[&str],
        is_asked: bool,
    ) -> Result<Reply, RedisError> {
        let waiting = self.idle.lock().get_mut(node).and_then(Vec::pop);
        if let Some(mut connection) = waiting {
            match send(&mut connection, command, is_asked).await {
                Ok(reply) => return self.put_back(node, connection, reply),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return Err(error.into());
                }
                Err(_) => {
                    self.idle.lock().remove(node);
                }
            }
        }
        let mut connection = dial::data(&self.settings, node).await?;
        let reply = send(&mut connection, command, is_asked).await?;
        self.put_back(node, connection, reply)
    }

    fn put_back(
        &self,
        node: &Node,
        connection: Connection,
        reply: Reply,
    ) -> Result<Reply, RedisError> {
        let mut all = self.idle.lock();
        match all.get_mut(node) {
            Some(idle) if idle.len() < IDLE_MAX => idle.push(connection),
            Some(_) => {}
            None => {
                all.insert(node.clone(), vec![connection]);
            }
        }
        if let Reply::Error(words) = reply { Err(RedisError::Refused(words)) } else { Ok(reply) }
    }
}

impl RedisError {
    /// Whether the server asked is no master, or none any more.
    fn is_no_master(&self) -> bool {
        match self {
            Self::Io(_) => true,
            Self::Refused(words) => {
                ["READONLY", "MASTERDOWN", "LOADING"].iter().any(|start| words.starts_with(start))
            }
            Self::Unexpected | Self::NoMaster(_) | Self::Circle => false,
        }
    }
}

async fn send(connection: &mut Connection, command: &[&str], is_asked: bool) -> io::Result<Reply> {
    if is_asked {
        connection.ask(&["ASKING"]).await?;
    }
    connection.ask(command).await
}
