//! Unmodified Spring Boot services of three generations against the discovery server: they register,
//! find and call each other, fail, leave and come back.
//!
//! The services are started once and shared; a test that ends one of them has it started again by
//! the next. The same scenarios run against the reference server, so that they are tested themselves.

#![expect(clippy::indexing_slicing, reason = "what is missing in an answer fails the test")]

use std::time::SystemTime;

use anyhow::{Context, Result};
use compat_tests::http::Request;
use compat_tests::subject::{Kind, ReferenceLine, Subject};
use compat_tests::wait;
use parking_lot::Mutex;
use spring::{Estate, GENERATIONS, LEASE_SECS, PATIENCE};

#[path = "clients/registry.rs"]
mod registry;
#[path = "clients/spring.rs"]
mod spring;

/// The services around our server, between two tests.
static ESTATE: Mutex<Option<Estate>> = Mutex::new(None);

/// Runs `scenario` among the shared services. Keeps them for the next test only if all went well.
fn among_services(scenario: fn(&mut Estate) -> Result<()>) -> Result<()> {
    let mut shared = ESTATE.lock();
    let mut estate = match shared.take() {
        Some(mut estate) => {
            estate.complete()?;
            estate
        }
        None => Estate::start(Kind::Ours)?,
    };
    scenario(&mut estate)?;
    *shared = Some(estate);
    Ok(())
}

#[test]
fn services_are_listed_alike_in_both_representations() -> Result<()> {
    among_services(listed_in_both_representations)
}

#[test]
fn services_find_each_other_with_metadata() -> Result<()> {
    among_services(find_each_other)
}

#[test]
fn services_call_each_other_by_name() -> Result<()> {
    among_services(call_each_other)
}

#[test]
fn metadata_added_by_an_operator_reaches_every_service() -> Result<()> {
    among_services(metadata_is_added)
}

#[test]
fn health_that_goes_down_takes_a_service_out_until_it_is_up() -> Result<()> {
    among_services(health_goes_down_and_up)
}

#[test]
fn a_service_put_out_of_service_comes_back_when_the_override_is_deleted() -> Result<()> {
    among_services(|estate| {
        (0..estate.services.len())
            .try_for_each(|index| out_of_service_and_back(estate, index, "status"))
    })
}

#[test]
fn a_service_that_stops_is_gone_at_once() -> Result<()> {
    among_services(stop_one_after_the_other)
}

#[test]
fn killed_services_are_evicted_when_their_leases_are_over() -> Result<()> {
    among_services(kill_all)
}

#[test]
fn services_are_back_after_the_server_restarted_empty() -> Result<()> {
    among_services(|estate| {
        estate.server.restart()?;
        come_back(estate, &["2.7", "3.5", "4.0"])
    })
}

/// Everything but coming back by a heartbeat that was answered 404: there the reference sends a
/// body, at which a service of Boot 2.7 stumbles for ever.
#[test]
fn reference_serves_the_same_services() -> Result<()> {
    let _one_estate_at_a_time = ESTATE.lock();
    let mut estate = Estate::start(Kind::Reference(ReferenceLine::Boot35))?;
    listed_in_both_representations(&mut estate)?;
    find_each_other(&mut estate)?;
    call_each_other(&mut estate)?;
    metadata_is_added(&mut estate)?;
    health_goes_down_and_up(&mut estate)?;
    out_of_service_and_back(&estate, 0, "status?value=UP")?;
    out_of_service_and_back(&estate, 1, "status")?;
    out_of_service_and_back(&estate, 2, "status")?;
    estate.server.restart()?;
    come_back(&estate, &["3.5", "4.0"])?;
    estate.services.retain(|service| service.generation.boot != "2.7");
    estate.complete()?;
    stop_one_after_the_other(&mut estate)?;
    estate.complete()?;
    kill_all(&mut estate)
}

