//! Where the go command keeps what it has.

use std::path::{Path, PathBuf};

use crate::model::{Environment, Platform};
use crate::toolchain::GoEnvFile;

/// Go's own folders: the user's, so that nothing is compiled or fetched twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoFolders {
    /// GOCACHE: compiled packages.
    pub build_cache: PathBuf,
    /// GOMODCACHE: modules.
    pub module_cache: PathBuf,
    /// GOPATH: where the checksum database's state is kept.
    pub path: PathBuf,
}

impl GoFolders {
    /// Finds the folders as the go command does; a user without a home keeps them below
    /// `fallback`.
    pub fn resolve(
        environment: &Environment,
        file: &GoEnvFile,
        platform: &Platform,
        fallback: &Path,
    ) -> Self {
        let setting = |name: &str| {
            let written = || file.get(name).map(PathBuf::from);
            environment
                .get_path(name)
                .or_else(written)
                .filter(|path| path.is_absolute())
        };
        let home = environment.home().filter(|home| home.is_absolute());
        let path = setting("GOPATH")
            .or_else(|| Some(home.clone()?.join("go")))
            .unwrap_or_else(|| fallback.join("go"));
        Self {
            build_cache: setting("GOCACHE")
                .or_else(|| Some(user_cache(environment, platform, home)?.join("go-build")))
                .unwrap_or_else(|| fallback.join("go-build")),
            module_cache: setting("GOMODCACHE").unwrap_or_else(|| first(&path).join("pkg/mod")),
            path,
        }
    }
}

/// GOPATH may be a list.
fn first(path: &Path) -> PathBuf {
    std::env::split_paths(path).next().unwrap_or_default()
}

fn user_cache(
    environment: &Environment,
    platform: &Platform,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    if platform.os() == "darwin" {
        return Some(home?.join("Library/Caches"));
    }
    environment
        .get_path("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| Some(home?.join(".cache")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(variables: &str, file: &str, platform: &str) -> [String; 3] {
        let variables = variables.split(' ').filter_map(|word| word.split_once('='));
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let folders = GoFolders::resolve(
            &Environment::new(variables),
            &GoEnvFile::parse(file),
            &platform.parse().unwrap(),
            Path::new("/coracle"),
        );
        [folders.build_cache, folders.module_cache, folders.path]
            .map(|path| path.display().to_string())
    }

    #[test]
    fn folders_are_those_of_the_go_command() {
        let linux = "linux/amd64";
        assert_eq!(
            resolve("HOME=/h", "", linux),
            ["/h/.cache/go-build", "/h/go/pkg/mod", "/h/go"]
        );
        assert_eq!(
            resolve("HOME=/h", "", "darwin/arm64"),
            ["/h/Library/Caches/go-build", "/h/go/pkg/mod", "/h/go"]
        );
        assert_eq!(
            resolve(
                "HOME=/h GOPATH=/p:/q GOCACHE=/c",
                "GOCACHE=/f\nGOMODCACHE=/m",
                linux
            ),
            ["/c", "/m", "/p:/q"]
        );
        assert_eq!(
            resolve("HOME=/h GOPATH=/p:/q XDG_CACHE_HOME=/x", "", linux),
            ["/x/go-build", "/p/pkg/mod", "/p:/q"]
        );
    }

    #[test]
    fn without_a_home_they_lie_in_coracles_own_cache() {
        assert_eq!(
            resolve("", "", "linux/amd64"),
            ["/coracle/go-build", "/coracle/go/pkg/mod", "/coracle/go"]
        );
    }
}
