//! Servers taking turns in short rounds.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::load::{Load, Tally};
use super::script::Scripts;
use super::server::Server;

/// Requests after which a server that compiles as it runs is taken for warm.
const WARM_AFTER: u64 = 40_000;
/// Length of one look at a server that warms up.
const WARM_SLICE: Duration = Duration::from_secs(4);
/// Most looks; expensive requests do not reach [`WARM_AFTER`] in a reasonable time.
const MOST_SLICES: u32 = 12;
/// A server is warm, too, when a slice costs more than this share of the one before, twice.
const STILL_FALLING: f64 = 0.97;

/// One server and the load it gets.
pub struct Contender<'a> {
    /// What messages call the pair.
    pub name: String,
    server: &'a Server,
    scripts: Scripts,
}

impl fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What one turn cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// CPU time of the server per request, in microseconds.
    pub micros: f64,
    /// Mean length of a body, in bytes.
    pub bytes: f64,
    /// Requests answered per second; the generator shares the machine, so this is no capacity.
    pub rate: f64,
}

impl<'a> Contender<'a> {
    /// A contender that asks `server` what the scripts say.
    #[must_use]
    pub fn new(name: impl Into<String>, server: &'a Server, scripts: Scripts) -> Self {
        Self { name: name.into(), server, scripts }
    }

    /// Lets the server take one turn.
    ///
    /// # Errors
    ///
    /// When a request is not answered as it should be.
    pub fn turn(&mut self, length: Duration) -> Result<Turn> {
        Ok(self.measure(length)?.1)
    }

    /// Runs the load until a server that compiles as it runs has done so.
    ///
    /// # Errors
    ///
    /// When a request is not answered as it should be.
    #[expect(clippy::print_stderr, reason = "progress for who waits")]
    pub fn warm_up(&mut self) -> Result<()> {
        let (mut asked, mut level, mut before) = (0, 0, f64::INFINITY);
        for _ in 0..MOST_SLICES {
            let (tally, turn) = self.measure(WARM_SLICE)?;
            asked += tally.answers;
            level = if turn.micros > before * STILL_FALLING { level + 1 } else { 0 };
            before = turn.micros;
            eprintln!("  warming {}: {asked} requests, now {:.1} µs", self.name, turn.micros);
            if asked >= WARM_AFTER && level >= 1 || level >= 3 {
                break;
            }
        }
        Ok(())
    }

    fn measure(&mut self, length: Duration) -> Result<(Tally, Turn)> {
        let load = Load::open(self.server.port, &mut self.scripts)?;
        let before = self.server.cpu_time()?;
        let start = std::time::Instant::now();
        let tally = load.run(length);
        let tally = tally.with_context(|| format!("{}\n{}", self.name, self.server.log_tail()))?;
        let wall = start.elapsed();
        let cpu = self.server.cpu_time()?.saturating_sub(before);
        ensure!(tally.answers > 0, "{} answered nothing", self.name);
        let answers = tally.answers as f64;
        let micros = cpu.as_secs_f64() * 1e6 / answers;
        let bytes = tally.body_bytes as f64 / answers;
        Ok((tally, Turn { micros, bytes, rate: answers / wall.as_secs_f64() }))
    }
}

/// The turns of all contenders, round by round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Race {
    /// `rounds[round][contender]`.
    rounds: Vec<Vec<Turn>>,
}

impl Race {
    /// Lets the contenders take turns, `rounds` times each.
    ///
    /// # Errors
    ///
    /// When a request is not answered as it should be.
    #[expect(clippy::print_stderr, reason = "progress for who waits")]
    pub fn run(contenders: &mut [Contender<'_>], rounds: usize, turn: Duration) -> Result<Self> {
        // What a server prepares once is paid before the first round.
        contenders.iter_mut().try_for_each(|it| it.turn(turn / 4).map(drop))?;
        let mut race = Self::default();
        for round in 1..=rounds {
            let turns: Vec<_> =
                contenders.iter_mut().map(|it| it.turn(turn)).collect::<Result<_>>()?;
            for (contender, turn) in contenders.iter().zip(&turns) {
                eprintln!(
                    "  {round}/{rounds} {}: {:.2} µs, {:.0} bytes, {:.0} requests/s",
                    contender.name, turn.micros, turn.bytes, turn.rate
                );
            }
            race.rounds.push(turns);
        }
        Ok(race)
    }

    /// Microseconds per request of one contender.
    #[must_use]
    pub fn micros(&self, contender: usize) -> Spread {
        self.spread(|turns| Some(turns.get(contender)?.micros))
    }

    /// Mean length of a body of one contender, in bytes.
    #[must_use]
    pub fn bytes(&self, contender: usize) -> Spread {
        self.spread(|turns| Some(turns.get(contender)?.bytes))
    }

    /// CPU time of one contender over that of another, round by round.
    #[must_use]
    pub fn ratio(&self, over: usize, under: usize) -> Spread {
        self.spread(|turns| Some(turns.get(over)?.micros / turns.get(under)?.micros))
    }

    /// Growth of CPU time over growth of bytes from one contender to another, round by round.
    #[must_use]
    pub fn growth(&self, large: usize, small: usize) -> Spread {
        self.spread(|turns| {
            let (large, small) = (turns.get(large)?, turns.get(small)?);
            Some((large.micros / small.micros) / (large.bytes / small.bytes))
        })
    }

    fn spread(&self, value: impl Fn(&[Turn]) -> Option<f64>) -> Spread {
        Spread::of(self.rounds.iter().filter_map(|turns| value(turns)).collect())
    }
}

/// Median of some values with the smallest and the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The middle one, of an even number the upper of the two.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of `values`; all not-a-number when there are none.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        Self { min: at(0), median: at(values.len() / 2), max: at(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn race(rounds: &[[f64; 2]]) -> Race {
        let turn = |micros| Turn { micros, bytes: micros * 100.0, rate: 1.0 };
        Race { rounds: rounds.iter().map(|round| round.map(turn).to_vec()).collect() }
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // The machine is twice as slow in the second round; the ratio does not care.
        let race = race(&[[10.0, 5.0], [20.0, 10.0], [12.0, 4.0]]);

        assert_eq!(race.ratio(0, 1), Spread { min: 2.0, median: 2.0, max: 3.0 });
        assert_eq!(race.micros(1), Spread { min: 4.0, median: 5.0, max: 10.0 });
    }

    #[test]
    fn growth_in_step_with_the_bytes_is_one() {
        assert_eq!(race(&[[30.0, 3.0]]).growth(0, 1).median, 1.0);
    }

    #[test]
    fn no_rounds_have_no_spread() {
        assert!(Race::default().ratio(0, 1).median.is_nan());
    }
}
