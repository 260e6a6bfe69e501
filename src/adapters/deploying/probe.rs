//! Tries of what was deployed.

#![expect(
    clippy::disallowed_methods,
    reason = "how long an answer took is measured on the machine's clock"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::runner::{Run, Runner, Talk};
use crate::adapters::http::{Client, HttpError, Request};
use crate::config::{SmokeKind, SmokeUrl};
use crate::deploy::Answer;
use crate::model::{BuildError, ExitCode};
use crate::ports::SmokeProbe;

/// How much of a body is looked at.
const MAX_BODY_BYTES: u64 = 1 << 20;

/// Tries over HTTP, and by programs.
pub struct Probe<'a> {
    /// Who starts programs.
    pub runner: Runner<'a>,
    /// Who asks; its patience ends a try.
    pub client: Arc<Client>,
}

impl Probe<'_> {
    fn ask(&self, url: &SmokeUrl) -> Result<Answer, HttpError> {
        // What is read before the first request is no part of the answer.
        self.client.addresses(url.as_url())?;
        let begun = Instant::now();
        let response = self
            .client
            .send(&Request::get(url.as_url().clone()), &|_| ())?;
        let status = response.status().as_u16();
        let body = response.bytes(MAX_BODY_BYTES)?;
        Ok(Answer::Http {
            status,
            body,
            took: begun.elapsed(),
        })
    }
}

impl SmokeProbe for Probe<'_> {
    fn probe(&self, kind: &SmokeKind, limit: Duration) -> Result<Answer, BuildError> {
        match kind {
            SmokeKind::Http { url, .. } => match self.ask(url) {
                Ok(answer) => Ok(answer),
                Err(HttpError::Stopped(reason)) => Err(self
                    .runner
                    .error("stopped".to_owned())
                    .exit(reason.exit_code())),
                Err(error) => Ok(Answer::Nothing(error.to_string())),
            },
            SmokeKind::Command(words) => {
                let (first, rest) = words
                    .split_first()
                    .map_or(("", &[][..]), |(first, rest)| (first, rest));
                let program = self.runner.find(first)?;
                let args: Vec<&str> = rest.iter().map(String::as_str).collect();
                let variables = [("CORACLE_ENVIRONMENT".to_owned(), self.runner.name.clone())];
                let finished = self.runner.finish(&Run {
                    program: &program,
                    args: &args,
                    variables: &variables,
                    input: b"",
                    limit,
                    talk: Talk::Told,
                });
                match finished {
                    Ok(finished) => Ok(Answer::Ended(finished.status.code())),
                    Err(error) if self.runner.cancellation.is_stopped() => Err(error),
                    Err(error) => Ok(Answer::Nothing(error.in_one_line())),
                }
            }
        }
    }

    fn wait(&self, time: Duration) -> Result<(), BuildError> {
        self.client.wait(time).map_err(|error| {
            let code = match &error {
                HttpError::Stopped(reason) => reason.exit_code(),
                _ => ExitCode::Internal,
            };
            self.runner
                .error("stopped".to_owned())
                .because(error)
                .exit(code)
        })
    }
}
