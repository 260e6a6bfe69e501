//! A module whose files are vendored, as go.sum has it.

use std::collections::BTreeMap;

use super::module::{Verdict, foreign};
use crate::facts::VendoredModule;
use crate::model::{BuildError, Digest, Digester, Phase, shell_word};
use crate::ports::{NoZip, SourceTreeError, ZipOrigin};
use crate::toolchain::H1;

/// A module, as go.sum has it.
pub(super) struct Vouched<'a> {
    pub(super) path: &'a str,
    pub(super) version: &'a str,
    pub(super) sum: H1,
}

/// What a vendored file holds, or why that cannot be read.
pub(super) type Found<'a> = BTreeMap<&'a str, Result<Digest, SourceTreeError>>;

impl Vouched<'_> {
    /// Returns what a file of the module is called in its zip.
    pub(super) fn name(&self, file: &str) -> String {
        format!("{}@{}/{file}", self.path, self.version)
    }

    /// Names all that a comparison depends on: what go.sum says, the packages, and the files.
    pub(super) fn key(&self, module: &VendoredModule, found: &Found<'_>) -> Digest {
        let mut key = Digester::default();
        let mut add = |text: &str| {
            key.update(text.as_bytes());
            key.update(&[0]);
        };
        // The number is that of the rules: a change to them names all anew.
        add(&format!("vendored 2 {}", self.sum));
        add(&self.name(&module.path));
        module.packages.iter().for_each(|package| add(package));
        for (name, digest) in found {
            add(name);
            // What cannot be read is not noted: it is never the same.
            add(&digest
                .as_ref()
                .map_or_else(ToString::to_string, ToString::to_string));
        }
        key.finish()
    }

    /// Says why it is not compared; a zip that is none is one that is not what go.sum says.
    pub(super) fn without_zip(&self, module: &VendoredModule, error: &NoZip) -> Verdict {
        let NoZip::Damaged { origin, reason } = error else {
            return Verdict::Lacking(foreign(&format!("{}: {error}", module.path)));
        };
        let said = match origin {
            ZipOrigin::ModuleCache(_) => "its zip in the module cache is damaged".to_owned(),
            ZipOrigin::Proxy(proxy) => format!("{proxy} has sent a zip that is damaged"),
        };
        Verdict::Mismatch(Box::new(self.refused(origin, &format!("{said}: {reason}"))))
    }

    pub(super) fn mismatch(&self, origin: &ZipOrigin, found: &H1) -> BuildError {
        let said = match origin {
            ZipOrigin::ModuleCache(_) => "its zip was changed after it was downloaded".to_owned(),
            ZipOrigin::Proxy(proxy) => format!("{proxy} has sent something else"),
        };
        let said = format!("{said}\ngo.sum:  {}\nits zip: {found}", self.sum);
        let error = self.refused(origin, &said);
        error.context("expected", self.sum).context("found", found)
    }

    fn refused(&self, origin: &ZipOrigin, said: &str) -> BuildError {
        let module = foreign(&format!("{}@{}", self.path, self.version));
        let message = format!("{module}, which is vendored, is not what go.sum says");
        let error = BuildError::new(Phase::Modules, "", message)
            .context("module", module)
            .because(foreign(said));
        match origin {
            ZipOrigin::ModuleCache(zip) => error.hint(format!(
                "remove it, and another is asked for: rm -f {}",
                shell_word(zip.display())
            )),
            ZipOrigin::Proxy(_) => error
                .hint("find out who changed it; whether it was go.sum is shown by: git log -p go.sum")
                .hint("else the proxy, or somebody before it, hands out something else: try another GOPROXY"),
        }
    }
}
