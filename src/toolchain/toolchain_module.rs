//! A release of Go as a module.

use std::fmt;

use crate::model::{GoVersion, Platform};

/// The module that releases of Go are published as.
pub const TOOLCHAIN_MODULE: &str = "golang.org/toolchain";

/// A release of Go for one platform as a version of the module `golang.org/toolchain`.
///
/// ```
/// # use coracle::toolchain::ToolchainModule;
/// let module = ToolchainModule::new(&"1.26.8".parse().unwrap(), &"linux/amd64".parse().unwrap());
/// assert_eq!(module.to_string(), "golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64");
/// assert_eq!(module.zip_path(), "golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolchainModule {
    version: String,
}

impl ToolchainModule {
    /// Names the release `version` that runs on `platform`.
    pub fn new(version: &GoVersion, platform: &Platform) -> Self {
        let (os, arch) = (platform.os(), platform.arch());
        Self {
            version: format!("v0.0.1-go{version}.{os}-{arch}"),
        }
    }

    /// Returns the module's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns where a Go module proxy has its zip, below the proxy's own address.
    pub fn zip_path(&self) -> String {
        let (module, version) = self.escaped();
        format!("{module}/@v/{version}.zip")
    }

    /// Returns where a checksum database answers for it, below the database's own address.
    pub fn lookup_path(&self) -> String {
        let (module, version) = self.escaped();
        format!("lookup/{module}@{version}")
    }

    fn escaped(&self) -> (String, String) {
        (
            escape_module(TOOLCHAIN_MODULE),
            escape_module(&self.version),
        )
    }
}

impl fmt::Display for ToolchainModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TOOLCHAIN_MODULE}@{}", self.version)
    }
}

/// Returns the domain that Go's own proxy and checksum database live at.
pub(super) fn domain() -> &'static str {
    TOOLCHAIN_MODULE
        .split_once('/')
        .map_or(TOOLCHAIN_MODULE, |(domain, _)| domain)
}

/// Writes a module's path or version as proxies do, for file systems that fold case: `A` is `!a`.
///
/// ```
/// # use coracle::toolchain::escape_module;
/// assert_eq!(escape_module("github.com/Azure/SDK"), "github.com/!azure/!s!d!k");
/// ```
pub fn escape_module(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_escaped_as_the_module_proxy_protocol_says() {
        assert_eq!(
            escape_module("github.com/Azure/SDK"),
            "github.com/!azure/!s!d!k"
        );
        assert_eq!(escape_module("v1.0.0-RC1"), "v1.0.0-!r!c1");
    }
}
