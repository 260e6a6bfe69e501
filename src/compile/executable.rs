//! Whether a program runs where it should, by itself.

use std::io::{Read, Seek};

use object::elf::{DT_NEEDED, PT_INTERP};
use object::read::elf::{Dyn as _, ElfFile, FileHeader, ProgramHeader as _};
use object::{
    Architecture, BinaryFormat, File, Object as _, ObjectSection as _, ObjectSegment as _,
    ReadCache, ReadRef,
};

use super::BuildInfo;
use crate::model::{ForeignText, Platform};
use crate::plan::GoSettings;

/// Why a program is not handed on.
#[derive(Debug, thiserror::Error)]
pub enum ExecutableError {
    /// It is not a program at all.
    #[error("it is not a program: {0}")]
    Unreadable(#[from] object::Error),
    /// It says nothing about how it was built.
    #[error("it holds no Go build information")]
    NoBuildInfo,
    /// It is for another machine.
    #[error("it is for {found}, expected {expected}")]
    Platform {
        /// What it is for.
        found: String,
        /// What was asked for.
        expected: Platform,
    },
    /// It ends before its last section does.
    #[error("it is cut off: it has {size_bytes} bytes, expected {expected_bytes}")]
    Truncated {
        /// How long it is.
        size_bytes: u64,
        /// How long its headers say it is.
        expected_bytes: u64,
    },
    /// It was built with cgo.
    #[error("it was built with CGO_ENABLED={0}, expected 0")]
    Cgo(String),
    /// It needs a program loader of its base image.
    #[error("it is not static: it needs the interpreter {0}")]
    Interpreter(ForeignText),
    /// It needs shared libraries of its base image.
    #[error("it is not static: it needs shared libraries")]
    Libraries,
    /// It has experiments that nobody asked for.
    #[error("its Go has experiments switched on that no setting asks for: {0}")]
    Experiments(ForeignText),
    /// It holds a path of the machine that built it.
    #[error("it holds a path of this machine: {0}")]
    MachinePath(String),
}

/// Checks that `program`, whose build information is `info`, is whole, for `platform` and, on
/// Linux, that it needs nothing of its base image. Programs in other forms than ELF, Mach-O and PE
/// are not looked into.
///
/// # Errors
/// When it is or does anything else.
pub fn check_executable(
    program: impl Read + Seek,
    info: Option<&BuildInfo>,
    platform: &Platform,
) -> Result<(), ExecutableError> {
    let Some(format) = format_of(platform.os()) else {
        return Ok(());
    };
    let info = info.ok_or(ExecutableError::NoBuildInfo)?;
    let setting = |name: &str| info.setting(name).unwrap_or_default();
    let found = format!("{}/{}", setting("GOOS"), setting("GOARCH"));
    if found != format!("{}/{}", platform.os(), platform.arch()) {
        return Err(mismatch(found, platform));
    }
    if setting("CGO_ENABLED") != "0" {
        return Err(ExecutableError::Cgo(setting("CGO_ENABLED").to_owned()));
    }
    let data = ReadCache::new(program);
    let file = File::parse(&data)?;
    check_length(&file, (&data).len().unwrap_or_default())?;
    let right_format = file.format() == format;
    let right_architecture =
        architecture_of(platform.arch()).is_none_or(|known| known == file.architecture());
    if !(right_format && right_architecture) {
        let found = format!("{:?} {:?}", file.format(), file.architecture());
        return Err(mismatch(found, platform));
    }
    match (&file, platform.os()) {
        (File::Elf32(elf), "linux") => check_static(elf),
        (File::Elf64(elf), "linux") => check_static(elf),
        // Elsewhere the system's own library is the way to the kernel.
        _ => Ok(()),
    }
}

/// Checks that a program has no experiments but those that `settings` ask for. A Go may have some built in, or
/// switched on by the file go.env beside it, which an empty GOEXPERIMENT does not undo; its version stays that of the
/// plain release.
///
/// # Errors
/// When it has.
pub fn check_experiments(info: &BuildInfo, settings: &GoSettings) -> Result<(), ExecutableError> {
    match info.go_version.split_once("X:") {
        Some((_, found)) if !settings.env.contains_key("GOEXPERIMENT") => {
            Err(ExecutableError::Experiments(ForeignText::new(found)))
        }
        _ => Ok(()),
    }
}

fn check_length<'a, R: ReadRef<'a>>(
    file: &File<'a, R>,
    size_bytes: u64,
) -> Result<(), ExecutableError> {
    match length_by_headers(file) {
        expected_bytes if expected_bytes > size_bytes => Err(ExecutableError::Truncated {
            size_bytes,
            expected_bytes,
        }),
        _ => Ok(()),
    }
}

/// Returns how long a program is at least, as its headers have it.
pub(crate) fn length_by_headers<'a, R: ReadRef<'a>>(file: &File<'a, R>) -> u64 {
    let sections = file.sections().filter_map(|section| section.file_range());
    let segments = file.segments().map(|segment| segment.file_range());
    let ends = sections
        .chain(segments)
        .map(|(start, length)| start.saturating_add(length));
    ends.max().unwrap_or_default()
}

fn mismatch(found: String, platform: &Platform) -> ExecutableError {
    ExecutableError::Platform {
        found,
        expected: platform.clone(),
    }
}

fn check_static<'a, Elf: FileHeader, R: ReadRef<'a>>(
    elf: &ElfFile<'a, Elf, R>,
) -> Result<(), ExecutableError> {
    let (endian, data) = (elf.endian(), elf.data());
    for header in elf.elf_program_headers() {
        if header.p_type(endian) == PT_INTERP {
            let name = header.interpreter(endian, data)?.unwrap_or_default();
            return Err(ExecutableError::Interpreter(ForeignText::from_bytes(name)));
        }
        let entries = header.dynamic(endian, data)?.unwrap_or_default();
        let needed = |entry: &Elf::Dyn| entry.tag(endian) == DT_NEEDED;
        if entries.iter().any(needed) {
            return Err(ExecutableError::Libraries);
        }
    }
    Ok(())
}

/// The format of programs of a system, where it is one that can be looked into.
fn format_of(os: &str) -> Option<BinaryFormat> {
    match os {
        "windows" => Some(BinaryFormat::Pe),
        "darwin" | "ios" => Some(BinaryFormat::MachO),
        "android" | "dragonfly" | "freebsd" | "illumos" | "linux" | "netbsd" | "openbsd"
        | "solaris" => Some(BinaryFormat::Elf),
        _ => None,
    }
}

fn architecture_of(arch: &str) -> Option<Architecture> {
    Some(match arch {
        "386" => Architecture::I386,
        "amd64" => Architecture::X86_64,
        "arm" => Architecture::Arm,
        "arm64" => Architecture::Aarch64,
        "loong64" => Architecture::LoongArch64,
        "mips" | "mipsle" => Architecture::Mips,
        "mips64" | "mips64le" => Architecture::Mips64,
        "ppc64" | "ppc64le" => Architecture::PowerPc64,
        "riscv64" => Architecture::Riscv64,
        "s390x" => Architecture::S390x,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn info(goos: &str, cgo: &str) -> BuildInfo {
        let settings = [("GOOS", goos), ("GOARCH", "amd64"), ("CGO_ENABLED", cgo)];
        BuildInfo {
            settings: settings
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..BuildInfo::default()
        }
    }

    /// Returns an ELF program for amd64 with one segment of a kind and its bytes.
    fn elf(kind: u32, segment: &[u8]) -> Vec<u8> {
        let mut program = b"\x7fELF\x02\x01\x01".to_vec();
        program.resize(16, 0);
        program.extend([2, 0, 62, 0, 1, 0, 0, 0]);
        for address in [0_u64, 64, 0] {
            program.extend(address.to_le_bytes());
        }
        program.extend([0; 4]);
        for half in [64_u16, 56, 1, 64, 0, 0] {
            program.extend(half.to_le_bytes());
        }
        program.extend(kind.to_le_bytes());
        program.extend([0; 4]);
        let length = segment.len() as u64;
        for field in [120, 0, 0, length, length, 8] {
            program.extend(u64::to_le_bytes(field));
        }
        program.extend(segment);
        program
    }

    fn check(program: &[u8], info: Option<&BuildInfo>) -> String {
        let platform = "linux/amd64".parse().unwrap();
        match check_executable(Cursor::new(program), info, &platform) {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_program_is_for_its_platform_and_needs_nothing_of_its_base() {
        const LOAD: u32 = 1;
        const DYNAMIC: u32 = 2;
        const INTERPRETER: u32 = 3;
        let linux = info("linux", "0");
        assert_eq!(check(&elf(LOAD, b"code"), Some(&linux)), "fine");
        let loader = elf(INTERPRETER, b"/lib64/ld.so\0");
        assert_eq!(
            check(&loader, Some(&linux)),
            "it is not static: it needs the interpreter /lib64/ld.so"
        );
        let needed = [1_u64, 0].map(u64::to_le_bytes).concat();
        assert_eq!(
            check(&elf(DYNAMIC, &needed), Some(&linux)),
            "it is not static: it needs shared libraries"
        );
        let whole = elf(LOAD, b"code");
        assert_eq!(
            check(&whole[..whole.len() - 1], Some(&linux)),
            "it is cut off: it has 123 bytes, expected 124"
        );
    }

    #[test]
    fn experiments_are_those_that_settings_ask_for() {
        let plain = GoSettings::default();
        let experimental = GoSettings {
            env: [("GOEXPERIMENT".to_owned(), "jsonv2".to_owned())].into(),
            ..GoSettings::default()
        };
        for (version, settings, is_fine) in [
            ("go1.26.8", &plain, true),
            ("go1.26.8-X:jsonv2", &plain, false),
            // As releases before 1.26 write it.
            ("go1.24.2 X:boringcrypto", &plain, false),
            ("go1.26.8-X:jsonv2", &experimental, true),
        ] {
            let info = BuildInfo {
                go_version: version.to_owned(),
                ..BuildInfo::default()
            };
            let checked = check_experiments(&info, settings);
            assert_eq!(checked.is_ok(), is_fine, "{version}");
        }
    }

    #[test]
    fn what_it_says_of_its_own_build_counts() {
        let program = elf(1, b"code");
        assert_eq!(check(&program, None), "it holds no Go build information");
        assert_eq!(
            check(&program, Some(&info("darwin", "0"))),
            "it is for darwin/amd64, expected linux/amd64"
        );
        assert_eq!(
            check(&program, Some(&info("linux", "1"))),
            "it was built with CGO_ENABLED=1, expected 0"
        );
        let mut arm = program;
        arm[18] = 183;
        assert_eq!(
            check(&arm, Some(&info("linux", "0"))),
            "it is for Elf Aarch64, expected linux/amd64"
        );
    }
}
