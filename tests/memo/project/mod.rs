//! A small Go project as a value: edits change it, and what it became is written to the disk.

mod config;
mod disk;
mod packages;

pub(crate) use config::Config;
pub(crate) use disk::Times;
pub(crate) use packages::{GoMod, Package};

use std::collections::{BTreeMap, BTreeSet};

use crate::random::Random;
use crate::twins::Variables;

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A file with its permission bits.
    File(Vec<u8>, u32),
    /// A link.
    Link(String),
    /// A folder that may be empty.
    Folder,
    /// A socket.
    Socket,
}

impl Node {
    /// Returns a file as most are.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::File(text.into().into_bytes(), 0o644)
    }
}

/// Something that is done with git, and is not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GitAct {
    /// Makes a commit of everything; the first makes the repository.
    Commit,
    /// Sets a tag.
    Tag(String),
}

/// All that a build depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    /// Packages by their folder, below the folder that holds `app` and `outside`.
    pub(crate) packages: BTreeMap<String, Package>,
    /// The go.mod files by their folder.
    pub(crate) modules: BTreeMap<String, GoMod>,
    /// The folders that go.work uses, as it writes them.
    pub(crate) workspace: Option<BTreeSet<String>>,
    /// What go.work says besides.
    pub(crate) workspace_lines: BTreeSet<String>,
    /// All else, by path; it wins over what packages and modules are written as.
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) config: Config,
    pub(crate) variables: Variables,
    pub(crate) git: Vec<GitAct>,
}

/// What replaces modules: what is imported, and the folder from that of `app`.
pub(crate) const REPLACEMENTS: [(&str, &str); 3] = [
    ("example.com/dep", "./third/dep"),
    ("example.com/app/nest", "./third/nest"),
    ("example.com/out", "../outside"),
];

impl Project {
    /// Returns a project to begin with.
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut packages = BTreeMap::new();
        for (folder, import_path) in [
            ("app", "example.com/app"),
            ("app/cmd/tool", "example.com/app/cmd/tool"),
            ("app/lib", "example.com/app/lib"),
            ("app/lib/inner", "example.com/app/lib/inner"),
            ("app/assets", "example.com/app/assets"),
            ("app/third/dep", "example.com/dep"),
            ("app/third/dep/sub", "example.com/dep/sub"),
            ("app/third/nest", "example.com/app/nest"),
            ("outside", "example.com/out"),
        ] {
            packages.insert(folder.to_owned(), Package::new(folder, import_path));
        }
        let mut project = Self {
            packages,
            modules: BTreeMap::new(),
            workspace: None,
            workspace_lines: BTreeSet::new(),
            nodes: BTreeMap::new(),
            config: Config::default(),
            variables: Variables::new(),
            git: Vec::new(),
        };
        for (folder, path) in [
            ("app", "example.com/app"),
            ("app/third/dep", "example.com/dep"),
            ("app/third/nest", "example.com/app/nest"),
            ("outside", "example.com/out"),
        ] {
            project.modules.insert(folder.to_owned(), GoMod::new(path));
        }
        project.furnish(random);
        project
    }

    /// Adds what some projects have from the beginning.
    fn furnish(&mut self, random: &mut Random) {
        self.nodes
            .insert("app/conf/a.yaml".to_owned(), Node::text("a: 1\n"));
        for name in ["a.txt", "b.txt", "sub/c.txt", ".hidden"] {
            let path = format!("app/assets/static/{name}");
            self.nodes.insert(path, Node::text("same"));
        }
        if random.chance(1, 2) {
            self.import("app", "example.com/app/lib");
        }
        if random.chance(1, 2) {
            self.import("app", "example.com/app/assets");
            let assets = self.packages.get_mut("app/assets").expect("assets");
            assets.embeds = vec![(*random.pick(&crate::edits::PATTERNS)).to_owned()];
        }
        if random.chance(1, 2) {
            let replacements = if random.chance(1, 4) { 3 } else { 2 };
            let (module, _) = REPLACEMENTS[random.below(replacements)];
            self.require(module);
            self.import("app", module);
        }
        if random.chance(1, 3) {
            self.config.second = true;
            self.import("app/cmd/tool", "example.com/app/lib");
        }
        if random.chance(1, 3) {
            self.config.files = true;
        }
        if random.chance(1, 3) {
            self.git.push(GitAct::Commit);
        }
    }

    /// Lets the package in a folder import another.
    pub(crate) fn import(&mut self, folder: &str, import_path: &str) {
        if let Some(package) = self.packages.get_mut(folder) {
            package.imports.insert(import_path.to_owned());
        }
    }

    /// Lets the main module require and replace a module.
    pub(crate) fn require(&mut self, module: &str) {
        let main = self.modules.get_mut("app").expect("a main module");
        main.replaced.insert(module.to_owned());
    }

    /// Returns the folders of packages that import nothing in vain: those of the main module first.
    pub(crate) fn folders(&self) -> Vec<String> {
        self.packages.keys().cloned().collect()
    }
}
