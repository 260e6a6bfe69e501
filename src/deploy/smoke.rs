//! Whether a smoke test has passed: one answer, and several in a row.

use std::time::Duration;

use crate::config::{SmokeConfig, SmokeKind};

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// HTTP was answered.
    Http {
        /// By this status.
        status: u16,
        /// With this body, as far as it was read.
        body: Vec<u8>,
        /// After this time.
        took: Duration,
    },
    /// A program ended with this code; nothing where a signal ended it.
    Ended(Option<i32>),
    /// Nothing came; this is why.
    Nothing(String),
}

/// Whether one try has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// It has.
    Passed,
    /// It has not; this is why.
    Failed(String),
}

/// Judges one try.
pub fn judge(kind: &SmokeKind, answer: &Answer) -> Trial {
    let failed = |why: String| Trial::Failed(why);
    match (kind, answer) {
        (_, Answer::Nothing(why)) => failed(why.clone()),
        (
            SmokeKind::Http {
                status: wanted,
                contains,
                latency,
                ..
            },
            Answer::Http { status, body, took },
        ) => {
            if status != wanted {
                return failed(format!("the status is {status}, expected {wanted}"));
            }
            if let Some(text) = contains
                && !holds(body, text.as_bytes())
            {
                return failed(format!("the body does not contain {text:?}"));
            }
            match latency {
                Some(limit) if took > limit => failed(format!(
                    "it took {} ms, more than {} ms",
                    took.as_millis(),
                    limit.as_millis()
                )),
                _ => Trial::Passed,
            }
        }
        (_, Answer::Ended(Some(0))) => Trial::Passed,
        (_, Answer::Ended(Some(code))) => failed(format!("it ended with {code}")),
        (_, Answer::Ended(None)) => failed("a signal ended it".to_owned()),
        (SmokeKind::Command(_), Answer::Http { .. }) => failed("it is no program".to_owned()),
    }
}

fn holds(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text)
}

/// The tries of one test so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streak {
    wanted: u32,
    in_a_row: u32,
    passed: u32,
    tries: u32,
    last_failure: Option<String>,
}

impl Streak {
    /// Begins the tries of a test.
    pub fn of(test: &SmokeConfig) -> Self {
        Self {
            wanted: test.passes,
            in_a_row: 0,
            passed: 0,
            tries: 0,
            last_failure: None,
        }
    }

    /// Adds a try. A failure in between begins the count anew.
    pub fn add(&mut self, trial: Trial) {
        self.tries += 1;
        match trial {
            Trial::Passed => {
                self.in_a_row += 1;
                self.passed += 1;
            }
            Trial::Failed(why) => {
                self.in_a_row = 0;
                self.last_failure = Some(why);
            }
        }
    }

    /// Tells whether the test has passed.
    pub fn is_enough(&self) -> bool {
        self.in_a_row >= self.wanted
    }

    /// Returns how often it was tried.
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// Says why it has not passed when its time was over.
    pub fn failure(&self) -> String {
        let why = self
            .last_failure
            .as_deref()
            .unwrap_or("there was no time for more tries");
        if self.passed == 0 {
            return format!("{why} ({} tries)", self.tries);
        }
        format!(
            "it flaps: {} of {} tries passed, never {} in a row; last {why}",
            self.passed, self.tries, self.wanted
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test() -> SmokeConfig {
        SmokeConfig {
            kind: SmokeKind::Http {
                url: "http://localhost/healthz".parse().unwrap(),
                status: 200,
                contains: Some("ok".to_owned()),
                latency: Some(Duration::from_millis(500)),
            },
            passes: 2,
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(10),
        }
    }

    fn answer(status: u16, body: &str, took: u64) -> Trial {
        let answer = Answer::Http {
            status,
            body: body.into(),
            took: Duration::from_millis(took),
        };
        judge(&test().kind, &answer)
    }

    #[test]
    fn status_body_and_latency_all_count() {
        assert_eq!(answer(200, "all ok", 500), Trial::Passed);
        for (trial, why) in [
            (answer(503, "all ok", 1), "the status is 503, expected 200"),
            (answer(200, "no", 1), "the body does not contain \"ok\""),
            (answer(200, "ok", 501), "it took 501 ms, more than 500 ms"),
        ] {
            assert_eq!(trial, Trial::Failed(why.to_owned()));
        }
    }

    #[test]
    fn what_flaps_does_not_pass() {
        let mut streak = Streak::of(&test());
        for works in [true, false, true, false] {
            streak.add(if works {
                Trial::Passed
            } else {
                Trial::Failed("no".to_owned())
            });
            assert!(!streak.is_enough());
        }
        assert_eq!(
            streak.failure(),
            "it flaps: 2 of 4 tries passed, never 2 in a row; last no"
        );
        streak.add(Trial::Passed);
        streak.add(Trial::Passed);
        assert!(streak.is_enough());
    }
}
