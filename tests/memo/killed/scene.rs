//! Where runs are killed: a project that takes all phases a while, and what must hold afterwards.

use std::cell::RefCell;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::git::GitRepository;
use crate::support::layout::Layout;
use crate::support::registry::{Content, FakeRegistry, digest_of};
use crate::support::{TestEnvironment, go, programs};

/// How many tags an image gets.
pub(super) const TAGS: usize = 20;

/// Which verb is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Build,
    Push,
}

/// A project, a registry, and programs that can be made to hang.
pub(super) struct Scene {
    pub(super) environment: TestEnvironment,
    pub(super) registry: FakeRegistry,
    verb: Verb,
    base: RefCell<Option<String>>,
}

impl Scene {
    /// Makes one.
    pub(super) fn new(verb: Verb) -> Self {
        let tags: Vec<String> = (0..TAGS).map(|number| format!("\"t{number}\"")).collect();
        let config = format!(
            "[images.app]\nmains = [\"./cmd/a\", \"./cmd/b\", \"./cmd/c\"]\ntags = [{}]\n\
             files = [{{ from = \"conf\", to = \"/conf\" }}]\n",
            tags.join(", ")
        );
        let environment = TestEnvironment::without_go().with_project(&config, &["a", "b", "c"]);
        environment.write("conf/a", "a");
        environment.write(".gitignore", "dist\n");
        GitRepository::create(environment.work());
        let scene = Self {
            environment,
            registry: FakeRegistry::start(),
            verb,
            base: RefCell::default(),
        };
        scene.watch(None);
        scene
    }

    /// Builds on an image of the registry.
    pub(super) fn on_base(&self, base: &str) {
        self.base.replace(Some(self.registry.repository(base)));
    }

    /// Returns the arguments of the run.
    pub(super) fn args(&self) -> Vec<String> {
        let mut args = match self.verb {
            Verb::Build => vec!["build".to_owned(), "-q".to_owned()],
            Verb::Push => {
                let repository = self.registry.repository("team/app");
                ["push", "-q", "--repo", &repository]
                    .map(str::to_owned)
                    .into()
            }
        };
        if let Some(base) = &*self.base.borrow() {
            args.extend(["--base".to_owned(), base.clone()]);
        }
        args
    }

    /// Lets git and go keep a list of their starts, and hang at the one of this number.
    pub(super) fn watch(&self, hang_at: Option<usize>) {
        let environment = &self.environment;
        let list = environment.root().join("programs");
        // A run that was never watched has no list.
        let _ = std::fs::remove_file(&list);
        let (list, sed) = (list.display(), programs::find("sed"));
        let hang = match hang_at {
            None => String::new(),
            Some(number) => format!(
                // Several may start at once: each looks for its own line.
                "if [ \"$({} -n \"/^$$ /{{=;q}}\" {list})\" -eq {number} ]; then\n{}\nfi\n",
                sed.display(),
                environment.hang()
            ),
        };
        let before = format!("echo \"$$ ${{0##*/}} $*\" >> {list}\n{hang}");
        environment.remove_program("go");
        let inner = environment.root().join("go/bin/go");
        // The first time there is none.
        let _ = std::fs::remove_file(inner);
        environment.write_go(&before);
        let git = programs::find("git");
        environment.write_program("git", &format!("{before}exec {} \"$@\"\n", git.display()));
    }

    /// Returns the starts of git and go.
    pub(super) fn programs(&self) -> Vec<String> {
        let list = std::fs::read_to_string(self.environment.root().join("programs"));
        list.unwrap_or_default()
            .lines()
            .filter_map(|line| Some(line.split_once(' ')?.1.to_owned()))
            .collect()
    }

    /// Returns where the cache is.
    pub(super) fn cache(&self) -> PathBuf {
        self.environment.root().join("cache")
    }

    /// Runs to a good end and returns the digest of the image.
    #[track_caller]
    pub(super) fn digest(&self) -> String {
        let said = self.environment.run(self.args()).success();
        let digest = said.line().rsplit_once('@').expect("a digest").1;
        digest.to_owned()
    }

