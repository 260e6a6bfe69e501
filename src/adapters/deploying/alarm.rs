//! Who is told of what failed.

use serde_json::json;
use url::Url;

use super::runner::{Run, Runner, Talk};
use crate::adapters::http::{Body, Client, ClientSettings, Request};
use crate::config::AlertConfig;
use crate::model::{Environment, Secret};
use crate::ports::Alarm;

/// What of an answer is read.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// Posts to webhooks, and starts programs.
pub struct Alerts<'a> {
    /// Who starts programs.
    pub runner: Runner<'a>,
    /// How hosts are reached.
    pub settings: ClientSettings,
    /// Where the addresses of webhooks are.
    pub secrets: Environment,
    /// The variable by which programs know what it is about.
    pub variable: &'static str,
}

impl Alerts<'_> {
    /// The address is a secret: no error tells it.
    fn post(&self, alert: &AlertConfig, variable: &str, text: &str) -> Result<(), String> {
        let address = self
            .secrets
            .get_str(variable)
            .ok_or_else(|| format!("{variable} is not set"))?;
        let address = Secret::new(address.to_owned());
        let url =
            Url::parse(address.expose()).map_err(|_| format!("{variable} holds no address"))?;
        let is_near = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && is_near) {
            return Err(format!("{variable} holds no address of https"));
        }
        let mut settings = self.settings.clone();
        settings.patience = alert.timeout;
        let client = Client::new(settings, self.runner.cancellation.clone());
        let body = json!({ "text": text }).to_string();
        let request = Request::new(reqwest::Method::POST, url)
            .header(
                reqwest::header::CONTENT_TYPE,
                reqwest::header::HeaderValue::from_static("application/json"),
            )
            .body(Body::Bytes(body.into()));
        let answer = client
            .send(&request, &|_| ())
            .map_err(|error| error.to_string())?;
        let status = answer.status();
        // What it says beside its status is of no use.
        let _ = answer.bytes(MAX_ANSWER_BYTES);
        if status.is_success() {
            return Ok(());
        }
        Err(format!("the webhook answered {status}"))
    }

    fn start(&self, alert: &AlertConfig, text: &str) -> Result<(), String> {
        let Some((first, rest)) = alert.command.split_first() else {
            return Ok(());
        };
        let program = self
            .runner
            .find(first)
            .map_err(|error| error.in_one_line())?;
        let args: Vec<&str> = rest.iter().map(String::as_str).collect();
        let run = Run {
            program: &program,
            args: &args,
            variables: &[(self.variable.to_owned(), self.runner.name.clone())],
            input: text.as_bytes(),
            limit: alert.timeout,
            talk: Talk::Told,
        };
        self.runner
            .run(&run)
            .map(drop)
            .map_err(|error| error.in_one_line())
    }
}

impl Alarm for Alerts<'_> {
    fn ring(&self, alert: &AlertConfig, text: &str) -> Vec<String> {
        let posted = alert
            .variable()
            .map_or(Ok(()), |variable| self.post(alert, variable, text));
        let started = self.start(alert, text);
        posted.err().into_iter().chain(started.err()).collect()
    }
}
