//! Reading provenance that anybody may have written.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::provenance_value::{BUILD_TYPE, GO_URL, h1_of_hex};
use super::{BaseUsed, Provenance, ProvenanceSource};
use crate::config::RunIdentity;
use crate::model::{ModuleVerification, SourcePath, Timestamp, canonical_json, limits};

/// Why a predicate is no provenance that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ProvenanceError {
    /// It is longer than any that coracle writes.
    #[error("it has {0} bytes, expected at most {most}", most = limits::PROVENANCE_BYTES)]
    TooLong(usize),
    /// It is the word of another builder.
    #[error("its build type is {0:?}, expected {BUILD_TYPE}")]
    BuildType(String),
    /// It is not of the right form.
    #[error("it has not the form of its build type")]
    Form(#[from] serde_json::Error),
    /// One of its values is none that coracle writes.
    #[error("its {name} is {value:?}, which is none")]
    Value {
        /// What it is the value of.
        name: &'static str,
        /// What it says.
        value: String,
    },
    /// It says something beside what is known.
    #[error("it says more than this version of coracle understands")]
    Unknown,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    build_definition: Definition,
    run_details: RunDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    external_parameters: External,
    internal_parameters: Internal,
    #[serde(default)]
    resolved_dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct External {
    image: String,
    config: Value,
    source: Source,
    source_date_epoch: Option<String>,
}

#[derive(Deserialize)]
struct Internal {
    coracle: String,
    modules: ModuleVerification,
}

#[derive(Deserialize)]
struct Source {
    repository: Option<String>,
    commit: Option<String>,
    version: Option<String>,
    branch: Option<String>,
    time: Option<String>,
    folder: String,
    workspace: Option<String>,
    committed: bool,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    #[serde(default)]
    uri: String,
    #[serde(default)]
    digest: DigestSet,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct DigestSet {
    sha256: Option<String>,
    #[serde(rename = "dirHash1")]
    dir_hash: Option<String>,
}

#[derive(Deserialize)]
struct RunDetails {
    builder: Builder,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Builder {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    invocation_id: Option<String>,
}

impl Provenance {
    /// Reads a predicate. What is read is what would be written: a predicate with anything else in it is
    /// not understood, and not believed.
    ///
    /// # Errors
    /// When it is not one that coracle writes.
    pub fn parse(predicate: &Value) -> Result<Self, ProvenanceError> {
        let length = canonical_json(predicate).len();
        if length > limits::PROVENANCE_BYTES {
            return Err(ProvenanceError::TooLong(length));
        }
        let kind = predicate["buildDefinition"]["buildType"].as_str();
        if kind != Some(BUILD_TYPE) {
            return Err(ProvenanceError::BuildType(
                kind.unwrap_or_default().to_owned(),
            ));
        }
        let read = Read::deserialize(predicate)?.into_provenance()?;
        if read.to_predicate() != *predicate {
            return Err(ProvenanceError::Unknown);
        }
        Ok(read)
    }
}

impl Read {
    fn into_provenance(self) -> Result<Provenance, ProvenanceError> {
        let Definition {
            external_parameters: external,
            internal_parameters: internal,
            resolved_dependencies: found,
            ..
        } = self.build_definition;
        let go = found.iter().find(|it| it.uri.starts_with(GO_URL));
        let go_version = go.and_then(|go| go.uri.strip_prefix(GO_URL));
        let base = found.iter().find(|it| it.digest.sha256.is_some());
        Ok(Provenance {
            image: parsed("image", &external.image)?,
            config: external.config,
            source: external.source.into_source()?,
            epoch: external
                .source_date_epoch
                .map(|text| time("sourceDateEpoch", &text))
                .transpose()?,
            go: parsed("go", go_version.unwrap_or_default())?,
            go_h1: go.and_then(|go| h1_of_hex(go.digest.dir_hash.as_deref()?)),
            base: base.map(Dependency::to_base).transpose()?,
            modules: internal.modules,
            coracle: line("coracle", internal.coracle)?,
            run: RunIdentity {
                builder: line("builder", self.run_details.builder.id)?,
                invocation: self
                    .run_details
                    .metadata
                    .and_then(|metadata| metadata.invocation_id)
                    .map(|text| line("invocation", text))
                    .transpose()?,
            },
        })
    }
}

impl Source {
    fn into_source(self) -> Result<ProvenanceSource, ProvenanceError> {
        let optional = |name, text: Option<String>| text.map(|it| line(name, it)).transpose();
        let path = |name, text: &str| parsed::<SourcePath>(name, text);
        Ok(ProvenanceSource {
            repository: self.repository.map(repository).transpose()?,
            commit: self.commit.map(commit).transpose()?,
            version: optional("version", self.version)?,
            branch: optional("branch", self.branch)?,
            time: self.time.map(|text| time("time", &text)).transpose()?,
            folder: path("folder", &self.folder)?,
            workspace: self
                .workspace
                .map(|text| path("workspace", &text))
                .transpose()?,
            is_committed: self.committed,
        })
    }
}

impl Dependency {
    fn to_base(&self) -> Result<BaseUsed, ProvenanceError> {
        let hex = self.digest.sha256.as_deref().unwrap_or_default();
        Ok(BaseUsed {
            reference: parsed("base", &self.name)?,
            digest: parsed("base", &format!("sha256:{hex}"))?,
        })
    }
}

fn wrong(name: &'static str, value: &str) -> ProvenanceError {
    let value = value.chars().take(100).collect();
    ProvenanceError::Value { name, value }
}

fn parsed<T: std::str::FromStr>(name: &'static str, text: &str) -> Result<T, ProvenanceError> {
    text.parse().map_err(|_| wrong(name, text))
}

fn time(name: &'static str, text: &str) -> Result<Timestamp, ProvenanceError> {
    Timestamp::from_rfc3339(text).map_err(|_| wrong(name, text))
}

/// Texts are shown, and compared; none has several lines.
fn line(name: &'static str, text: String) -> Result<String, ProvenanceError> {
    let is_line = !text.is_empty() && text.len() <= 2048 && !text.contains(char::is_control);
    is_line.then_some(()).ok_or_else(|| wrong(name, &text))?;
    Ok(text)
}

/// The full name of a commit, of either kind.
fn commit(text: String) -> Result<String, ProvenanceError> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_name = matches!(text.len(), 40 | 64) && text.bytes().all(is_digit);
    is_name
        .then_some(())
        .ok_or_else(|| wrong("commit", &text))?;
    Ok(text)
}

/// git knows addresses that run programs; these do not.
fn repository(text: String) -> Result<String, ProvenanceError> {
    let is_plain = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    let url = Url::parse(&text).ok().filter(is_plain);
    url.ok_or_else(|| wrong("repository", &text))?;
    line("repository", text)
}
