//! With what identity images are signed, and who vouches for it.

use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::identity_rule::Wrong;
use super::{IdentityRegex, IdentityRule, KeySource, ServiceUrl};

const FULCIO: &str = "https://fulcio.sigstore.dev";
const REKOR_1: &str = "https://rekor.sigstore.dev";
const REKOR_2: &str = "https://log2025-1.rekor.sigstore.dev";
const TSA: &str = "https://timestamp.sigstore.dev/api/v1/timestamp";

/// Signs without a key: with the identity that the CI gives to a job. A service makes a certificate for
/// it that holds for some minutes, and a public log keeps what was signed. Without any key below, all
/// are those of Sigstore's public instance, and the identity is that of GitHub's or GitLab's CI. Of
/// services of one's own, `fulcio`, `rekor` and `trusted_root` are named together.
///
/// ```toml
/// [sign.keyless]
/// identity = "https://github.com/team/server/.github/workflows/release.yml@refs/heads/main"
/// issuer   = "https://token.actions.githubusercontent.com"
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct KeylessTable {
    /// Where the identity's token is: a file, from the folder of coracle.toml, or `"env://NAME"` for a
    /// variable. The default is `SIGSTORE_ID_TOKEN`, else what GitHub gives to a job that may ask
    /// for one (`permissions: id-token: write`).
    token: Option<KeySource>,
    /// For whom GitHub is asked to make the token. The default is `"sigstore"`.
    audience: Option<String>,
    /// The certificate authority, a Fulcio. The default is `"https://fulcio.sigstore.dev"`.
    fulcio: Option<ServiceUrl>,
    /// The log, a Rekor. The default is `"https://rekor.sigstore.dev"`, or
    /// `"https://log2025-1.rekor.sigstore.dev"` with version 2.
    rekor: Option<ServiceUrl>,
    /// Which version of its protocol the log speaks, 1 or 2. The default is 1.
    #[schemars(range(min = 1, max = 2))]
    rekor_version: Option<u32>,
    /// The time-stamp authority, by RFC 3161: the whole address that is posted to. A log of version 2
    /// tells no time, so that one is needed. The default is none, or
    /// `"https://timestamp.sigstore.dev/api/v1/timestamp"` with version 2.
    tsa: Option<ServiceUrl>,
    /// A file with the certificates and keys of all these services, a Sigstore trusted root, from the
    /// folder of coracle.toml. The default is that of Sigstore's public instance, built in.
    trusted_root: Option<PathBuf>,
    /// Whose signatures `verify` wants where no flag says so, with `issuer`. The default is none.
    identity: Option<String>,
    /// The same as a regular expression for the whole identity. The default is none.
    identity_regexp: Option<IdentityRegex>,
    /// Who vouches for the identity, the URL of an OpenID Connect issuer. The default is none.
    issuer: Option<String>,
}

/// With what identity images are signed, and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeylessConfig {
    /// Where the token is, if not where a CI has it.
    pub token: Option<KeySource>,
    /// For whom a CI is asked to make it.
    pub audience: String,
    /// Who makes certificates.
    pub fulcio: ServiceUrl,
    /// Who keeps what was signed.
    pub log: TransparencyLog,
    /// Who tells the time.
    pub tsa: Option<ServiceUrl>,
    /// The certificates and keys of these, if not those of the public instance.
    pub trusted_root: Option<PathBuf>,
    /// Whose signatures count where nothing else is said.
    pub rule: Option<IdentityRule>,
}

/// A log of what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransparencyLog {
    /// Where it is.
    pub url: ServiceUrl,
    /// How it is spoken to.
    pub version: LogVersion,
}

/// A protocol of Rekor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogVersion {
    /// It promises an entry, and tells the time.
    One,
    /// It answers once the entry is in the log, and tells no time.
    Two,
}

impl KeylessTable {
    /// Returns what it means.
    ///
    /// # Errors
    /// The key that is wrong, and why.
    pub(super) fn into_config(self) -> Result<KeylessConfig, Wrong> {
        let version = match self.rekor_version {
            None | Some(1) => LogVersion::One,
            Some(2) => LogVersion::Two,
            Some(other) => {
                return Err(("rekor_version", format!("expected 1 or 2, found {other}")));
            }
        };
        self.check_services()?;
        let is_public = self.rekor.is_none() && self.fulcio.is_none();
        let (rekor, tsa) = match version {
            LogVersion::One => (REKOR_1, None),
            LogVersion::Two => (REKOR_2, is_public.then_some(TSA)),
        };
        let tsa = match (self.tsa, tsa) {
            (Some(named), _) => Some(named),
            (None, Some(public)) => Some(address("tsa", public)?),
            (None, None) => None,
        };
        if version == LogVersion::Two && tsa.is_none() {
            let message = "a log of version 2 tells no time\nname a time-stamp authority: tsa = \"https://…\"";
            return Err(("rekor_version", message.to_owned()));
        }
        let rule = IdentityRule::of_keys(self.identity, self.identity_regexp, self.issuer)?;
        let or_public = |key, named: Option<ServiceUrl>, public| match named {
            Some(named) => Ok(named),
            None => address(key, public),
        };
        Ok(KeylessConfig {
            token: self.token,
            audience: self.audience.unwrap_or_else(|| "sigstore".to_owned()),
            fulcio: or_public("fulcio", self.fulcio, FULCIO)?,
            log: TransparencyLog {
                url: or_public("rekor", self.rekor, rekor)?,
                version,
            },
            tsa,
            trusted_root: self.trusted_root,
            rule,
        })
    }
}

impl KeylessTable {
    /// Whoever has services of their own may not want to tell the public ones anything, and what a log
    /// was told stays there: no service is taken from one instance and the next from another.
    fn check_services(&self) -> Result<(), Wrong> {
        let named = [
            ("fulcio", self.fulcio.is_some()),
            ("rekor", self.rekor.is_some()),
            ("tsa", self.tsa.is_some()),
        ];
        let Some((own, _)) = named.into_iter().find(|(_, is_named)| *is_named) else {
            return Ok(());
        };
        let needed = [
            ("fulcio", self.fulcio.is_some(), FULCIO),
            ("rekor", self.rekor.is_some(), REKOR_1),
            ("trusted_root", self.trusted_root.is_some(), ""),
        ];
        let missing = needed.into_iter().find(|(_, is_named, _)| !is_named);
        match missing {
            None => Ok(()),
            Some(("trusted_root", ..)) => Err((
                own,
                "services of one's own are checked by their own certificates and keys\nname the file: trusted_root = \"…\"; cosign trusted-root create writes one".to_owned(),
            )),
            Some((key, _, public)) => Err((
                own,
                format!("{own} is named and {key} is not\nname all of them; that of Sigstore's public instance is {key} = \"{public}\""),
            )),
        }
    }
}

fn address(key: &'static str, text: &str) -> Result<ServiceUrl, Wrong> {
    ServiceUrl::from_str(text).map_err(|error| (key, error.to_string()))
}