    /// Returns the digest that the image has where nothing is remembered.
    #[track_caller]
    pub(super) fn clean_digest(&self) -> String {
        let folder = self.environment.root().join("clean");
        let archive = format!("archive={}/app.tar", folder.display());
        let mut args = ["build", "-q", "-o", &archive].map(str::to_owned).to_vec();
        args.extend(self.args().into_iter().skip_while(|arg| arg != "--base"));
        let mut command = self.environment.coracle(args);
        command.env("CORACLE_CACHE", folder.join("cache"));
        let said = self.environment.run_command(&mut command).success();
        let digest = said.line().rsplit_once('@').expect("a digest").1.to_owned();
        std::fs::remove_dir_all(folder).expect("a folder to remove");
        digest
    }

    /// Asserts that whatever a tag shows is there, and that an archive is whole.
    #[track_caller]
    pub(super) fn assert_whole(&self) {
        for tag in self.registry.tags("team/app") {
            let manifest = self.registry.manifest("team/app", &tag);
            let manifest = manifest
                .unwrap_or_else(|| panic!("{tag} shows nothing"))
                .json();
            let layers = manifest["layers"].as_array().expect("layers");
            for blob in layers.iter().chain([&manifest["config"]]) {
                let digest = blob["digest"].as_str().expect("a digest");
                let content = self.registry.blob("team/app", digest);
                let Some(Content::Kept(bytes)) = content else {
                    panic!("{tag} shows {digest}, which is not there");
                };
                assert_eq!(digest_of(&bytes), digest);
            }
        }
        let archive = self.environment.work().join("dist/app.tar");
        if archive.exists() {
            let layout = Layout::in_archive(&archive);
            let _ = layout.image("t0");
        }
    }

    /// Asserts that nothing in the cache lies.
    #[track_caller]
    pub(super) fn assert_honest_cache(&self) {
        assert_honest_cache(&self.cache());
    }
}

/// Asserts that blobs are what their names say, that memos are whole and found under the digest of their recipe, and
/// that the layer of a memo, where it is kept, is the compressed form of what the memo says.
#[track_caller]
pub(crate) fn assert_honest_cache(cache: &Path) {
    let blobs = cache.join("blobs/sha256");
    for (name, bytes) in files_in(&blobs) {
        assert_eq!(digest_of(&bytes), format!("sha256:{name}"));
    }
    for (name, bytes) in files_in(&cache.join("memos")) {
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let (digest, json) = bytes.split_at(end.expect("a first line"));
        let json = &json[1..];
        assert_eq!(digest_of(json).as_bytes(), digest, "memo {name}");
        let memo: Value = serde_json::from_slice(json).expect("JSON");
        // Values are kept sorted, so this is the canonical form.
        assert_eq!(
            digest_of(memo["recipe"].to_string().as_bytes()),
            format!("sha256:{name}")
        );
        let layer = memo["layer"]["digest"].as_str().expect("a digest");
        if let Ok(bytes) = std::fs::read(blobs.join(layer.trim_start_matches("sha256:"))) {
            let mut tar = Vec::new();
            let mut reader = flate2::read::GzDecoder::new(bytes.as_slice());
            reader.read_to_end(&mut tar).expect("a layer");
            assert_eq!(memo["diff_id"], digest_of(&tar));
            assert_eq!(memo["layer"]["size"], bytes.len());
        }
    }
    for (name, key) in files_in(&cache.join("latest")) {
        let key = String::from_utf8(key).expect("a digest");
        let memo = cache.join("memos").join(key.trim_start_matches("sha256:"));
        assert!(
            memo.is_file(),
            "latest/{name} names {key}, which is not there"
        );
    }
}

/// Returns the files in a folder, which may be missing.
fn files_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| {
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        (name, std::fs::read(entry.path()).expect("a file"))
    });
    files.collect()
}

/// Returns how many entries lie below a folder, those that go while they are counted left out.
pub(super) fn entries_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let counts = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => 1 + entries_below(&entry.path()),
        _ => 1,
    });
    counts.sum()
}

/// Tells whether Go can be had, so that the first scene does not measure how it is fetched.
pub(super) fn prepare() {
    let _ = go::program();
}
