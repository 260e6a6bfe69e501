//! The file that `go env -w` writes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{Environment, Platform};

/// The settings of the go command that a user has written with `go env -w`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GoEnvFile(BTreeMap<String, String>);

impl GoEnvFile {
    /// The longest file that is read.
    pub const MAX_BYTES: u64 = 1 << 20;

    /// Returns where the file is, by `$GOENV` or in the user's configuration folder.
    pub fn path(environment: &Environment, platform: &Platform) -> Option<PathBuf> {
        match environment.get_path("GOENV") {
            Some(path) if path.as_os_str() == "off" => return None,
            Some(path) => return Some(path),
            None => {}
        }
        let folder = match platform.os() {
            "darwin" => environment.home()?.join("Library/Application Support"),
            _ => environment
                .get_path("XDG_CONFIG_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| Some(environment.home()?.join(".config")))?,
        };
        Some(folder.join("go/env"))
    }

    /// Reads `NAME=VALUE` lines. As in the go command, a line that is none is passed over, and the
    /// last of two lines counts.
    pub fn parse(text: &str) -> Self {
        let settings = text.lines().filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.starts_with(|c: char| c.is_ascii_uppercase())
                .then(|| (name.to_owned(), value.to_owned()))
        });
        Self(settings.collect())
    }

    /// Returns the value of `name` where it is set to something.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// Names only: an address may hold a password.
impl std::fmt::Debug for GoEnvFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_where_the_go_command_looks_for_it() {
        let cases = [
            ("linux/amd64", "HOME=/h", "/h/.config/go/env"),
            ("linux/amd64", "HOME=/h XDG_CONFIG_HOME=/c", "/c/go/env"),
            (
                "linux/amd64",
                "HOME=/h XDG_CONFIG_HOME=c",
                "/h/.config/go/env",
            ),
            (
                "darwin/arm64",
                "HOME=/h XDG_CONFIG_HOME=/c",
                "/h/Library/Application Support/go/env",
            ),
            ("linux/amd64", "HOME=/h GOENV=/e", "/e"),
            ("linux/amd64", "HOME=/h GOENV=off", ""),
            ("linux/amd64", "", ""),
        ];
        for (platform, variables, expected) in cases {
            let variables = variables.split(' ').filter_map(|word| word.split_once('='));
            let variables = variables.map(|(name, value)| (name.into(), value.into()));
            let path = GoEnvFile::path(&Environment::new(variables), &platform.parse().unwrap());
            assert_eq!(path.unwrap_or_default(), PathBuf::from(expected));
        }
    }

    #[test]
    fn lines_that_set_nothing_are_passed_over() {
        let file = GoEnvFile::parse("# GOPROXY=x\nGOPROXY=a\n\nnonsense\nGOPROXY=b=c\nGOSUMDB=\n");
        assert_eq!(file.get("GOPROXY"), Some("b=c"));
        assert_eq!(file.get("GOSUMDB"), None);
    }
}
