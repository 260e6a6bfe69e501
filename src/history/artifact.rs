//! A record as an artifact of a registry, by which it travels from machine to machine.
//!
//! The record is the config of a manifest, and in its descriptor too: `data` of image-spec v1.1,
//! `descriptor.md`. One request tells it. Its tag names the project, the time and the run, so that a list
//! of tags tells which are new.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::Run;
use crate::model::{Blob, Digest, MediaType, Tag, TagError, Timestamp, canonical_json};

/// What a record is in a registry.
const RUN_TYPE: &str = "application/vnd.coracle.run.v1+json";

/// Records of more bytes travel without the parts of their programs: a manifest may have 4 MiB, and
/// base64 adds a third.
const MOST_BYTES: usize = 2 << 20;

/// A record, ready for a registry.
#[derive(Debug, Clone)]
pub struct RunArtifact {
    /// The record itself.
    pub config: Blob,
    /// What names it.
    pub manifest: Blob,
}

/// What travelled.
#[derive(Debug, Clone, PartialEq)]
pub enum ReceivedRun {
    /// A record.
    Run(Box<Run>),
    /// Something that this version cannot use.
    SetAside,
}

#[derive(Deserialize)]
struct Manifest {
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    data: String,
}

impl RunArtifact {
    /// Makes an artifact of `run`; nothing where it is too large to travel.
    pub fn new(run: &Run) -> Option<Self> {
        let mut bytes = canonical_json(&json!(run));
        if bytes.len() > MOST_BYTES {
            bytes = canonical_json(&json!(run.without_parts()));
        }
        if bytes.len() > MOST_BYTES {
            return None;
        }
        let data = STANDARD.encode(&bytes);
        let config = Blob::of_bytes(MediaType::Other(RUN_TYPE.to_owned()), bytes);
        let descriptor = json!(config.descriptor);
        let mut with_data = descriptor.clone();
        with_data["data"] = data.into();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MediaType::Manifest,
            "artifactType": RUN_TYPE,
            "config": with_data,
            "layers": [descriptor],
        });
        Some(Self {
            manifest: Blob::of_bytes(MediaType::Manifest, canonical_json(&manifest)),
            config,
        })
    }

    /// Reads the record out of a manifest that stands under the tag of `id` of `project`.
    pub fn read(manifest: &[u8], project: &str, id: &str) -> ReceivedRun {
        let run = serde_json::from_slice(manifest)
            .ok()
            .and_then(|manifest: Manifest| STANDARD.decode(&manifest.config.data).ok())
            .and_then(|bytes| serde_json::from_slice::<Run>(&bytes).ok());
        let is_it = |run: &Run| (run.form, &*run.project, &*run.id) == (Run::FORM, project, id);
        match run.filter(is_it) {
            Some(run) => ReceivedRun::Run(Box::new(run)),
            None => ReceivedRun::SetAside,
        }
    }

    /// Returns the tag of a run that has an id.
    ///
    /// # Errors
    /// When its id is none that this version gives.
    pub fn tag(run: &Run) -> Result<Tag, TagError> {
        format!("{}{}", before(&run.project, run.time), run.id).parse()
    }

    /// Returns what no tag of a run of `project` since `time` comes before, in the order of letters.
    pub fn first_tag(project: &str, time: Timestamp) -> String {
        before(project, time)
    }

    /// Returns what comes behind all tags of runs of `project`, in the order of letters.
    pub fn behind_tags(project: &str) -> String {
        // Behind all digits.
        format!("{}:", stem(project))
    }

    /// Returns the id of the run that a tag of `project` names.
    pub fn id<'a>(tag: &'a str, project: &str) -> Option<&'a str> {
        let rest = tag.strip_prefix(&stem(project))?;
        let (time, id) = rest.split_once('-')?;
        let is_time = time.len() == 11 && time.bytes().all(|byte| byte.is_ascii_digit());
        let is_id = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_time && is_id).then_some(id)
    }
}

fn stem(project: &str) -> String {
    format!("run-{}-", &Digest::of(project.as_bytes()).to_hex()[..12])
}

fn before(project: &str, time: Timestamp) -> String {
    format!("{}{:011}-", stem(project), time.seconds().max(0))
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::push;
    use super::*;

    fn manifest_of(run: &Run) -> Vec<u8> {
        let artifact = RunArtifact::new(run).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut artifact.manifest.open().unwrap(), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_record_comes_back_as_it_went() {
        let run = push(1_700_000_000, 1.5).identified();
        let tag = RunArtifact::tag(&run).unwrap();
        let id = RunArtifact::id(tag.as_str(), &run.project).unwrap();
        assert_eq!(id, run.id);
        let read = RunArtifact::read(&manifest_of(&run), &run.project, id);
        assert_eq!(read, ReceivedRun::Run(Box::new(run)));
    }

    #[test]
    fn what_is_another_run_or_none_is_set_aside() {
        let run = push(1_700_000_000, 1.5).identified();
        let manifest = manifest_of(&run);
        for (manifest, project, id) in [
            (manifest.as_slice(), "example.com/other", &*run.id),
            (&manifest, &run.project, "0123456789abcdef"),
            (b"{}", &run.project, &run.id),
            (b"\xff", &run.project, &run.id),
        ] {
            let read = RunArtifact::read(manifest, project, id);
            assert_eq!(read, ReceivedRun::SetAside);
        }
        let mut later = run.clone();
        later.form = 2;
        let read = RunArtifact::read(&manifest_of(&later), &run.project, &run.id);
        assert_eq!(read, ReceivedRun::SetAside);
    }

    #[test]
    fn tags_are_in_the_order_of_time_and_of_one_project() {
        let at = |time| RunArtifact::tag(&push(time, 1.0).identified()).unwrap();
        let (early, late) = (at(1_700_000_000), at(1_700_000_001));
        let project = "example.com/app";
        let first = RunArtifact::first_tag(project, Timestamp::from_seconds(1_700_000_001));
        assert!(*early.as_str() < *first && *first < *late.as_str());
        assert!(*late.as_str() < *RunArtifact::behind_tags(project));
        assert_eq!(RunArtifact::id(early.as_str(), "example.com/other"), None);
        for foreign in ["latest", "run-", "memo-0123"] {
            assert_eq!(RunArtifact::id(foreign, project), None);
        }
    }
}
