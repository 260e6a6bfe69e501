//! What is said of each thing.

use super::added_file::AddedFile;
use super::base_package::BasePackage;
use super::component::{Component, ComponentKind};
use super::inventory::{ImageInventory, InstalledProgram, Inventory};
use super::module_account::{DEVEL, ModuleAccount, Replaced};
use super::program_account::ProgramAccount;
use super::{OsRelease, purl};
use crate::attest::licence::LicenceExpression;
use crate::model::Digest;

const GO_LICENCE: &str = "BSD-3-Clause";
const GO_AUTHORS: &str = "The Go Authors";

/// Turns parts of an inventory into components.
pub(super) struct Describe<'a> {
    pub(super) inventory: &'a Inventory,
}

impl Describe<'_> {
    pub(super) fn index(&self, digest: Digest) -> Component {
        let mut index = self.named_image("index", digest, &[]);
        let images = &self.inventory.images;
        let platforms: Vec<String> = images
            .iter()
            .map(|image| image.platform.to_string())
            .collect();
        index.property("platforms", platforms.join(","));
        index
    }

    pub(super) fn image(&self, image: &ImageInventory) -> Component {
        let platform = &image.platform;
        let mut described = self.named_image("image", image.digest, &[("arch", platform.arch())]);
        described.property("platform", platform.to_string());
        if let Some(version) = &image.version {
            described.property("version", version);
        }
        if image.files_left_out > 0 {
            described.property("files-left-out", image.files_left_out.to_string());
        }
        described
    }

    fn named_image(&self, kind: &str, digest: Digest, qualifiers: &[(&str, &str)]) -> Component {
        let name = &self.inventory.name;
        let mut qualifiers = qualifiers.to_vec();
        qualifiers.extend(
            name.repository
                .iter()
                .map(|place| ("repository_url", place.as_str())),
        );
        let digest_text = digest.to_string();
        let shown = name.repository.as_ref().unwrap_or(&name.title);
        let mut image = Component::new(ComponentKind::Image, &[kind, &digest_text], shown);
        image.purl = Some(purl::oci(&name.title, &digest_text, &qualifiers));
        image.supplier = self.supplier_of_image();
        image.version = Some(digest_text);
        image.digest = Some(digest);
        image
    }

    /// An image is from where its program is from.
    fn supplier_of_image(&self) -> Option<String> {
        let mut programs = self
            .inventory
            .images
            .iter()
            .flat_map(|image| &image.programs);
        let program = programs.find_map(|program| program.account.main.as_ref());
        let place = self.inventory.name.repository.as_deref();
        program
            .map(|module| module.path.as_str())
            .or(place)
            .map(supplier_of_path)
    }

    pub(super) fn base(&self, name: &str, digest: Digest) -> Component {
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

    pub(super) fn operating_system(&self, os: &OsRelease) -> Component {
        let version = os.version.as_deref().unwrap_or("rolling");
        let parts = ["os", &os.id, version];
        let mut described = Component::new(ComponentKind::OperatingSystem, &parts, &os.id);
        described.version = Some(version.to_owned());
        described.supplier = Some(os.id.clone());
        described
    }

    pub(super) fn package(&self, package: &BasePackage, os: Option<&OsRelease>) -> Component {
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

    pub(super) fn file(&self, file: &AddedFile) -> Component {
        let digest = file.digest.to_string();
        let mut described = Component::new(
            ComponentKind::File,
            &["file", &file.path, &digest],
            &file.path,
        );
        described.digest = Some(file.digest);
        described.version = Some(digest);
        described.supplier = self.supplier_of_image();
        described
    }

    pub(super) fn program(&self, image: &ImageInventory, program: &InstalledProgram) -> Component {
        let account = &program.account;
        let digest = account.digest.to_string();
        let parts = ["program", &program.path, &digest];
        let mut described = Component::new(ComponentKind::Program, &parts, &account.package);
        let main = account.main.as_ref();
        described.version = Some(match main {
            Some(module) => version_of(image, account, module),
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

    pub(super) fn standard_library(&self, account: &ProgramAccount) -> Component {
        let release = account.go_release();
        let mut library = Component::new(ComponentKind::Library, &["stdlib", release], "stdlib");
        library.purl = Some(purl::golang("stdlib", Some(release)));
        library.cpe = Some(format!("cpe:2.3:a:golang:go:{release}:*:*:*:*:*:*:*"));
        by_go_authors(library, release)
    }

    /// The name is the one that Go's database of vulnerabilities has for its commands.
    pub(super) fn toolchain(&self, account: &ProgramAccount) -> Component {
        let release = account.go_release();
        let parts = ["toolchain", release];
        let mut toolchain = Component::new(ComponentKind::Toolchain, &parts, "toolchain");
        toolchain.purl = Some(purl::golang("toolchain", Some(release)));
        by_go_authors(toolchain, release)
    }

    pub(super) fn module(
        &self,
        image: &ImageInventory,
        account: &ProgramAccount,
        module: &ModuleAccount,
    ) -> Component {
        let is_main = account.main.as_ref() == Some(module);
        let version = if is_main {
            version_of(image, account, module)
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
}

fn by_go_authors(mut component: Component, release: &str) -> Component {
    component.version = Some(release.to_owned());
    component.supplier = Some(GO_AUTHORS.to_owned());
    component.licence = LicenceExpression::of_all([GO_LICENCE]);
    component
}

/// The source at hand has no version; the image's, or the commit that it was made from, is it.
fn version_of(image: &ImageInventory, account: &ProgramAccount, module: &ModuleAccount) -> String {
    if !module.is_devel() {
        return module.version.clone();
    }
    let version = image.version.as_deref();
    version
        .or_else(|| account.setting("vcs.revision"))
        .unwrap_or(DEVEL)
        .to_owned()
}

/// Returns who has a path: an owner on a host of many, else the host.
fn supplier_of_path(path: &str) -> String {
    const HOSTS_OF_MANY: [&str; 5] = [
        "bitbucket.org",
        "codeberg.org",
        "docker.io",
        "github.com",
        "gitlab.com",
    ];
    let mut elements = path.split('/');
    let host = elements.next().unwrap_or(path);
    match elements.next() {
        Some(owner) if HOSTS_OF_MANY.contains(&host) => format!("{host}/{owner}"),
        _ => host.to_owned(),
    }
}
