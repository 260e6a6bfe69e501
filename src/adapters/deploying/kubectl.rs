//! What a cluster is asked and told through kubectl, and what its refusals mean.

use std::time::Duration;

use serde_json::Value;

use super::runner::{Runner, last_lines};
use crate::adapters::kubectl::{INSTALL, KubectlProgram, Question};
use crate::config::KubernetesHow;
use crate::model::{BuildError, Cancellation, ExitCode};

/// Who is named as the owner of fields.
pub(super) const MANAGER: &str = "--field-manager=coracle";
/// How long one question may take.
const REQUEST: &str = "--request-timeout=20s";
/// How long kubectl may take for all that it asks for one answer.
const LIMIT: Duration = Duration::from_mins(1);

/// What a cluster says where it does not let something be changed.
const IMMUTABLE: &str = "field is immutable";

/// What kubectl says when nobody answers.
const UNREACHABLE: [&str; 11] = [
    "connection refused",
    "was refused",
    "Unable to connect to the server",
    "no such host",
    "i/o timeout",
    "TLS handshake timeout",
    "currently unable to handle",
    "context deadline exceeded",
    "connection reset",
    "unexpected EOF",
    "etcdserver: ",
];

/// That kubectl did not do something.
pub(super) struct Refusal {
    pub(super) why: Why,
    pub(super) error: Box<BuildError>,
}

/// What of a refusal decides how it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The cluster does not let a field be changed.
    Immutable,
    /// It was not done in the time that kubectl was told to wait.
    TooEarly,
    /// Anything else.
    Other,
}

impl From<BuildError> for Refusal {
    fn from(error: BuildError) -> Self {
        Self {
            why: Why::Other,
            error: Box::new(error),
        }
    }
}

impl From<Refusal> for BuildError {
    fn from(refusal: Refusal) -> Self {
        *refusal.error
    }
}

/// Asks and tells a cluster.
#[derive(Clone)]
pub(super) struct Kubectl<'a> {
    pub(super) runner: Runner<'a>,
    pub(super) how: KubernetesHow,
}

