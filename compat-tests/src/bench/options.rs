//! What the command line of the bench asks for.

use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How the bench is called.
pub const USAGE: &str = "\
usage: ./bench [PART...] [OPTION...]

parts (all but the last two when none is named):
  renew    heartbeats
  fetch    full and delta fetches while nothing changes
  churn    three status changes to each delta fetch
  memory   resident memory under load
  start    from exec to the first accepted registration
  services the product service beside one with Spring Data JPA
  gateway  the gateway beside Spring Cloud Gateway, nginx and HAProxy

options:
  --no-reference   ours and the limit only, nothing of Spring
  --seconds N      length of one turn of one server (default 2)
  --rounds N       turns of each server (default 5)
  --only WORD      of the gateway, one measurement: small, browser, post1k, post100k, get100k,
                   memory, tokens, routes, p99, idle, start
  --write          put the whole table, or that of `services` or `gateway`, into docs/performance.md
";

/// One part of the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Heartbeats.
    Renew,
    /// Full and delta fetches while nothing changes.
    Fetch,
    /// Status changes between delta fetches.
    Churn,
    /// Resident memory under load.
    Memory,
    /// From exec to the first accepted registration.
    Start,
    /// The product service beside one with Spring Data JPA.
    Services,
    /// The gateway beside Spring Cloud Gateway, nginx and HAProxy.
    Gateway,
}

impl Part {
    /// Parts about the discovery server, in the order of their table.
    pub const DISCOVERY: [Self; 5] =
        [Self::Renew, Self::Fetch, Self::Churn, Self::Memory, Self::Start];

    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "renew" => Self::Renew,
            "fetch" => Self::Fetch,
            "churn" => Self::Churn,
            "memory" => Self::Memory,
            "start" => Self::Start,
            "services" => Self::Services,
            "gateway" => Self::Gateway,
            _ => return None,
        })
    }
}

/// Options of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The arguments as they were given.
    pub command: String,
    /// Parts to run, in the order of the table.
    pub parts: Vec<Part>,
    /// Whether the reference server takes part.
    pub reference: bool,
    /// Length of one turn of one server.
    pub turn: Duration,
    /// Turns of each server.
    pub rounds: usize,
    /// Whether the table goes into the document.
    pub write: bool,
    /// The only measurement of a part to make.
    pub only: Option<String>,
}

impl Options {
    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    ///
    /// When one is unknown or has no usable value.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Self> {
        let args: Vec<String> = args.into_iter().collect();
        let mut options = Self {
            command: args.join(" "),
            parts: Vec::new(),
            reference: true,
            turn: Duration::from_secs(2),
            rounds: 5,
            write: false,
            only: None,
        };
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--no-reference" => options.reference = false,
                "--write" => options.write = true,
                "--seconds" => {
                    options.turn = Duration::from_secs(number(&arg, args.next())?);
                }
                "--only" => options.only = Some(args.next().context("--only needs a word")?),
                "--rounds" => options.rounds = usize::try_from(number(&arg, args.next())?)?,
                word => match Part::parse(word) {
                    Some(part) => options.parts.push(part),
                    None => bail!("{word} is unknown\n\n{USAGE}"),
                },
            }
        }
        let is_whole = options.parts.is_empty()
            || [[Part::Services], [Part::Gateway]].iter().any(|one| options.parts == one);
        if options.write && !(is_whole && options.reference && options.only.is_none()) {
            bail!("--write needs a whole table: no single parts, no --only, no --no-reference");
        }
        if options.parts.is_empty() {
            options.parts = Part::DISCOVERY.to_vec();
        }
        let in_order = Part::DISCOVERY.into_iter().chain([Part::Services, Part::Gateway]);
        options.parts = in_order.filter(|part| options.parts.contains(part)).collect();
        Ok(options)
    }

    /// Whether the measurement of that name is to be made.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == name)
    }
}

/// A whole number above 0.
fn number(option: &str, value: Option<String>) -> Result<u64> {
    let value = value.with_context(|| format!("{option} needs a number"))?;
    let number = value.parse().ok().filter(|&number| number > 0);
    number.with_context(|| format!("{option} {value}: not a whole number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn without_a_part_all_about_discovery_run() {
        assert_eq!(parse("--rounds 3").unwrap().parts, Part::DISCOVERY);
        assert_eq!(parse("services --write").unwrap().parts, [Part::Services]);
    }

    #[test]
    fn named_parts_run_in_the_order_of_the_table() {
        let options = parse("churn --seconds 9 renew --no-reference").unwrap();

        assert_eq!(options.parts, [Part::Renew, Part::Churn]);
        assert_eq!((options.turn, options.reference), (Duration::from_secs(9), false));
    }

    #[test]
    fn nonsense_is_refused() {
        for line in
            ["renews", "--seconds", "--seconds 0", "--rounds x", "--write renew", "--write=yes"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
