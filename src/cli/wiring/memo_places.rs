//! Which registries tell what was made elsewhere, and which are told.

use crate::adapters::registry::MemoPlaces;
use crate::cli::options::ImageOptions;
use crate::config::{CacheConfig, CacheTrust};
use crate::model::{Event, Phase};
use crate::plan::Sink;
use crate::ports::EventSink;

/// Decides where memos come from and go to. `build` writes to no registry that is not named on the
/// command line; nobody is asked whose word is not to be taken.
pub(in crate::cli) fn memo_places(
    config: &CacheConfig,
    options: &ImageOptions,
    sink: &Sink,
    events: &dyn EventSink,
) -> MemoPlaces {
    if options.build.run.offline {
        return MemoPlaces::default();
    }
    let usual = config.registry.as_ref();
    let from = options.cache_from.as_ref().or(usual);
    if let (Some(from), CacheTrust::Signed) = (from, config.trust) {
        events.emit(Event::Noted {
            phase: Phase::Plan,
            message: format!(
                "{from} is not asked for what was made before: nothing there is signed; to take the \
                 word of all who may write there: [cache] trust = \"unsigned\""
            ),
        });
    }
    let to = options.cache_to.as_ref().or(match sink {
        Sink::Registry => usual,
        Sink::Files { .. } => None,
    });
    MemoPlaces {
        from: from
            .filter(|_| config.trust == CacheTrust::Unsigned)
            .cloned(),
        to: to.cloned(),
    }
}
