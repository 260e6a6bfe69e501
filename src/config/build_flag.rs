//! Flags of `go build` that a configuration may add.

use std::fmt;
use std::str::FromStr;

use super::go_flag::{
    AllowedFlag, FlagRules, GoFlagError, are_patterns, is_switch, is_word, split,
};
use super::text_value::written_as_text;

/// A flag of `go build` that changes what is compiled, and neither runs a program nor reads or
/// writes a file.
///
/// ```
/// # use coracle::config::BuildFlag;
/// assert!("-gcflags=all=-N -l".parse::<BuildFlag>().is_ok());
/// assert!("-toolexec=sh".parse::<BuildFlag>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildFlag(String);

const COMPILER: &str =
    "coracle compiles with the Go that it chose\nchoose another: [go] version = \"1.26.8\"";
const PROGRAM: &str =
    "it runs a program\nwhat writes source runs before coracle, as in: go generate ./...";

const RULES: FlagRules = FlagRules {
    key: "[go] flags",
    allowed: &[
        AllowedFlag {
            name: "cover",
            takes: is_switch,
            expected: "no value, true or false",
        },
        AllowedFlag {
            name: "covermode",
            takes: |value| matches!(value, Some("set" | "count" | "atomic")),
            expected: "-covermode=set, count or atomic",
        },
        AllowedFlag {
            name: "coverpkg",
            takes: are_patterns,
            expected: "package patterns, as in -coverpkg=./...",
        },
        AllowedFlag {
            name: "gcflags",
            takes: are_compiler_flags,
            expected: "-B, -N, -l, -dwarf=…, -spectre=… and no other, as in \"-gcflags=all=-N -l\"",
        },
        AllowedFlag {
            name: "pgo",
            takes: |value| matches!(value, Some("auto" | "off")),
            expected: "-pgo=auto (default.pgo beside the main package) or -pgo=off",
        },
    ],
    refused: &[
        (
            "C",
            "coracle decides where go runs\nuse its own, behind the verb: coracle build -C DIR",
        ),
        (
            "asan",
            "it needs cgo\nleave it to the tests: go test -asan ./...",
        ),
        (
            "asmflags",
            "it can read files that are not part of the source",
        ),
        ("buildmode", "images hold plain static programs"),
        (
            "buildvcs",
            "coracle sets it\nstamp versions: [stamp] vars = { \"main.version\" = \"{version}\" }",
        ),
        ("compiler", COMPILER),
        ("exec", PROGRAM),
        ("gccgoflags", COMPILER),
        (
            "ldflags",
            "linker flags have a key of their own\nwrite [go] ldflags = [\"-checklinkname=0\"]",
        ),
        ("linkshared", "images hold plain static programs"),
        (
            "mod",
            "coracle sets it\nto build from a vendor folder: go mod vendor",
        ),
        (
            "modfile",
            "it reads another file in place of go.mod\nwrite what it says into go.mod, or name the modules in a go.work",
        ),
        (
            "msan",
            "it needs cgo\nleave it to the tests: go test -msan ./...",
        ),
        (
            "o",
            "coracle decides where programs are written\nname a place for plain programs: coracle dist -o DIR",
        ),
        (
            "overlay",
            "it reads other files in place of the source\nput them into the source, with build tags that [go] tags sets",
        ),
        (
            "p",
            "coracle decides how much is done at once\nuse its own: --jobs N",
        ),
        ("pkgdir", "it reads packages from elsewhere"),
        (
            "race",
            "it needs cgo\nleave it to the tests: go test -race ./...",
        ),
        (
            "tags",
            "build tags have a key of their own\nwrite [go] tags = [\"netgo\"]",
        ),
        ("toolexec", PROGRAM),
        ("trimpath", "coracle sets it"),
        (
            "v",
            "coracle shows what goes on\nuse its own: coracle build -v",
        ),
        (
            "x",
            "coracle shows what goes on\nuse its own: coracle build -v",
        ),
    ],
};

