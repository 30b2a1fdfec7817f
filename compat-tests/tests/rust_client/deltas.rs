//! The client's copy follows a thousand random changes by deltas.

use anyhow::{Context as _, Result, ensure};
use compat_tests::subject::{Kind, ReferenceLine, Subject};
use compat_tests::wait;
use test_kit::Chance;

use super::driver::{Client, PATIENCE, instances};
use super::recorder::Recorder;
use super::registry::{add, change, listed, nudge, start, url};

/// Random changes in all.
const CHANGES: usize = 1_000;
/// Changes between two comparisons, at most.
const PORTION_MAX: usize = 25;
/// Instances that the changes are about.
const INSTANCES: usize = 40;
/// Looks at the client, some 30 ms apart, before the server is suspected of telling old news.
const LOOKS_BEFORE_DOUBT: u32 = 100;
const STATUSES: [&str; 4] = ["UP", "DOWN", "STARTING", "OUT_OF_SERVICE"];

#[test]
fn deltas_of_our_server() -> Result<()> {
    let full = follow(Kind::Ours, 1)?;
    ensure!(full == 1, "its deltas always fit: {full} full lists");
    Ok(())
}

#[test]
fn deltas_of_spring_boot_3() -> Result<()> {
    follow(Kind::Reference(ReferenceLine::Boot35), 2).map(drop)
}

#[test]
fn deltas_of_spring_boot_4() -> Result<()> {
    follow(Kind::Reference(ReferenceLine::Boot40), 3).map(drop)
}

/// Makes the changes and compares after each portion. Gives the number of full lists fetched.
fn follow(kind: Kind, seed: u64) -> Result<usize> {
    let subject = start(kind)?;
    let recorder = Recorder::before(subject.port())?;
    let mut chance = Chance::from_seed(seed);
    // An empty registry would be fetched in full again and again.
    add(&subject, "STAYS", "stays", 1, "UP", 1)?;
    let mut client = Client::start(&[url(recorder.port())])?;
    let (mut made, mut now) = (0, 1);
    while made < CHANGES {
        let portion = chance.below(PORTION_MAX) + 1;
        for _ in 0..portion {
            now += 1;
            random_change(&subject, &mut chance, now)?;
        }
        made += portion;
        agree(&subject, &mut client).with_context(|| format!("after {made} changes"))?;
    }
    let (full, deltas) = (recorder.of("GET", "/apps/").len(), recorder.of("GET", "/delta").len());
    ensure!(deltas > full * 2, "{full} full lists, {deltas} deltas");
    Ok(full)
}

/// Registers, cancels, overrides, or takes an override back; what does not apply is refused.
fn random_change(subject: &Subject, chance: &mut Chance, now: u64) -> Result<()> {
    let number = chance.below(INSTANCES);
    let app = format!("APP-{}", number % 5);
    let id = format!("{app}-{number}");
    let status = *chance.pick(&STATUSES).context("there are statuses")?;
    let known = listed(subject)?.0.iter().any(|one| one.starts_with(&format!("{id} ")));
    let done = if known { 200 } else { 404 };
    match chance.below(5) {
        0 => change(subject, "DELETE", &format!("/apps/{app}/{id}"), done),
        1 => {
            let path = format!("/apps/{app}/{id}/status?value={status}");
            change(subject, "PUT", &path, done)
        }
        2 => {
            let path = format!("/apps/{app}/{id}/status?value={status}");
            change(subject, "DELETE", &path, done)
        }
        _ => add(subject, &app, &id, 8000, status, now),
    }
}

/// Waits until the client knows what the server lists. A Java server is made to list it anew if
/// that takes long.
fn agree(subject: &Subject, client: &mut Client) -> Result<()> {
    let (mut looks, mut last) = (0, String::new());
    let agreed = wait::until_some("the client to agree", PATIENCE, || {
        let (wanted, hash) = listed(subject)?;
        let all = client.step("all")?;
        let known = instances(&all);
        if known == wanted && all["hash"] == hash.as_str() {
            return Ok(Some(()));
        }
        last = format!("wanted {wanted:?}, known {known:?}");
        looks += 1;
        if looks % LOOKS_BEFORE_DOUBT == 0 && subject.kind() != Kind::Ours {
            nudge(subject)?;
        }
        Ok(None)
    });
    agreed.with_context(|| last)
}
