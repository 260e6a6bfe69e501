//! What the go command's words mean for the user: whose fault it is, and what to do.

use crate::model::{ExitCode, Phase};

/// What is known about a failure by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Explanation {
    /// Any of these words tells it.
    words: &'static [&'static str],
    /// The stage that failed.
    pub(super) phase: Phase,
    /// What the program ends with, where the phase's own code is wrong.
    pub(super) exit: Option<ExitCode>,
    /// What to do.
    pub(super) hint: &'static str,
    /// What else may help.
    pub(super) others: &'static [&'static str],
}

const fn of_modules(words: &'static [&'static str], hint: &'static str) -> Explanation {
    Explanation {
        words,
        phase: Phase::Modules,
        exit: None,
        hint,
        others: &[],
    }
}

const fn ending(explanation: Explanation, exit: ExitCode) -> Explanation {
    Explanation {
        exit: Some(exit),
        ..explanation
    }
}

const fn also(explanation: Explanation, others: &'static [&'static str]) -> Explanation {
    Explanation {
        others,
        ..explanation
    }
}

/// The first that fits counts: what is particular stands before what is general.
const KNOWN: [Explanation; 21] = [
    ending(
        of_modules(
            &["listed in go.work file"],
            "a folder that go.work uses is gone: bring it back, take it out with go work edit -dropuse=DIR, or build without the workspace: GOWORK=off coracle …",
        ),
        ExitCode::Usage,
    ),
    of_modules(
        &["checksum mismatch", "SECURITY ERROR"],
        "what was downloaded is not what go.sum or the checksum database recorded: find out why before changing go.sum",
    ),
    of_modules(
        &["missing go.sum entry", "updates to go.sum needed"],
        "go.sum does not list all that is needed; type: go mod tidy",
    ),
    of_modules(
        &["updates to go.mod needed", "updates to go.work needed"],
        "go.mod does not list all that is needed; type: go mod tidy",
    ),
    of_modules(
        &["inconsistent vendoring"],
        "the vendor folder is older than go.mod; type: go mod vendor",
    ),
    of_modules(
        &[
            "no required module provides package",
            "cannot find module providing package",
        ],
        "if the import path is right, type: go mod tidy",
    ),
    ending(
        of_modules(
            &["disabled by GOPROXY=off"],
            "the module is not in Go's module cache; type: go mod download, while there is a network",
        ),
        ExitCode::Unavailable,
    ),
    of_modules(
        &["executable file not found in $PATH"],
        "modules that do not come through a proxy need git; install it, or set GOPROXY",
    ),
    ending(
        of_modules(
            &[
                "terminal prompts disabled",
                "could not read Username",
                "could not read Password",
                "Permission denied (publickey",
                "Host key verification failed",
                "401 Unauthorized",
                "403 Forbidden",
                "Authentication failed",
            ],
            "the login is missing, wrong or has expired: give git or ~/.netrc a user who may read that module, and list private modules under [modules] private in coracle.toml",
        ),
        ExitCode::Denied,
    ),
    also(
        of_modules(
            &["unknown revision", "invalid version"],
            "there is no such version there; those that there are: go list -m -versions MODULE",
        ),
        &[
            "if the module is private, list it under [modules] private in coracle.toml, or set GOPRIVATE",
        ],
    ),
    also(
        of_modules(
            &["404 Not Found", "410 Gone"],
            "if the module is private, list it under [modules] private in coracle.toml, or set GOPRIVATE",
        ),
        &[
            "if the version does not exist, choose one that does: go list -m -versions MODULE",
            "if it was deleted where it came from, ask a proxy that has kept it: export GOPROXY=https://proxy.example.com",
            "or take it from a machine that still has it in its module cache, and commit it: go mod vendor",
        ],
    ),
    ending(
        also(
            of_modules(
                &[
                    "dial tcp",
                    "connection refused",
                    "connection reset",
                    "no such host",
                    "i/o timeout",
                    "TLS handshake",
                    "x509:",
                    "500 Internal Server Error",
                    "502 Bad Gateway",
                    "503 Service Unavailable",
                    "504 Gateway Timeout",
                    "429 Too Many Requests",
                    "Could not resolve host",
                    "Connection timed out",
                    "unexpected EOF",
                ],
                "the Go module proxy cannot be reached: check GOPROXY, HTTPS_PROXY and the network",
            ),
            &[
                "to go on with the next proxy wherever one fails, part them by |: export GOPROXY='https://one.example.com|https://two.example.com'",
            ],
        ),
        ExitCode::Unavailable,
    ),
    Explanation {
        words: &[
            "requires go >= ",
            "requires newer Go version",
            "unknown block type: toolchain",
        ],
        phase: Phase::Toolchain,
        exit: None,
        hint: "write a newer version under [go] in coracle.toml, or leave it out",
        others: &[],
    },
    Explanation {
        words: &[
            "unsupported GOOS/GOARCH pair",
            "unsupported GOOS",
            "unsupported GOARCH",
        ],
        phase: Phase::Plan,
        exit: None,
        hint: "the platforms that Go builds for are listed by: go tool dist list",
        others: &[],
    },
    Explanation {
        words: &[
            "no space left on device",
            "disk quota exceeded",
            "read-only file system",
        ],
        phase: Phase::Compile,
        exit: Some(ExitCode::CannotWrite),
        hint: "make room, or point CORACLE_CACHE, GOCACHE and GOMODCACHE to another disk",
        others: &[],
    },
    Explanation {
        words: &[
            "failed to initialize build cache",
            "could not create module cache",
        ],
        phase: Phase::Compile,
        exit: Some(ExitCode::CannotWrite),
        hint: "point GOCACHE and GOMODCACHE to folders that can be written",
        others: &[],
    },
    Explanation {
        words: &["unknown GOEXPERIMENT"],
        phase: Phase::Config,
        exit: None,
        hint: "correct GOEXPERIMENT under [go] env in coracle.toml; each Go has experiments of its own, or another version of it under [go] version",
        others: &[],
    },
    Explanation {
        words: &["is not in std"],
        phase: Phase::Compile,
        exit: None,
        hint: "an import path whose first part has no dot is the standard library's: a package of your own begins with the module line of go.mod",
        others: &[],
    },
    Explanation {
        words: &["too many errors"],
        phase: Phase::Compile,
        exit: None,
        hint: "to see all errors: go build -gcflags=-e ./...",
        others: &[],
    },
    Explanation {
        words: &["no matching files found"],
        phase: Phase::Compile,
        exit: None,
        hint: "a //go:embed line names files that are not there: generate them, or commit them",
        others: &[],
    },
    Explanation {
        words: &["build constraints exclude all Go files"],
        phase: Phase::Compile,
        exit: None,
        hint: "the package has no files for this platform; build tags are set under [go] tags",
        others: &[],
    },
];

