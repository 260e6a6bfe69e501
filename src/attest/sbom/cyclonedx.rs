//! An inventory as a CycloneDX 1.6 document in JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ProgramInventory;
use super::component::{Component, ComponentKind};
use super::components::{Components, Relation};
use super::document_id::document_id;
use super::inventory::Inventory;
use crate::model::{LicenceExpression, Timestamp, canonical_json};

/// Writes the document. The bytes are stable: they follow from the inventory and coracle's version.
pub fn cyclonedx(inventory: &Inventory) -> Vec<u8> {
    document(&Components::of(inventory), inventory.created)
}

/// Writes the document of a program that is in no image; its bytes are stable too.
pub fn cyclonedx_of_program(inventory: &ProgramInventory) -> Vec<u8> {
    document(&Components::of_program(inventory), inventory.created)
}

fn document(components: &Components, created: Timestamp) -> Vec<u8> {
    let root = component(&components.list[&components.root]);
    let others = components
        .list
        .values()
        .filter(|other| other.key != components.root);
    let mut document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": created.to_string(),
            "tools": { "components": [{
                "type": "application",
                "name": "coracle",
                "version": env!("CARGO_PKG_VERSION"),
            }] },
            "component": root,
        },
        "components": others.map(component).collect::<Vec<_>>(),
        "dependencies": dependencies(components),
    });
    let id = document_id(&canonical_json(&document));
    document["serialNumber"] = format!("urn:uuid:{id}").into();
    canonical_json(&document)
}

fn component(component: &Component) -> Value {
    let hash = component
        .digest
        .map(|digest| json!([{ "alg": "SHA-256", "content": digest.to_hex() }]));
    // Where a hash of a module could stand, only hashes of archives may.
    let sum = component.sum.iter().map(|sum| ("coracle:h1", sum.as_str()));
    let properties = component.properties.iter();
    let properties = properties.map(|(name, value)| (name.as_str(), value.as_str()));
    let properties = sum.chain(properties);
    let properties = properties.map(|(name, value)| json!({ "name": name, "value": value }));
    json!({
        "type": kind(component.kind),
        "bom-ref": component.key,
        "name": component.name,
        "version": component.version,
        "supplier": component.supplier.as_ref().map(|name| json!({ "name": name })),
        "purl": component.purl,
        "cpe": component.cpe,
        "scope": scope(component.kind),
        "licenses": component.licence.as_ref().map(licences),
        "hashes": hash,
        "properties": non_empty(properties.collect()),
    })
}

fn non_empty(list: Vec<Value>) -> Option<Vec<Value>> {
    Some(list).filter(|list| !list.is_empty())
}

fn kind(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Image | ComponentKind::Base => "container",
        ComponentKind::OperatingSystem => "operating-system",
        ComponentKind::Package | ComponentKind::Library => "library",
        ComponentKind::Program | ComponentKind::Toolchain => "application",
        ComponentKind::File => "file",
    }
}

/// What compiled a program, and the base by its name, are not in the image.
fn scope(kind: ComponentKind) -> Option<&'static str> {
    matches!(kind, ComponentKind::Toolchain | ComponentKind::Base).then_some("excluded")
}

/// What a module's own files say is declared, and nobody has judged it.
fn licences(licence: &LicenceExpression) -> Value {
    if licence.is_listed() {
        json!([{ "license": { "id": licence.as_str(), "acknowledgement": "declared" } }])
    } else {
        json!([{ "expression": licence.as_str(), "acknowledgement": "declared" }])
    }
}

/// CycloneDX has one relation: what is needed by what. An image needs what is in it, an index the
/// images that it stands for.
fn dependencies(components: &Components) -> Vec<Value> {
    let mut needed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for key in components.list.keys() {
        needed.entry(key).or_default();
    }
    for (from, relation, to) in &components.relations {
        let (from, to) = match relation {
            Relation::Contains | Relation::DependsOn | Relation::DescendantOf => (from, to),
            Relation::VariantOf => (to, from),
            Relation::BuildToolOf => continue,
        };
        needed.entry(from).or_default().push(to);
    }
    let dependencies = needed.into_iter().map(|(key, mut needed)| {
        needed.sort_unstable();
        needed.dedup();
        json!({ "ref": key, "dependsOn": (!needed.is_empty()).then_some(needed) })
    });
    dependencies.collect()
}
