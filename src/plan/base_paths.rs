//! What is at the paths of a base.

use std::collections::BTreeMap;

use crate::model::ImagePath;

/// Folders that are in every image, whether its base says so or not: programs look for them, and
/// container runtimes write below them.
const WELL_KNOWN: [&str; 13] = [
    "/bin", "/dev", "/etc", "/home", "/lib", "/proc", "/root", "/run", "/sbin", "/sys", "/tmp",
    "/usr", "/var",
];

/// How many links may lead from one path to another before it is taken for a circle, as in Linux.
const MOST_LINKS: usize = 40;

/// The folders, files and links of a base for one platform, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasePaths {
    /// By the text of the path: what lies in a folder stands together.
    known: BTreeMap<String, BasePath>,
}

/// What a base has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasePath {
    /// A folder.
    Folder,
    /// A file, or something else that nothing can lie in.
    File,
    /// A symbolic link with its text.
    Link(String),
}

/// A layer's word about a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathChange {
    /// From here on this is at the path.
    Is(BasePath),
    /// What layers below have at the path is gone.
    Gone,
    /// What layers below have in the folder is gone.
    Emptied,
}

impl Default for BasePaths {
    /// Knows nothing but the folders that are in every image.
    fn default() -> Self {
        let paths = WELL_KNOWN.iter().map(ToString::to_string);
        Self {
            known: paths.map(|path| (path, BasePath::Folder)).collect(),
        }
    }
}

impl BasePaths {
    /// Returns all paths that are known.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// Lays a layer over what is known, image-spec v1.1, `layer.md`: what it removes is removed
    /// from the layers below it, wherever in the layer that is said.
    pub fn lay(&mut self, layer: Vec<(ImagePath, PathChange)>) {
        for (path, change) in &layer {
            match change {
                PathChange::Gone => self.remove(path, Itself::Too),
                PathChange::Emptied => self.remove(path, Itself::Stays),
                PathChange::Is(_) => {}
            }
        }
        for (path, change) in layer {
            if let PathChange::Is(what) = change {
                self.put(&path, what);
            }
        }
    }

    fn put(&mut self, path: &ImagePath, what: BasePath) {
        let parents = std::iter::successors(path.parent(), ImagePath::parent);
        for parent in parents.filter(|parent| *parent != ImagePath::root()) {
            // Not every layer names the folders that its files lie in.
            let folder = self.known.entry(parent.as_str().to_owned());
            let folder = folder.or_insert(BasePath::Folder);
            if *folder == BasePath::File {
                *folder = BasePath::Folder;
            }
        }
        if what != BasePath::Folder {
            self.remove(path, Itself::Too);
        }
        self.known.insert(path.as_str().to_owned(), what);
    }

    fn remove(&mut self, path: &ImagePath, itself: Itself) {
        let inside = format!("{}/", path.as_str().trim_end_matches('/'));
        let below = self.known.range(inside.clone()..);
        let below: Vec<String> = below
            .map(|(path, _)| path.clone())
            .take_while(|path| path.starts_with(&inside))
            .collect();
        for path in below {
            self.known.remove(&path);
        }
        if itself == Itself::Too {
            self.known.remove(path.as_str());
        }
    }

    /// Returns what is at `path` itself, links not followed.
    pub(super) fn at(&self, path: &ImagePath) -> Option<&BasePath> {
        self.known.get(path.as_str())
    }

    /// Follows every link on the way to `path`, the last one too.
    ///
    /// # Errors
    /// The path of what is on the way and no folder.
    pub(super) fn follow(&self, path: &ImagePath) -> Result<ImagePath, ImagePath> {
        let mut rest: Vec<String> = elements(path.as_str());
        let mut here = ImagePath::root();
        let mut links = 0;
        while let Some(element) = rest.pop() {
            if element == ".." {
                here = here.parent().unwrap_or(here);
                continue;
            }
            let Ok(next) = here.join(&element) else {
                return Err(here);
            };
            match self.at(&next) {
                Some(BasePath::Link(_)) if links == MOST_LINKS => return Err(next),
                Some(BasePath::Link(target)) => {
                    links += 1;
                    if target.starts_with('/') {
                        here = ImagePath::root();
                    }
                    rest.extend(elements(target));
                }
                Some(BasePath::File) if !rest.is_empty() => return Err(next),
                _ => here = next,
            }
        }
        Ok(here)
    }

