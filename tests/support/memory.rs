//! How much memory a program needs itself, its children left out.

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Runs a command to its end and returns its output with its own peak of resident memory, in bytes.
///
/// The kernel keeps the peak in `VmHWM` and forgets it when the process ends (and what `wait4` tells counts the
/// children's), so it is read again and again: it never falls, and only the last moments can be missed.
pub(crate) fn run_and_measure(command: &mut Command) -> (Output, u64) {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("a program that starts");
    let id = child.id();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak_bytes = 0;
            while !ended.load(Ordering::Relaxed) {
                peak_bytes = resident_peak_bytes(id).unwrap_or(peak_bytes);
                std::thread::sleep(Duration::from_millis(1));
            }
            peak_bytes
        });
        let output = child.wait_with_output().expect("the output of a child");
        ended.store(true, Ordering::Relaxed);
        (output, watcher.join().expect("the watcher"))
    })
}

fn resident_peak_bytes(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
