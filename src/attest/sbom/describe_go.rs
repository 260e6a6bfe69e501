//! What is said of programs and of what is linked into them.

use super::component::{Component, ComponentKind};
use super::purl;
use super::supplier::supplier_of_path;
use crate::model::{InstalledProgram, LicenceExpression, ModuleAccount, ProgramAccount, Replaced};

const GO_LICENCE: &str = "BSD-3-Clause";
const GO_AUTHORS: &str = "The Go Authors";

/// Describes a program; `version` is that of what it is in.
pub(super) fn program(version: Option<&str>, program: &InstalledProgram) -> Component {
    let account = &program.account;
    let digest = account.digest.to_string();
    let parts = ["program", &program.path, &digest];
    let mut described = Component::new(ComponentKind::Program, &parts, &account.package);
    let main = account.main.as_ref();
    described.version = Some(match main {
        Some(module) => version_of(version, account, module),
        None => account.digest.to_string(),
    });
    described.supplier = main.map(|module| supplier_of_path(&module.path));
    described.licence = main.and_then(|module| module.licence.clone());
    described.digest = Some(account.digest);
    described.property("path", &program.path);
    described.property("go", &account.go);
    for (name, value) in &account.settings {
        described.property(&format!("go:{name}"), value);
    }
    described
}

pub(super) fn standard_library(account: &ProgramAccount) -> Component {
    let release = account.go_release();
    let mut library = Component::new(ComponentKind::Library, &["stdlib", release], "stdlib");
    library.purl = Some(purl::golang("stdlib", Some(release)));
    library.cpe = Some(format!("cpe:2.3:a:golang:go:{release}:*:*:*:*:*:*:*"));
    by_go_authors(library, release)
}

/// The name is the one that Go's database of vulnerabilities has for its commands.
pub(super) fn toolchain(account: &ProgramAccount) -> Component {
    let release = account.go_release();
    let parts = ["toolchain", release];
    let mut toolchain = Component::new(ComponentKind::Toolchain, &parts, "toolchain");
    toolchain.purl = Some(purl::golang("toolchain", Some(release)));
    by_go_authors(toolchain, release)
}

pub(super) fn module(
    outer: Option<&str>,
    account: &ProgramAccount,
    module: &ModuleAccount,
) -> Component {
    let is_main = account.main.as_ref() == Some(module);
    let version = if is_main {
        version_of(outer, account, module)
    } else {
        module.version.clone()
    };
    let sum = module.sum.as_deref().unwrap_or_default();
    let replaced = format!("{:?}", module.replaced);
    let parts = [
        module.path.as_str(),
        version.as_str(),
        sum,
        replaced.as_str(),
    ];
    let mut described = Component::new(ComponentKind::Library, &parts, &module.path);
    // What was never released, such as a version of the image's own, is in no database.
    let released = Some(version.as_str()).filter(|version| version.starts_with('v'));
    described.purl = Some(purl::golang(&module.path, released));
    described.supplier = Some(supplier_of_path(&module.path));
    described.version = Some(version);
    described.licence.clone_from(&module.licence);
    described.sum.clone_from(&module.sum);
    match &module.replaced {
        Some(Replaced::Module { path, version }) => {
            described.property("replaces", format!("{path}@{version}"));
        }
        Some(Replaced::Folder { folder, version }) => {
            described.property("replaces", format!("{}@{version}", module.path));
            described.property("replaced-by", folder);
        }
        None => {}
    }
    described
}

fn by_go_authors(mut component: Component, release: &str) -> Component {
    component.version = Some(release.to_owned());
    component.supplier = Some(GO_AUTHORS.to_owned());
    component.licence = LicenceExpression::of_all([GO_LICENCE]);
    component
}

/// The source at hand has no version; that of what it is in, or the commit that it was made from, is it.
fn version_of(outer: Option<&str>, account: &ProgramAccount, module: &ModuleAccount) -> String {
    if !module.is_devel() {
        return module.version.clone();
    }
    outer
        .or_else(|| account.setting("vcs.revision"))
        .unwrap_or(ModuleAccount::DEVEL)
        .to_owned()
}
