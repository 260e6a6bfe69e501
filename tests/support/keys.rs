//! Keys to sign with.

use std::path::PathBuf;

use super::TestEnvironment;

/// The password of all keys of tests.
pub(crate) const PASSWORD: &str = "correct horse";

impl TestEnvironment {
    /// Makes the key pair `NAME.key` and `NAME.pub` beside the project, and returns the path of both without its end.
    pub(crate) fn make_key(&self, name: &str) -> PathBuf {
        let prefix = self.root().join(name);
        let mut generate = self.coracle(["keys", "generate", "--output"]);
        generate.arg(&prefix).env("CORACLE_KEY_PASSWORD", PASSWORD);
        self.run_command(&mut generate).success();
        prefix
    }

    /// Returns an environment in which all that is pushed is signed with the key `signer`.
    pub(crate) fn signing(self) -> Self {
        self.signing_as("signer")
    }

    /// Returns an environment in which all that is pushed is signed with the key `name`.
    pub(crate) fn signing_as(mut self, name: &str) -> Self {
        let there = self.root().join(name).with_extension("key");
        let key = if there.is_file() {
            there
        } else {
            self.make_key(name).with_extension("key")
        };
        self.set("CORACLE_KEY", key);
        self.set("CORACLE_KEY_PASSWORD", PASSWORD);
        self
    }

    /// Returns the path of the public half of the key `name`.
    pub(crate) fn public_key(&self, name: &str) -> String {
        let path = self.root().join(name).with_extension("pub");
        path.to_str().expect("a path in UTF-8").to_owned()
    }
}
