//! A release of Go that a test makes, with the proxy and the checksum database that tell of it.

use super::checksums::{self, ChecksumDatabase, Tree};
use super::module_proxy::ModuleProxy;
use super::{Output, TestEnvironment, go};

/// Returns an environment without Go that asks this proxy.
pub(crate) fn without_go(proxy: &ModuleProxy) -> TestEnvironment {
    let mut environment = TestEnvironment::without_go().with_hello();
    environment.set("GOPROXY", proxy.url());
    environment.replace(proxy.url().to_owned(), "$PROXY");
    environment
}

/// Where a proxy passes requests on to the database of a release.
pub(crate) const DATABASE_PATH: &str = "/sumdb/sum.example.com";

/// A release of Go as a proxy and a checksum database offer it: a zip of one file.
pub(crate) struct Release {
    pub(crate) proxy: ModuleProxy,
    pub(crate) database: ChecksumDatabase,
    pub(crate) module_version: String,
    pub(crate) zip: Vec<u8>,
    pub(crate) h1: String,
}

impl Release {
    /// Makes a release whose database tells the truth of it.
    pub(crate) fn honest() -> Self {
        let release = Self::unknown();
        release.vouch(&release.h1, &release.database);
        release
    }

    /// Makes a release that the database knows nothing of.
    pub(crate) fn unknown() -> Self {
        let os_arch = if cfg!(target_arch = "aarch64") {
            "linux-arm64"
        } else {
            "linux-amd64"
        };
        let module_version = format!("v0.0.1-go1.99.9.{os_arch}");
        let name = format!("{}@{module_version}/bin/go", go::TOOLCHAIN_MODULE);
        let files = [(name.as_str(), b"#!/bin/sh\nexit 9\n".as_slice())];
        let release = Self {
            proxy: ModuleProxy::empty(),
            database: ChecksumDatabase::new("sum.example.com"),
            zip: checksums::zip_of(&files),
            h1: checksums::h1(&files),
            module_version,
        };
        release.proxy.put(&format!("{DATABASE_PATH}/supported"), "");
        release.proxy.put(&release.zip_path(), release.zip.clone());
        release
    }

    pub(crate) fn zip_path(&self) -> String {
        format!("/{}/@v/{}.zip", go::TOOLCHAIN_MODULE, self.module_version)
    }

    /// Lets `database` sign what the one database of this release says.
    pub(crate) fn vouch(&self, h1: &str, database: &ChecksumDatabase) {
        let answer = database.answer(0, &self.record(h1), &Tree(vec![self.record(h1)]));
        self.put_answer(answer);
    }

    /// Lets the database have this release at the end of `tree`, and hands out all that proves it.
    pub(crate) fn enter(&self, mut tree: Tree) {
        tree.0.push(self.record(&self.h1));
        self.put_tiles(&tree);
        let number = tree.0.len() - 1;
        self.put_answer(self.database.answer(number, &tree.0[number], &tree));
    }

    pub(crate) fn record(&self, h1: &str) -> String {
        let mod_h1 = checksums::h1(&[("go.mod", b"module golang.org/toolchain\n")]);
        checksums::record(go::TOOLCHAIN_MODULE, &self.module_version, h1, &mod_h1)
    }

    pub(crate) fn put_answer(&self, answer: String) {
        let (module, version) = (go::TOOLCHAIN_MODULE, &self.module_version);
        self.proxy
            .put(&self.database.lookup_path(module, version), answer);
    }

    pub(crate) fn put_tiles(&self, tree: &Tree) {
        for (path, bytes) in tree.tiles() {
            self.proxy.put(&format!("{DATABASE_PATH}/{path}"), bytes);
        }
    }

    /// Returns an environment without Go whose project wants this release.
    pub(crate) fn wanted(&self) -> TestEnvironment {
        let mut environment = without_go(&self.proxy);
        environment.set("GOSUMDB", self.database.verifier());
        environment.write(".go-version", "1.99.9\n");
        environment
    }
}

/// Builds, and asserts that it fails with `code` before anything of the release was run or kept.
#[track_caller]
pub(crate) fn refused(environment: &TestEnvironment, code: i32) -> Output {
    let output = environment.run(["build"]).ends_with(code);
    assert!(!environment.work().join("dist").exists());
    let kept = environment.root().join("cache/toolchains");
    let kept = std::fs::read_dir(kept).into_iter().flatten().flatten();
    let kept: Vec<_> = kept
        .map(|entry| entry.file_name())
        .filter(|name| !name.as_encoded_bytes().starts_with(b"."))
        .collect();
    assert!(kept.is_empty(), "{kept:?}");
    output
}
