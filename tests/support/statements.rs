//! What is said of images in a registry of tests.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::image::{array, parse};
use super::registry::{Content, FakeRegistry};

/// The statements that hang on one image.
#[derive(Debug)]
pub(crate) struct Statements {
    /// The digests of the manifests that hold them, by the types of their predicates.
    pub(crate) manifests: BTreeMap<String, Vec<String>>,
    statements: BTreeMap<String, Value>,
}

impl Statements {
    /// Reads what hangs on the image `digest`, in a registry that lists it under a tag.
    pub(crate) fn of(registry: &FakeRegistry, repository: &str, digest: &str) -> Self {
        let list = registry
            .manifest(repository, &digest.replace(':', "-"))
            .expect("a list of what refers to the image");
        let mut found = Self {
            manifests: BTreeMap::new(),
            statements: BTreeMap::new(),
        };
        for entry in array(&list.json()["manifests"]) {
            let manifest = entry["digest"].as_str().expect("a digest");
            let artifact = registry.manifest(repository, manifest).expect("a manifest");
            let layer = artifact.json()["layers"][0]["digest"].clone();
            let Some(Content::Kept(bundle)) =
                registry.blob(repository, layer.as_str().expect("a digest"))
            else {
                panic!("no bundle {layer}");
            };
            let payload = parse(&bundle)["dsseEnvelope"]["payload"].clone();
            let payload = STANDARD.decode(payload.as_str().expect("a payload"));
            let statement = parse(&payload.expect("base64"));
            let kind = statement["predicateType"].as_str().expect("a type");
            let manifests = found.manifests.entry(kind.to_owned()).or_default();
            manifests.push(manifest.to_owned());
            found.statements.insert(kind.to_owned(), statement);
        }
        found
    }

    /// Returns the statements, one of each type.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Value> {
        self.statements.values()
    }

    /// Returns the predicate whose type ends in `end`, of the last statement of that type.
    #[track_caller]
    pub(crate) fn predicate(&self, end: &str) -> &Value {
        let mut found = self
            .statements
            .iter()
            .filter(|(kind, _)| kind.ends_with(end));
        let (_, statement) = found.next().expect("a statement");
        &statement["predicate"]
    }
}