impl fmt::Display for BuildFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BuildFlag {
    type Err = GoFlagError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        RULES.check(text)?;
        Ok(Self(text.to_owned()))
    }
}

written_as_text!(BuildFlag);

/// Takes `[PATTERN=]FLAGS`, where the flags are such that the compiler reads and writes no file
/// because of them: it has flags that do (`-pgoprofile`, `-json`, `-d=ssa/…/dump`).
fn are_compiler_flags(value: Option<&str>) -> bool {
    let Some(value) = value else {
        return false;
    };
    let flags = match value.split_once('=') {
        Some((pattern, flags)) if !value.starts_with('-') => {
            if !are_patterns(Some(pattern)) {
                return false;
            }
            flags
        }
        _ => value,
    };
    let allowed = |flag| match split(flag) {
        Some(("B" | "N" | "l", value)) => is_count(value),
        Some(("dwarf" | "dwarflocationlists", value)) => is_switch(value),
        Some(("spectre", value)) => is_word(value),
        _ => false,
    };
    flags.split_ascii_whitespace().all(allowed)
}

fn is_count(value: Option<&str>) -> bool {
    value.is_none_or(|value| value.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_change_the_program_alone_are_taken() {
        for right in [
            "-gcflags=all=-N -l",
            "-gcflags=-l=4",
            "-gcflags=example.com/app/...=-B -dwarf=false",
            "--gcflags=-spectre=all",
            "-gcflags=",
            "-pgo=off",
            "-cover",
            "-cover=true",
            "-covermode=atomic",
            "-coverpkg=./...,example.com/lib",
        ] {
            assert!(right.parse::<BuildFlag>().is_ok(), "{right:?}");
        }
    }

    #[test]
    fn what_runs_a_program_or_touches_a_file_is_refused() {
        for wrong in [
            "-toolexec=sh -c id",
            "--toolexec=sh",
            "-exec",
            "-overlay=o.json",
            "-modfile=other.mod",
            "-o=/tmp/x",
            "-C=/",
            "-pgo=/etc/passwd",
            "-pgo",
            "-gcflags",
            "-gcflags=-importcfg=/etc/passwd",
            "-gcflags=all=-N -o /tmp/x",
            "-gcflags=all=-N '-o=/tmp/x'",
            "-gcflags=-json=0,file:///tmp",
            "-gcflags=-d=ssa/all/dump=f",
            "-gcflags=-cpuprofile=/tmp/x",
            "-gcflags=-toolexec=sh",
            "-gcflags=-N=x",
            "-covermode=x",
            "-coverpkg=a b",
            "-coverpkg=./...,/home/me/app/...",
            "-gcflags=/home/me/app=-N",
            "-ldflags=-X main.version=1",
            "-mod=mod",
            "-trimpath=false",
            "-buildvcs=true",
            "-json",
            "main.go",
            "-",
            "--",
            "-=x",
            "---cover",
            "",
        ] {
            assert!(wrong.parse::<BuildFlag>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_refusal_says_why_and_what_instead() {
        let error = |text: &str| text.parse::<BuildFlag>().unwrap_err().to_string();
        assert_eq!(
            error("-toolexec=sh"),
            "-toolexec is refused in [go] flags: it runs a program\nwhat writes source runs before coracle, as in: go generate ./..."
        );
        assert_eq!(
            error("-gcflag=-N"),
            "-gcflag is not among the flags that [go] flags may hold\ndid you mean -gcflags?"
        );
        assert_eq!(
            error("-json"),
            "-json is not among the flags that [go] flags may hold\nknown are -cover, -covermode, -coverpkg, -gcflags, -pgo"
        );
        assert_eq!(
            error("-pgo=prod.pgo"),
            "\"-pgo=prod.pgo\" is refused in [go] flags, expected -pgo=auto (default.pgo beside the main package) or -pgo=off"
        );
        assert_eq!(
            error("all=-N"),
            "\"all=-N\" is not a flag\nwrite each flag with its value as one string, as in \"-gcflags=all=-N -l\" or \"-checklinkname=0\""
        );
    }
}
