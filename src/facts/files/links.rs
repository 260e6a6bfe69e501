//! Whether a link still leads somewhere once it is copied.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::SourcePath;
use crate::ports::EntryKind;

/// How many links a path may pass, as in Linux.
const LINK_LIMIT: usize = 40;

/// Why a link cannot be copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LinkError {
    #[error("the link {0} is absolute")]
    Absolute(SourcePath),
    #[error("the link {0} leads out of the project")]
    Outside(SourcePath),
    #[error("the link {link} leads to {target}, which is not copied with it")]
    NotCopied {
        link: SourcePath,
        target: SourcePath,
    },
    #[error("the link {0} leads in a circle")]
    Circle(SourcePath),
}

impl LinkError {
    /// Returns the link that is wrong.
    pub(super) fn link(&self) -> &SourcePath {
        match self {
            Self::Absolute(link)
            | Self::Outside(link)
            | Self::NotCopied { link, .. }
            | Self::Circle(link) => link,
        }
    }
}

/// What is copied together from one folder.
pub(super) struct Links<'a> {
    base: &'a SourcePath,
    taken: &'a BTreeMap<SourcePath, EntryKind>,
    /// The folders that are there because of what was taken from them.
    passed: BTreeSet<SourcePath>,
}

impl<'a> Links<'a> {
    pub(super) fn new(base: &'a SourcePath, taken: &'a BTreeMap<SourcePath, EntryKind>) -> Self {
        let folders = |path: &SourcePath| std::iter::successors(path.parent(), SourcePath::parent);
        Self {
            base,
            taken,
            passed: taken.keys().flat_map(folders).collect(),
        }
    }

    /// Tells whether something in `folder` is copied.
    pub(super) fn passes(&self, folder: &SourcePath) -> bool {
        self.passed.contains(folder)
    }

    /// Checks that the link at `link` with its text `target` leads to something that is copied too.
    pub(super) fn check(&self, link: &SourcePath, target: &str) -> Result<(), LinkError> {
        let mut way = Way { link, links: 0 };
        self.follow(&mut way, link, target).map(drop)
    }

    /// Returns where the link at `here` leads in the end.
    fn follow(
        &self,
        way: &mut Way<'_>,
        here: &SourcePath,
        target: &str,
    ) -> Result<SourcePath, LinkError> {
        way.pass_link()?;
        if target.starts_with('/') {
            return Err(LinkError::Absolute(here.clone()));
        }
        let meant = here.parent().unwrap_or_default().join(target);
        let meant = meant.map_err(|_| LinkError::Outside(here.clone()))?;
        let relative = meant
            .below(self.base)
            .ok_or_else(|| way.not_copied(&meant))?;
        let mut reached = self.base.clone();
        for name in relative.split('/').filter(|name| !name.is_empty()) {
            let next = reached.join(name).map_err(|_| way.not_copied(&meant))?;
            reached = match self.taken.get(&next) {
                Some(EntryKind::Symlink(target)) => self.follow(way, &next, target)?,
                Some(_) => next,
                None if self.passes(&next) => next,
                None => return Err(way.not_copied(&meant)),
            };
        }
        Ok(reached)
    }
}

/// The way from one link to what it leads to.
struct Way<'a> {
    link: &'a SourcePath,
    links: usize,
}

impl Way<'_> {
    fn pass_link(&mut self) -> Result<(), LinkError> {
        self.links += 1;
        if self.links > LINK_LIMIT {
            return Err(LinkError::Circle(self.link.clone()));
        }
        Ok(())
    }

    fn not_copied(&self, target: &SourcePath) -> LinkError {
        LinkError::NotCopied {
            link: self.link.clone(),
            target: target.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(taken: &[(&str, Option<&str>)], link: &str) -> Result<(), String> {
        let base: SourcePath = "base".parse().unwrap();
        let taken = taken
            .iter()
            .map(|(path, target)| {
                let kind = target.map_or(EntryKind::Special("file"), |target| {
                    EntryKind::Symlink(target.to_owned())
                });
                (path.parse().unwrap(), kind)
            })
            .collect();
        let link = link.parse().unwrap();
        let Some(EntryKind::Symlink(target)) = BTreeMap::get(&taken, &link) else {
            panic!("no link at {link}");
        };
        Links::new(&base, &taken)
            .check(&link, target)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_link_is_kept_where_it_leads_to_what_is_copied() {
        let taken = [
            ("base/a/file", None),
            ("base/l1", Some("a/file")),
            ("base/l2", Some("./a/../l1")),
            ("base/dir", Some("a")),
            ("base/a/l3", Some("../dir/file")),
            ("base/a/l4", Some("..")),
        ];
        for link in ["base/l1", "base/l2", "base/dir", "base/a/l3", "base/a/l4"] {
            assert_eq!(checked(&taken, link), Ok(()), "{link}");
        }
    }

    #[test]
    fn a_link_that_would_lead_nowhere_or_elsewhere_is_refused() {
        for (target, part) in [
            ("/etc/passwd", "is absolute"),
            ("../../x", "out of the project"),
            ("../other", "leads to other, which is not copied"),
            ("none", "leads to base/none, which is not copied"),
            ("link", "in a circle"),
            ("wide", "in a circle"),
        ] {
            let taken = [
                ("base/link", Some(target)),
                ("base/wide", Some("wide2/wide2")),
                ("base/wide2", Some("wide/wide")),
            ];
            let error = checked(&taken, "base/link").unwrap_err();
            assert!(error.contains(part), "{target}: {error}");
        }
    }
}
