//! The project on the disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::SystemTime;

use super::{GitAct, Node, Project};
use crate::support::git::GitRepository;

/// What is to become of the time of a file that is written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// It is now.
    New,
    /// It is what it was, as tools do that unpack.
    Old,
}

impl Project {
    /// Returns all that is to lie on the disk, by path.
    pub(crate) fn written(&self) -> BTreeMap<String, Node> {
        let mut nodes = BTreeMap::new();
        for (folder, package) in &self.packages {
            let path = format!("{folder}/{}", package.file);
            nodes.insert(path, Node::text(package.source()));
        }
        for (folder, module) in &self.modules {
            nodes.insert(format!("{folder}/go.mod"), Node::text(module.text()));
        }
        if let Some(uses) = &self.workspace {
            let uses = uses.iter().map(|used| format!("use {used}"));
            let lines = uses.chain(self.workspace_lines.iter().cloned());
            let lines: Vec<String> = lines.collect();
            let text = format!("go 1.26\n{}\n", lines.join("\n"));
            nodes.insert("app/go.work".to_owned(), Node::text(text));
        }
        let config = Node::text(self.config.text());
        nodes.insert("app/coracle.toml".to_owned(), config);
        nodes.extend(self.nodes.clone());
        // Where a file or a link came to lie at the place of a folder, what was in it is gone.
        let plain: Vec<String> = nodes
            .iter()
            .filter(|(_, node)| !matches!(node, Node::Folder))
            .map(|(path, _)| format!("{path}/"))
            .collect();
        nodes.retain(|path, _| !plain.iter().any(|above| path.starts_with(above)));
        nodes
    }

    /// Changes what lies below `root` from `before` to what the project is now.
    pub(crate) fn write(&mut self, root: &Path, before: &BTreeMap<String, Node>, times: Times) {
        let after = self.written();
        let mut old_times = BTreeMap::new();
        for (path, node) in before.iter().rev() {
            if after.get(path) != Some(node) {
                let full = root.join(path);
                let time = fs::symlink_metadata(&full).and_then(|metadata| metadata.modified());
                old_times.extend(time.map(|time| (path, time)));
                remove(root, &full);
            }
        }
        for (path, node) in &after {
            // A folder goes with the last file in it.
            if before.get(path) != Some(node) || *node == Node::Folder {
                let time = old_times.get(path).filter(|_| times == Times::Old);
                create(&root.join(path), node, time.copied());
            }
        }
        for act in std::mem::take(&mut self.git) {
            act.carry_out(&root.join("app"), &sockets(&after));
        }
    }
}

impl GitAct {
    /// git refuses a socket where it keeps a file: whoever makes the commit takes that file out.
    fn carry_out(&self, app: &Path, sockets: &[&str]) {
        let repository = if app.join(".git").exists() {
            GitRepository::open(app)
        } else {
            GitRepository::create(app)
        };
        match self {
            Self::Commit => {
                for socket in sockets {
                    repository.git([
                        "rm",
                        "--cached",
                        "--quiet",
                        "--ignore-unmatch",
                        "--",
                        socket,
                    ]);
                }
                repository.commit_all("next");
            }
            Self::Tag(name) => repository.tag(name),
        }
    }
}

/// Returns the sockets in the app.
fn sockets(nodes: &BTreeMap<String, Node>) -> Vec<&str> {
    let sockets = nodes.iter().filter(|(_, node)| **node == Node::Socket);
    sockets
        .filter_map(|(path, _)| path.strip_prefix("app/"))
        .collect()
}

/// Removes what lies at a path, and folders that are empty then.
fn remove(root: &Path, path: &Path) {
    let removed = match fs::symlink_metadata(path) {
        // Gone with its folder, or the folder still holds something.
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        Err(error) if error.kind() == ErrorKind::NotADirectory => return,
        Ok(metadata) if metadata.is_dir() => {
            let _ = fs::remove_dir(path);
            Ok(())
        }
        _ => fs::remove_file(path),
    };
    removed.expect("a file to remove");
    let mut folder = path.parent();
    while let Some(path) = folder.filter(|folder| *folder != root) {
        if fs::remove_dir(path).is_err() {
            break;
        }
        folder = path.parent();
    }
}

fn create(path: &Path, node: &Node, time: Option<SystemTime>) {
    let parent = path.parent().expect("a folder");
    fs::create_dir_all(parent).expect("folders");
    match node {
        Node::Folder => fs::create_dir_all(path).expect("a folder"),
        Node::Link(target) => symlink(target, path).expect("a link"),
        Node::Socket => drop(UnixListener::bind(path).expect("a socket")),
        Node::File(bytes, mode) => {
            fs::write(path, bytes).expect("a file");
            fs::set_permissions(path, fs::Permissions::from_mode(*mode)).expect("its mode");
            if let Some(time) = time {
                let file = fs::File::options().write(true).open(path).expect("a file");
                file.set_modified(time).expect("its time");
            }
        }
    }
}
