//! Measures the discovery server beside the reference server and nginx; `./bench` calls it.

use std::process::ExitCode;

use anyhow::Result;
use compat_tests::bench::options::{Options, USAGE};
use compat_tests::bench::{self};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_err(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        print_out(USAGE);
        return Ok(());
    }
    let options = Options::parse(args)?;
    print_out(&bench::run(&options)?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what was asked for")]
fn print_out(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "the only output of a failed run")]
fn print_err(text: &str) {
    eprintln!("{text}");
}
