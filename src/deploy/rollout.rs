//! How far something is that was told to run.

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rollout {
    /// All of it runs and is ready.
    Ready,
    /// Not yet; this is how far it is.
    Waiting(String),
    /// It never will; this is why.
    Failed(String),
}

impl Rollout {
    /// Returns what several of them come to.
    pub fn all(each: impl IntoIterator<Item = Self>) -> Self {
        let mut waiting = Vec::new();
        for rollout in each {
            match rollout {
                Self::Ready => {}
                Self::Waiting(how_far) => waiting.push(how_far),
                Self::Failed(why) => return Self::Failed(why),
            }
        }
        if waiting.is_empty() {
            return Self::Ready;
        }
        Self::Waiting(waiting.join(", "))
    }
}
