//! The recorded cases, replayed against one server: ours, or what `COMPAT_SUBJECT` names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};
use parking_lot::Mutex;

use compat_tests::case::{self, Against, Case, FieldOrder, Rules, Server, Value};
use compat_tests::paths;
use compat_tests::subject::{COMPARISON_ARGS, Kind, Subject};

/// Differences that one failing case shows.
const SHOWN_PER_CASE: usize = 4;

/// The one server of this process; its registry is shared, so one file is replayed at a time.
fn subject() -> Result<&'static Mutex<Subject>> {
    static SUBJECT: OnceLock<Result<Mutex<Subject>, String>> = OnceLock::new();
    let started = SUBJECT.get_or_init(|| {
        let started = Kind::from_env().and_then(|kind| Subject::start(kind, &COMPARISON_ARGS, &[]));
        started.map(Mutex::new).map_err(|error| format!("{error:#}"))
    });
    started.as_ref().map_err(|error| anyhow!("{error}"))
}

fn fixture(folder: &str, file: &str) -> std::path::PathBuf {
    paths::fixtures().join("eureka").join(folder).join(format!("{file}.json"))
}

/// Replays one file and fails with every case that is answered otherwise than recorded.
fn replay(file: &str, order: FieldOrder) -> Result<()> {
    let cases = case::load_cases(&fixture("cases", file))?;
    let golden = case::load_golden(&fixture("golden", file))?;
    let subject = subject()?.lock();
    let server = Server::new(&subject.base_url);
    server.clean()?;
    let mut failures = Vec::new();
    for case in &cases {
        let wanted =
            golden.get(&case.name).with_context(|| format!("{} is not recorded", case.name))?;
        let differences = check(&server, case, wanted, order);
        if !differences.is_empty() {
            failures.push(format!("{file}/{}:\n      {}", case.name, differences.join("\n      ")));
        }
    }
    if !failures.is_empty() {
        let (failed, all) = (failures.len(), cases.len());
        bail!("{failed} of {all} cases differ ({order:?}):\n  {}", failures.join("\n  "));
    }
    Ok(())
}

fn check(server: &Server, case: &Case, wanted: &[Value], order: FieldOrder) -> Vec<String> {
    let rules = Rules { order, tag: &case.tag, against: Against::Record };
    match server.replay(case, &rules) {
        Ok(got) => {
            let mut found = case::disagreements(wanted, &got, order);
            let more = found.len().saturating_sub(SHOWN_PER_CASE);
            found.truncate(SHOWN_PER_CASE);
            if more > 0 {
                found.push(format!("and {more} more"));
            }
            found
        }
        // A server that hangs up fails the case, not the whole file.
        Err(error) => vec![format!("{error:#}")],
    }
}

macro_rules! golden {
    ($($file:ident),+ $(,)?) => {
        /// The files that have tests below.
        const TESTED: &[&str] = &[$(stringify!($file)),+];

        $(mod $file {
            use super::*;

            #[test]
            fn answers_are_those_recorded() -> Result<()> {
                replay(stringify!($file), FieldOrder::Free)
            }

            #[test]
            fn fields_come_in_the_recorded_order() -> Result<()> {
                replay(stringify!($file), FieldOrder::Kept)
            }
        })+
    };
}

golden!(
    cancel,
    delta,
    encoding,
    many,
    metadata,
    methods,
    missing,
    reads,
    regions,
    register,
    renew,
    replication,
    status,
    xml,
);

/// Names of the files in a folder of recorded data, without their extension.
fn files(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        names.insert(path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
    }
    Ok(names)
}

#[test]
fn every_recorded_file_has_its_tests() {
    let tested: BTreeSet<String> = TESTED.iter().map(|&name| name.to_owned()).collect();
    let recorded = paths::fixtures().join("eureka");

    assert_eq!(files(&recorded.join("cases")).unwrap(), tested);
    assert_eq!(files(&recorded.join("golden")).unwrap(), tested);
}

#[test]
fn every_case_is_recorded_with_one_answer_per_step() {
    let mut total = 0;
    for file in TESTED {
        let cases = case::load_cases(&fixture("cases", file)).unwrap();
        let golden = case::load_golden(&fixture("golden", file)).unwrap();
        assert_eq!(cases.len(), golden.len(), "{file}");
        for case in &cases {
            assert_eq!(golden[&case.name].len(), case.steps.len(), "{file}/{}", case.name);
        }
        total += cases.len();
    }

    assert_eq!(total, 421);
}
