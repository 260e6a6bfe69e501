//! Programs that are built already, looked at for known vulnerabilities.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use coracle::adapters::go::{ActionsWanted, GoBuilderSettings, Govulncheck, GovulncheckSettings};
use coracle::adapters::http::{Client, ClientSettings, Network, RetryPolicy};
use coracle::compile::{Binary, GoFolders, Sources};
use coracle::config::{ModulesConfig, VulnerabilityLevel};
use coracle::facts::MainPackage;
use coracle::model::{
    BlobSource, Cancellation, Environment, Event, ImportPath, Platform, SourcePath,
};
use coracle::plan::{Batch, GoSettings, Symbols, Target};
use coracle::ports::{Clock, EventSink, ScanGo, VulnerabilityScanner as _};
use coracle::toolchain::{GoEnvFile, ModuleSettings, Toolchain, ToolchainOrigin};

use super::{database_url, project};
use crate::support::{TestEnvironment, go};

struct Silence;

impl EventSink for Silence {
    fn emit(&self, _: Event) {}
}

impl Clock for Silence {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn settings(environment: &TestEnvironment, platform: &Platform) -> GovulncheckSettings {
    let variables = [
        "HOME",
        "PATH",
        "GOCACHE",
        "GOMODCACHE",
        "GOPROXY",
        "GOSUMDB",
        "SSL_CERT_FILE",
        "HTTPS_PROXY",
    ];
    let variables = variables
        .into_iter()
        .filter_map(|name| Some((name.into(), environment.get(name)?.to_owned())));
    let variables = Environment::new(variables);
    let cache = environment.root().join("cache");
    let file = GoEnvFile::default();
    GovulncheckSettings {
        go: GoBuilderSettings {
            folders: GoFolders::resolve(&variables, &file, platform, &cache),
            modules: ModuleSettings::resolve(&variables, &ModulesConfig::default(), &file)
                .expect("settings"),
            environment: variables,
            source_root: environment.work(),
            cache: cache.clone(),
            jobs: NonZeroUsize::MIN,
            actions: ActionsWanted::Untold,
        },
        platform: platform.clone(),
        cache,
        database: database_url().parse().expect("an address"),
        network: Network::Online,
        retry: RetryPolicy { retries: 0 },
    }
}

fn batch(platform: &Platform, symbols: Symbols) -> Batch {
    let main = MainPackage {
        import_path: ImportPath::reported("example.com/app/cmd/called"),
        folder: "cmd/called".parse().expect("a path"),
        stampable: BTreeSet::new(),
    };
    Batch {
        platform: platform.clone(),
        settings: GoSettings {
            symbols,
            ..GoSettings::default()
        },
        folder: SourcePath::root(),
        workspace: None,
        mains: vec![main],
        time_limit: None,
    }
}

/// Compiles the program that calls what is vulnerable.
fn binary(environment: &TestEnvironment, batch: &Batch) -> Binary {
    let program = environment.work().join("called");
    let flags = match batch.settings.symbols {
        Symbols::Stripped => "-ldflags=-s -w",
        Symbols::Kept => "-ldflags=",
    };
    let mut command = environment.command(go::program());
    command
        .args(["build", "-trimpath", flags, "-o"])
        .arg(&program)
        .arg("./cmd/called");
    environment
        .run_command(command.env("CGO_ENABLED", "0"))
        .success();
    let bytes: Arc<[u8]> = environment.read(&program).into();
    Binary {
        target: Target {
            main: batch.mains[0].clone(),
            platform: batch.platform.clone(),
        },
        size_bytes: bytes.len() as u64,
        duration: Duration::ZERO,
        info: Arc::default(),
        sources: Sources::of([], Path::new("/"), Path::new("/")),
        source: Arc::new(bytes) as Arc<dyn BlobSource>,
    }
}

#[test]
fn a_program_tells_what_it_calls_as_long_as_it_has_symbols_and_else_only_its_modules() {
    let environment = project();
    let (os, arch) = (
        std::env::consts::OS.replace("macos", "darwin"),
        std::env::consts::ARCH,
    );
    let arch = arch.replace("x86_64", "amd64").replace("aarch64", "arm64");
    let platform: Platform = format!("{os}/{arch}").parse().expect("a platform");
    let settings = settings(&environment, &platform);
    let cancellation = Cancellation::default();
    let client = ClientSettings {
        environment: settings.go.environment.clone(),
        patience: Duration::from_secs(10),
        network: Network::Offline,
        ca: [].into(),
        traffic: coracle::model::Traffic::default(),
    };
    let client = Client::new(client, cancellation.clone());
    let scanner = Govulncheck::new(settings, &client, &Silence, &Silence, cancellation);
    let toolchain = Toolchain {
        version: go::wanted_version().parse().expect("a version"),
        root: go::root(),
        origin: ToolchainOrigin::Machine,
    };
    let go = ScanGo {
        toolchain: &toolchain,
        builder: &toolchain,
    };
    let scan = |symbols| {
        let batch = batch(&platform, symbols);
        let found = scanner.scan_binary(go, &batch, &binary(&environment, &batch));
        let found = found.expect("a scan").into_iter();
        found.map(|it| (it.level, it.id)).collect::<Vec<_>>()
    };
    assert_eq!(
        scan(Symbols::Kept),
        [
            (VulnerabilityLevel::Reachable, "GO-2021-0113".to_owned()),
            (VulnerabilityLevel::Imported, "GO-2022-1059".to_owned()),
        ]
    );
    let required =
        ["GO-2021-0113", "GO-2022-1059"].map(|id| (VulnerabilityLevel::Required, id.to_owned()));
    assert_eq!(scan(Symbols::Stripped), required);
    let state = scanner.database().expect("a database");
    assert_eq!(state.modified.to_string(), "2026-08-21T20:38:00Z");
    assert_eq!(
        (state.address, state.scanner),
        (database_url(), "govulncheck-v1.9.0".to_owned())
    );
}
