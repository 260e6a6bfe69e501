//! The certificates of the base, held against those of the Debian package that the lock names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::image::{array, parse};
use crate::support::layout::Layout;
use crate::support::registry::digest_of;
use crate::support::{TestEnvironment, folders, programs};

const PACKAGE: &str = "ca-certificates";

/// Returns the bodies of the certificates in a text of PEM.
fn certificates(text: &str) -> Vec<String> {
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    blocks
        .map(|block| {
            let (body, _) = block
                .split_once("-----END CERTIFICATE-----")
                .expect("an end");
            body.split_whitespace().collect()
        })
        .collect()
}

/// Downloads Debian's package, verified by apt.
fn download(folder: &Path) -> PathBuf {
    let renew = folders::project().join("base-layers/renew");
    let mut command = Command::new(renew);
    let output = command.arg("--download").arg(folder).arg(PACKAGE).output();
    let output = output.expect("base-layers/renew starts");
    assert!(output.status.success(), "{output:?}");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
}

/// Returns the certificates of the package, one file each.
fn packaged(deb: &Path, folder: &Path) -> BTreeSet<String> {
    let mut extract = Command::new(programs::find("dpkg-deb"));
    let status = extract.arg("--extract").arg(deb).arg(folder).status();
    assert!(status.expect("dpkg-deb starts").success());
    let files = std::fs::read_dir(folder.join("usr/share/ca-certificates/mozilla"));
    files
        .expect("the package's certificates")
        .flat_map(|file| {
            let file = file.expect("a file").path();
            let found = certificates(&std::fs::read_to_string(&file).expect("PEM"));
            assert_eq!(found.len(), 1, "{}", file.display());
            found
        })
        .collect()
}

fn locked() -> Value {
    let lock = folders::project().join("base-layers/static/lock.json");
    let lock = parse(&std::fs::read(lock).expect("the lock"));
    let packages = array(&lock["packages"]).iter();
    let mut named = packages.filter(|package| package["name"] == PACKAGE);
    named.next().expect("the package in the lock").clone()
}

#[test]
#[expect(clippy::print_stdout, reason = "what was not compared must be seen")]
fn an_image_trusts_whom_debian_trusts_certificate_by_certificate() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let deb = download(folder.path());
    let locked = locked();
    let version = locked["version"].as_str().expect("a version");
    if !deb.to_string_lossy().contains(&format!("_{version}_")) {
        // Debian has moved on: that is news for whoever renews the base, and no fault of this one.
        println!(
            "nothing is compared: the base has {PACKAGE} {version}, and Debian {}; to take that: base-layers/renew",
            deb.display()
        );
        return;
    }
    let bytes = std::fs::read(&deb).expect("the package");
    assert_eq!(
        digest_of(&bytes),
        locked["digest"],
        "the package is another"
    );
    let wanted = packaged(&deb, &folder.path().join("unpacked"));
    let environment = TestEnvironment::new().with_hello();
    environment.run(["build", "-q"]).success();
    let image = Layout::in_archive(&environment.work().join("dist/hello.tar")).image("latest");
    let bundle = certificates(image.text("etc/ssl/certs/ca-certificates.crt"));
    let found: BTreeSet<String> = bundle.iter().cloned().collect();
    assert_eq!(found.len(), bundle.len(), "one of them is there twice");
    let missing = wanted.difference(&found).count();
    let further = found.difference(&wanted).count();
    assert_eq!(
        (missing, further),
        (0, 0),
        "missing and further certificates; to take those of the package: base-layers/renew"
    );
    assert!(wanted.len() > 100, "{}", wanted.len());
}
