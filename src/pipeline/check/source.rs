//! What the source and the configuration say, without a go command.

use crate::config::{BaseChoice, ImageConfig};
use crate::facts::{self, ValueScanner};
use crate::model::{BuildError, ByteSize, ImageName};
use crate::plan::Selected;
use crate::policy::{
    BaseFacts, Finding, ImageValue, Workspace, judge_base, judge_go_versions, judge_replaces,
    judge_suspects, judge_values,
};
use crate::ports::Git;

use super::super::bases::BaseReader;
use super::{Check, Looked};

/// The file that values are allowed in as a whole.
const CONFIG_FILE: &str = "coracle.toml";

impl Check<'_> {
    /// Looks at `replace` directives, versions of Go, and what looks like a secret.
    pub(super) fn source(&self) -> Looked {
        let source = &self.prepared.source;
        let workspace = source.workspace().map(|file| Workspace {
            file,
            replaces: &source.workspace_replaces,
        });
        let roots = self.ports.git.map(Git::roots);
        let mut looked = Looked::default();
        looked.findings.extend(judge_replaces(
            self.policy,
            roots,
            &source.modules,
            workspace.as_ref(),
        ));
        looked
            .findings
            .extend(judge_suspects(&self.prepared.suspects));
        looked.add(self.go_versions());
        looked.add(self.values());
        looked
    }

    fn go_versions(&self) -> Result<Vec<Finding>, BuildError> {
        let named = facts::named_go(self.ports.source, self.request.project)?;
        Ok(judge_go_versions(&self.prepared.go.version, &named))
    }

    /// Looks at what is published with images and stands in no file of theirs.
    fn values(&self) -> Result<Vec<Finding>, BuildError> {
        let allowed = &self.request.config.secrets.allow;
        if allowed.iter().any(|path| path.as_str() == CONFIG_FILE) {
            return Ok(Vec::new());
        }
        let scanner = ValueScanner::new()?;
        let images = self.selected()?;
        let of_images = images
            .iter()
            .flat_map(|image| values_of(&image.name, image.config));
        let stamps = self.request.config.stamp.vars.iter();
        let stamps = stamps.map(|(variable, value)| ImageValue {
            key: format!("stamp.vars.{}", variable.as_str()),
            name: variable.as_str().to_owned(),
            value: value.to_text(),
        });
        let of_own = images.iter().flat_map(|image| {
            image
                .config
                .stamp
                .iter()
                .map(|(variable, value)| ImageValue {
                    key: format!("images.{}.stamp.{}", image.name, variable.as_str()),
                    name: variable.as_str().to_owned(),
                    value: value.to_text(),
                })
        });
        let values: Vec<ImageValue> = of_images.chain(stamps).chain(of_own).collect();
        Ok(judge_values(&scanner, &values))
    }

    /// Looks into the bases that are pulled: what coracle brings itself has no shell.
    pub(super) fn bases(&self) -> Looked {
        let mut looked = Looked::default();
        let images = match self.selected() {
            Ok(images) => images,
            Err(error) => {
                looked.errors.push(error);
                return looked;
            }
        };
        let mut reader = BaseReader::whole(self.ports);
        for (image, base) in images.iter().zip(&self.prepared.bases) {
            if !matches!(image.config.base, BaseChoice::Registry(_)) {
                continue;
            }
            let sizes = base.platforms.iter().map(|platform| {
                let layers = platform.layers.iter();
                layers
                    .map(|it| it.layer.blob.descriptor.size_bytes)
                    .sum::<u64>()
            });
            let size = ByteSize(sizes.max().unwrap_or_default());
            let found = reader.paths(image, base).map(|all| {
                let facts = BaseFacts {
                    name: image.config.base.to_string(),
                    size,
                    paths: all.iter().flat_map(|paths| paths.names()).collect(),
                };
                judge_base(self.policy, &facts)
            });
            looked.add(found);
        }
        looked
    }

    fn selected(&self) -> Result<Vec<Selected<'_>>, BuildError> {
        self.request.select(&self.prepared.source)
    }
}

fn values_of(name: &ImageName, image: &ImageConfig) -> Vec<ImageValue> {
    let value = |table: &str, key: &str, value: String| ImageValue {
        key: format!("images.{name}.{table}.{key}"),
        name: key.to_owned(),
        value,
    };
    let env = image.env.iter();
    let env = env.map(|(key, text)| value("env", key.as_str(), text.to_text()));
    let labels = image.labels.iter();
    let labels = labels.map(|(key, text)| value("labels", key, text.to_text()));
    let annotations = image.annotations.iter();
    let annotations = annotations.map(|(key, text)| value("annotations", key, text.to_text()));
    let entrypoint = image.entrypoint.iter().flat_map(|words| arguments(words));
    let arguments = entrypoint.chain(arguments(&image.args));
    let arguments = arguments.map(|(name_of, text)| ImageValue {
        key: format!("images.{name}.args"),
        name: name_of,
        value: text.to_owned(),
    });
    env.chain(labels)
        .chain(annotations)
        .chain(arguments)
        .collect()
}

/// Returns the values among `words` with what they are called: `--token=VALUE`, or `--token VALUE`.
fn arguments(words: &[String]) -> impl Iterator<Item = (String, &str)> {
    let named = |flag: &str| flag.trim_start_matches('-').replace('-', "_");
    let before = std::iter::once("").chain(words.iter().map(String::as_str));
    words.iter().zip(before).map(move |(word, before)| {
        match (word.split_once('='), before.starts_with('-')) {
            (Some((flag, value)), _) => (named(flag), value),
            (None, true) => (named(before), word.as_str()),
            (None, false) => (String::new(), word.as_str()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_called_by_its_flag() {
        let words = ["serve", "--db-password", "x", "--token=y"].map(str::to_owned);
        let named: Vec<String> = arguments(&words)
            .map(|(name, value)| format!("{name}:{value}"))
            .collect();
        assert_eq!(
            named,
            [":serve", ":--db-password", "db_password:x", "token:y"]
        );
    }
}
