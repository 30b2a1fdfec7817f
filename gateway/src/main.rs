//! The `gateway` program.

use std::process::ExitCode;

use gateway::check;
use gateway::config::PROGRAM;
use service_kit::clock::Clock;
use service_kit::config::{Reader, Start, load_from_process};
use service_kit::{health_check, telemetry};

fn main() -> ExitCode {
    // The clock first: uptime counts from here.
    let clock = Clock::system();
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(args) = check::arguments(&args) {
        return checked(args, &clock);
    }
    // Read once more with what will read it again later: both must see the same.
    let reader = Reader::of_process(&PROGRAM);
    let start = load_from_process(&PROGRAM);
    let read = start.and_then(|start| match &start {
        Start::Run(_) => reader.load().map(|config| Start::Run(Box::new(config))),
        Start::HealthCheck(_) | Start::Print(_) => Ok(start),
    });
    let config = match read {
        Ok(Start::Run(config)) => config,
        Ok(Start::HealthCheck(config)) => return health_check::run(&config),
        Ok(Start::Print(text)) => {
            print_out(&text);
            return ExitCode::SUCCESS;
        }
        Err(errors) => {
            print_err(&errors.to_string());
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = telemetry::init(&config, &clock) {
        print_err(&error.to_string());
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_err(&format!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(gateway::run::run(reader, &config, clock)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot run");
            ExitCode::FAILURE
        }
    }
}

fn checked(args: Vec<String>, clock: &Clock) -> ExitCode {
    match check::check(args, clock) {
        Ok(told) => {
            print_out(&told);
            ExitCode::SUCCESS
        }
        Err(error) => {
            let mut told = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                told = format!("{told}: {error}");
                cause = error.source();
            }
            print_err(&told);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the operator asked for this text")]
fn print_out(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "logging is not set up yet")]
fn print_err(text: &str) {
    eprintln!("{text}");
}
