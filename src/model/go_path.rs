//! The names that Go gives to modules and packages.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The path of a module, `github.com/caddyserver/caddy/v2`.
///
/// ```
/// # use coracle::model::ModulePath;
/// let module: ModulePath = "golang.org/toolchain".parse().unwrap();
/// assert_eq!(module.domain(), "golang.org");
/// assert!("../lib".parse::<ModulePath>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ModulePath(String);

/// The path of a package, `github.com/caddyserver/caddy/v2/cmd/caddy`.
///
/// ```
/// # use coracle::model::{ImportPath, ModulePath};
/// let module: ModulePath = "example.com/app".parse().unwrap();
/// assert_eq!(ImportPath::within(&module, "cmd/server").to_string(), "example.com/app/cmd/server");
/// assert_eq!(ImportPath::within(&module, "").to_string(), "example.com/app");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportPath(String);

/// Why a text is no module path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a module path, expected one like github.com/owner/name")]
pub struct ModulePathError(String);

impl ModulePath {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first element, a host for modules that can be fetched.
    pub fn domain(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// Returns the path without its major version: `/v2`, or `.v2` where versions are written so.
    pub fn stem(&self) -> &str {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let mut splits = ["/v", ".v"]
            .iter()
            .filter_map(|separator| self.0.rsplit_once(separator));
        match splits.find(|(_, number)| is_number(number)) {
            Some((stem, _)) => stem,
            None => &self.0,
        }
    }

    /// Tells whether `other` is this path, or lies under it.
    pub fn covers(&self, other: &Self) -> bool {
        let rest = other.0.strip_prefix(&self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl ImportPath {
    /// Names the package in the folder `folder` (with `/`, empty for the module's root) of `module`.
    pub fn within(module: &ModulePath, folder: &str) -> Self {
        Self(if folder.is_empty() {
            module.0.clone()
        } else {
            format!("{module}/{folder}")
        })
    }

    /// Takes a path that the go command printed.
    pub fn reported(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name that `go build` gives the program: the last element, or the one before it
    /// where the last is a major version (`example.com/tool/v2` makes `tool`).
    pub fn base_name(&self) -> &str {
        let mut elements = self.0.rsplit('/');
        let last = elements.next().unwrap_or_default();
        let is_version = last.strip_prefix('v').is_some_and(|digits| {
            !digits.is_empty()
                && digits != "1"
                && !digits.starts_with('0')
                && digits.bytes().all(|b| b.is_ascii_digit())
        });
        if is_version {
            elements.next().unwrap_or(last)
        } else {
            last
        }
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ImportPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ModulePath {
    type Err = ModulePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let element = |element: &str| {
            !element.is_empty()
                && !element.starts_with('.')
                && !element.ends_with('.')
                && element
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._~+!".contains(&b))
        };
        if text.starts_with('-') || !text.split('/').all(element) {
            return Err(ModulePathError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ModulePath {
    type Error = ModulePathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_build_names_a_program_by_its_last_element_that_is_no_version() {
        for (path, name) in [
            ("example.com/app", "app"),
            ("example.com/app/v2", "app"),
            ("example.com/app/v2/cmd/server", "server"),
            ("example.com/app/v1", "v1"),
            ("example.com/app/vx", "vx"),
            ("hello", "hello"),
        ] {
            assert_eq!(ImportPath::reported(path).base_name(), name);
        }
    }

    #[test]
    fn what_could_be_a_flag_or_leave_a_folder_is_no_module() {
        for wrong in ["", "/a", "a//b", "a/../b", ".a", "-a", "a b", "a\nb", "a/"] {
            assert!(wrong.parse::<ModulePath>().is_err(), "{wrong:?}");
        }
    }
}
