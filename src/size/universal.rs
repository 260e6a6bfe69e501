//! Files of Apple's that hold one program for several processors.

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{Architecture, FileKind};

use super::error::SizeError;

/// What programs in a form that is known here begin with; universal ones have four more bytes.
const MAGICS: [&[u8]; 6] = [
    b"\x7fELF",
    b"MZ",
    &[0xfe, 0xed, 0xfa, 0xce],
    &[0xfe, 0xed, 0xfa, 0xcf],
    &[0xce, 0xfa, 0xed, 0xfe],
    &[0xcf, 0xfa, 0xed, 0xfe],
];

/// Tells by its first bytes, of which eight are enough, whether a file is meant to be a program.
pub fn is_program(head: &[u8]) -> bool {
    MAGICS.iter().any(|magic| head.starts_with(magic)) || is_universal(head)
}

/// Java's classes begin in the same way; the number of processors is lower than any of their versions.
fn is_universal(head: &[u8]) -> bool {
    const FIRST_JAVA: u8 = 45;
    let magic =
        head.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) || head.starts_with(&[0xca, 0xfe, 0xba, 0xbf]);
    magic && matches!(head.get(4..8), Some([0, 0, 0, count]) if *count < FIRST_JAVA)
}

/// Returns the program for the processor that Go calls `wanted`, of a universal file; any other file
/// is a program by itself.
///
/// # Errors
/// When a universal file has no such program, or several and none is wanted.
pub fn part_for<'a>(bytes: &'a [u8], wanted: Option<&str>) -> Result<&'a [u8], SizeError> {
    let mut parts = match FileKind::parse(bytes) {
        Ok(FileKind::MachOFat32) => parts(MachOFatFile32::parse(bytes)?.arches(), bytes)?,
        Ok(FileKind::MachOFat64) => parts(MachOFatFile64::parse(bytes)?.arches(), bytes)?,
        _ => return Ok(bytes),
    };
    let names: Vec<String> = parts.iter().map(|(name, _)| name.clone()).collect();
    parts.retain(|(name, _)| wanted.is_none_or(|wanted| wanted == name));
    match parts.as_slice() {
        [(_, only)] => Ok(only),
        _ => Err(SizeError::Several(names)),
    }
}

fn parts<'a, Arch: FatArch>(
    arches: &[Arch],
    bytes: &'a [u8],
) -> Result<Vec<(String, &'a [u8])>, SizeError> {
    let parts = arches.iter().map(|arch| {
        let name = match arch.architecture() {
            Architecture::Aarch64 => "arm64".to_owned(),
            Architecture::X86_64 => "amd64".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        Ok((name, arch.data(bytes)?))
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::sample_elf;

    #[test]
    fn one_part_of_a_universal_file_is_looked_at() {
        let program = sample_elf(&[(".text", b"code")]);
        let mut file = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2];
        for (kind, offset) in [(0x0100_000c_u32, 48_u32), (0x0100_0007, 48)] {
            let length = u32::try_from(program.len()).unwrap();
            for word in [kind, 0, offset, length, 0] {
                file.extend(word.to_be_bytes());
            }
        }
        file.extend(&program);
        assert!(is_program(&file[..8]));
        assert_eq!(part_for(&file, Some("arm64")).unwrap(), program);
        let error = part_for(&file, None).unwrap_err().to_string();
        assert_eq!(
            error,
            "it holds programs for several processors: arm64, amd64"
        );
        assert!(part_for(&file, Some("386")).is_err());
        assert!(part_for(&file[..40], Some("arm64")).is_err());
        assert_eq!(part_for(&program, None).unwrap(), program);
    }

    #[test]
    fn programs_are_known_by_their_first_bytes() {
        assert!(is_program(b"\x7fELF\x02\x01\x01\0"));
        assert!(is_program(b"MZ\x90\0\x03\0\0\0"));
        let java = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65];
        for other in [
            b"#!/bin/sh".as_slice(),
            b"\0asm\x01\0\0\0",
            &java,
            b"M",
            b"",
        ] {
            assert!(!is_program(other), "{other:?}");
        }
    }
}
