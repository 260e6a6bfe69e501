//! What the linker writes into every Go program about how it was built, `debug/buildinfo`.

use std::io::{self, Read};

/// What a Go program says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildInfo {
    /// The Go that built it, `go1.26.8`.
    pub go_version: String,
    /// The import path of its main package.
    pub path: String,
    /// The module of its main package.
    pub main: Option<LinkedModule>,
    /// The modules that are linked into it, in the linker's order.
    pub modules: Vec<LinkedModule>,
    /// Settings of the build by name, `GOARCH`, in the linker's order.
    pub settings: Vec<(String, String)>,
}

/// A module in a program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkedModule {
    /// Its path.
    pub path: String,
    /// Its version, `(devel)` for the source at hand.
    pub version: String,
    /// Its `h1:` hash, where it came from a proxy.
    pub sum: Option<String>,
    /// What stood in for it.
    pub replacement: Option<Box<Self>>,
}

impl BuildInfo {
    /// Finds the information in a program, which is read once from its first byte to its last;
    /// `None` where it is not a Go program, or one of Go before 1.18.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(mut program: impl Read) -> io::Result<Option<Self>> {
        let mut scanner = BuildInfoScanner::default();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match program.read(&mut buffer) {
                Ok(0) => return Ok(scanner.finish()),
                Ok(length) => scanner.update(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the setting `name`.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn parse(go_version: &str, lines: &str) -> Self {
        let mut info = Self {
            go_version: go_version.to_owned(),
            ..Self::default()
        };
        for line in lines.lines() {
            let words: Vec<&str> = line.split('\t').collect();
            match words.as_slice() {
                ["path", path] => (*path).clone_into(&mut info.path),
                ["mod", module @ ..] => info.main = LinkedModule::parse(module),
                ["dep", module @ ..] => info.modules.extend(LinkedModule::parse(module)),
                ["=>", module @ ..] => info.replace_last(LinkedModule::parse(module)),
                ["build", setting] => info.settings.extend(parse_setting(setting)),
                _ => {}
            }
        }
        info
    }

    fn replace_last(&mut self, replacement: Option<LinkedModule>) {
        if let Some(module) = self.modules.last_mut().or(self.main.as_mut()) {
            module.replacement = replacement.map(Box::new);
        }
    }
}

impl LinkedModule {
    fn parse(words: &[&str]) -> Option<Self> {
        let (path, rest) = words.split_first()?;
        let (version, rest) = rest.split_first()?;
        Some(Self {
            path: (*path).to_owned(),
            version: (*version).to_owned(),
            sum: rest
                .first()
                .filter(|sum| !sum.is_empty())
                .map(|sum| (*sum).to_owned()),
            replacement: None,
        })
    }
}

/// Splits `NAME=VALUE`, where either is quoted when it holds spaces or quotes.
fn parse_setting(text: &str) -> Option<(String, String)> {
    let name_length = match text.strip_prefix('"') {
        Some(quoted) => quoted.find("\"=")? + 2,
        None => text.find('=')?,
    };
    let (name, value) = (&text[..name_length], &text[name_length + 1..]);
    Some((unquote(name), unquote(value)))
}

/// Go quotes as JSON does, for all that settings hold; what it does not is left as it is.
fn unquote(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

/// Looks for build information in a program whose bytes pass once.
///
/// The magic bytes alone prove nothing: every program that reads build information holds them. They
/// count at a multiple of 16, where the linker puts them, before a block that makes sense.
#[derive(Debug, Default)]
pub struct BuildInfoScanner {
    window: Vec<u8>,
    found: Option<BuildInfo>,
}

const MAGIC: &[u8] = b"\xff Go buildinf:";
const ALIGNMENT: usize = 16;
/// Where the strings begin: after the magic, a pointer size, flags and two unused words.
const STRINGS_OFFSET: usize = 32;
const FLAGS_OFFSET: usize = 15;
const INLINE_STRINGS: u8 = 2;
/// What stands before and after the lines about modules.
const SENTINEL_BYTES: usize = 16;
const MAX_STRING_BYTES: usize = 4 << 20;

enum Block {
    Complete(BuildInfo),
    Incomplete,
    Nonsense,
}

impl BuildInfoScanner {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        if self.found.is_some() {
            return;
        }
        self.window.extend_from_slice(bytes);
        while let Some(position) = self.next_magic() {
            self.window.drain(..position);
            match parse_block(&self.window) {
                Block::Complete(info) => {
                    self.found = Some(info);
                    self.window = Vec::new();
                    return;
                }
                Block::Incomplete => return,
                Block::Nonsense => self.window.drain(..ALIGNMENT),
            };
        }
        let whole_blocks = self.window.len() / ALIGNMENT * ALIGNMENT;
        self.window.drain(..whole_blocks);
    }

    /// Returns what was found in all bytes that have passed.
    pub fn finish(self) -> Option<BuildInfo> {
        self.found
    }

    fn next_magic(&self) -> Option<usize> {
        let blocks = self.window.chunks_exact(ALIGNMENT);
        let index = blocks
            .into_iter()
            .position(|block| block.starts_with(MAGIC))?;
        Some(index * ALIGNMENT)
    }
}

fn parse_block(block: &[u8]) -> Block {
    let Some((header, strings)) = block.split_at_checked(STRINGS_OFFSET) else {
        return Block::Incomplete;
    };
    let unused = &header[FLAGS_OFFSET + 1..];
    if header[FLAGS_OFFSET] & INLINE_STRINGS == 0 || unused.iter().any(|&byte| byte != 0) {
        return Block::Nonsense;
    }
    let (version, rest) = match split_string(strings) {
        Ok(Some(split)) => split,
        Ok(None) => return Block::Incomplete,
        Err(Malformed) => return Block::Nonsense,
    };
    let modules = match split_string(rest) {
        Ok(Some((modules, _))) => modules,
        Ok(None) => return Block::Incomplete,
        Err(Malformed) => return Block::Nonsense,
    };
    let Ok(version) = str::from_utf8(version) else {
        return Block::Nonsense;
    };
    let lines = without_sentinels(modules).unwrap_or_default();
    Block::Complete(BuildInfo::parse(version, &String::from_utf8_lossy(lines)))
}

struct Malformed;

/// A string and what stands behind it.
type Split<'a> = (&'a [u8], &'a [u8]);

/// Splits a string off whose length stands before it, seven bits a byte, the lowest first.
fn split_string(bytes: &[u8]) -> Result<Option<Split<'_>>, Malformed> {
    let mut length = 0;
    for (index, byte) in bytes.iter().enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if length > MAX_STRING_BYTES || index > 3 {
            return Err(Malformed);
        }
        if byte & 0x80 == 0 {
            return Ok(bytes[index + 1..].split_at_checked(length));
        }
    }
    Ok(None)
}

