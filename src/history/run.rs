//! The record of one run: a line of the history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DeployRun;
use crate::model::{Digest, Timestamp, canonical_json};

/// What one run came to. Times are in seconds, sizes in bytes. Keys do not change their meaning; a
/// version that gives one another meaning counts the form up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The version of this record's form: 1.
    pub form: u32,
    /// Tells runs apart where histories are joined.
    #[serde(default)]
    pub id: String,
    /// The version of coracle that ran.
    pub coracle: String,
    /// The path of the project's module, or the name of its folder where there is no go.mod.
    pub project: String,
    /// What was typed: `build`, `push`, `dist`, `check`, `reproduce`, `deploy`,
    /// `rollback`.
    pub verb: String,
    /// When it began, by the machine's clock; RFC 3339.
    #[serde(with = "rfc3339")]
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// What it ended with.
    pub exit_code: u8,
    /// The phase of its first error, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_in: Option<String>,
    /// The release of Go that compiled, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<String>,
    /// Its phases, as far as they did something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseRun>,
    /// What became of the layers of its images, where the run came so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<LayersRun>,
    /// The images that are where they were to go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageRun>,
    /// The names of the images that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_images: Vec<String>,
    /// The programs that are known, those of images and those of `dist`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<ProgramRun>,
    /// The modules that were fetched, and which hosts did not give some.
    #[serde(default, skip_serializing_if = "ModulesRun::is_empty")]
    pub modules: ModulesRun,
    /// What was found where the rules of `[policy]` were looked at; nothing where they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<FindingCount>>,
    /// What coracle itself asked of others; the go command and git are not counted.
    #[serde(default)]
    pub traffic: TrafficRun,
    /// Builds that were compared, by `reproduce`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reproductions: Vec<Reproduction>,
    /// The environments that were deployed to or rolled back, in their order, as far as the run came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deploys: Vec<DeployRun>,
}

/// A phase of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseRun {
    /// Its name.
    pub phase: String,
    /// When it first did something, from the beginning of the run.
    pub begins: f64,
    /// How long at least one piece of its work went on.
    pub seconds: f64,
}

/// What became of layers, or of the plain programs of `dist`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LayersRun {
    /// How many were remembered.
    pub kept: u64,
    /// Those that had to be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<MadeLayer>,
}

/// A layer, or a plain program, that had to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MadeLayer {
    /// The name of its image.
    pub image: String,
    /// What it runs on; empty for files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// The path of its program, or the import path of a plain one; empty for files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Why.
    pub reason: MadeReason,
    /// The first of what changed: files and settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
}

/// Why a layer had to be made.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum MadeReason {
    /// It was not made here before, or that was forgotten.
    New,
    /// Something that it is made from is different.
    Changed,
    /// It is known what it was, but its bytes are gone.
    Lost,
    /// It is there, and nobody has looked at it by the rules that count now.
    Unchecked,
    /// It cannot be told what it is made from.
    Always,
}

/// An image of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageRun {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub digest: String,
    /// The compressed layers of each platform.
    pub platforms: Vec<ImageSize>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The bytes that were sent or written for it.
    #[serde(default)]
    pub sent_bytes: u64,
}

/// The size of an image on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageSize {
    /// The platform.
    pub platform: String,
    /// The bytes of its compressed layers.
    pub size_bytes: u64,
}

/// A program of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgramRun {
    /// The import path of its main package, or its path in the image.
    pub package: String,
    /// The name of its image; empty for `dist`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
    /// The version that `dist` made it as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The platform.
    pub platform: String,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// How long its compile took, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What its bytes are, where it was compiled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartSize>,
    /// Why that is not known, where it was compiled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_parts: Option<NoParts>,
}

/// Why nobody knows what the bytes of a program are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoParts {
    /// It was packed: its bytes are no longer those of packages.
    Packed,
    /// It does not say which functions it has, or in a form before Go 1.18.
    Unlisted,
    /// It could not be read again.
    Unread,
}

/// How many bytes of a program are of a package: its code, and what the runtime knows of that. Types, constants and
/// variables are told by section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartSize {
    /// The module; empty for what is of none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// The package, or what else it is: a section, a table.
    pub package: String,
    /// The bytes.
    pub size_bytes: u64,
}

/// The modules that were fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ModulesRun {
    /// How many were.
    pub downloaded: u64,
    /// The bytes of their zips.
    pub downloaded_bytes: u64,
    /// How often which host did not give one, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<HostFailure>,
}

/// How often a host failed in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostFailure {
    /// The host; empty where it is not known.
    pub host: String,
    /// Why: a status of HTTP, or `timeout`, `refused` and the like.
    pub cause: String,
    /// How often.
    pub count: u64,
}

/// How often a rule had a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingCount {
    /// `blocked`, `warning` or `note`.
    pub severity: String,
    /// The rule; empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// How often.
    pub count: u64,
}