impl Kubectl<'_> {
    /// Returns the same, whose questions are asked though the run is told to stop.
    pub(super) fn unstoppable(&self) -> Self {
        let mut kubectl = self.clone();
        kubectl.runner.cancellation = Cancellation::default();
        kubectl
    }

    fn program(&self) -> Result<KubectlProgram, BuildError> {
        let Runner {
            environment,
            root,
            cancellation,
            ..
        } = &self.runner;
        let found = KubectlProgram::find(environment, root.clone(), cancellation.clone());
        found.ok_or_else(|| {
            self.runner
                .error("it is deployed to through kubectl, which is not on PATH".to_owned())
                .exit(ExitCode::Usage)
                .hint(INSTALL)
        })
    }

    /// Runs kubectl in the context and namespace of the environment.
    pub(super) fn run(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, BuildError> {
        Ok(self.ask(args, input)?)
    }

    /// Has the cluster apply `text`.
    pub(super) fn apply(&self, text: &str, more: &[&str]) -> Result<Vec<u8>, Refusal> {
        let fixed = [
            "apply",
            "--server-side",
            "--force-conflicts",
            MANAGER,
            "--filename=-",
        ];
        let args: Vec<&str> = fixed.into_iter().chain(more.iter().copied()).collect();
        self.ask(&args, text.as_bytes())
    }

    /// As [`run`](Self::run), and tells what a refusal means.
    pub(super) fn ask(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, Refusal> {
        let program = self.program()?;
        let context = self
            .how
            .context
            .as_ref()
            .map(|it| format!("--context={it}"));
        let namespace = self
            .how
            .namespace
            .as_ref()
            .map(|it| format!("--namespace={it}"));
        let fixed = [context.as_deref(), namespace.as_deref(), Some(REQUEST)];
        let args: Vec<&str> = fixed
            .into_iter()
            .flatten()
            .chain(args.iter().copied())
            .collect();
        let question = Question {
            args: &args,
            input,
            time: Some(LIMIT),
        };
        let finished = program.run(&question, &mut |_, _| ());
        let finished = finished.map_err(|error| self.runner.unfinished(&"kubectl", error))?;
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        let said = last_lines(&finished);
        let why = if said.contains(IMMUTABLE) {
            Why::Immutable
        } else if said.contains("timed out waiting for the condition") {
            Why::TooEarly
        } else {
            Why::Other
        };
        let error = Box::new(self.refused(&said));
        Err(Refusal { why, error })
    }

    /// Runs kubectl for an object; nothing where there is none.
    pub(super) fn object(&self, args: &[&str]) -> Result<Option<Value>, BuildError> {
        let said = self.run(args, b"")?;
        if said.trim_ascii().is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&said)
            .map(Some)
            .map_err(|error| self.no_json(error))
    }

    /// Returns all objects of an answer, one after the other or in a list.
    pub(super) fn objects(&self, said: &[u8]) -> Result<Vec<Value>, BuildError> {
        let mut objects = Vec::new();
        for value in serde_json::Deserializer::from_slice(said).into_iter::<Value>() {
            let mut value = value.map_err(|error| self.no_json(error))?;
            match value.get_mut("items").map(Value::take) {
                Some(Value::Array(items)) => objects.extend(items),
                _ => objects.push(value),
            }
        }
        Ok(objects)
    }

    fn no_json(&self, error: serde_json::Error) -> BuildError {
        self.runner
            .error("what kubectl says is no JSON".to_owned())
            .because(error)
    }

    /// Says what the cluster's refusal means.
    fn refused(&self, said: &str) -> BuildError {
        let error = |message: &str| self.runner.error(message.to_owned());
        let has = |words: &str| said.contains(words);
        let told = if UNREACHABLE.iter().any(|words| has(words)) {
            error("the cluster cannot be reached")
                .exit(ExitCode::Unavailable)
                .hint("ask it yourself: kubectl cluster-info")
        } else if has("context") && (has("does not exist") || has("was not found")) {
            error("kubectl knows no such context")
                .exit(ExitCode::Usage)
                .hint("which there are: kubectl config get-contexts")
        } else if has("namespaces \"") && has("not found") {
            let namespace = said.split('"').nth(1).unwrap_or_default().to_owned();
            let namespace = said
                .split_once("namespaces \"")
                .and_then(|(_, rest)| rest.split('"').next())
                .map_or(namespace, str::to_owned);
            error(&format!("there is no namespace {namespace}"))
                .hint(format!("make it: kubectl create namespace {namespace}"))
        } else if has("orbidden") || has("Unauthorized") || has("must be logged in") {
            error("the cluster forbids it")
                .exit(ExitCode::Denied)
                .hint("what you may do there: kubectl auth can-i --list")
        } else if has(IMMUTABLE) {
            error("the cluster does not let it be changed")
                .hint("what cannot be changed is made anew: delete it first, with kubectl delete")
        } else if has("the object has been modified")
            || has("AlreadyExists")
            || has("already exists")
        {
            error("another run was faster").hint("wait until it is done, and look: coracle status")
        } else {
            error("the cluster refuses it")
        };
        told.because(without_log(said))
    }
}

/// Leaves out what kubectl writes into its log, where it says anything else: that repeats for each try what the last
/// line says in words.
fn without_log(said: &str) -> String {
    let words: Vec<&str> = said.lines().filter(|line| !is_logged(line)).collect();
    if words.is_empty() {
        return said.to_owned();
    }
    words.join("\n")
}

/// Tells whether a line has the head of klog's, as in `E1129 12:33:00.740824 20645 memcache.go:265] …`.
fn is_logged(line: &str) -> bool {
    let head = line.split_once(' ').map_or(line, |(head, _)| head);
    let is_date = |date: &str| date.len() == 4 && date.bytes().all(|byte| byte.is_ascii_digit());
    head.strip_prefix(['I', 'W', 'E', 'F']).is_some_and(is_date)
}
