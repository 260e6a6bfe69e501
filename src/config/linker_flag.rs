//! Flags of Go's linker that a configuration may add.

use std::fmt;
use std::str::FromStr;

use super::go_flag::{AllowedFlag, FlagRules, GoFlagError, is_switch};
use super::text_value::written_as_text;

/// A flag of Go's linker that leaves the program static and takes no file: one word, `-NAME` or
/// `-NAME=VALUE`, without spaces and quotes.
///
/// ```
/// # use coracle::config::LinkerFlag;
/// assert!("-compressdwarf=false".parse::<LinkerFlag>().is_ok());
/// assert!("-extldflags=-static".parse::<LinkerFlag>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkerFlag(String);

const INTERNAL: &str = "programs are static and linked by Go alone\nleave it out: what coracle links needs no C library";
const EXTERNAL: &str = "it runs a program\nleave it out: what coracle links needs no other linker";
const DEBUG: &str = "it needs cgo\nleave it to the tests, as in: go test -race ./...";
const STAMPS: &str =
    "stamps have a table of their own\nwrite [stamp] vars = { \"main.version\" = \"{version}\" }";

const RULES: FlagRules = FlagRules {
    key: "[go] ldflags",
    allowed: &[
        AllowedFlag {
            name: "B",
            takes: |value| matches!(value, Some("none" | "gobuildid")) || is_hex(value),
            expected: "-B=none, -B=gobuildid or -B=0x and hexadecimal digits",
        },
        AllowedFlag {
            name: "checklinkname",
            takes: is_switch,
            expected: "-checklinkname=0 or 1",
        },
        AllowedFlag {
            name: "compressdwarf",
            takes: is_switch,
            expected: "-compressdwarf=true or false",
        },
        AllowedFlag {
            name: "funcalign",
            takes: is_number,
            expected: "a number of bytes, as in -funcalign=32",
        },
        AllowedFlag {
            name: "randlayout",
            takes: is_number,
            expected: "a number, as in -randlayout=1",
        },
        AllowedFlag {
            name: "s",
            takes: is_switch,
            expected: "-s, true or false",
        },
        AllowedFlag {
            name: "w",
            takes: is_switch,
            expected: "-w, true or false",
        },
    ],
    refused: &[
        ("H", "coracle builds the plain form for each platform"),
        ("I", INTERNAL),
        ("L", "it reads packages from elsewhere"),
        ("X", STAMPS),
        ("asan", DEBUG),
        (
            "buildid",
            "coracle sets it, so that one source makes one program",
        ),
        ("buildmode", INTERNAL),
        ("capturehostobjs", "it writes files"),
        ("cpuprofile", "it writes a file"),
        ("extar", EXTERNAL),
        ("extld", EXTERNAL),
        ("extldflags", INTERNAL),
        ("importcfg", "it reads another file"),
        ("libgcc", INTERNAL),
        ("linkmode", INTERNAL),
        ("linkshared", INTERNAL),
        ("memprofile", "it writes a file"),
        ("msan", DEBUG),
        ("o", "coracle decides where programs are written"),
        ("r", INTERNAL),
        ("race", DEBUG),
        ("tmpdir", "coracle decides where temporary files are"),
    ],
};

impl fmt::Display for LinkerFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LinkerFlag {
    type Err = GoFlagError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // "-X a=b" and "-s -w" are often written as one; what is wrong is then said of the first.
        let first = text.split_whitespace().next().unwrap_or(text);
        RULES.check(first)?;
        if first == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(GoFlagError::NotAFlag(text.to_owned()))
        }
    }
}

written_as_text!(LinkerFlag);

fn is_number(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.parse::<u32>().is_ok())
}

fn is_hex(value: Option<&str>) -> bool {
    let digits = value.and_then(|value| value.strip_prefix("0x"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_leave_the_program_static_are_taken() {
        for right in [
            "-s",
            "-w",
            "-w=false",
            "-compressdwarf=false",
            "-checklinkname=0",
            "--checklinkname=0",
            "-B=none",
            "-B=0xABCDEF",
            "-funcalign=32",
            "-randlayout=7",
        ] {
            assert!(right.parse::<LinkerFlag>().is_ok(), "{right:?}");
        }
    }

    #[test]
    fn what_links_otherwise_or_touches_a_file_is_refused() {
        for wrong in [
            "-linkmode=external",
            "-extld=sh",
            "-extldflags=-static",
            "-extar=x",
            "-r=/lib",
            "-I=/lib/ld.so",
            "-buildid=x",
            "-o=/tmp/x",
            "-L=/tmp",
            "-tmpdir=/tmp",
            "-cpuprofile=x",
            "-importcfg=x",
            "-H=windowsgui",
            "-X=main.version=1",
            "-X",
            "-s -w",
            "-s '-o=x'",
            "-funcalign=x",
            "-B",
            "-B=0x",
            "-s=maybe",
            "-k=x",
            "",
            " -s",
            "-s ",
            "s",
        ] {
            assert!(wrong.parse::<LinkerFlag>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_stamp_is_sent_to_its_own_table() {
        let error = |text: &str| text.parse::<LinkerFlag>().unwrap_err().to_string();
        assert_eq!(
            error("-X main.version=1.2.3"),
            "-X is refused in [go] ldflags: stamps have a table of their own\nwrite [stamp] vars = { \"main.version\" = \"{version}\" }"
        );
        assert_eq!(
            error("-linkmode=external"),
            "-linkmode is refused in [go] ldflags: programs are static and linked by Go alone\nleave it out: what coracle links needs no C library"
        );
        assert_eq!(
            error("-s -w"),
            "\"-s -w\" is not a flag\nwrite each flag with its value as one string, as in \"-gcflags=all=-N -l\" or \"-checklinkname=0\""
        );
    }
}
