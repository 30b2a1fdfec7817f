//! The plain Netflix client, driven line by line.

use std::time::Duration;

use anyhow::{Context, Result};
use compat_tests::process::{Launch, Program};
use compat_tests::{java, paths, wait};
use serde_json::Value;

use crate::recorder::Recorder;
use crate::registry::PATIENCE;

/// Which of the two maintained lines of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// 1.x over Jersey 1.
    One,
    /// 2.x over Jersey 3.
    Two,
}

/// How the client writes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// JSON as it comes out of the box.
    Json,
    /// JSON by its other codec, plain Jackson.
    JacksonJson,
    /// JSON by its oldest codec, `XStream`.
    XStreamJson,
    /// XML both ways.
    Xml,
    /// JSON, asking for compact answers.
    Compact,
}

impl Codec {
    /// Media type of everything written and read.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml",
            Self::Json | Self::JacksonJson | Self::XStreamJson | Self::Compact => {
                "application/json"
            }
        }
    }

    /// The metadata key `team_name` as the client writes it: `XStream` escapes names for XML, in
    /// JSON as well.
    pub(crate) const fn team_name(self) -> &'static str {
        match self {
            Self::XStreamJson => "team__name",
            Self::Json | Self::JacksonJson | Self::Xml | Self::Compact => "team_name",
        }
    }

    const fn properties(self) -> &'static [&'static str] {
        match self {
            Self::Json => &[],
            Self::JacksonJson => {
                &["-Deureka.encoderName=JacksonJson", "-Deureka.decoderName=JacksonJson"]
            }
            Self::XStreamJson => {
                &["-Deureka.encoderName=XStreamJson", "-Deureka.decoderName=XStreamJson"]
            }
            Self::Xml => &["-Dcompat.xml=true"],
            Self::Compact => &["-Deureka.clientDataAccept=compact"],
        }
    }
}

/// A running client. Everything it says to the server passes a recorder.
#[derive(Debug)]
pub(crate) struct Client {
    /// Application name as written, also its VIP address.
    pub(crate) name: String,
    pub(crate) instance_id: String,
    pub(crate) recorder: Recorder,
    pub(crate) program: Program,
    heard: usize,
}

impl Client {
    /// Starts the client against the server on `port` of this machine.
    pub(crate) fn start(line: Line, codec: Codec, port: u16) -> Result<Self> {
        let recorder = Recorder::before(port)?;
        let name = format!("plain-{line:?}-{codec:?}").to_lowercase();
        let instance_id = format!("here:{name}:7");
        let module = match line {
            Line::One => "netflix-client-1",
            Line::Two => "netflix-client-2",
        };
        let url = format!("http://127.0.0.1:{}/eureka/", recorder.port());
        let program = Launch::new(module, "java")?
            .args(["-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"])
            .args([
                "-Deureka.region=default".to_owned(),
                format!("-Deureka.serviceUrl.default={url}"),
                format!("-Deureka.name={name}"),
                format!("-Deureka.vipAddress={name}"),
                format!("-Deureka.instanceId={instance_id}"),
                "-Deureka.port=7".to_owned(),
                "-Deureka.metadata.team_name=alpha".to_owned(),
            ])
            // Intervals short enough for a test, seconds.
            .args(["-Deureka.client.refresh.interval=1", "-Deureka.lease.renewalInterval=1"])
            .args(["-Deureka.appinfo.initial.replicate.time=1"])
            .args(["-Deureka.appinfo.replicate.interval=1"])
            .args(codec.properties())
            .arg("-jar")
            .arg(java::jar(&format!("{module}/target/{module}.jar"))?)
            .cwd(&paths::work("empty")?)
            .output_apart()
            .takes_lines()
            .start()?;
        let mut client = Self { name, instance_id, recorder, program, heard: 0 };
        client.hear()?;
        Ok(client)
    }

    /// Gives one command and reads its answer.
    pub(crate) fn ask(&mut self, command: &str) -> Result<Value> {
        self.program.tell(command)?;
        self.hear()
    }

    fn hear(&mut self) -> Result<Value> {
        let patience = Duration::from_secs(120);
        let (line, heard) = self.program.wait_line("an answer", self.heard, patience, |_| true)?;
        self.heard = heard;
        serde_json::from_str(&line).with_context(|| format!("{line:?} is not JSON"))
    }

    /// The instance of that id in the client's registry, whatever its status.
    pub(crate) fn known(&mut self, instance_id: &str) -> Result<Option<Value>> {
        let registry = self.ask("registry")?;
        let instances = registry["instances"].as_array().context("no instances")?;
        Ok(instances.iter().find(|it| it["instanceId"] == instance_id).cloned())
    }

    /// Waits until the client knows the instance with that status, or does not know it.
    pub(crate) fn wait_known(&mut self, instance_id: &str, status: Option<&str>) -> Result<()> {
        let what = format!("{} knows {instance_id} as {status:?}", self.name);
        wait::until_some(&what, PATIENCE, || {
            let known = self.known(instance_id)?;
            let known = known.as_ref().and_then(|it| it["status"].as_str());
            Ok((known == status).then_some(()))
        })
    }

    /// Ids that the client offers to a caller of that VIP address.
    pub(crate) fn offered(&mut self, vip: &str) -> Result<Vec<String>> {
        let offered = self.ask(&format!("lookup {vip}"))?;
        let offered = offered["instances"].as_array().context("no instances")?;
        Ok(offered.iter().filter_map(|it| it["instanceId"].as_str().map(str::to_owned)).collect())
    }

    /// Number of full fetches answered so far.
    pub(crate) fn full_fetches(&self) -> usize {
        self.recorder.of("GET", "/eureka/apps/").len()
    }

    /// `APP/id`, as paths of the registry name this instance.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.name.to_uppercase(), self.instance_id)
    }
}
