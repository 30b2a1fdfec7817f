//! What becomes of calls when one of three instances leaves, is taken out, hangs, fails, or comes back
//! (TM-8 to TM-16). The instances are ours to command; the other suite has real services.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::{self, Gateway, Kind};
use compat_tests::http::{self, Request};
use compat_tests::subject::{self, COMPARISON_ARGS, Subject};
use compat_tests::wait;

/// Callers, each with a connection of its own.
const CALLERS: usize = 4;
/// Longest wait for the gateway to hear of a change.
const PATIENCE: Duration = Duration::from_secs(30);
/// Calls that show that something goes on.
const SOME: usize = 200;

struct Estate {
    discovery: Subject,
    backends: Vec<Backend>,
    gateway: Gateway,
}

impl Estate {
    /// Three instances of a service, `more` in the gateway's configuration.
    fn start(more: &str) -> Result<Self> {
        let discovery = subject::start_ours(&COMPARISON_ARGS, &[])?;
        let backends: Vec<Backend> =
            ["a", "b", "c"].into_iter().map(Backend::start).collect::<Result<_>>()?;
        for backend in &backends {
            gateway::register(&discovery.base_url, "echo", backend.port, &[])?;
        }
        let yaml = format!(
            "spring.cloud.gateway.server.webflux:\n  routes:\n\
             \x20   - {{ id: svc, uri: \"lb://echo\", predicates: [ \"Path=/**\" ] }}\n\
             eureka.client:\n  register-with-eureka: false\n  registry-fetch-interval-seconds: 1\n\
             \x20 service-url.defaultZone: http://127.0.0.1:{}/eureka/\n{more}",
            discovery.port()
        );
        let mut gateway = Gateway::start(Kind::Ours, &yaml, &[], &[])?;
        gateway.wait_status("/a", 200)?;
        let estate = Self { discovery, backends, gateway };
        wait::until("all three", PATIENCE, || {
            // Each of them answers once the gateway knows it.
            estate.gateway.get("/a").is_ok_and(|answer| answer.status == 200)
                && estate.backends.iter().all(|one| one.connections() > 0)
        })?;
        Ok(estate)
    }

    /// The instance that things happen to.
    fn third(&self) -> Result<&Backend> {
        self.backends.last().context("no third instance")
    }

    /// Calls while `happens` does; gives how many failed.
    fn during(&self, path: &str, happens: impl FnOnce(&Load) -> Result<()>) -> Result<Vec<String>> {
        let load = Load::default();
        std::thread::scope(|scope| {
            let callers: Vec<_> =
                (0..CALLERS).map(|_| scope.spawn(|| load.call(self.gateway.port, path))).collect();
            let outcome = load.goes_on().and_then(|()| happens(&load));
            load.over.store(true, Relaxed);
            let mut failures = Vec::new();
            for caller in callers {
                failures.extend(caller.join().map_err(|_| anyhow!("a caller panicked"))?);
            }
            outcome.map(|()| failures)
        })
    }

    /// Waits until the third instance gets nothing any more, while the others do.
    fn third_is_left_alone(&self, load: &Load) -> Result<()> {
        wait::until("no more calls", PATIENCE, || {
            let _before = self.third().map(Backend::seen);
            load.goes_on().is_ok() && self.third().is_ok_and(|third| third.seen().is_empty())
        })
    }

    fn third_is_asked(&self) -> Result<()> {
        let is_asked = || self.third().is_ok_and(|third| !third.seen().is_empty());
        wait::until("calls of the third", PATIENCE, is_asked)
    }

    fn override_status(&self, method: &str, query: &str) -> Result<()> {
        let port = self.third()?.port;
        let url = format!("{}/apps/ECHO/echo-{port}/status{query}", self.discovery.base_url);
        let answer = Request::new(method, url).send()?;
        ensure!(answer.status == 200, "{}", answer.status);
        Ok(())
    }
}

/// Calls that go on.
#[derive(Debug, Default)]
struct Load {
    over: AtomicBool,
    answered: AtomicUsize,
}

impl Load {
    fn call(&self, port: u16, path: &str) -> Vec<String> {
        let mut failures = Vec::new();
        let mut kept = None;
        for number in 0_usize.. {
            if self.over.load(Relaxed) {
                break;
            }
            let (method, body) =
                if number % 2 == 0 { ("GET", "") } else { ("POST", "Content-Length: 0\r\n") };
            let request = format!("{method} {path} HTTP/1.1\r\nHost: h\r\n{body}\r\n");
            let stream = kept.take().map_or_else(|| http::connect(port, http::TIMEOUT), Ok);
            let answer = stream.and_then(|mut stream| {
                stream.write_all(request.as_bytes())?;
                Ok((http::read_answer(&mut stream, method)?, stream))
            });
            match answer {
                Ok((answer, stream)) if answer.status == 200 => kept = Some(stream),
                Ok((answer, _)) => failures.push(format!("{method}: {}", answer.status)),
                Err(error) => failures.push(format!("{method}: {error:#}")),
            }
            self.answered.fetch_add(1, Relaxed);
        }
        failures
    }

