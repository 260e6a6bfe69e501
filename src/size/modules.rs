//! Which module a package is from.

use crate::compile::{BuildInfo, LinkedModule};

/// The modules of a program: the longest path that a package lies under names its module.
pub(super) struct Modules<'a> {
    info: Option<&'a BuildInfo>,
    /// The module of the main package, and those that are linked into it.
    linked: Vec<&'a LinkedModule>,
}

/// Where a package is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    /// The module of the main package.
    Main,
    /// A module that is linked into the program, by its number.
    Module(usize),
    /// Go itself.
    Standard,
    /// A module that the program does not name.
    Unknown,
}

impl<'a> Modules<'a> {
    pub(super) fn new(info: Option<&'a BuildInfo>) -> Self {
        let linked = info.map_or_else(Vec::new, |info| info.modules.iter().collect());
        Self { info, linked }
    }

    /// Returns the import path of a package that symbols call `package`.
    pub(super) fn import_path<'p>(&'p self, package: &'p str) -> &'p str {
        match self.info {
            Some(info) if package == "main" && !info.path.is_empty() => &info.path,
            _ => package,
        }
    }

    /// Returns what symbols call the package with an import path.
    pub(super) fn symbol_path(&self, package: String) -> String {
        match self.info {
            Some(info) if info.path == package => "main".to_owned(),
            _ => package,
        }
    }

    /// Returns where the package with an import path is from.
    pub(super) fn home_of(&self, package: &str) -> Home {
        if package == "main" || self.info.is_some_and(|info| info.path == package) {
            return Home::Main;
        }
        let main = self.info.and_then(|info| info.main.as_ref());
        let numbered = self.linked.iter().enumerate();
        let others = numbered.map(|(number, module)| (Home::Module(number), module.path.as_str()));
        let all = main
            .map(|main| (Home::Main, main.path.as_str()))
            .into_iter()
            .chain(others);
        let holding = all.filter(|(_, path)| lies_under(package, path));
        match holding.max_by_key(|(_, path)| path.len()) {
            Some((home, _)) => home,
            None if is_of_go(package) => Home::Standard,
            None => Home::Unknown,
        }
    }

    /// Returns the module of the main package, or the one with this number.
    pub(super) fn module(&self, home: Home) -> Option<&'a LinkedModule> {
        match home {
            Home::Main => self.info.and_then(|info| info.main.as_ref()),
            Home::Module(number) => self.linked.get(number).copied(),
            Home::Standard | Home::Unknown => None,
        }
    }
}

fn lies_under(package: &str, module: &str) -> bool {
    let rest = package.strip_prefix(module);
    !module.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The first element of a path that anybody may publish under is a domain; `go.shape` is where the
/// compiler puts what instances of generic functions have in common.
fn is_of_go(package: &str) -> bool {
    let first = package.split('/').next().unwrap_or_default();
    !first.contains('.') || first == "go.shape"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str) -> LinkedModule {
        LinkedModule {
            path: path.to_owned(),
            ..LinkedModule::default()
        }
    }

    #[test]
    fn the_longest_path_names_the_module() {
        let info = BuildInfo {
            path: "example.com/app/cmd/server".to_owned(),
            main: Some(module("example.com/app")),
            modules: ["github.com/a/b", "github.com/a/b/v2", "local"]
                .map(module)
                .into(),
            ..BuildInfo::default()
        };
        let modules = Modules::new(Some(&info));
        assert_eq!(modules.import_path("main"), "example.com/app/cmd/server");
        for (package, home) in [
            ("example.com/app/cmd/server", Home::Main),
            ("main", Home::Main),
            ("example.com/app", Home::Main),
            ("example.com/application", Home::Unknown),
            ("github.com/a/b", Home::Module(0)),
            ("github.com/a/b/v2/x", Home::Module(1)),
            ("local/x", Home::Module(2)),
            ("net/http", Home::Standard),
            ("go.shape", Home::Standard),
            ("vendor/golang.org/x/net", Home::Standard),
            ("golang.org/x/net", Home::Unknown),
        ] {
            assert_eq!(modules.home_of(package), home, "{package}");
        }
        assert_eq!(Modules::new(None).home_of("fmt"), Home::Standard);
    }
}