fn without_sentinels(modules: &[u8]) -> Option<&[u8]> {
    let end = modules.len().checked_sub(SENTINEL_BYTES)?;
    modules.get(SENTINEL_BYTES..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: &str = "path\texample.com/app/cmd/server
mod\texample.com/app\t(devel)\t
dep\tgithub.com/a/b\tv1.2.3\th1:aaa=
dep\tgithub.com/c/d\tv0.1.0
=>\t../d\t(devel)\t
build\t-ldflags=\"-s -w\"
build\tGOARCH=amd64
build\tCGO_ENABLED=0
";

    fn string(bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len();
        let mut coded = Vec::new();
        if length >= 0x80 {
            coded.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        }
        let last = if length >= 0x80 { length >> 7 } else { length };
        coded.push(u8::try_from(last).unwrap());
        coded.extend(bytes);
        coded
    }

    fn block() -> Vec<u8> {
        let mut block = [MAGIC, &[8, INLINE_STRINGS], &[0; 16]].concat();
        block.extend(string(b"go1.26.8"));
        block.extend(string(&[&[1; 16], LINES.as_bytes(), &[2; 16]].concat()));
        block
    }

    #[test]
    fn modules_replacements_and_settings_are_read() {
        let info = BuildInfo::read(block().as_slice()).unwrap().unwrap();
        assert_eq!(info.go_version, "go1.26.8");
        assert_eq!(info.path, "example.com/app/cmd/server");
        assert_eq!(info.main.as_ref().unwrap().version, "(devel)");
        assert_eq!(info.modules[0].sum.as_deref(), Some("h1:aaa="));
        let replacement = info.modules[1].replacement.as_ref().unwrap();
        assert_eq!(replacement.path, "../d");
        assert_eq!(info.setting("-ldflags"), Some("-s -w"));
        assert_eq!(info.setting("GOARCH"), Some("amd64"));
    }

    #[test]
    fn magic_bytes_without_a_block_behind_them_are_passed_over() {
        let mut program = vec![0; 48];
        program.extend([MAGIC, b"and other text"].concat());
        program.resize(160, b'x');
        program.extend(block());
        assert!(BuildInfo::read(program.as_slice()).unwrap().is_some());
        program.insert(0, 0);
        assert_eq!(BuildInfo::read(program.as_slice()).unwrap(), None);
        let half = &block()[..60];
        assert_eq!(BuildInfo::read(half).unwrap(), None);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_come(before in 0_usize..8, cut in 1_usize..200) {
            let mut program = vec![7; before * ALIGNMENT];
            program.extend(block());
            program.extend([9; 77]);
            let mut scanner = BuildInfoScanner::default();
            program.chunks(cut).for_each(|chunk| scanner.update(chunk));
            prop_assert_eq!(scanner.finish(), BuildInfo::read(program.as_slice()).unwrap());
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let program = [MAGIC, &[8, INLINE_STRINGS], &[0; 16], bytes.as_slice()].concat();
            BuildInfo::read(program.as_slice()).unwrap();
        }
    }
}