    fn goes_on(&self) -> Result<()> {
        let most = self.answered.load(Relaxed) + SOME;
        wait::until("answers", PATIENCE, || self.answered.load(Relaxed) >= most)
    }
}

#[test]
fn one_that_deregisters_gets_no_more_calls_tm_8() -> Result<()> {
    let estate = Estate::start("")?;
    let failures = estate.during("/a", |load| {
        estate.third_is_asked()?;
        gateway::deregister(&estate.discovery.base_url, "echo", estate.third()?.port)?;
        estate.third_is_left_alone(load)?;
        // TM-16: at the same address it is back as soon as it is listed.
        gateway::register(&estate.discovery.base_url, "echo", estate.third()?.port, &[])?;
        estate.third_is_asked()?;
        load.goes_on()
    })?;
    ensure!(failures.is_empty(), "{failures:?}");
    Ok(())
}

#[test]
fn one_that_is_taken_out_of_service_gets_no_more_calls_tm_9() -> Result<()> {
    let estate = Estate::start("")?;
    let failures = estate.during("/a", |load| {
        for status in ["OUT_OF_SERVICE", "DOWN"] {
            estate.third_is_asked()?;
            estate.override_status("PUT", &format!("?value={status}"))?;
            estate.third_is_left_alone(load)?;
            estate.override_status("DELETE", "?value=UP")?;
        }
        estate.third_is_asked()?;
        load.goes_on()
    })?;
    ensure!(failures.is_empty(), "{failures:?}");
    Ok(())
}

#[test]
fn one_that_refuses_is_left_out_and_comes_back_at_its_port_tm_10_tm_16() -> Result<()> {
    let mut estate = Estate::start("")?;
    let third = estate.backends.pop().context("no third instance")?;
    let port = third.port;
    let failures = estate.during("/a", |load| {
        load.goes_on()?;
        drop(third);
        // It is still listed: every one of these calls has two instances and a refusal to choose from.
        (0..5).try_for_each(|_| load.goes_on())
    })?;
    // A call that was under way on a connection that ended with it may be lost; safe ones are not.
    ensure!(failures.len() <= CALLERS, "{failures:?}");
    ensure!(failures.iter().all(|one| one.starts_with("POST")), "{failures:?}");
    estate.backends.push(Backend::start_on("c", port)?);
    let failures = estate.during("/a", |_| estate.third_is_asked())?;
    ensure!(failures.is_empty(), "{failures:?}");
    Ok(())
}

#[test]
fn one_that_hangs_is_left_out_tm_11() -> Result<()> {
    let estate =
        Estate::start("spring.cloud.gateway.server.webflux.httpclient.response-timeout: 300ms\n")?;
    // A listener that nobody accepts from: connections are made, and nothing ever comes back.
    let hole = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    let port = hole.local_addr()?.port();
    let failures = estate.during("/a", |load| {
        gateway::register(&estate.discovery.base_url, "echo", port, &[])?;
        let knows = || {
            let shown = estate.gateway.get("/actuator/gateway/instances");
            shown.is_ok_and(|answer| {
                answer.text().is_ok_and(|text| text.contains(&port.to_string()))
            })
        };
        // Without the endpoint a few fetches are enough.
        let _shown = wait::until("the hole", Duration::from_secs(3), knows);
        (0..5).try_for_each(|_| load.goes_on())
    })?;
    ensure!(failures.len() <= 10 * CALLERS, "{} failed: {failures:?}", failures.len());
    // Once it is left out, nobody meets it for a while.
    let failures = estate.during("/a", Load::goes_on)?;
    ensure!(failures.len() <= CALLERS, "{failures:?}");
    Ok(())
}

#[test]
fn one_that_fails_is_left_out_tm_12() -> Result<()> {
    let estate = Estate::start("")?;
    // Only the third fails, and keeps on.
    let sick = crate::sick::Sick::start(503)?;
    let failures = estate.during("/a", |load| {
        gateway::register(&estate.discovery.base_url, "echo", sick.port, &[])?;
        wait::until("the sick one", PATIENCE, || sick.asked() > 0)?;
        (0..5).try_for_each(|_| load.goes_on())
    })?;
    // Five in a row on each of the gateway's threads, and the trials that follow.
    let threads = std::thread::available_parallelism()?.get();
    ensure!(sick.asked() <= 8 * threads, "asked {} times", sick.asked());
    ensure!(failures.len() <= 8 * threads, "{failures:?}");
    Ok(())
}
