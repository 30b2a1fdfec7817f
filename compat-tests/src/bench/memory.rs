//! Resident memory while everything happens at once.

use std::sync::Arc;

use anyhow::Result;

use super::churn::changes::Changes;
use super::churn::witness::Witness;
use super::estate::{self, Estate};
use super::load::{CONNECTIONS, Load};
use super::options::Options;
use super::process::Memory;
use super::script::{Cycle, Scripts};
use super::server::Server;
use super::table::{self, Row};

/// Numbers of registered instances, and the bytes that the server may take at most.
const SIZES: [(usize, u64); 2] = [(1_000, 20_000_000), (10_000, 80_000_000)];

/// Turns are this many times longer than for CPU time: logs and caches fill slowly.
const LONGER: u32 = 3;

/// Measures the memory of each server under renewals, status changes, full and delta fetches.
///
/// # Errors
///
/// When a server does not start, or an answer is not the right one.
pub fn run(options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (size, most) in SIZES {
        let estate = Estate::new(size);
        let ours = under_load(options, &estate, &Server::ours(&[])?)?;
        let mut row = Row {
            line: format!(
                "memory, {} instances: resident after the load, peak",
                table::thousands(size)
            ),
            ours: cell(ours),
            target: format!("≤ {} at the peak", table::size(most as f64)),
            met: Some(ours.peak <= most),
            ..Row::default()
        };
        if options.reference {
            let theirs = under_load(options, &estate, &Server::reference(&[])?)?;
            row.reference = cell(theirs);
            row.to_reference = format!("{:.1}", theirs.peak as f64 / ours.peak as f64);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Memory of a server after as many turns as the other parts give it, each [`LONGER`].
#[expect(clippy::print_stderr, reason = "progress for who waits")]
fn under_load(options: &Options, estate: &Estate, server: &Server) -> Result<Memory> {
    estate.register(server)?;
    let mut scripts = everything(estate);
    let mut answers = 0;
    for _ in 0..options.rounds {
        answers += Load::open(server.port, &mut scripts)?.run(options.turn * LONGER)?.answers;
    }
    let memory = server.memory()?;
    eprintln!("  {}, {answers} requests: {}", server.name, cell(memory));
    Ok(memory)
}

/// Half of the connections change and fetch deltas, a quarter renews, a quarter fetches it all.
fn everything(estate: &Estate) -> Scripts {
    let (half, quarter) = (CONNECTIONS / 2, CONNECTIONS / 4);
    let mut scripts = Changes::scripts(estate, half, &Arc::new(Witness::new(false)));
    scripts.extend(Cycle::scripts(estate.renewals(), 200, quarter));
    scripts.extend(Cycle::scripts(vec![estate::fetch("apps/", true)], 200, quarter));
    // Each thread of the generator takes a run of neighbours: give both the same mixture.
    let mut mixed: Vec<Scripts> = (0..quarter).map(|_| Vec::new()).collect();
    for (index, script) in scripts.into_iter().enumerate() {
        if let Some(group) = mixed.get_mut(index % quarter) {
            group.push(script);
        }
    }
    mixed.into_iter().flatten().collect()
}

fn cell(memory: Memory) -> String {
    let Memory { resident, peak } = memory;
    format!("{}, {}", table::size(resident as f64), table::size(peak as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_the_connections_do_the_same() {
        let estate = Estate::new(200);
        let mut scripts = everything(&estate);
        let kind = |script: &mut Box<dyn super::super::script::Script>| {
            let text = String::from_utf8_lossy(script.next().unwrap().request).into_owned();
            let kinds = ["/status?value=", "?status=UP", "GET /eureka/apps/ "];
            kinds.iter().position(|kind| text.contains(kind)).unwrap()
        };
        let kinds: Vec<_> = scripts.iter_mut().map(kind).collect();
        let count =
            |part: &[usize]| [0, 1, 2].map(|kind| part.iter().filter(|&&it| it == kind).count());

        let (first, second) = kinds.split_at(CONNECTIONS / 2);

        assert_eq!(count(first), [16, 8, 8]);
        assert_eq!(count(second), [16, 8, 8]);
    }
}
