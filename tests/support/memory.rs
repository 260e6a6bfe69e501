//! How much memory a program needs itself, its children left out.

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a program may hold at most: 64 MiB, of which up to 20 are its code as it is released.
pub(crate) const LIMIT_BYTES: u64 = (64 - 20) << 20;

/// Runs a command to its end and returns its output with its own peak of resident memory, in bytes, without the
/// pages of files: these are its code, which is more than twice as large here as it is released.
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
                peak_bytes = peak_bytes.max(held_peak_bytes(id).unwrap_or_default());
                std::thread::sleep(Duration::from_millis(1));
            }
            peak_bytes
        });
        let output = child.wait_with_output().expect("the output of a child");
        ended.store(true, Ordering::Relaxed);
        (output, watcher.join().expect("the watcher"))
    })
}

fn held_peak_bytes(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes * 1024)
    };
    bytes("VmHWM:")?.checked_sub(bytes("RssFile:")?)
}
