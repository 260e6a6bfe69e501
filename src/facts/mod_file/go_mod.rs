//! go.mod: what a module is called and what it needs.

use std::str::FromStr;

use super::statement::{Statement, statements};
use super::{Located, ModFileError};
use crate::model::{GoVersion, ModulePath};

/// What a go.mod file says, as far as it matters before `go` runs. Go itself judges the rest.
///
/// ```
/// # use coracle::facts::GoMod;
/// let go_mod: GoMod = "module example.com/app\n\ngo 1.26\n".parse().unwrap();
/// assert_eq!(go_mod.module.to_string(), "example.com/app");
/// assert_eq!(go_mod.go.unwrap().line, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoMod {
    /// The module's path.
    pub module: ModulePath,
    /// The version of Go that it needs at least.
    pub go: Option<Located<GoVersion>>,
    /// The version of Go that it would rather have.
    pub toolchain: Option<Located<GoVersion>>,
    /// What it needs, as far as its lines are right.
    pub requires: Vec<Require>,
    /// What it takes from another place.
    pub replaces: Vec<Replace>,
    /// The folders that patterns do not look into: `./x` from the module's root, `x` anywhere.
    pub ignores: Vec<String>,
}

/// A `require` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
    /// The module.
    pub module: ModulePath,
    /// The least version of it.
    pub version: String,
    /// Who needs it.
    pub need: Need,
    /// The line of the directive.
    pub line: usize,
}

/// Who needs a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A package of the main module imports it.
    Direct,
    /// Something that it uses does: `// indirect`.
    Indirect,
}

/// A `replace` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The module that is replaced.
    pub module: ModulePath,
    /// The only version of it that is replaced, where one is named.
    pub version: Option<String>,
    /// What stands in for it.
    pub with: Replacement,
    /// The line of the directive.
    pub line: usize,
}

/// What stands in for a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// A folder, relative to that of the file, or absolute.
    Folder(String),
    /// A version of a module.
    Module(ModulePath, String),
}

impl FromStr for GoMod {
    type Err = ModFileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut module = None;
        let mut lines = GoLines::default();
        let (mut requires, mut replaces) = (Vec::new(), Vec::new());
        let mut ignores = Vec::new();
        for statement in statements(text)? {
            match statement.verb.as_str() {
                "module" => once(&mut module, &statement, Statement::only_as)?,
                "require" => requires.extend(require(&statement)),
                "replace" => replaces.push(replace(&statement)?),
                "ignore" => ignores.push(statement.only()?.to_owned()),
                _ => lines.take(&statement)?,
            }
        }
        let module = module.ok_or(ModFileError {
            line: 1,
            message: "there is no line 'module PATH'".to_owned(),
        })?;
        Ok(Self {
            module: module.value,
            go: lines.go,
            toolchain: lines.toolchain,
            requires,
            replaces,
            ignores,
        })
    }
}

/// The lines of go.mod and go.work that speak of Go itself.
#[derive(Default)]
pub(super) struct GoLines {
    pub(super) go: Option<Located<GoVersion>>,
    pub(super) toolchain: Option<Located<GoVersion>>,
}