/// What was asked of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TrafficRun {
    /// How many requests.
    pub requests: u64,
    /// The bytes of their bodies.
    pub sent_bytes: u64,
    /// The bytes of the answers' bodies.
    pub received_bytes: u64,
}

/// An image that was built twice, and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reproduction {
    /// The name of the image.
    pub image: String,
    /// The platform; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// What came of it.
    pub result: ReproductionResult,
    /// The digest of the first build.
    pub digest: String,
    /// The most significant difference, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

/// Whether two builds are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReproductionResult {
    /// They are, to the last byte.
    Same,
    /// They are not.
    Different,
}

impl ModulesRun {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Run {
    /// The form of records that this version writes, and reads.
    pub const FORM: u32 = 1;

    /// Returns the JSON schema of a record: `coracle schema history`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Gives it an id, of what it says.
    #[must_use]
    pub fn identified(self) -> Self {
        let json = serde_json::to_value(&self).unwrap_or_default();
        let id = Digest::of(&canonical_json(&json)).to_hex()[..16].to_owned();
        Self { id, ..self }
    }

    /// Returns it without the parts of its programs, which are most of a long record.
    #[must_use]
    pub fn without_parts(&self) -> Self {
        let mut run = self.clone();
        for program in &mut run.programs {
            program.parts.clear();
        }
        run
    }

    /// Tells whether all that was asked for was done.
    pub fn is_done(&self) -> bool {
        self.exit_code == 0
    }

    /// Tells whether it made images or programs, or tried to.
    pub fn is_build(&self) -> bool {
        matches!(self.verb.as_str(), "build" | "push" | "dist")
    }

    /// Returns the version that it released, where it did: a tag that is one, as `v1.2.3`.
    pub fn release(&self) -> Option<&str> {
        let tags = self.images.iter().flat_map(|image| &image.tags);
        let mut tags = tags.map(String::as_str);
        tags.find(|tag| self.verb == "push" && is_release(tag))
    }
}

impl ProgramRun {
    /// Tells whether `dist` made it: those of images count as part of these.
    pub fn is_of_dist(&self) -> bool {
        self.image.is_empty()
    }

    /// Returns the version that it was released as, where `dist` made it as one: `v1.2.3`.
    pub fn release(&self) -> Option<&str> {
        self.version
            .as_deref()
            .filter(|version| is_release(version))
    }
}

impl ImageRun {
    /// Returns the bytes of the platform that has most.
    pub fn largest_bytes(&self) -> u64 {
        let sizes = self.platforms.iter().map(|it| it.size_bytes);
        sizes.max().unwrap_or(0)
    }
}

/// Tells whether a tag is the version of a release: `v1.2.3` or `1.2.3`, and nothing after it.
pub(super) fn is_release(tag: &str) -> bool {
    let version = tag.strip_prefix('v').unwrap_or(tag);
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number = |text: &&str| {
        (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    numbers.len() == 3 && numbers.iter().all(is_number)
}

/// Times as records have them.
mod rfc3339 {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Timestamp;

    pub(super) fn serialize<S: Serializer>(
        time: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::from_rfc3339(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A push that is done, so many seconds after 1970.
    pub(in crate::history) fn push(time: i64, seconds: f64) -> Run {
        Run {
            form: Run::FORM,
            id: String::new(),
            coracle: "0.1.0".to_owned(),
            project: "example.com/app".to_owned(),
            verb: "push".to_owned(),
            time: Timestamp::from_seconds(time),
            seconds,
            exit_code: 0,
            failed_in: None,
            go: None,
            phases: Vec::new(),
            layers: None,
            images: Vec::new(),
            failed_images: Vec::new(),
            programs: Vec::new(),
            modules: ModulesRun::default(),
            findings: None,
            traffic: TrafficRun::default(),
            reproductions: Vec::new(),
            deploys: Vec::new(),
        }
    }

    /// An image of one platform.
    pub(in crate::history) fn image(name: &str, size_bytes: u64, tag: &str) -> ImageRun {
        ImageRun {
            name: name.to_owned(),
            digest: format!("sha256:{}", "0".repeat(64)),
            platforms: vec![ImageSize {
                platform: "linux/amd64".to_owned(),
                size_bytes,
            }],
            tags: vec![tag.to_owned()],
            sent_bytes: 0,
        }
    }

    #[test]
    fn a_release_is_pushed_under_a_whole_version() {
        for (tag, expected) in [
            ("v1.2.3", true),
            ("1.2.3", true),
            ("v1.2", false),
            ("v1.2.3-rc1", false),
            ("v1.2.3-4-gabcdef", false),
            ("latest", false),
            ("v..", false),
        ] {
            assert_eq!(is_release(tag), expected, "{tag}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut run = push(1_700_000_000, 1.5);
        run.images.push(image("a", 3, "v1.2.3"));
        let run = run.identified();
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run);
        assert_eq!((run.id.len(), run.release()), (16, Some("v1.2.3")));
    }
}
