//! CPU per request, memory and start, of several servers side by side in one run.
//!
//! A shared machine is noisy: the same program can need half as much again a minute later. So nothing
//! here judges an absolute time. The servers take turns in short rounds, each round gives one ratio,
//! and the table shows the median of the ratios with their spread.
//!
//! What is measured is the CPU time of the server process (user and system) over the requests it
//! answered, under a closed loop of kept connections ([`load`]). The generator's own CPU is not counted.

pub mod answer;
pub mod churn;
pub mod document;
pub mod estate;
pub mod fetch;
pub mod gateway;
pub mod load;
pub mod memory;
pub mod options;
pub mod process;
pub mod race;
pub mod renew;
pub mod script;
pub mod server;
pub mod services;
pub mod start;
pub mod table;

use anyhow::Result;

use options::{Options, Part};

/// Runs the parts that were asked for; gives the command, the machine and the table.
///
/// # Errors
///
/// When a server does not start, or an answer is not the right one.
#[expect(clippy::print_stderr, reason = "progress for who waits")]
pub fn run(options: &Options) -> Result<String> {
    let mut rows = Vec::new();
    let mut tables = String::new();
    for part in &options.parts {
        eprintln!("{part:?}");
        let new = match part {
            Part::Renew => renew::run(options)?,
            Part::Fetch => fetch::run(options)?,
            Part::Churn => churn::run(options)?,
            Part::Memory => memory::run(options)?,
            Part::Start => start::run(options)?,
            Part::Services => services::run(options)?,
            Part::Gateway => {
                // Its table has columns of its own.
                tables = gateway::run(options)?;
                eprintln!("{tables}");
                continue;
            }
        };
        // A later part may fail; what is known by now should not be lost.
        eprintln!("{}", table::markdown(&new));
        rows.extend(new);
    }
    let command = format!("./bench {}", options.command);
    let machine = document::machine(options)?;
    if !rows.is_empty() {
        tables = [table::markdown(&rows), tables].join("\n");
    }
    let measured = format!("`{}` on {machine}.\n\n{tables}", command.trim_end());
    if options.write {
        let path = document::write(options, &measured)?;
        eprintln!("wrote {}", path.display());
    }
    Ok(measured)
}
