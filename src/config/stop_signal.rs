//! The signal that asks a program to end.

use std::fmt;
use std::str::FromStr;

use super::nearest::nearest;
use super::text_value::written_as_text;

/// A signal's name, image-spec v1.1, `config.md`, `StopSignal`.
///
/// ```
/// # use coracle::config::StopSignal;
/// assert!("SIGTERM".parse::<StopSignal>().is_ok());
/// assert!("SIGRTMIN+3".parse::<StopSignal>().is_ok());
/// assert!("SIGTREM".parse::<StopSignal>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopSignal(String);

/// Why a text names no signal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{signal:?} is not a signal, expected a name like SIGTERM or SIGRTMIN+3{hint}")]
pub struct StopSignalError {
    signal: String,
    hint: String,
}

/// Linux's signals by name, signal(7).
const NAMES: [&str; 31] = [
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGKILL",
    "SIGPIPE",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];

/// SIGRTMAX is SIGRTMIN + 30.
const REAL_TIME_SIGNALS: u8 = 30;

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for StopSignal {
    type Err = StopSignalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if NAMES.contains(&text) || is_real_time(text) {
            return Ok(Self(text.to_owned()));
        }
        let near = nearest(text, NAMES).or_else(|| nearest(&format!("SIG{text}"), NAMES));
        Err(StopSignalError {
            signal: text.to_owned(),
            hint: near.map_or_else(String::new, |near| format!("\ndid you mean {near:?}?")),
        })
    }
}

fn is_real_time(text: &str) -> bool {
    let offset = match (text.strip_prefix("SIGRTMIN"), text.strip_prefix("SIGRTMAX")) {
        (Some(""), _) | (_, Some("")) => return true,
        (Some(offset), _) => offset.strip_prefix('+'),
        (_, Some(offset)) => offset.strip_prefix('-'),
        (None, None) => None,
    };
    offset.is_some_and(|offset| {
        offset.bytes().all(|b| b.is_ascii_digit())
            && offset
                .parse()
                .is_ok_and(|offset: u8| offset <= REAL_TIME_SIGNALS)
    })
}

written_as_text!(StopSignal);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_signals_that_linux_has_are_taken() {
        for right in [
            "SIGINT",
            "SIGQUIT",
            "SIGRTMIN",
            "SIGRTMAX-30",
            "SIGRTMIN+15",
        ] {
            assert!(right.parse::<StopSignal>().is_ok(), "{right:?}");
        }
        for wrong in [
            "",
            "TERM",
            "15",
            "SIGRTMIN+31",
            "SIGRTMIN-1",
            "SIGRTMIN+",
            "SIGRTMIN++1",
        ] {
            assert!(wrong.parse::<StopSignal>().is_err(), "{wrong:?}");
        }
        let error = "term".parse::<StopSignal>().unwrap_err().to_string();
        assert!(error.ends_with("\ndid you mean \"SIGTERM\"?"), "{error}");
    }
}
