//! A run of coracle that is to be interrupted.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};

pub(crate) use rustix::process::Signal;

use super::{Output, TestEnvironment};

/// How long tests wait for what should be there in a moment, on however busy a machine; what hangs does so for ten minutes.
const PATIENCE: Duration = Duration::from_mins(5);

/// A run that goes on beside the test; it is killed when dropped.
pub(crate) struct Running<'a> {
    environment: &'a TestEnvironment,
    child: Child,
}

impl TestEnvironment {
    /// Starts coracle in the working folder.
    pub(crate) fn start(&self, args: &[&str]) -> Running<'_> {
        let file = |name: &str| File::create(self.root().join(name)).expect("a file for output");
        let child = self
            .coracle(args)
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .expect("coracle starts");
        Running {
            environment: self,
            child,
        }
    }

    /// Returns the processes that live in this environment, by what they are called.
    pub(crate) fn processes(&self) -> Vec<String> {
        let processes = self.process_folders().into_iter();
        processes
            .map(|process| {
                let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
                String::from_utf8_lossy(&line).replace('\0', " ")
            })
            .collect()
    }

    /// Kills the processes that live in this environment, one by one.
    pub(crate) fn kill_processes(&self) {
        for process in self.process_folders() {
            let name = process.file_name().and_then(|name| name.to_str());
            let id = name.and_then(|name| Pid::from_raw(name.parse().ok()?));
            if let Some(id) = id {
                // It may have ended meanwhile.
                let _ = kill_process(id, Signal::KILL);
            }
        }
    }

    fn process_folders(&self) -> Vec<PathBuf> {
        let root = self.root().display().to_string();
        let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
        processes
            .map(|process| process.path())
            .filter(|process| {
                // A process that has ended meanwhile, or is another user's, is none of ours.
                let environment = std::fs::read(process.join("environ")).unwrap_or_default();
                String::from_utf8_lossy(&environment).contains(&root)
            })
            .collect()
    }

    /// Waits until all processes of this environment are gone; panics where one stays.
    #[track_caller]
    pub(crate) fn assert_no_processes(&self) {
        until("no child is left", || self.processes().is_empty());
    }
}

impl Running<'_> {
    /// Sends a signal to coracle alone; a terminal's Ctrl-C is one too, as its children have groups of their own.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = Pid::from_child(&self.child);
        kill_process(id, signal).expect("a process that runs");
    }

    /// Tells whether it has ended by itself.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Waits for its end and returns its output.
    pub(crate) fn end(mut self) -> Output {
        let mut status: Option<ExitStatus> = None;
        until("coracle ends", || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        let read =
            |name: &str| std::fs::read(self.environment.root().join(name)).expect("its output");
        self.environment.output(&std::process::Output {
            status: status.expect("an end"),
            stdout: read("stdout"),
            stderr: read("stderr"),
        })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `condition` holds; panics where it does not within five minutes.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
