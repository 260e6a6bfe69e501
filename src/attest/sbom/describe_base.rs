//! What is said of the image below, and of its packages.

use super::base_package::BasePackage;
use super::component::{Component, ComponentKind};
use super::supplier::supplier_of_path;
use super::{OsRelease, purl};
use crate::model::Digest;

pub(super) fn base(name: &str, digest: Digest) -> Component {
    let digest_text = digest.to_string();
    let title = name.rsplit('/').next().unwrap_or(name);
    let title = title.split([':', '@']).next().unwrap_or(title);
    let mut base = Component::new(ComponentKind::Base, &["base", &digest_text], name);
    base.purl = Some(purl::oci(title, &digest_text, &[]));
    base.supplier = Some(supplier_of_path(name));
    base.version = Some(digest_text);
    base.digest = Some(digest);
    base
}

pub(super) fn operating_system(os: &OsRelease) -> Component {
    let version = os.version.as_deref().unwrap_or("rolling");
    let parts = ["os", &os.id, version];
    let mut described = Component::new(ComponentKind::OperatingSystem, &parts, &os.id);
    described.version = Some(version.to_owned());
    described.supplier = Some(os.id.clone());
    described
}

pub(super) fn package(package: &BasePackage, os: Option<&OsRelease>) -> Component {
    let kind = package.manager.purl_type();
    let architecture = package.architecture.as_deref().unwrap_or_default();
    let parts = [kind, &package.name, &package.version, architecture];
    let mut described = Component::new(ComponentKind::Package, &parts, &package.name);
    let distribution = os.map_or(package.manager.usual_distribution(), |os| os.id.as_str());
    let release = os.and_then(|os| Some(format!("{}-{}", os.id, os.version.as_ref()?)));
    let mut qualifiers = Vec::new();
    if !architecture.is_empty() {
        qualifiers.push(("arch", architecture));
    }
    qualifiers.extend(release.iter().map(|release| ("distro", release.as_str())));
    qualifiers.extend(
        package
            .source
            .iter()
            .map(|source| ("upstream", source.as_str())),
    );
    let names = [
        distribution,
        package.name.as_str(),
        package.version.as_str(),
    ];
    described.purl = Some(purl::system(kind, names, &qualifiers));
    described.version = Some(package.version.clone());
    described.supplier = Some(distribution.to_owned());
    described.licence.clone_from(&package.licence);
    described
}
