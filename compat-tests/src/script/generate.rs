//! Making up scripts.
//!
//! Left out is what the reference itself answers by accident of its caches, and what ours does
//! otherwise on purpose (see the deviations that have tests of their own): one instance id in two
//! applications, overrides carried by heartbeats, members with unknown lists or objects, VIP reads
//! between two changes.

use super::instance::Member;
use super::random::Random;
use super::{Script, operation};
use crate::case::Step;

/// Ids that a path must escape or may not. Each belongs to one application of a script.
const IDS: [&str; 8] = [
    "{tag}-h1:app:8080",
    "{tag} b",
    "{tag}-ü",
    "{TAG}.C_1",
    "{tag}+p",
    "{tag}%41",
    "{tag}&x=1",
    "{tag}~@!",
];

/// The script of a seed: about `length` operations, then reads of everything.
#[must_use]
pub fn script(seed: u64, length: usize) -> Script {
    let mut random = Random::new(seed);
    let members = members(&mut random);
    let mut steps: Vec<Step> = Vec::new();
    // An empty registry answers most operations with 404: begin with something in it.
    for (index, member) in members.iter().enumerate() {
        if index == 0 || random.chance(35) {
            steps.push(operation::register(&mut random, member));
        }
    }
    for _ in 0..(length / 2).max(1) + random.below(length) {
        // Most steps are about one instance, so that they meet.
        let member = if random.chance(55) { members.first().cloned() } else { None };
        let member = member.unwrap_or_else(|| random.pick(&members));
        steps.push(match random.below(100) {
            0..35 => operation::register(&mut random, &member),
            35..49 => operation::renew(&mut random, &member),
            49..56 => operation::cancel(&mut random, &member),
            56..72 => operation::status(&mut random, &member),
            72..77 => operation::metadata(&mut random, &member),
            77..85 => operation::batch(&mut random, &members),
            _ => operation::read(&mut random, &member),
        });
    }
    steps.extend(operation::closing_reads(&members));
    Script { name: format!("seed {seed}"), steps }
}

/// Two applications of two instances each; some without `instanceId`.
fn members(random: &mut Random) -> Vec<Member> {
    let mut ids = IDS;
    random.shuffle(&mut ids);
    let apps = ["{TAG}-ALPHA", "{TAG}-BETA.2"];
    let owners = apps.iter().flat_map(|app| [app, app]);
    let member = |(index, (app, id)): (usize, (&&str, &&str))| Member {
        app: (*app).to_owned(),
        id: if random.chance(12) { String::new() } else { (*id).to_owned() },
        host: format!("{{tag}}-host-{index}"),
    };
    owners.zip(&ids).enumerate().map(member).collect()
}
