//! The upstream, discovery, and the gateways in front of it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bench::options::Options;
use crate::bench::server::{self, SMALL_BODY, Server};
use crate::gateway::{self, Gateway, Kind};
use crate::http::Request;
use crate::process::Launch;
use crate::subject::{self, COMPARISON_ARGS, Subject};
use crate::{paths, ports, wait};

pub(super) const OURS: &str = "ours";
pub(super) const SPRING: &str = "Spring";
pub(super) const NGINX: &str = "nginx";
pub(super) const HAPROXY: &str = "HAProxy";

/// Service that all routes lead to.
const SERVICE: &str = "upstream";
/// Bytes of the large file.
const LARGE: usize = 100_000;
/// Longest wait for a gateway to find its upstream.
const PATIENCE: Duration = Duration::from_secs(90);
/// Connections that nginx and HAProxy are ready for.
const CONNECTIONS_MAX: usize = 9_000;

/// Discovery, and the upstream that is registered there.
#[derive(Debug)]
pub(super) struct Estate {
    discovery: Subject,
    upstream: Server,
    files: PathBuf,
}

impl Estate {
    pub(super) fn start() -> Result<Self> {
        let files = paths::work("gateway-bench/files")?;
        fs::write(files.join("100k"), "y".repeat(LARGE)).context("writing the large file")?;
        let discovery = subject::start_ours(&COMPARISON_ARGS, &[])?;
        let port = ports::free_port()?;
        let upstream = server::start_nginx("upstream", port, &upstream(port, &files), "/small")?;
        gateway::register(&discovery.base_url, SERVICE, port, &[])?;
        Ok(Self { discovery, upstream, files })
    }

    /// All contenders: ours, Spring unless it is to stay out, nginx, HAProxy.
    pub(super) fn servers(&self, options: &Options, routes: usize) -> Result<Vec<Server>> {
        let mut servers = vec![self.ours(routes)?];
        if options.reference {
            servers.push(self.spring(routes)?);
        }
        servers.push(self.nginx()?);
        servers.push(self.haproxy()?);
        Ok(servers)
    }

    pub(super) fn ours(&self, routes: usize) -> Result<Server> {
        self.gateway(Kind::Ours, OURS, routes)
    }

    pub(super) fn spring(&self, routes: usize) -> Result<Server> {
        self.gateway(Kind::SpringAsIs, SPRING, routes)
    }

    fn gateway(&self, kind: Kind, name: &'static str, routes: usize) -> Result<Server> {
        let gateway = self.launch(kind, routes)?;
        Server::ready(name, (gateway.port, gateway.program), &first_path())
    }

    /// One that checks tokens as the lines `security` say, once it takes `token`.
    pub(super) fn guarded(
        &self,
        kind: Kind,
        name: &'static str,
        security: &str,
        token: &str,
    ) -> Result<Server> {
        let yaml =
            format!("{security}---\n{}", configuration(&self.discovery.base_url, super::ROUTES));
        let gateway = Gateway::launch(kind, &yaml, &[], &[])?;
        let server = Server::ready(name, (gateway.port, gateway.program), "/actuator/health")?;
        let url = format!("http://127.0.0.1:{}{}", server.port, first_path());
        let authorization = format!("Bearer {token}");
        wait::until("a token that is taken", PATIENCE, || {
            let request = Request::get(&*url).header("Authorization", &authorization);
            request.send().is_ok_and(|answer| answer.status == 200)
        })?;
        Ok(server)
    }

    /// A gateway with so many routes to the upstream, without waiting.
    pub(super) fn launch(&self, kind: Kind, routes: usize) -> Result<Gateway> {
        Gateway::launch(kind, &configuration(&self.discovery.base_url, routes), &[], &[])
    }

    pub(super) fn nginx(&self) -> Result<Server> {
        let port = ports::free_port()?;
        let http = format!(
            "  upstream u {{ server 127.0.0.1:{}; keepalive 128; keepalive_requests 1000000000; }}\n\
             \x20 server {{\n\
             \x20   listen 127.0.0.1:{port};\n\
             \x20   location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}\n\
             \x20 }}\n",
            self.upstream.port
        );
        server::start_nginx(
            NGINX,
            port,
            &server::nginx_configuration(CONNECTIONS_MAX, &http),
            "/small",
        )
    }

    pub(super) fn haproxy(&self) -> Result<Server> {
        let port = ports::free_port()?;
        let file = self.files.with_file_name(format!("haproxy-{port}.cfg"));
        let text = format!(
            "global\n  nbthread 2\n  maxconn {CONNECTIONS_MAX}\n\
             defaults\n  mode http\n  timeout connect 5s\n  timeout client 300s\n  timeout server 300s\n\
             \x20 timeout http-keep-alive 300s\n  http-reuse always\n\
             frontend f\n  bind 127.0.0.1:{port}\n  default_backend b\n\
             backend b\n  server u 127.0.0.1:{}\n",
            self.upstream.port
        );
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        let binary = server::system_binary("haproxy")?;
        let launch = Launch::new("haproxy", binary)?.arg("-db").arg("-f").arg(&file);
        Server::ready(HAPROXY, (port, launch.start()?), "/small")
    }
}

/// What the routes of a contender have in front of a path; nginx and HAProxy have one route for all.
pub(super) fn prefixes(server: &Server, routes: usize) -> Vec<String> {
    match server.name {
        NGINX | HAPROXY => vec![String::new(); routes],
        _ => (0..routes).map(|route| format!("/s{route}")).collect(),
    }
}

/// A path of the first route.
pub(super) fn first_path() -> String {
    "/s0/small".to_owned()
}

/// Routes as people write them: a path of their own that is cut off, to a service found by name.
fn configuration(eureka: &str, routes: usize) -> String {
    let mut text = format!(
        "spring:\n  application:\n    name: gateway\n\
         eureka:\n  client:\n    register-with-eureka: false\n    service-url:\n      defaultZone: {eureka}\n\
         ---\nspring:\n  cloud:\n    gateway:\n      server:\n        webflux:\n          routes:\n"
    );
    for route in 0..routes {
        let _infallible = write!(
            text,
            "            - id: s{route}\n              uri: lb://{SERVICE}\n              predicates:\n\
             \x20               - Path=/s{route}/**\n              filters:\n                - StripPrefix=1\n"
        );
    }
    text
}

/// A small answer to everything, files, and `/post`, which is answered once the body is there.
fn upstream(port: u16, files: &std::path::Path) -> String {
    let small = "x".repeat(SMALL_BODY);
    let http = format!(
        "  upstream self {{ server 127.0.0.1:{port}; keepalive 128; keepalive_requests 1000000000; }}\n\
         \x20 server {{\n\
         \x20   listen 127.0.0.1:{port};\n\
         \x20   location / {{ return 200 \"{small}\"; }}\n\
         \x20   location /files/ {{ alias {}/; }}\n\
         \x20   location /post {{\n\
         \x20     client_body_buffer_size 200k; client_max_body_size 1m; proxy_pass_request_body off;\n\
         \x20     proxy_method GET; proxy_set_header Content-Length \"\"; proxy_set_header Connection \"\";\n\
         \x20     proxy_http_version 1.1; proxy_pass http://self/small;\n\
         \x20   }}\n\
         \x20 }}\n",
        files.display()
    );
    server::nginx_configuration(CONNECTIONS_MAX, &http)
}
