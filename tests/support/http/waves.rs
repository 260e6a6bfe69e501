//! Answers that come in waves: each when so many requests wait. It makes visible what a client sends at once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// The waves that are still to come; without any, answers come at once.
pub(crate) struct Waves {
    /// How many requests each wave has, and how many of them wait.
    sizes: Mutex<(VecDeque<usize>, usize)>,
    passed: watch::Sender<usize>,
    /// How long every answer is kept back, in milliseconds.
    pause: AtomicU64,
}

impl Default for Waves {
    fn default() -> Self {
        Self {
            sizes: Mutex::default(),
            passed: watch::Sender::new(0),
            pause: AtomicU64::new(0),
        }
    }
}

impl Waves {
    /// Orders waves of these sizes.
    pub(crate) fn order(&self, sizes: &[usize]) {
        let mut waves = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        *waves = (sizes.iter().copied().collect(), 0);
    }

    /// Keeps every answer back for so long.
    pub(crate) fn pause(&self, pause: Duration) {
        let millis = u64::try_from(pause.as_millis()).expect("a short while");
        self.pause.store(millis, Ordering::Relaxed);
    }

    /// Returns when the wave of this answer is complete.
    pub(super) async fn pass(&self) {
        let pause = self.pause.load(Ordering::Relaxed);
        if pause > 0 {
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        let mut passed = self.passed.subscribe();
        let Some(wave) = self.join() else { return };
        // The sender lives as long as this.
        let _ = passed.wait_for(|passed| *passed > wave).await;
    }

    /// Joins a wave, and returns its number where it is still to be waited for.
    fn join(&self) -> Option<usize> {
        let mut waves = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let (sizes, waiting) = &mut *waves;
        let size = *sizes.front()?;
        *waiting += 1;
        if *waiting < size {
            return Some(*self.passed.borrow());
        }
        sizes.pop_front();
        *waiting = 0;
        self.passed.send_modify(|passed| *passed += 1);
        None
    }
}
