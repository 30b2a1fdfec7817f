//! The same requests to the reference server and to ours, in one run, answers compared at once.
//!
//! `COMPAT_SUBJECT=reference` puts a second reference in our place: what differs then is the fault of
//! the comparison. `DIFF_SEED` and `DIFF_SCRIPTS` choose the generated scripts, `DIFF_REPLAY` names a
//! printed script to run instead. `DIFF_REFERENCE=boot4` compares with the younger reference.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use parking_lot::{Mutex, MutexGuard};

use compat_tests::case::{self, Server};
use compat_tests::deviation::{self, Allowance, Deviation, Leniency};
use compat_tests::paths;
use compat_tests::script::{self, Mismatch, Pair, Script};
use compat_tests::subject::{COMPARISON_ARGS, Kind, ReferenceLine, Subject};

/// Scripts of a run unless `DIFF_SCRIPTS` says otherwise.
const SCRIPTS: u64 = 300;
/// Operations of a script, about; the closing reads come on top.
const OPERATIONS: usize = 12;
/// Failing scripts after which a run ends: more would say the same.
const FAILURES_MAX: usize = 5;
/// Differences of one step that a failure shows.
const SHOWN_PER_STEP: usize = 4;
/// A delta that forgets soon: with the default, hundreds of scripts would fill it.
const SHORT_DELTA: [&str; 2] = [
    "--eureka.server.retention-time-in-m-s-in-delta-queue=20000",
    "--eureka.server.delta-retention-timer-interval-in-ms=1000",
];

/// Tells the reader of a test's output something that no failure would.
#[expect(clippy::print_stdout, reason = "the seed of a green run is worth knowing, too")]
fn tell(line: &str) {
    println!("{line}");
}

/// Both servers, started together, and the pair that asks them.
struct Running {
    pair: Pair,
    servers: [Subject; 2],
}

/// The servers of this process with the reference of one generation; one test at a time uses them.
fn running(line: ReferenceLine) -> Result<MutexGuard<'static, Running>> {
    type Slot = OnceLock<Result<Mutex<Running>, String>>;
    static BOOT_35: Slot = Slot::new();
    static BOOT_40: Slot = Slot::new();
    let slot = match line {
        ReferenceLine::Boot35 => &BOOT_35,
        ReferenceLine::Boot40 => &BOOT_40,
    };
    let started =
        slot.get_or_init(|| start(line).map(Mutex::new).map_err(|error| format!("{error:#}")));
    started.as_ref().map(Mutex::lock).map_err(|error| anyhow!("{error}"))
}

fn start(line: ReferenceLine) -> Result<Running> {
    let args = [COMPARISON_ARGS.as_slice(), SHORT_DELTA.as_slice()].concat();
    let kind = Kind::from_env()?;
    let (reference, other) = std::thread::scope(|scope| {
        let reference = scope.spawn(|| Subject::start(Kind::Reference(line), &args, &[]));
        let other = Subject::start(kind, &args, &[]);
        (reference.join(), other)
    });
    let reference = reference.map_err(|_| anyhow!("starting the reference panicked"))??;
    let other = other?;
    let pair = Pair::new(&reference.base_url, &other.base_url, Leniency::towards(line));
    Ok(Running { pair, servers: [reference, other] })
}

/// The generation of the reference that scripts are compared with.
fn line() -> Result<ReferenceLine> {
    match std::env::var("DIFF_REFERENCE").as_deref() {
        Err(_) | Ok("boot3") => Ok(ReferenceLine::Boot35),
        Ok("boot4") => Ok(ReferenceLine::Boot40),
        Ok(other) => bail!("DIFF_REFERENCE={other}: boot3 or boot4"),
    }
}

fn number(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text} is not a number")),
        Err(_) => Ok(default),
    }
}

/// A failure as a reader needs it: what differs, and where the script is to run it again.
fn report(out: &mut String, title: &str, mismatches: &[Mismatch]) -> Result<()> {
    writeln!(out, "  {title}")?;
    for mismatch in mismatches {
        let mut shown = mismatch.clone();
        shown.differences.truncate(SHOWN_PER_STEP);
        writeln!(out, "    {shown}")?;
    }
    Ok(())
}

