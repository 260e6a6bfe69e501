//! Which registries tell what was made elsewhere, which are told, and who is believed.

use std::path::Path;

use super::Project;
use super::keyless::{identity_demand, trusted_root_of};
use super::signing::public_key;
use crate::adapters::registry::{MemoPlaces, MemoSeals, MemoTrust};
use crate::attest::TrustedSigners;
use crate::cli::options::ImageOptions;
use crate::cli::session::Session;
use crate::config::{CacheTrust, Config, IdentityPattern, IdentityRule};
use crate::model::{BuildError, Event, Phase};
use crate::plan::Sink;
use crate::ports::EventSink;

/// Decides where memos come from and go to. `build` writes to no registry that is not named on the
/// command line. Nobody is asked whose word is not to be taken, and nobody told who would not take
/// ours: what is not signed would only stand in the way of what is.
pub(in crate::cli) fn memo_places(
    config: &Config,
    options: &ImageOptions,
    sink: &Sink,
    events: &dyn EventSink,
) -> MemoPlaces {
    if options.build.run.offline {
        return MemoPlaces::default();
    }
    let usual = config.cache.registry.as_ref();
    let from = options.cache_from.as_ref().or(usual);
    let to = options.cache_to.as_ref().or(match sink {
        Sink::Registry => usual,
        Sink::Files { .. } => None,
    });
    // Only `push` has the key that signs.
    let signs = matches!(sink, Sink::Registry) && config.sign.is_some();
    let is_unsigned_good = config.cache.trust == CacheTrust::Unsigned;
    let names_somebody = config.cache.key.is_some() || keyless_rule(config).is_some();
    let asks = is_unsigned_good || signs || names_somebody;
    let tells = is_unsigned_good || signs;
    let why = "to take the word of all who may write there: [cache] trust = \"unsigned\"";
    if let Some(from) = from.filter(|_| !asks) {
        let what = "is not asked for what was made before: nobody is named whose word is taken";
        note(
            events,
            format!(
                "{from} {what}, as by [cache] key = \"cosign.pub\" or [sign.keyless] identity; {why}"
            ),
        );
    }
    if let Some(to) = to.filter(|_| !tells && asks) {
        note(
            events,
            format!("{to} is not told what is made: nobody signs it; {why}"),
        );
    }
    MemoPlaces {
        from: from.filter(|_| asks).cloned(),
        to: to.filter(|_| tells).cloned(),
    }
}

fn note(events: &dyn EventSink, message: String) {
    let phase = Phase::Plan;
    events.emit(Event::Noted { phase, message });
}

/// Returns whose word is taken where the project signs without a key. A pattern may mean more than those
/// who release.
fn keyless_rule(config: &Config) -> Option<&IdentityRule> {
    let rule = config.keyless()?.rule.as_ref()?;
    match rule.identity {
        IdentityPattern::Exact(_) => Some(rule),
        IdentityPattern::Matching(_) => None,
    }
}

/// Returns whose word is taken: of the key that is named, and of whom the project signs as.
///
/// # Errors
/// When a key or a trusted root is not there.
pub(super) fn memo_seals(
    session: &Session,
    project: &Project,
    places: &MemoPlaces,
) -> Result<MemoSeals, BuildError> {
    let config = &project.config;
    Ok(MemoSeals::new(match config.cache.trust {
        CacheTrust::Unsigned => MemoTrust::Anybody,
        CacheTrust::Signed => {
            MemoTrust::Signers(trusted_signers(session, config, &project.root(), places)?)
        }
    }))
}

fn trusted_signers(
    session: &Session,
    config: &Config,
    folder: &Path,
    places: &MemoPlaces,
) -> Result<TrustedSigners, BuildError> {
    let key = config.cache.key.iter();
    let key = key.map(|source| public_key(session, source, folder));
    // A trusted root is not read where there is nothing to be judged by it.
    let rule = places.from.as_ref().and_then(|_| keyless_rule(config));
    let rule = rule.into_iter();
    let identity =
        rule.map(|rule| identity_demand(rule.clone(), trusted_root_of(config, folder).as_deref()));
    Ok(TrustedSigners {
        keys: key.collect::<Result<_, _>>()?,
        identities: identity.collect::<Result<_, _>>()?,
    })
}
