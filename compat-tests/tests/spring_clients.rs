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
use registry::{PATIENCE, Registry};
use spring::{Estate, GENERATIONS, GUARDED, LEASE_SECS, OPEN, Service};

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
        None => Estate::start(Kind::Ours, &OPEN)?,
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
fn services_are_back_after_the_server_restarted_empty() -> Result<()> {
    among_services(|estate| {
        estate.server.restart()?;
        come_back(estate)
    })
}

/// By its name the last of the tests among the shared services: no other has to start them again.
#[test]
fn when_killed_services_are_evicted_at_the_end_of_their_leases() -> Result<()> {
    among_services(kill_all)
}

#[test]
fn services_with_a_password_find_each_other_and_are_gone_at_once_when_they_stop() -> Result<()> {
    let _one_estate_at_a_time = ESTATE.lock();
    let mut estate = Estate::start(Kind::Ours, &GUARDED)?;

    let stranger = Request::get(estate.server.url("/apps")).send()?;
    assert_eq!((stranger.status, stranger.body), (401, Vec::new()));
    GENERATIONS.iter().try_for_each(|generation| estate.stop(generation))?;
    assert_eq!(estate.registry.hash()?, "");
    Ok(())
}

#[test]
fn a_service_with_nothing_but_its_default_zone_is_on_the_dashboard() -> Result<()> {
    let _one_estate_at_a_time = ESTATE.lock();
    let server = Subject::start(Kind::Ours, &[], &[])?;
    let generation = &GENERATIONS[1];

    let service = Service::start(generation, &format!("{}/", server.base_url))?;

    Registry::at(&server.base_url, None).wait_status(&service.instance_id, Some("UP"))?;
    let page = Request::get(server.root_url("/")).header("Accept", "text/html").send()?;
    let page = page.text()?;
    assert!(page.contains(&generation.service.to_uppercase()), "{page}");
    assert!(page.contains(&service.instance_id), "{page}");
    Ok(())
}

/// Everything but coming back by a heartbeat that was answered 404: there the reference sends a
/// body, at which a service of Boot 2.7 stumbles for ever.
#[test]
fn reference_serves_the_same_services() -> Result<()> {
    let _one_estate_at_a_time = ESTATE.lock();
    let mut estate = Estate::start(Kind::Reference(ReferenceLine::Boot35), &OPEN)?;
    listed_in_both_representations(&mut estate)?;
    find_each_other(&mut estate)?;
    call_each_other(&mut estate)?;
    metadata_is_added(&mut estate)?;
    health_goes_down_and_up(&mut estate)?;
    out_of_service_and_back(&estate, 0, "status?value=UP")?;
    out_of_service_and_back(&estate, 1, "status")?;
    out_of_service_and_back(&estate, 2, "status")?;
    estate.stop(&GENERATIONS[0])?;
    estate.server.restart()?;
    come_back(&estate)?;
    kill_all(&mut estate)
}

fn listed_in_both_representations(estate: &mut Estate) -> Result<()> {
    let json = estate.registry.as_json()?;
    let xml = estate.registry.as_xml()?;

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
        estate.registry.operate("PUT", &path)?;
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
    let service = estate.services.get(index).context("no such service")?;
    let put = format!("{}/status?value=OUT_OF_SERVICE", service.path());

    estate.registry.operate("PUT", &put)?;
    for other in estate.others(service) {
        other.wait_sees(service, false)?;
        let call = other.get(&format!("/call/rest?service={}", service.generation.service));
        assert!(call.is_err(), "a call reached it: {call:?}");
    }
    wait_renewals(&estate.registry, service, 2)?;
    let status = estate.registry.status(&service.instance_id)?;
    assert_eq!(status.as_deref(), Some("OUT_OF_SERVICE"), "a heartbeat ended the override");

    estate.registry.operate("DELETE", &format!("{}/{undo}", service.path()))?;
    estate.wait_status(service, Some("UP"))?;
    for other in estate.others(service) {
        other.wait_sees(service, true)?;
    }
    Ok(())
}

/// A renewed lease ends two terms after its last renewal, the end of the first of them being its
/// `lastRenewalTimestamp`.
fn kill_all(estate: &mut Estate) -> Result<()> {
    for service in &estate.services {
        wait_renewals(&estate.registry, service, 1)?;
    }
    let mut waiting = Vec::new();
    for service in &mut estate.services {
        service.program.kill9()?;
        let end = renewed_until_ms(&estate.registry, service)? + LEASE_SECS * 1000;
        waiting.push((service.instance_id.clone(), end));
    }

    let mut early = Vec::new();
    wait::until_some("all are evicted", PATIENCE, || {
        let listed = estate.registry.as_json()?;
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
    assert_eq!(estate.registry.hash()?, "");
    Ok(())
}

/// Waits until all services are registered anew. Nothing about them changed, so it is the answer to
/// their heartbeat that tells them to.
fn come_back(estate: &Estate) -> Result<()> {
    for service in &estate.services {
        estate.wait_status(service, Some("UP"))?;
    }
    for service in &estate.services {
        for other in &estate.services {
            service.wait_sees(other, true)?;
        }
    }
    Ok(())
}

/// Waits until the service renewed its lease `count` times more.
fn wait_renewals(registry: &Registry, service: &Service, count: u32) -> Result<()> {
    for _ in 0..count {
        let before = renewed_until_ms(registry, service)?;
        wait::until_some(&format!("{} renews", service.instance_id), PATIENCE, || {
            Ok((renewed_until_ms(registry, service)? > before).then_some(()))
        })?;
    }
    Ok(())
}

/// `lastRenewalTimestamp`: one lease after the last heartbeat, milliseconds since the epoch.
fn renewed_until_ms(registry: &Registry, service: &Service) -> Result<u64> {
    let instance = registry.read(&format!("/{}", service.path()), "application/json")?.json()?;
    let time = &instance["instance"]["leaseInfo"]["lastRenewalTimestamp"];
    time.as_u64().with_context(|| format!("no lastRenewalTimestamp in {instance}"))
}

fn now_ms() -> Result<u64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(u64::try_from(now.as_millis())?)
}
