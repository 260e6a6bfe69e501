//! What the documents say of one image, and of an index.

use serde_json::Value;

use super::{
    BaseInventory, BasePackage, ImageInventory, Inventory, OsRelease, PackageManager, SubjectName,
    cyclonedx, spdx,
};
use crate::compile::{BuildInfo, LinkedModule};
use crate::model::{
    AddedFile, Digest, InstalledProgram, LicenceExpression, ProgramAccount, Timestamp,
};

fn linked(path: &str, version: &str, sum: Option<&str>) -> LinkedModule {
    LinkedModule {
        path: path.to_owned(),
        version: version.to_owned(),
        sum: sum.map(str::to_owned),
        replacement: None,
    }
}

fn replaced(path: &str, by: LinkedModule) -> LinkedModule {
    LinkedModule {
        replacement: Some(Box::new(by)),
        ..linked(path, "v0.1.0", None)
    }
}

fn account() -> ProgramAccount {
    let info = BuildInfo {
        go_version: "go1.26.8 X:nogreenteagc".to_owned(),
        path: "github.com/acme/app/cmd/server".to_owned(),
        main: Some(linked("github.com/acme/app", "(devel)", None)),
        modules: vec![
            linked("example.com/a", "v1.2.3+incompatible", Some("h1:aaa=")),
            replaced(
                "example.com/b",
                linked("example.com/fork", "v2.0.0", Some("h1:bbb=")),
            ),
            replaced("example.com/c", linked("../c", "(devel)", None)),
        ],
        settings: vec![("CGO_ENABLED".to_owned(), "0".to_owned())],
    };
    let mut account = info.account(Digest::of(b"server"), 6);
    account.modules[0].licence = LicenceExpression::of_all(["MIT", "CommonsClause"]);
    account.modules[1].licence = LicenceExpression::of_all(["MIT"]);
    account
}

fn image(platform: &str) -> ImageInventory {
    ImageInventory {
        digest: Digest::of(platform.as_bytes()),
        platform: platform.parse().unwrap(),
        version: Some("v1.0.0".to_owned()),
        programs: vec![InstalledProgram {
            path: "/server".to_owned(),
            account: account(),
        }],
        base: BaseInventory {
            origin: None,
            os: Some(OsRelease {
                id: "debian".to_owned(),
                version: Some("13".to_owned()),
            }),
            packages: vec![BasePackage {
                manager: PackageManager::Deb,
                name: "tzdata".to_owned(),
                version: "2026a-0+deb13u1".to_owned(),
                architecture: Some("all".to_owned()),
                source: Some("zones".to_owned()),
                licence: None,
            }],
        },
        files: vec![AddedFile::read("/etc/server.yaml", &b"a: b\n"[..]).unwrap()],
        files_left_out: 0,
    }
}

fn inventory(platforms: &[&str]) -> Inventory {
    Inventory {
        name: SubjectName {
            title: "app".to_owned(),
            repository: Some("registry.example.com/team/app".to_owned()),
        },
        index: (platforms.len() > 1).then(|| Digest::of(b"index")),
        created: Timestamp::from_seconds(1_700_000_000),
        images: platforms.iter().map(|platform| image(platform)).collect(),
    }
}

fn parse(document: &[u8]) -> Value {
    serde_json::from_slice(document).unwrap()
}

fn package<'a>(document: &'a Value, name: &str) -> &'a Value {
    let packages = document["packages"].as_array().unwrap();
    packages
        .iter()
        .find(|package| package["name"] == name)
        .unwrap()
}

fn component<'a>(document: &'a Value, name: &str) -> &'a Value {
    let components = document["components"].as_array().unwrap();
    components
        .iter()
        .find(|component| component["name"] == name)
        .unwrap()
}

fn purl(package: &Value) -> &str {
    package["externalRefs"][0]["referenceLocator"]
        .as_str()
        .unwrap()
}

#[test]
fn modules_are_named_with_version_sum_licence_and_what_they_replace() {
    let document = parse(&spdx(&inventory(&["linux/amd64"])));
    let plain = package(&document, "example.com/a");
    assert_eq!(
        purl(plain),
        "pkg:golang/example.com/a@v1.2.3%2Bincompatible"
    );
    assert_eq!(plain["licenseDeclared"], "LicenseRef-CommonsClause AND MIT");
    assert_eq!(plain["externalRefs"][1]["referenceLocator"], "h1:aaa=");
    let declared = &document["hasExtractedLicensingInfos"][0];
    assert_eq!(declared["licenseId"], "LicenseRef-CommonsClause");

    let fork = package(&document, "example.com/fork");
    assert_eq!(purl(fork), "pkg:golang/example.com/fork@v2.0.0");
    assert_eq!(fork["comment"], "coracle:replaces=example.com/b@v0.1.0");

    let folder = package(&document, "example.com/c");
    assert_eq!(folder["versionInfo"], "(devel)");
    assert_eq!(purl(folder), "pkg:golang/example.com/c");
    let comment = "coracle:replaces=example.com/c@v0.1.0\ncoracle:replaced-by=../c";
    assert_eq!(folder["comment"], comment);
}

