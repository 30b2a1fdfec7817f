use super::*;

const LONG: Duration = Duration::from_secs(60);

fn shell(name: &str, script: &str) -> Launch {
    Launch::new(name, "sh").unwrap().args(["-c", script])
}

/// Whether a process of that id runs (a zombie counts as gone).
fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

#[test]
fn a_program_that_ends_early_shows_its_last_words() {
    let mut program = shell("early", "echo no such file >&2; exit 3").start().unwrap();

    let error = program.wait_until("never", LONG, || false).unwrap_err().to_string();

    assert!(error.contains("exit status: 3") && error.contains("no such file"), "{error}");
}

#[test]
fn terminate_lets_the_program_clean_up() {
    let script = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let mut program = shell("polite", script).output_apart().start().unwrap();
    program.wait_line("ready", 0, LONG, |line| line == "ready").unwrap();

    let status = program.terminate().unwrap();

    assert!(status.success(), "{status}");
    assert_eq!(program.lines().unwrap(), ["ready", "bye"]);
}

#[test]
fn kill9_asks_nobody() {
    let mut program = shell("deaf", "trap '' TERM; while :; do sleep 0.01; done").start().unwrap();
    let pid = program.pid();
    assert!(runs(pid));

    program.kill9().unwrap();

    assert!(!runs(pid));
    assert!(program.exit_status().unwrap().is_some());
}

#[test]
fn a_dropped_program_is_gone() {
    let program = shell("dropped", "exec sleep 1000").start().unwrap();
    let pid = program.pid();

    drop(program);

    assert!(!runs(pid));
}

#[test]
fn a_program_dies_with_the_process_that_holds_its_leash() {
    let mut program = shell("orphan", "exec sleep 1000").start().unwrap();

    // What happens to the pipe when the test process dies: it closes without a word.
    drop(program.leash.take_pipe());

    let status = program.wait_exit(LONG).unwrap();
    assert!(!status.success(), "{status}");
}

#[test]
fn lines_are_told_and_answered() {
    let script = "while read -r line; do echo \"got $line\"; done; echo end";
    let mut program = shell("echo", script).takes_lines().output_apart().start().unwrap();

    program.tell("one").unwrap();
    let (line, seen) = program.wait_line("an answer", 0, LONG, |line| line != "end").unwrap();
    program.tell("one").unwrap();
    let (again, _) = program.wait_line("an answer", seen, LONG, |line| line != "end").unwrap();

    assert_eq!((line.as_str(), again.as_str(), seen), ("got one", "got one", 1));
    program.close_input();
    program.wait_line("the end", seen, LONG, |line| line == "end").unwrap();
}
