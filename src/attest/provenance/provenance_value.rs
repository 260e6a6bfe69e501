//! How one image was built.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::ProvenanceSource;
use crate::attest::sbom::image_url;
use crate::config::RunIdentity;
use crate::model::{
    Digest, GoVersion, ImageName, ModuleVerification, Reference, Timestamp, without_nulls,
};

/// What the parameters mean: docs/attestations.md.
pub(super) const BUILD_TYPE: &str = "https://coracle.dev/build/go-image/v1";
/// How the package URL of the Go that compiled begins.
pub(super) const GO_URL: &str = "pkg:golang/toolchain@";

/// How an image was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// The name of the image.
    pub image: ImageName,
    /// What decides it, in the form of coracle.toml: [`crate::config::RecordedImage`].
    pub config: Value,
    /// What it was built from.
    pub source: ProvenanceSource,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<Timestamp>,
    /// The Go that compiled it.
    pub go: GoVersion,
    /// The `h1:` hash of that Go, where it was fetched and the checksum database vouched for it.
    pub go_h1: Option<String>,
    /// What it stands on, for a base of a registry.
    pub base: Option<BaseUsed>,
    /// How its modules were verified.
    pub modules: ModuleVerification,
    /// The version of coracle.
    pub coracle: String,
    /// Who built it.
    pub run: RunIdentity,
}

/// A base that came from a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUsed {
    /// As the configuration names it.
    pub reference: Reference,
    /// What that was.
    pub digest: Digest,
}

impl Provenance {
    /// Returns the predicate. It is the same each time, but for the run that it names.
    pub fn to_predicate(&self) -> Value {
        let found = [
            self.source.to_dependency(),
            Some(self.go_dependency()),
            self.base.as_ref().map(BaseUsed::to_dependency),
        ];
        let found: Vec<Value> = found.into_iter().flatten().collect();
        without_nulls(json!({
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "image": self.image.as_str(),
                    "config": self.config,
                    "source": self.source.to_parameter(),
                    "sourceDateEpoch": self.epoch.map(|epoch| epoch.to_string()),
                },
                "internalParameters": {
                    "coracle": self.coracle,
                    "modules": self.modules,
                },
                "resolvedDependencies": found,
            },
            "runDetails": {
                "builder": {
                    "id": self.run.builder,
                    "version": { "coracle": self.coracle },
                },
                "metadata": self
                    .run
                    .invocation
                    .as_ref()
                    .map(|invocation| json!({ "invocationId": invocation })),
            },
        }))
    }

    fn go_dependency(&self) -> Value {
        let digest = self.go_h1.as_deref().and_then(hex_of_h1);
        json!({
            "name": "go",
            "uri": format!("{GO_URL}{}", self.go),
            "digest": digest.map(|digest| json!({ "dirHash1": digest })),
        })
    }
}

impl BaseUsed {
    /// Names it so that it can be no other.
    pub fn pinned(&self) -> String {
        match self.reference.digest() {
            Some(_) => self.reference.to_string(),
            None => format!("{}@{}", self.reference, self.digest),
        }
    }

    fn to_dependency(&self) -> Value {
        let repository = self.reference.repository().to_string();
        json!({
            "name": self.reference.to_string(),
            "uri": image_url(&repository, self.digest),
            "digest": { "sha256": self.digest.to_hex() },
        })
    }
}

/// Tells whether two predicates tell of the same build, whichever runs did it.
pub fn is_same_build(one: &Value, other: &Value) -> bool {
    let without_run = |predicate: &Value| {
        let mut predicate = predicate.clone();
        let details = predicate
            .get_mut("runDetails")
            .and_then(Value::as_object_mut);
        details.map(|details| details.remove("metadata"));
        predicate
    };
    without_run(one) == without_run(other)
}

/// in-toto writes Go's hashes in hexadecimal digits, `spec/v1/digest_set.md`.
fn hex_of_h1(h1: &str) -> Option<String> {
    let bytes = STANDARD.decode(h1.strip_prefix("h1:")?).ok()?;
    Some(hex::encode(bytes))
}

/// Returns Go's own form of a hash in hexadecimal digits.
pub(super) fn h1_of_hex(digits: &str) -> Option<String> {
    let bytes = hex::decode(digits).ok().filter(|bytes| bytes.len() == 32)?;
    Some(format!("h1:{}", STANDARD.encode(bytes)))
}