    /// Returns where `path` itself is once the links on the way to it are followed.
    ///
    /// # Errors
    /// The path of what is on the way and no folder.
    pub(super) fn place(&self, path: &ImagePath) -> Result<ImagePath, ImagePath> {
        let (Some(parent), Some((_, name))) = (path.parent(), path.as_str().rsplit_once('/'))
        else {
            return Ok(path.clone());
        };
        let folder = self.follow(&parent)?;
        match self.at(&folder) {
            Some(BasePath::File) => Err(folder),
            _ => Ok(folder.join(name).unwrap_or_else(|_| path.clone())),
        }
    }
}

/// Whether what is removed is the folder, or only what lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Itself {
    Too,
    Stays,
}

/// Returns the elements of a path, the last one first.
fn elements(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|element| !matches!(*element, "" | "."))
        .map(str::to_owned)
        .rev()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ImagePath {
        text.parse().unwrap()
    }

    fn is(text: &str, what: BasePath) -> (ImagePath, PathChange) {
        (path(text), PathChange::Is(what))
    }

    fn link(text: &str, target: &str) -> (ImagePath, PathChange) {
        is(text, BasePath::Link(target.to_owned()))
    }

    #[test]
    fn links_are_followed_on_the_way_and_circles_end() {
        let mut base = BasePaths::default();
        base.lay(vec![
            link("/lib", "usr/lib"),
            is("/usr/lib/ld.so", BasePath::File),
            link("/usr/lib/up", "../../opt"),
            link("/abs", "/usr/./lib"),
            link("/a", "b"),
            link("/b", "a"),
        ]);
        let follow = |text: &str| base.follow(&path(text)).map(|path| path.to_string());
        assert_eq!(follow("/lib/x/y").unwrap(), "/usr/lib/x/y");
        assert_eq!(follow("/abs/up/x").unwrap(), "/opt/x");
        assert_eq!(follow("/lib/ld.so/x").unwrap_err(), path("/usr/lib/ld.so"));
        assert!(follow("/a/x").is_err());
        assert_eq!(base.place(&path("/lib")).unwrap(), path("/lib"));
        assert_eq!(base.place(&path("/lib/up")).unwrap(), path("/usr/lib/up"));
        assert_eq!(
            base.place(&path("/lib/ld.so/x")).unwrap_err(),
            path("/usr/lib/ld.so")
        );
    }

    #[test]
    fn an_upper_layer_removes_and_replaces() {
        let mut base = BasePaths::default();
        base.lay(vec![
            is("/opt/a/b", BasePath::File),
            is("/srv/x/y", BasePath::File),
            is("/app", BasePath::File),
        ]);
        base.lay(vec![
            is("/srv/new", BasePath::File),
            (path("/srv"), PathChange::Emptied),
            (path("/opt/a"), PathChange::Gone),
            is("/app/bin", BasePath::File),
        ]);
        assert_eq!(base.at(&path("/opt")), Some(&BasePath::Folder));
        assert_eq!(base.at(&path("/opt/a")), None);
        assert_eq!(base.at(&path("/opt/a/b")), None);
        assert_eq!(base.at(&path("/srv/x")), None);
        assert_eq!(base.at(&path("/srv/new")), Some(&BasePath::File));
        assert_eq!(base.at(&path("/app")), Some(&BasePath::Folder));
        base.lay(vec![is("/srv", BasePath::File)]);
        assert_eq!(base.at(&path("/srv/new")), None);
    }

    #[test]
    fn the_folders_of_every_image_are_known() {
        let base = BasePaths::default();
        assert_eq!(base.known.len(), WELL_KNOWN.len());
        assert_eq!(base.at(&path("/tmp")), Some(&BasePath::Folder));
    }
}
