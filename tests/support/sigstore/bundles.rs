//! Bundles that hang on an image of the fake registry, read and put back otherwise.

use serde_json::{Value, json};

use crate::support::registry::{Content, FakeRegistry};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

impl FakeRegistry {
    /// Returns the only bundle that hangs on REPOSITORY@DIGEST, as far as the fallback tag says.
    pub(crate) fn bundle_of(&self, name: &str, digest: &str) -> Value {
        let list = self.manifest(name, &digest.replace(':', "-"));
        let list = list.expect("a list of what refers to it").json();
        let manifest = list["manifests"][0]["digest"].as_str().expect("a digest");
        let manifest = self.manifest(name, manifest).expect("a manifest").json();
        let layer = manifest["layers"][0]["digest"].as_str().expect("a digest");
        match self.blob(name, layer) {
            Some(Content::Kept(bytes)) => serde_json::from_slice(&bytes).expect("a bundle"),
            _ => panic!("no bundle {layer}"),
        }
    }

    /// Lets nothing but `bundle` hang on REPOSITORY@DIGEST, past all checks.
    pub(crate) fn put_bundle(&self, name: &str, digest: &str, bundle: &Value) {
        let bytes = bundle.to_string().into_bytes();
        let size = bytes.len();
        let layer = self.put_blob(name, bytes);
        let empty = self.put_blob(name, "{}");
        let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": kind,
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 },
            "layers": [{ "mediaType": kind, "digest": layer, "size": size }],
        });
        let length = manifest.to_string().len();
        let manifest = self.put_manifest(name, "bundle", MANIFEST, &manifest);
        let list = json!({
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [
                { "mediaType": MANIFEST, "digest": manifest, "size": length, "artifactType": kind },
            ],
        });
        self.put_manifest(name, &digest.replace(':', "-"), INDEX, &list);
    }
}