impl GoLines {
    /// Takes `statement` where it is one of these lines. Directives that are not known are Go's to judge.
    pub(super) fn take(&mut self, statement: &Statement) -> Result<(), ModFileError> {
        match statement.verb.as_str() {
            "go" => once(&mut self.go, statement, Statement::only_as),
            "toolchain" => match toolchain(statement)? {
                Some(version) => once(&mut self.toolchain, statement, |_| Ok(version)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// `default` asks for nothing; `go1.26.8-name` is 1.26.8 with somebody's changes.
fn toolchain(statement: &Statement) -> Result<Option<Located<GoVersion>>, ModFileError> {
    let name = statement.only()?;
    if name == "default" {
        return Ok(None);
    }
    let release = name.split_once('-').map_or(name, |(release, _)| release);
    if !release.starts_with("go") {
        return Err(statement.wrong(format!(
            "{name:?} is not a toolchain, expected one like go1.26.8"
        )));
    }
    statement.parse(release).map(Some)
}

fn once<T>(
    place: &mut Option<T>,
    statement: &Statement,
    parse: impl FnOnce(&Statement) -> Result<T, ModFileError>,
) -> Result<(), ModFileError> {
    if place.is_some() {
        return Err(statement.wrong(format!("{:?} stands here a second time", statement.verb)));
    }
    *place = Some(parse(statement)?);
    Ok(())
}

fn require(statement: &Statement) -> Option<Require> {
    let [module, version] = statement.arguments.as_slice() else {
        return None;
    };
    Some(Require {
        module: module.parse().ok()?,
        version: version.clone(),
        need: need(&statement.comment),
        line: statement.line,
    })
}

/// The go command writes `// indirect`, and keeps what stands behind `;`.
fn need(comment: &str) -> Need {
    match comment.split(';').next().map(str::trim) {
        Some("indirect") => Need::Indirect,
        _ => Need::Direct,
    }
}

pub(super) fn replace(statement: &Statement) -> Result<Replace, ModFileError> {
    let words: Vec<&str> = statement.arguments.iter().map(String::as_str).collect();
    let (module, version, with) = match words.as_slice() {
        [module, "=>", with @ ..] => (module, None, with),
        [module, version, "=>", with @ ..] => (module, Some(*version), with),
        _ => return Err(statement.wrong("expected 'replace MODULE [VERSION] => REPLACEMENT'")),
    };
    let with = match with {
        [folder] if is_folder(folder) => Replacement::Folder((*folder).to_owned()),
        [module, version] => {
            Replacement::Module(statement.parse(module)?.value, (*version).to_owned())
        }
        _ => {
            return Err(statement.wrong(
                "a replacement is a folder that starts with ./, ../ or /, or MODULE VERSION",
            ));
        }
    };
    Ok(Replace {
        module: statement.parse(module)?.value,
        version: version.map(str::to_owned),
        with,
        line: statement.line,
    })
}

fn is_folder(text: &str) -> bool {
    matches!(text, "." | "..")
        || ["./", "../", "/"]
            .iter()
            .any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_file_is_read_as_far_as_it_matters() {
        let go_mod: GoMod = "module example.com/app\ngo 1.22\ntoolchain go1.26.8-acme\n\
            godebug x=1\ntool example.com/t\nignore ./node_modules\n\
            require (\n example.com/d v1.4.0 // indirect\n example.com/wrong\n)\n\
            replace (\n example.com/a => ../a\n example.com/b v1.0.0 => example.com/c v1.2.3\n)\n"
            .parse()
            .unwrap();
        assert_eq!(go_mod.toolchain.unwrap().value.to_string(), "1.26.8");
        assert_eq!(go_mod.ignores, ["./node_modules"]);
        let [d] = go_mod.requires.try_into().unwrap();
        assert_eq!(
            (d.module.as_str(), &*d.version, d.need, d.line),
            ("example.com/d", "v1.4.0", Need::Indirect, 8)
        );
        let [a, b] = go_mod.replaces.try_into().unwrap();
        assert_eq!(a.with, Replacement::Folder("../a".to_owned()));
        assert_eq!((b.line, b.version.as_deref()), (13, Some("v1.0.0")));
        let c = "example.com/c".parse().unwrap();
        assert_eq!(b.with, Replacement::Module(c, "v1.2.3".to_owned()));
    }

    #[test]
    fn the_default_toolchain_asks_for_nothing() {
        let go_mod: GoMod = "module m\ntoolchain default\n".parse().unwrap();
        assert_eq!((go_mod.go, go_mod.toolchain), (None, None));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, part) in [
            ("", 1, "no line 'module PATH'"),
            ("module m\nmodule n\n", 2, "a second time"),
            ("module m n\n", 1, "takes one argument, found 2"),
            ("module ../m\n", 1, "is not a module path"),
            ("module m\ngo 1.x\n", 2, "is not a version of Go"),
            (
                "module m\ntoolchain 1.26.8\n",
                2,
                "expected one like go1.26.8",
            ),
            ("module m\nreplace a b\n", 2, "expected 'replace"),
            ("module m\nreplace a => b\n", 2, "a replacement is a folder"),
        ] {
            let error = text.parse::<GoMod>().unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.message.contains(part), "{text:?}: {error}");
        }
    }
}
