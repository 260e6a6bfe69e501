//! Which registries tell what was made elsewhere, which are told, and who is believed.

use super::Project;
use super::signing::public_key;
use crate::adapters::registry::{MemoPlaces, MemoSeals, MemoTrust};
use crate::cli::options::ImageOptions;
use crate::cli::session::Session;
use crate::config::{CacheTrust, Config};
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
    let asks = is_unsigned_good || signs || config.cache.key.is_some();
    let tells = is_unsigned_good || signs;
    let why = "to take the word of all who may write there: [cache] trust = \"unsigned\"";
    if let Some(from) = from.filter(|_| !asks) {
        let what = "is not asked for what was made before: no key is named whose word is taken";
        note(
            events,
            format!("{from} {what}, as in [cache] key = \"cosign.pub\"; {why}"),
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

/// Reads the key whose word is taken, if one is named.
///
/// # Errors
/// When it is not there.
pub(super) fn memo_seals(session: &Session, project: &Project) -> Result<MemoSeals, BuildError> {
    let cache = &project.config.cache;
    let keys = cache.key.iter();
    let keys = keys.map(|source| public_key(session, source, &project.root()));
    Ok(MemoSeals::new(match cache.trust {
        CacheTrust::Unsigned => MemoTrust::Anybody,
        CacheTrust::Signed => MemoTrust::Keys(keys.collect::<Result<_, _>>()?),
    }))
}
