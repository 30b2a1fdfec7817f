//! What happens by itself as time passes: eviction, self-preservation, housekeeping.

use std::time::Duration;

use test_kit::Registration;

use crate::support::{Call, JSON, Server};

const NO_PRESERVATION: &str = "--eureka.server.enable-self-preservation=false";
const EVERY_MINUTE: &str = "--eureka.server.eviction-interval-timer-in-ms=60000";
const MINUTE: Duration = Duration::from_secs(60);

/// Registers `count` instances of `FOO` with leases of `seconds`.
async fn fill(server: &Server, count: usize, seconds: i64) {
    for n in 0..count {
        let made = Registration::new("FOO", &format!("i{n}")).lasting(seconds);
        server.register("FOO", &made).await.is_bare(204);
    }
}

/// Renews the instances `from` to `to` and lets half a minute pass, `halves` times.
async fn beat(server: &Server, from: usize, to: usize, halves: usize) {
    for _ in 0..halves {
        for n in from..to {
            server.put(&format!("/eureka/apps/FOO/i{n}")).await.is_bare(200);
        }
        server.pass(MINUTE / 2).await;
    }
}

fn left(server: &Server) -> u32 {
    server.app.registry().counts().total()
}

// EV-1, EV-3, LS-4: a share of the registry at a time.
#[tokio::test(start_paused = true)]
async fn expired_leases_go_a_share_at_a_time() {
    let server = Server::with(&[NO_PRESERVATION, EVERY_MINUTE]);
    fill(&server, 20, 60).await;
    let mut sizes = Vec::new();
    for _ in 0..8 {
        server.pass(MINUTE).await;
        sizes.push(left(&server));
    }
    assert_eq!(sizes, [20, 17, 14, 11, 9, 7, 5, 4], "expired only after one minute, not at it");
    assert_eq!(server.app.registry().totals().evictions, 16);
    let (_, gone) = server.app.registry().recent();
    assert_eq!(gone.len(), 16, "listed among the cancelled");
}

// 3.4
#[tokio::test(start_paused = true)]
async fn an_evicted_instance_is_told_as_deleted_and_must_register_again() {
    let server = Server::with(&[NO_PRESERVATION, EVERY_MINUTE]);
    fill(&server, 1, 30).await;
    server.pass(MINUTE).await;
    server.get("/eureka/apps/FOO").await.is_bare(404);
    server.put("/eureka/apps/FOO/i0").await.is_bare(404);
    let delta = server.get("/eureka/apps/delta").await.json();
    assert_eq!(delta["applications"]["application"][0]["instance"][0]["actionType"], "DELETED");
    fill(&server, 1, 30).await;
    server.put("/eureka/apps/FOO/i0").await.is_bare(200);
}

#[tokio::test(start_paused = true)]
async fn who_renews_stays() {
    let server = Server::with(&[NO_PRESERVATION, EVERY_MINUTE]);
    fill(&server, 10, 60).await;
    beat(&server, 0, 4, 40).await;
    assert_eq!(left(&server), 4);
}

// R-PRESERVE, SP-3: of 100 instances 14 fall silent, and go; of 100 others 16, and none goes.
#[tokio::test(start_paused = true)]
async fn too_many_silent_ones_keep_everybody() {
    for (silent, remaining) in [(14, 86), (16, 100)] {
        let server = Server::with(&[EVERY_MINUTE]);
        fill(&server, 100, 60).await;
        beat(&server, 0, 100, 4).await;
        beat(&server, silent, 100, 12).await;
        assert_eq!(left(&server), remaining, "{silent} silent");
    }
}

// R-PRESERVE: once enough renew again, eviction goes on.
#[tokio::test(start_paused = true)]
async fn self_preservation_ends_when_enough_renew() {
    let server = Server::with(&[EVERY_MINUTE]);
    fill(&server, 100, 60).await;
    beat(&server, 40, 100, 12).await;
    assert_eq!(left(&server), 100);
    beat(&server, 10, 100, 12).await;
    assert_eq!(left(&server), 90);
}

// SP-8: the arithmetic of the reference. Leases that run out between two heartbeats tell whether
// leases may expire at all.
#[tokio::test(start_paused = true)]
async fn five_clients_are_too_few_for_leases_to_expire_and_six_are_enough() {
    for (clients, status) in [(5, 200), (6, 404)] {
        let server = Server::with(&["--eureka.server.eviction-interval-timer-in-ms=86400000"]);
        fill(&server, clients, 10).await;
        beat(&server, 0, clients, 4).await;
        assert_eq!(server.get("/eureka/apps/FOO/i0").await.status, status, "{clients} clients");
    }
}

// R-PAUSE: the process stands still, the clients do not. The first pass makes up for it.
#[tokio::test(start_paused = true)]
async fn a_pause_of_the_server_evicts_nobody() {
    for (before, pause) in [(0, 600), (30, 120), (59, 3600), (60, 30), (90, 600), (600, 600)] {
        let server = Server::with(&[NO_PRESERVATION, EVERY_MINUTE]);
        fill(&server, 20, 90).await;
        beat(&server, 0, 20, before / 30).await;
        server.pass(Duration::from_secs(before as u64 % 30)).await;
        server.pass(Duration::from_secs(pause)).await;
        assert_eq!(left(&server), 20, "{pause} s after {before} s");
        beat(&server, 0, 20, 10).await;
        assert_eq!(left(&server), 20, "{pause} s after {before} s");
        beat(&server, 0, 10, 60).await;
        assert_eq!(left(&server), 10, "the silent ones go all the same");
    }
}

// R-CLOCK: leases run on the steady clock.
#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_evicts_nobody_and_saves_nobody() {
    const HOUR_MS: i64 = 3_600_000;
    let server = Server::with(&[NO_PRESERVATION, EVERY_MINUTE]);
    fill(&server, 10, 60).await;
    for jump in [HOUR_MS, -HOUR_MS, -HOUR_MS, HOUR_MS, 300_000, -300_000] {
        server.clock.jump_wall(jump);
        beat(&server, 0, 10, 2).await;
        assert_eq!(left(&server), 10, "{jump}");
    }
    server.clock.jump_wall(-HOUR_MS);
    beat(&server, 0, 5, 20).await;
    assert_eq!(left(&server), 5);
}

// SP-6: clients that left without a word are forgotten, a sudden loss is not believed.
#[tokio::test(start_paused = true)]
async fn expected_clients_follow_the_registry_unless_it_shrinks_suddenly() {
    let interval = "--eureka.server.renewal-threshold-update-interval-ms=60000";
    let server = Server::with(&[interval]);
    fill(&server, 20, 60).await;
    let expected =
        |server: &Server| server.app.registry().verdict(server.app.now()).expected_clients;
    assert_eq!(expected(&server), 21);
    server.pass(MINUTE).await;
    assert_eq!(expected(&server), 20);
}

// Lists are made anew from time to time, so that their lease times do not stay those of long ago.
#[tokio::test(start_paused = true)]
async fn lease_times_in_an_unchanged_list_grow() {
    let server = Server::start();
    fill(&server, 1, 90).await;
    let renewed = async || {
        let list = Call::new("GET", "/eureka/apps").accept(JSON).send(&server).await.json();
        list["applications"]["application"][0]["instance"][0]["leaseInfo"]["lastRenewalTimestamp"]
            .as_u64()
            .unwrap()
    };
    let before = renewed().await;
    beat(&server, 0, 1, 4).await;
    let kept = renewed().await;
    beat(&server, 0, 1, 8).await;
    let later = renewed().await;
    assert!(later > before && later > kept, "{before} {kept} {later}");
}
