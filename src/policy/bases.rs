//! Bases that hold more than programs need.

use std::collections::BTreeSet;

use super::{Finding, Rule, Severity};
use crate::config::PolicyConfig;
use crate::model::ByteSize;

/// What is known of a base for one platform.
#[derive(Debug, Clone)]
pub struct BaseFacts<'a> {
    /// Its name.
    pub name: String,
    /// The bytes of its layers, as registries keep them.
    pub size: ByteSize,
    /// The paths in it, absolute.
    pub paths: BTreeSet<&'a str>,
}

/// Programs that start what they are told, so that whoever gets in can do more than the image is for.
const SHELLS: [&str; 9] = [
    "ash", "bash", "busybox", "dash", "fish", "ksh", "sh", "toybox", "zsh",
];
/// Programs that an image is built with, and never runs.
const COMPILERS: [&str; 10] = [
    "cc", "clang", "cpp", "g++", "gcc", "go", "gofmt", "ld", "make", "rustc",
];
const FOLDERS: [&str; 7] = [
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/go/bin/",
    "/busybox/",
];

/// Points out what a base has beside what programs need.
pub fn judge_base(policy: &PolicyConfig, base: &BaseFacts<'_>) -> Vec<Finding> {
    let about = |message: String| Finding::new(Severity::Warning, Rule::Base, &base.name, message);
    let size = (base.size > policy.base_size).then(|| {
        about(format!(
            "it has {}, and {} is much",
            base.size, policy.base_size
        ))
        .hint("every machine that runs the image fetches it: base = \"static\" has less than 1 MB")
    });
    let compiler = base.find(&COMPILERS).map(|path| {
        about(format!("it has a compiler: {path}"))
            .hint("it is for building, not for running: base = \"static\"")
    });
    let shell = base.find(&SHELLS).map(|path| {
        about(format!("it has a shell: {path}"))
            .hint("a Go program needs none: base = \"static\", and kubectl debug for the day when it does")
    });
    size.into_iter().chain(compiler).chain(shell).collect()
}

impl BaseFacts<'_> {
    fn find(&self, programs: &[&str]) -> Option<&str> {
        let is_one = |path: &&str| {
            let in_folder = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder));
            in_folder.is_some_and(|name| programs.contains(&name))
        };
        self.paths.iter().copied().find(is_one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_pointed_out() {
        let base = BaseFacts {
            name: "registry.example.com/golang:1.26".to_owned(),
            size: ByteSize(300 << 20),
            paths: ["/bin/sh", "/usr/local/go/bin/go", "/etc/sh"].into(),
        };
        let found = judge_base(&PolicyConfig::default(), &base);
        let messages: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "it has 300.0 MB, and 100.0 MB is much",
                "it has a compiler: /usr/local/go/bin/go",
                "it has a shell: /bin/sh",
            ]
        );
        let small = BaseFacts {
            name: "static".to_owned(),
            size: ByteSize(1 << 20),
            paths: ["/etc/passwd", "/home/sh"].into(),
        };
        assert_eq!(judge_base(&PolicyConfig::default(), &small), []);
    }
}
