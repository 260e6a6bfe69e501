//! A go command as a person types it.

use std::ffi::OsStr;

use super::GoCommand;
use crate::model::{ForeignText, shell_word};

/// What stands for a folder that a build makes and removes again, as `go build -x` names it.
pub const WORK_FOLDER: &str = "$WORK";

/// Variables that may hold a login in words of the user's own.
const SECRETIVE: [&str; 1] = ["GOAUTH"];

/// What `GOAUTH` holds where it holds no login.
const HARMLESS: [&str; 4] = ["", "git", "netrc", "off"];

impl GoCommand {
    /// Returns the command as one line for a POSIX shell, with those of its variables that `go` itself
    /// reads. Users and passwords in URLs, and logins, are left out.
    pub fn shell_line(&self) -> String {
        let variables = self.environment.iter().filter_map(|(name, value)| {
            let name = name.to_str()?;
            let is_of_go = name.starts_with("GO") || name == "CGO_ENABLED";
            is_of_go.then(|| format!("{name}={}", shown(name, value)))
        });
        let arguments = self.arguments.iter().map(|argument| word(argument));
        let words: Vec<String> = variables
            .chain([word(self.program.as_os_str())])
            .chain(arguments)
            .collect();
        format!(
            "cd {} && {}",
            word(self.folder.as_os_str()),
            words.join(" ")
        )
    }
}

fn shown(name: &str, value: &OsStr) -> String {
    if SECRETIVE.contains(&name) && !HARMLESS.iter().any(|harmless| value == *harmless) {
        return "'…'".to_owned();
    }
    if value.is_empty() {
        return String::new();
    }
    word(value)
}

/// Writes what a shell takes for one word. What begins with [`WORK_FOLDER`] begins with its value.
fn word(text: &OsStr) -> String {
    let text = ForeignText::from_bytes(text.as_encoded_bytes()).to_string();
    match text.strip_prefix(WORK_FOLDER) {
        Some("") => format!("\"{WORK_FOLDER}\""),
        Some(rest) if rest.starts_with('/') => format!("\"{WORK_FOLDER}\"{}", quoted(rest)),
        _ => quoted(&text),
    }
}

fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        shell_word(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_is_typed_and_without_its_secrets() {
        let environment = [
            ("GOFLAGS", "-trimpath -buildvcs=false"),
            ("GOPROXY", "https://me:secret@proxy.example.com,off"),
            ("GOAUTH", "/bin/login secret"),
            ("GOTMPDIR", "$WORK/work"),
            ("GOPRIVATE", ""),
            ("HOME", "/home/secret"),
        ];
        let command = GoCommand {
            program: "/go root/bin/go".into(),
            arguments: ["build", "-ldflags=-X 'main.v=it is'", "$WORKER", "."]
                .map(Into::into)
                .to_vec(),
            folder: "/src".into(),
            environment: environment
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        };
        assert_eq!(
            command.shell_line(),
            concat!(
                "cd /src && GOAUTH='…' GOFLAGS='-trimpath -buildvcs=false' GOPRIVATE= ",
                "GOPROXY='https://…@proxy.example.com,off' GOTMPDIR=\"$WORK\"/work '/go root/bin/go' build ",
                r"'-ldflags=-X '\''main.v=it is'\''' '$WORKER' ."
            )
        );
    }
}