#[test]
fn go_itself_the_base_and_files_are_named() {
    let document = parse(&spdx(&inventory(&["linux/amd64"])));
    let library = package(&document, "stdlib");
    assert_eq!(purl(library), "pkg:golang/stdlib@1.26.8");
    assert_eq!(library["licenseDeclared"], "BSD-3-Clause");
    let deb = "pkg:deb/debian/tzdata@2026a-0%2Bdeb13u1?arch=all&distro=debian-13&upstream=zones";
    assert_eq!(purl(package(&document, "tzdata")), deb);
    let file = package(&document, "/etc/server.yaml");
    assert_eq!(file["primaryPackagePurpose"], "FILE");
    assert_eq!(file["versionInfo"], Digest::of(b"a: b\n").to_string());
    // The source at hand has the image's version.
    assert_eq!(
        package(&document, "github.com/acme/app")["versionInfo"],
        "v1.0.0"
    );
    let image = package(&document, "registry.example.com/team/app");
    let digest = Digest::of(b"linux/amd64");
    assert_eq!(image["versionInfo"], digest.to_string());
    assert_eq!(image["supplier"], "Organization: github.com/acme");
}

#[test]
fn an_index_is_described_once_with_all_its_images() {
    let inventory = inventory(&["linux/amd64", "linux/arm64"]);
    let document = parse(&spdx(&inventory));
    let relationships = document["relationships"].as_array().unwrap();
    let count = |kind: &str| {
        let of_kind = relationships
            .iter()
            .filter(|one| one["relationshipType"] == kind);
        of_kind.count()
    };
    assert_eq!((count("DESCRIBES"), count("VARIANT_OF")), (1, 2));
    // What both hold is there once.
    assert_eq!((count("BUILD_TOOL_OF"), count("DEPENDS_ON")), (1, 5));
    let alone: Vec<Inventory> = inventory.by_platform().collect();
    assert_eq!(
        alone[1],
        Inventory {
            images: vec![image("linux/arm64")],
            index: None,
            ..inventory
        }
    );
}

#[test]
fn cyclonedx_says_the_same() {
    let document = parse(&cyclonedx(&inventory(&["linux/amd64"])));
    let fork = component(&document, "example.com/fork");
    assert_eq!(fork["licenses"][0]["license"]["id"], "MIT");
    let properties = fork["properties"].as_array().unwrap();
    assert_eq!(properties[0]["name"], "coracle:h1");
    assert_eq!(properties[1]["value"], "example.com/b@v0.1.0");
    let plain = component(&document, "example.com/a");
    assert_eq!(
        plain["licenses"][0]["expression"],
        "LicenseRef-CommonsClause AND MIT"
    );
    assert_eq!(component(&document, "toolchain")["scope"], "excluded");
    assert_eq!(component(&document, "debian")["type"], "operating-system");
    assert_eq!(document["metadata"]["component"]["type"], "container");
    let (refs, needed) = (&document["dependencies"], component(&document, "stdlib"));
    let program = component(&document, "github.com/acme/app/cmd/server")["bom-ref"].clone();
    let mut refs = refs.as_array().unwrap().iter();
    let program = refs.find(|one| one["ref"] == program).unwrap();
    assert!(
        program["dependsOn"]
            .as_array()
            .unwrap()
            .contains(&needed["bom-ref"])
    );
}

#[test]
fn the_same_inventory_gives_the_same_bytes_and_another_one_another_name() {
    let first = inventory(&["linux/amd64"]);
    assert_eq!(spdx(&first), spdx(&first.clone()));
    assert_eq!(cyclonedx(&first), cyclonedx(&first.clone()));
    let mut second = first.clone();
    second.images[0].programs[0].account.modules[2].licence = LicenceExpression::of_all(["MIT"]);
    let name = |inventory: &Inventory| parse(&spdx(inventory))["documentNamespace"].clone();
    assert_ne!(name(&first), name(&second));
}

#[test]
fn an_account_is_kept_and_read_again() {
    let text = serde_json::to_string(&account()).unwrap();
    assert_eq!(
        serde_json::from_str::<ProgramAccount>(&text).unwrap(),
        account()
    );
}
