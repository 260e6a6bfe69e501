//! The inventory as components and the relations between them, before it takes either form.

use std::collections::BTreeMap;

use super::ProgramInventory;
use super::component::Component;
use super::describe::Describe;
use super::inventory::{ImageInventory, Inventory};
use super::{describe_base, describe_go};
use crate::model::InstalledProgram;

/// How one component is related to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// The other is in it.
    Contains,
    /// It needs the other, whose code is linked into it.
    DependsOn,
    /// It is one of several that the other stands for.
    VariantOf,
    /// It made the other.
    BuildToolOf,
    /// It stands on the other.
    DescendantOf,
}

/// All components, each once, and how they are related. Both are sorted.
#[derive(Debug, Default)]
pub(super) struct Components {
    /// The key of the component that all of it is about.
    pub(super) root: String,
    /// The components by key.
    pub(super) list: BTreeMap<String, Component>,
    /// Relations between keys.
    pub(super) relations: Vec<(String, Relation, String)>,
}

impl Components {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut components = Self::default();
        let describe = Describe { inventory };
        let index = inventory
            .index
            .map(|digest| components.add(describe.index(digest)));
        for image in &inventory.images {
            let key = components.image(&describe, image);
            if let Some(index) = &index {
                components.relate(&key, Relation::VariantOf, index);
            }
            components.root = index.clone().unwrap_or(key);
        }
        components.sorted()
    }

    /// Describes a program that is in no image: all of it is about the program.
    pub(super) fn of_program(inventory: &ProgramInventory) -> Self {
        let mut components = Self::default();
        components.root = components.program(Some(&inventory.version), &inventory.program);
        components.sorted()
    }

    fn sorted(mut self) -> Self {
        self.relations.sort();
        self.relations.dedup();
        self
    }

    fn image(&mut self, describe: &Describe<'_>, image: &ImageInventory) -> String {
        let key = self.add(describe.image(image));
        let distribution = image.base.os.as_ref();
        if let Some(os) = distribution {
            let os = self.add(describe_base::operating_system(os));
            self.relate(&key, Relation::Contains, &os);
        }
        if let Some((name, digest)) = &image.base.origin {
            let base = self.add(describe_base::base(name, *digest));
            self.relate(&key, Relation::DescendantOf, &base);
        }
        for package in &image.base.packages {
            let package = self.add(describe_base::package(package, distribution));
            self.relate(&key, Relation::Contains, &package);
        }
        for file in &image.files {
            let file = self.add(describe.file(file));
            self.relate(&key, Relation::Contains, &file);
        }
        for program in &image.programs {
            let program = self.program(image.version.as_deref(), program);
            self.relate(&key, Relation::Contains, &program);
        }
        key
    }

    /// Adds a program and what is linked into it; `version` is that of what it is in.
    fn program(&mut self, version: Option<&str>, program: &InstalledProgram) -> String {
        let account = &program.account;
        let key = self.add(describe_go::program(version, program));
        let library = self.add(describe_go::standard_library(account));
        self.relate(&key, Relation::DependsOn, &library);
        let toolchain = self.add(describe_go::toolchain(account));
        self.relate(&toolchain, Relation::BuildToolOf, &key);
        for module in account.all_modules() {
            let module = self.add(describe_go::module(version, account, module));
            self.relate(&key, Relation::DependsOn, &module);
        }
        key
    }

    /// Adds a component, or finds it where it is known; what is known of a licence stays.
    fn add(&mut self, component: Component) -> String {
        let key = component.key.clone();
        let known = self
            .list
            .entry(key.clone())
            .or_insert_with(|| component.clone());
        if known.licence.is_none() {
            known.licence = component.licence;
        }
        key
    }

    fn relate(&mut self, from: &str, relation: Relation, to: &str) {
        self.relations
            .push((from.to_owned(), relation, to.to_owned()));
    }
}
