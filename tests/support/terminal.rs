//! Somebody at a terminal: a pseudo-terminal by script(1), read, and typed into.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{TestEnvironment, programs};

/// How long a question may take to come.
const PATIENCE: Duration = Duration::from_mins(2);

/// A command on a terminal.
pub(crate) struct AtTerminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<String>>,
    reader: std::thread::JoinHandle<()>,
}

/// What became of it.
pub(crate) struct Seen {
    pub(crate) code: Option<i32>,
    /// All that was on the screen.
    pub(crate) screen: String,
}

impl TestEnvironment {
    /// Starts coracle as somebody does who sits there.
    pub(crate) fn at_terminal(&self, args: &[&str]) -> AtTerminal {
        let words = std::iter::once(programs::coracle().display().to_string());
        let words = words.chain(args.iter().map(|&arg| arg.to_owned()));
        let quoted: Vec<String> = words.map(|word| format!("'{word}'")).collect();
        let mut command: Command = self.command(programs::find("script"));
        command
            .args(["-qec", &quoted.join(" "), "/dev/null"])
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("script, of util-linux");
        let keyboard = child.stdin.take().expect("a keyboard");
        let mut shown = child.stdout.take().expect("a screen");
        let screen = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&screen);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = shown.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]);
                seen.lock().expect("a screen").push_str(&text);
            }
        });
        AtTerminal {
            child,
            keyboard,
            screen,
            reader,
        }
    }
}

impl AtTerminal {
    /// Waits until `question` is on the screen and types `answer`.
    #[track_caller]
    pub(crate) fn answer(mut self, question: &str, answer: &str) -> Self {
        self.shows(question);
        // The echo is off before the question is there.
        writeln!(self.keyboard, "{answer}").expect("a keyboard");
        self
    }

    /// Waits until `text` is on the screen.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.screen.lock().expect("a screen").contains(text) {
            assert!(Instant::now() < end, "no {text:?} in {}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn text(&self) -> String {
        self.screen.lock().expect("a screen").clone()
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Seen {
        drop(self.keyboard);
        let status = self.child.wait().expect("an end");
        self.reader.join().expect("a reader");
        let screen = self.screen.lock().expect("a screen").clone();
        Seen {
            code: status.code(),
            screen,
        }
    }
}
