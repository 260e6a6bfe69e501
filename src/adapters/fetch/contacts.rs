//! Which proxies gave no answer: in one run, none of them is asked again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fetch_error::FetchError;
use crate::toolchain::{Proxy, Refusal};

/// What is known of each proxy that was asked, by the name it is shown by.
#[derive(Default)]
pub(super) struct Contacts(Mutex<BTreeMap<String, Arc<Mutex<Contact>>>>);

/// What is known of a proxy.
#[derive(Clone, Default)]
enum Contact {
    /// Nobody has asked it to the end.
    #[default]
    None,
    /// It has answered.
    Made,
    /// It gave no answer, for this reason.
    Lost(String),
}

impl Contacts {
    /// Asks `proxy` by `question`, unless it gave no answer before. As long as nobody knows whether it answers, one
    /// asks and the others wait.
    ///
    /// # Errors
    /// Those of `question`, and why it is not asked.
    pub(super) fn ask<T>(
        &self,
        proxy: &Proxy,
        question: impl FnOnce() -> Result<T, Refusal<FetchError>>,
    ) -> Result<T, Refusal<FetchError>> {
        let place = Arc::clone(locked(&self.0).entry(proxy.to_string()).or_default());
        let first = locked(&place);
        match &*first {
            Contact::Lost(reason) => {
                return Err(Refusal::Failed(FetchError::NotAsked(reason.clone())));
            }
            Contact::Made => drop(first),
            Contact::None => {
                let mut first = first;
                return note(&mut first, question());
            }
        }
        let answer = question();
        note(&mut locked(&place), answer)
    }
}

fn note<T>(
    contact: &mut Contact,
    answer: Result<T, Refusal<FetchError>>,
) -> Result<T, Refusal<FetchError>> {
    match &answer {
        Err(Refusal::Failed(FetchError::Http(error))) if error.is_without_answer() => {
            *contact = Contact::Lost(error.to_string());
        }
        // Whether it would have answered is not known then.
        Err(Refusal::Failed(FetchError::Stopped(_) | FetchError::Disk(_))) => {}
        Ok(_) | Err(_) => *contact = Contact::Made,
    }
    answer
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::adapters::http::HttpError;
    use crate::model::StopReason;

    type Answer = Result<(), Refusal<FetchError>>;

    fn proxy(name: &str) -> Proxy {
        Proxy::Folder(name.into())
    }

    fn no_answer() -> Answer {
        Err(Refusal::Failed(FetchError::Http(HttpError::NotTls {
            host: "down".to_owned(),
        })))
    }

    #[test]
    fn whoever_gave_no_answer_is_not_asked_again_and_all_others_are() {
        let answers: [(fn() -> Answer, usize); 5] = [
            (no_answer, 1),
            (|| Ok(()), 3),
            (
                || Err(Refusal::NotFound(FetchError::NotFound("it".to_owned()))),
                3,
            ),
            (
                || Err(Refusal::Failed(FetchError::Disk(io::Error::other("full")))),
                3,
            ),
            (
                || {
                    Err(Refusal::Failed(FetchError::Stopped(
                        StopReason::Interrupted,
                    )))
                },
                3,
            ),
        ];
        for (number, (answer, expected)) in answers.into_iter().enumerate() {
            let (contacts, mut asked) = (Contacts::default(), 0);
            for _ in 0..3 {
                let _ = contacts.ask(&proxy("/a"), || {
                    asked += 1;
                    answer()
                });
            }
            assert_eq!(asked, expected, "{number}");
        }
    }

    #[test]
    fn the_reason_is_told_each_time_and_is_that_of_one_proxy() {
        let contacts = Contacts::default();
        assert!(contacts.ask(&proxy("/a"), || Ok(())).is_ok());
        for _ in 0..2 {
            let refusal = contacts.ask(&proxy("/a"), no_answer).unwrap_err();
            let reason = refusal.into_reason().to_string();
            assert_eq!(reason, "down does not speak https");
        }
        assert!(contacts.ask(&proxy("/b"), || Ok(())).is_ok());
    }
}