/// The password has every letter that ends or splits the user part of a URL.
#[test]
fn services_with_nothing_but_their_default_zone_register_with_a_password() -> Result<()> {
    let _one_estate_at_a_time = ESTATE.lock();
    let args = ["--spring.security.user.name=estate", "--spring.security.user.password=p@ss/w#rd%"];
    let server = Subject::start(Kind::Ours, &args, &[])?;
    let apps = server.url("/apps");
    let zone = format!("http://estate:p%40ss%2Fw%23rd%25@127.0.0.1:{}/eureka/", server.port());

    let generations: Vec<_> = GENERATIONS.iter().collect();
    let services = spring::start_together(&generations, &zone, &[])?;

    let stranger = Request::get(&apps).send()?;
    assert_eq!((stranger.status, stranger.body), (401, Vec::new()));
    for service in services {
        // `estate:p@ss/w#rd%` in base 64.
        let registered = Request::get(server.url(&format!("/apps/{}", service.path())))
            .header("Authorization", "Basic ZXN0YXRlOnBAc3MvdyNyZCU=");
        wait::until_some(&format!("{} is registered", service.instance_id), PATIENCE, || {
            Ok((registered.send()?.status == 200).then_some(()))
        })?;
    }
    Ok(())
}

fn listed_in_both_representations(estate: &mut Estate) -> Result<()> {
    let base_url = &estate.server.base_url;

    let json = registry::as_json(base_url)?;
    let xml = registry::as_xml(base_url)?;

    assert_eq!(json, xml);
    let ids: Vec<_> = json.iter().map(|listed| &listed.instance_id).collect();
    let started: Vec<_> = estate.services.iter().map(|service| &service.instance_id).collect();
    assert_eq!(ids, started);
    for (listed, service) in json.iter().zip(&estate.services) {
        assert_eq!(listed.app, service.generation.service.to_uppercase());
        assert_eq!(listed.vip_address, service.generation.service);
        assert_eq!(listed.port, service.port.to_string());
        assert_eq!(listed.status, "UP");
        assert_eq!(listed.metadata["built_with"], spring::note(service.generation));
    }
    Ok(())
}

fn find_each_other(estate: &mut Estate) -> Result<()> {
    for service in &estate.services {
        let names = service.get("/services")?;
        assert_eq!(names, serde_json::json!(GENERATIONS.map(|generation| generation.service)));
        for other in &estate.services {
            let seen = service.instances(other.generation.service)?;
            assert_eq!(seen.len(), 1, "{seen:?}");
            let seen = seen.first().context("nobody")?;
            assert_eq!(seen["instanceId"], *other.instance_id);
            assert_eq!(seen["port"], other.port);
            assert_eq!(seen["status"], "UP");
            assert_eq!(seen["metadata"]["built_with"], spring::note(other.generation));
        }
    }
    Ok(())
}

fn call_each_other(estate: &mut Estate) -> Result<()> {
    for service in &estate.services {
        for other in &estate.services {
            for way in ["rest", "feign"] {
                let name = other.generation.service;
                let hello = service.get(&format!("/call/{way}?service={name}"))?;
                assert_eq!(hello["app"], name);
                assert_eq!(hello["instanceId"], *other.instance_id);
            }
        }
    }
    Ok(())
}

fn metadata_is_added(estate: &mut Estate) -> Result<()> {
    for service in &estate.services {
        let path = format!("{}/metadata?colour=green+%26+blue", service.path());
        registry::operate(&estate.server.base_url, "PUT", &path)?;
        for other in &estate.services {
            wait::until_some("the new metadata", PATIENCE, || {
                let seen = other.instances(service.generation.service)?;
                let colour = seen.first().map(|instance| &instance["metadata"]["colour"]);
                Ok(colour.filter(|colour| **colour == "green & blue").map(|_| ()))
            })?;
        }
    }
    Ok(())
}

fn health_goes_down_and_up(estate: &mut Estate) -> Result<()> {
    for service in &estate.services {
        service.turn_health("DOWN")?;
        estate.wait_status(service, Some("DOWN"))?;
        for other in estate.others(service) {
            other.wait_sees(service, false)?;
        }
        service.turn_health("UP")?;
        estate.wait_status(service, Some("UP"))?;
        for other in estate.others(service) {
            other.wait_sees(service, true)?;
        }
    }
    Ok(())
}

