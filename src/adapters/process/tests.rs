use super::output::LONG_LINE;
use super::*;

const LIMITS: Limits = Limits {
    time: None,
    output_bytes: 1 << 20,
};

const PATIENCE: Patience = Patience {
    time: Duration::from_mins(5),
    last_words: LastWords::Unwanted,
    grace: GRACE,
};

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

fn is_gone(group: &[u8]) -> bool {
    let number = String::from_utf8_lossy(group).trim().parse().unwrap();
    let group = Pid::from_raw(number).unwrap();
    // Killed members may wait for their parent to notice.
    (0..200).any(|_| {
        let gone = rustix::process::test_kill_process_group(group).is_err();
        if !gone {
            pause(&mut [], TICK).unwrap();
        }
        gone
    })
}

#[test]
fn both_streams_and_the_status_come_back_whatever_is_fed() {
    let input = vec![b'x'; 300_000];
    let script = "wc -c; echo talk >&2; exit 3";
    let finished = run(shell(script), &input, LIMITS, &Cancellation::default()).unwrap();
    assert_eq!(finished.status.code(), Some(3));
    assert_eq!(
        String::from_utf8_lossy(&finished.stdout).trim(),
        input.len().to_string()
    );
    assert_eq!(finished.stderr, b"talk\n");
}

#[test]
fn a_child_that_does_not_listen_is_no_error() {
    let input = vec![b'x'; 1 << 20];
    let finished = run(shell("exec true"), &input, LIMITS, &Cancellation::default()).unwrap();
    assert!(finished.status.success());
}

#[test]
fn lines_are_seen_one_by_one_and_the_last_without_its_end() {
    let mut seen = Vec::new();
    run_observed(
        shell("printf 'a\\nb'; printf 'c\\n\\nd'"),
        b"",
        LIMITS,
        &Cancellation::default(),
        &mut |stream, line| seen.push((stream, String::from_utf8_lossy(line).into_owned())),
    )
    .unwrap();
    let lines: Vec<&str> = seen.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(lines, ["a", "bc", "", "d"]);
    assert!(seen.iter().all(|(stream, _)| *stream == Stream::Stdout));
}

#[test]
fn a_grandchild_that_holds_the_pipe_is_not_waited_for() {
    let script = "sleep 600 & echo $!";
    let finished = run(shell(script), b"", LIMITS, &Cancellation::default()).unwrap();
    let number = String::from_utf8_lossy(&finished.stdout)
        .trim()
        .parse()
        .unwrap();
    rustix::process::kill_process(Pid::from_raw(number).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn too_much_output_ends_the_whole_group() {
    let limits = Limits {
        output_bytes: 20_000,
        ..LIMITS
    };
    let mut first = Vec::new();
    let error = run_observed(
        shell("echo $$; yes & yes"),
        b"",
        limits,
        &Cancellation::default(),
        &mut |_, line| {
            if first.is_empty() {
                first = line.to_owned();
            }
        },
    )
    .unwrap_err();
    assert!(matches!(error, ProcessError::TooLong(20_000)));
    assert!(is_gone(&first));
}

#[test]
fn a_run_that_is_stopped_leaves_no_child() {
    let cancellation = Cancellation::default();
    let mut group = Vec::new();
    let error = run_observed(
        shell("trap '' TERM; sleep 600 & echo $$; wait; wait"),
        b"",
        LIMITS,
        &cancellation,
        &mut |_, line| {
            group = line.to_owned();
            cancellation.stop(StopReason::Interrupted);
        },
    )
    .unwrap_err();
    assert!(matches!(
        error,
        ProcessError::Stopped(StopReason::Interrupted)
    ));
    assert!(is_gone(&group));
}

#[test]
fn a_child_that_takes_too_long_is_stopped() {
    let limits = Limits {
        time: Some(Duration::from_millis(1)),
        ..LIMITS
    };
    let error = run(shell("sleep 600"), b"", limits, &Cancellation::default()).unwrap_err();
    assert!(matches!(error, ProcessError::OutOfTime(_)));
}

#[test]
fn a_program_that_is_not_there_is_told_apart() {
    let error = run(
        Command::new("/nowhere/git"),
        b"",
        LIMITS,
        &Cancellation::default(),
    )
    .unwrap_err();
    assert!(
        matches!(error, ProcessError::Start(source) if source.kind() == io::ErrorKind::NotFound)
    );
}

#[test]
fn a_flood_of_output_is_followed_and_a_line_without_end_is_left_out() {
    let script =
        "yes 0123456789 | head -n 200000; yes x | head -c 1000000 | tr -d '\\n'; echo; echo end";
    let (mut lines, mut last) = (0, Vec::new());
    let status = run_followed(
        shell(script),
        PATIENCE,
        &Cancellation::default(),
        &mut |_, line| {
            lines += 1;
            last = [std::mem::take(&mut last), line.to_owned()].concat();
            last = last.split_off(last.len().saturating_sub(LONG_LINE.len() + 3));
        },
    );
    assert!(status.unwrap().success());
    assert_eq!((lines, last), (200_002, [LONG_LINE, b"end"].concat()));
}

#[test]
fn what_a_followed_child_leaves_behind_is_gone_with_it() {
    let mut group = Vec::new();
    let observe = &mut |_, line: &[u8]| group = line.to_owned();
    run_followed(
        shell("sleep 600 & echo $$"),
        PATIENCE,
        &Cancellation::default(),
        observe,
    )
    .unwrap();
    assert!(is_gone(&group));
}
