//! An inventory as an SPDX 2.3 document in JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::ProgramInventory;
use super::component::{Component, ComponentKind};
use super::components::{Components, Relation};
use super::document_id::document_id;
use super::inventory::Inventory;
use crate::model::{LicenceExpression, Timestamp, canonical_json};

const NONE: &str = "NOASSERTION";

/// Writes the document. The bytes are stable: they follow from the inventory and coracle's version.
pub fn spdx(inventory: &Inventory) -> Vec<u8> {
    document(&Components::of(inventory), inventory.created)
}

/// Writes the document of a program that is in no image; its bytes are stable too.
pub fn spdx_of_program(inventory: &ProgramInventory) -> Vec<u8> {
    document(&Components::of_program(inventory), inventory.created)
}

fn document(components: &Components, created: Timestamp) -> Vec<u8> {
    let name = &components.list[&components.root].name;
    let packages: Vec<Value> = components.list.values().map(package).collect();
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "creationInfo": {
            "created": created.to_string(),
            "creators": [concat!("Tool: coracle-", env!("CARGO_PKG_VERSION"))],
        },
        "packages": packages,
        "relationships": relationships(components),
        "hasExtractedLicensingInfos": non_empty(unlisted(components)),
    });
    let id = document_id(&canonical_json(&document));
    // The form that SPDX advises to those who publish no documents of their own, 6.5.
    document["documentNamespace"] = format!("https://spdx.org/spdxdocs/coracle-{id}").into();
    canonical_json(&document)
}

fn reference(key: &str) -> String {
    format!("SPDXRef-{key}")
}

fn non_empty(list: Vec<Value>) -> Option<Vec<Value>> {
    Some(list).filter(|list| !list.is_empty())
}

/// A file is a package too: SPDX wants SHA-1 of what it calls a file, and of the package around it that
/// all that is in it was looked into.
fn package(component: &Component) -> Value {
    let licence = component
        .licence
        .as_ref()
        .map_or(NONE, LicenceExpression::as_str);
    let supplier = component.supplier.as_ref();
    let supplier = supplier.map_or(NONE.to_owned(), |name| format!("Organization: {name}"));
    let digest = component
        .digest
        .map(|digest| json!([{ "algorithm": "SHA256", "checksumValue": digest.to_hex() }]));
    json!({
        "SPDXID": reference(&component.key),
        "name": component.name,
        "versionInfo": component.version,
        "supplier": supplier,
        "downloadLocation": NONE,
        "filesAnalyzed": false,
        "primaryPackagePurpose": purpose(component.kind),
        "licenseConcluded": NONE,
        "licenseDeclared": licence,
        "copyrightText": NONE,
        "checksums": digest,
        "externalRefs": non_empty(external_references(component)),
        "comment": comment(component),
    })
}

fn purpose(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Image | ComponentKind::Base => "CONTAINER",
        ComponentKind::OperatingSystem => "OPERATING-SYSTEM",
        ComponentKind::Package | ComponentKind::Library => "LIBRARY",
        ComponentKind::Program | ComponentKind::Toolchain => "APPLICATION",
        ComponentKind::File => "FILE",
    }
}

/// A module's `h1:` hash is one over the names and hashes of its files, so it must not stand where
/// SPDX has hashes of archives.
fn external_references(component: &Component) -> Vec<Value> {
    let purl = component
        .purl
        .as_ref()
        .map(|purl| ("PACKAGE-MANAGER", "purl", purl));
    let cpe = component
        .cpe
        .as_ref()
        .map(|cpe| ("SECURITY", "cpe23Type", cpe));
    let sum = component
        .sum
        .as_ref()
        .map(|sum| ("OTHER", "go-module-h1", sum));
    let references = [purl, cpe, sum].into_iter().flatten();
    let references = references.map(|(category, kind, locator)| {
        json!({
            "referenceCategory": category,
            "referenceType": kind,
            "referenceLocator": locator,
        })
    });
    references.collect()
}

/// SPDX 2.3 has no properties; what has no field of its own is said in lines.
fn comment(component: &Component) -> Option<String> {
    let lines: Vec<String> = component
        .properties
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn relationships(components: &Components) -> Vec<Value> {
    let relationship = |from: &str, kind: &str, to: &str| {
        json!({
            "spdxElementId": from,
            "relationshipType": kind,
            "relatedSpdxElement": to,
        })
    };
    let root = reference(&components.root);
    let describes = relationship("SPDXRef-DOCUMENT", "DESCRIBES", &root);
    let others = components.relations.iter().map(|(from, relation, to)| {
        let kind = match relation {
            Relation::Contains => "CONTAINS",
            Relation::DependsOn => "DEPENDS_ON",
            Relation::VariantOf => "VARIANT_OF",
            Relation::BuildToolOf => "BUILD_TOOL_OF",
            Relation::DescendantOf => "DESCENDANT_OF",
        };
        relationship(&reference(from), kind, &reference(to))
    });
    std::iter::once(describes).chain(others).collect()
}

/// Licences that SPDX's list does not have must be declared in the document, 10.1.
fn unlisted(components: &Components) -> Vec<Value> {
    let licences = components
        .list
        .values()
        .filter_map(|component| component.licence.as_ref());
    let names: BTreeSet<&str> = licences.flat_map(LicenceExpression::unlisted).collect();
    let declared = names.into_iter().map(|name| {
        json!({
            "licenseId": name,
            "name": name.trim_start_matches("LicenseRef-"),
            "extractedText": "the text is in the files of the packages that declare this licence",
        })
    });
    declared.collect()
}