/// `undo` is what is deleted to end it: `status` leaves the status to the service's next
/// registration, `status?value=UP` says it.
fn out_of_service_and_back(estate: &Estate, index: usize, undo: &str) -> Result<()> {
    let base_url = &estate.server.base_url;
    let service = estate.services.get(index).context("no such service")?;
    let put = format!("{}/status?value=OUT_OF_SERVICE", service.path());

    registry::operate(base_url, "PUT", &put)?;
    for other in estate.others(service) {
        other.wait_sees(service, false)?;
        let call = other.get(&format!("/call/rest?service={}", service.generation.service));
        assert!(call.is_err(), "a call reached it: {call:?}");
    }
    wait_renewals(base_url, service, 2)?;
    let status = registry::status(base_url, &service.instance_id)?;
    assert_eq!(status.as_deref(), Some("OUT_OF_SERVICE"), "a heartbeat ended the override");

    registry::operate(base_url, "DELETE", &format!("{}/{undo}", service.path()))?;
    estate.wait_status(service, Some("UP"))?;
    for other in estate.others(service) {
        other.wait_sees(service, true)?;
    }
    Ok(())
}

fn stop_one_after_the_other(estate: &mut Estate) -> Result<()> {
    let base_url = estate.server.base_url.clone();
    let services = std::mem::take(&mut estate.services);
    let mut left = services.into_iter();
    while let Some(mut service) = left.next() {
        service.program.terminate()?;

        // Said goodbye before it ended, so no waiting here.
        assert_eq!(registry::status(&base_url, &service.instance_id)?, None);
        for other in left.as_slice() {
            other.wait_sees(&service, false)?;
        }
    }
    Ok(())
}

/// A renewed lease ends two terms after its last renewal, the end of the first of them being its
/// `lastRenewalTimestamp`.
fn kill_all(estate: &mut Estate) -> Result<()> {
    let base_url = estate.server.base_url.clone();
    for service in &estate.services {
        wait_renewals(&base_url, service, 1)?;
    }
    let mut waiting = Vec::new();
    for service in &mut estate.services {
        service.program.kill9()?;
        let end = renewed_until_ms(&base_url, service)? + LEASE_SECS * 1000;
        waiting.push((service.instance_id.clone(), end));
    }

    let mut early = Vec::new();
    wait::until_some("all are evicted", PATIENCE, || {
        let listed = registry::as_json(&base_url)?;
        let now = now_ms()?;
        waiting.retain(|(id, end)| {
            let gone = listed.iter().all(|it| it.instance_id != *id);
            if gone && now < *end {
                early.push(format!("{id} by {} ms", end - now));
            }
            !gone
        });
        Ok(waiting.is_empty().then_some(()))
    })?;

    assert_eq!(early, Vec::<String>::new(), "evicted early");
    assert_eq!(registry::hash(&base_url)?, "");
    Ok(())
}

/// Waits until the services of those generations are registered anew. Nothing about them changed,
/// so it is the answer to their heartbeat that tells them to.
fn come_back(estate: &Estate, generations: &[&str]) -> Result<()> {
    let back = estate.services.iter().filter(|it| generations.contains(&it.generation.boot));
    for service in back.clone() {
        estate.wait_status(service, Some("UP"))?;
    }
    for service in back.clone() {
        for other in back.clone() {
            service.wait_sees(other, true)?;
        }
    }
    Ok(())
}

/// Waits until the service renewed its lease `count` times more.
fn wait_renewals(base_url: &str, service: &spring::Service, count: u32) -> Result<()> {
    for _ in 0..count {
        let before = renewed_until_ms(base_url, service)?;
        wait::until_some(&format!("{} renews", service.instance_id), PATIENCE, || {
            Ok((renewed_until_ms(base_url, service)? > before).then_some(()))
        })?;
    }
    Ok(())
}

/// `lastRenewalTimestamp`: one lease after the last heartbeat, milliseconds since the epoch.
fn renewed_until_ms(base_url: &str, service: &spring::Service) -> Result<u64> {
    let url = format!("{base_url}/apps/{}", service.path());
    let instance = Request::get(url).header("Accept", "application/json").send()?.json()?;
    let time = &instance["instance"]["leaseInfo"]["lastRenewalTimestamp"];
    time.as_u64().with_context(|| format!("no lastRenewalTimestamp in {instance}"))
}

fn now_ms() -> Result<u64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(u64::try_from(now.as_millis())?)
}
