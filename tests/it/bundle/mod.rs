//! Bundles: all that a build takes from others, in one file.

mod hostile;
mod made;
mod signed;
mod unfit;
mod without_network;

use std::path::PathBuf;

use crate::support::base_image::BaseImage;
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::FakeRegistry;
use crate::support::{TestEnvironment, go};

/// A module that no machine of the internet has.
const MODULE: &str = "git.example.invalid/Team/dep";

/// The configuration of an image on the base `base`.
fn config(base: &str) -> String {
    format!("[images.hello]\nmain = \".\"\nbase = \"{base}\"\n")
}

/// Writes a program that needs a private module, and names its Go.
fn write_source(environment: &TestEnvironment, go_sum: &str, base: &str) {
    let version = go::wanted_version();
    environment.write("go.sum", go_sum);
    environment.write(
        "go.mod",
        format!("module example.com/hello\n\ngo 1.26\n\ntoolchain go{version}\n\nrequire {MODULE} v1.0.0\n"),
    );
    environment.write(
        "main.go",
        format!("package main\n\nimport _ \"{MODULE}\"\n\nfunc main() {{}}\n"),
    );
    environment.write("coracle.toml", config(base));
}

/// A machine with Go and a network: a proxy that has a private module, and a registry that has a base.
struct Workplace {
    environment: TestEnvironment,
    proxy: ModuleProxy,
    registry: FakeRegistry,
    go_sum: String,
}

impl Workplace {
    fn new() -> Self {
        let proxy = ModuleProxy::passing_through();
        let registry = FakeRegistry::start();
        let image = BaseImage::new("linux/amd64", &[("etc/base", "base\n")]);
        image.put(&registry, "team/base", "v1");
        let published = proxy.publish(MODULE, "v1.0.0", "package dep\n");
        let mut workplace = Self {
            environment: TestEnvironment::new().with_shared_toolchains(),
            go_sum: published.go_sum,
            proxy,
            registry,
        };
        let environment = &mut workplace.environment;
        let module_cache = environment.root().join("go-mod");
        environment.set("GOMODCACHE", module_cache);
        environment.set("GOPROXY", workplace.proxy.url());
        environment.set("GONOSUMDB", "git.example.invalid");
        write_source(&workplace.environment, &workplace.go_sum, &workplace.base());
        workplace
    }

    fn base(&self) -> String {
        self.registry.repository("team/base:v1")
    }

    /// Makes a bundle, and returns where it is.
    #[track_caller]
    fn bundle(&self) -> PathBuf {
        self.environment
            .run(["bundle", "-o", "all.bundle"])
            .success();
        self.environment.work().join("all.bundle")
    }

    /// Returns a machine without Go and without anything else of this one, but its source.
    fn elsewhere(&self) -> TestEnvironment {
        let mut environment = TestEnvironment::without_go();
        let module_cache = environment.root().join("go-mod");
        environment.set("GOMODCACHE", module_cache);
        environment.set("GONOSUMDB", "git.example.invalid");
        environment.unset("GOPROXY");
        write_source(&environment, &self.go_sum, &self.base());
        environment
    }
}