/// Finds what is known about `text`, which the go command wrote.
pub(super) fn explain(text: &str) -> Option<&'static Explanation> {
    // Source that ends too soon is no news of the network: "syntax error: unexpected EOF".
    let is_news = |line: &&str| !line.contains("syntax error: ");
    let news: Vec<&str> = text.lines().filter(is_news).collect();
    let says = |words: &&str| news.iter().any(|line| line.contains(words));
    KNOWN.iter().find(|known| known.words.iter().any(says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_modules_are_told_from_those_of_the_source() {
        let cases = [
            (
                "missing go.sum entry for module providing package x",
                Some((Phase::Modules, None)),
            ),
            (
                "dial tcp 127.0.0.1:1: connect: connection refused",
                Some((Phase::Modules, Some(ExitCode::Unavailable))),
            ),
            (
                "git ls-remote: fatal: terminal prompts disabled",
                Some((Phase::Modules, Some(ExitCode::Denied))),
            ),
            ("reading x: 410 Gone", Some((Phase::Modules, None))),
            (
                "verifying x: checksum mismatch",
                Some((Phase::Modules, None)),
            ),
            (
                "go.mod requires go >= 1.27 (running go 1.26.8)",
                Some((Phase::Toolchain, None)),
            ),
            (
                "write x: no space left on device",
                Some((Phase::Compile, Some(ExitCode::CannotWrite))),
            ),
            ("main.go:2:14: undefined: x", None),
            (
                "main.go:4:1: syntax error: unexpected EOF, expected }",
                None,
            ),
            (
                "reading https://p/x: unexpected EOF",
                Some((Phase::Modules, Some(ExitCode::Unavailable))),
            ),
        ];
        for (text, expected) in cases {
            let found = explain(text).map(|known| (known.phase, known.exit));
            assert_eq!(found, expected, "{text}");
        }
    }
}