fn recorded_cases_agree(line: ReferenceLine) -> Result<()> {
    let mut running = running(line)?;
    let folder = paths::fixtures().join("eureka/cases");
    let allowed = Allowance::load_all(&paths::fixtures().join("eureka/allowed.json"))?;
    let mut failures = String::new();
    let mut compared = 0;
    let mut used = 0;
    for file in paths::files_under(&folder, &[], &|_| true)? {
        let file_name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for case in case::load_cases(&file)? {
            let name = format!("{file_name}/{}", case.name);
            let all = running.pair.compare_recorded(&case)?;
            let left = deviation::not_allowed(&allowed, &name, &all);
            compared += 1;
            used += usize::from(left.len() < all.len());
            if !left.is_empty() {
                report(&mut failures, &name, &left)?;
            }
        }
    }
    assert_eq!(compared, 421, "cases compared");
    if running.servers[1].kind() == Kind::Ours {
        assert_eq!(used, allowed.len(), "cases of allowed.json that really differ");
    }
    if failures.is_empty() { Ok(()) } else { bail!("answers differ:\n{failures}") }
}

/// Shrinks a failing script, keeps it in a file and describes it.
fn describe(pair: &mut Pair, failing: &Script, first: &[Mismatch], out: &mut String) -> Result<()> {
    let Some((small, mismatches)) = script::shrink(pair, failing)? else {
        return report(out, &format!("{}, not on a second run", failing.name), first);
    };
    let name = format!("{}.json", failing.name.replace(' ', "-"));
    let path = paths::work("differential")?.join(name);
    small.save(&path)?;
    report(out, &format!("{}, DIFF_REPLAY={}", failing.name, path.display()), &mismatches)?;
    writeln!(out, "{small}")?;
    Ok(())
}

/// The scripts of this run: the one to replay, or those of consecutive seeds.
fn scripts() -> Result<Box<dyn Iterator<Item = Result<Script>>>> {
    if let Some(path) = std::env::var_os("DIFF_REPLAY") {
        return Ok(Box::new(std::iter::once(Script::load(Path::new(&path)))));
    }
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    let seed = number("DIFF_SEED", clock * 1000)?;
    let count = number("DIFF_SCRIPTS", SCRIPTS)?;
    tell(&format!("{count} scripts, DIFF_SEED={seed}"));
    Ok(Box::new((seed..seed + count).map(|seed| Ok(script::generate::script(seed, OPERATIONS)))))
}

#[test]
fn generated_scripts_are_answered_alike() -> Result<()> {
    let mut running = running(line()?)?;
    let (mut failed, mut ran) = (0, 0);
    let mut failures = String::new();
    for script in scripts()? {
        let script = script?;
        let mismatches = running.pair.run(&script)?;
        ran += 1;
        if !mismatches.is_empty() {
            failed += 1;
            describe(&mut running.pair, &script, &mismatches, &mut failures)?;
        }
        if failed == FAILURES_MAX {
            break;
        }
    }
    if failed == 0 { Ok(()) } else { bail!("{failed} of {ran} scripts differ:\n{failures}") }
}

#[test]
fn recorded_cases_are_answered_as_by_boot_3_5() -> Result<()> {
    recorded_cases_agree(ReferenceLine::Boot35)
}

#[test]
fn recorded_cases_are_answered_as_by_boot_4_0() -> Result<()> {
    recorded_cases_agree(ReferenceLine::Boot40)
}

#[test]
fn documented_deviations_are_all_there_is() -> Result<()> {
    let running = running(line()?)?;
    let [reference, ours] = &running.servers;
    let list = Deviation::load_all(&paths::fixtures().join("eureka/deviations.json"))?;
    let mut wrong = String::new();
    for (index, deviation) in list.iter().enumerate() {
        let mut sides = vec![("the reference", reference, &deviation.reference)];
        if ours.kind() == Kind::Ours {
            sides.push(("ours", ours, &deviation.ours));
        }
        for (who, subject, wanted) in sides {
            let server = Server::new(&subject.base_url);
            let got = deviation.observe(&server, &format!("V{index:04x}"), wanted)?;
            if got != *wanted {
                writeln!(wrong, "  {}\n    {who}: wanted {wanted}, got {got}", deviation.rule)?;
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("not as documented:\n{wrong}") }
}
