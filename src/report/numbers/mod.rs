//! What `report` tells: which wishes the runs fulfil, what gets worse, and the last of them.

mod open_metrics;
mod text;

use schemars::JsonSchema;
use serde::Serialize;

pub use open_metrics::write_open_metrics;
pub(super) use text::ended;
pub use text::write_numbers;

use crate::history::{Advice, Judged, Past, Run, Trend, TrendOf, Verdict};

/// The version of the form of this document.
const FORM: u32 = 1;

/// What `report --json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NumbersDocument {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The path of the project's module, or the name of its folder where there is no go.mod.
    pub project: String,
    /// How many runs of it were looked at: at most the last 1,000.
    pub runs: u64,
    /// When the first of them began; nothing where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// What of the history was not used as it is.
    pub set_aside: SetAside,
    /// Whether no wish is broken.
    pub kept: bool,
    /// Each wish of `[slo]`.
    pub slos: Vec<ReportedSlo>,
    /// What gets worse.
    pub trends: Vec<ReportedTrend>,
    /// The last runs, the latest first: records as `coracle schema history` has them.
    pub last_runs: Vec<Run>,
}

/// What of the history was not used as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SetAside {
    /// Lines that are harmed.
    pub damaged: u64,
    /// Records of a later version.
    pub newer: u64,
    /// Runs with a time that no clock can have shown: their place in the history counts instead.
    pub misdated: u64,
}

/// A wish, held against the runs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReportedSlo {
    /// The key of `[slo]`.
    pub key: String,
    /// What it is.
    pub title: String,
    /// The limit.
    pub limit: f64,
    /// What the runs have; nothing where none tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The unit of both: `seconds`, `percent`, `bytes` or `count`.
    pub unit: String,
    /// Whether the value is within the limit.
    pub verdict: ReportedVerdict,
    /// What it is the value of: an image, a run; empty where there is none.
    pub of: String,
    /// What happens where it is broken.
    pub consequence: String,
    /// Where it is broken, what to look at.
    pub advice: Vec<ReportedAdvice>,
    #[serde(skip)]
    limit_text: String,
    #[serde(skip)]
    value_text: String,
}

/// Whether a wish is fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportedVerdict {
    /// It is.
    Kept,
    /// It is not.
    Broken,
    /// No run tells.
    Unknown,
}

/// Something that gets worse.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReportedTrend {
    /// `build_time`, `image_size` or `module_failures`.
    pub of: String,
    /// The image, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// How it was.
    pub before: f64,
    /// How it is.
    pub now: f64,
    /// The unit of both.
    pub unit: String,
    /// What to look at.
    pub advice: Vec<ReportedAdvice>,
    #[serde(skip)]
    text: String,
}

/// Something to look at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReportedAdvice {
    /// What is behind it.
    pub what: String,
    /// What to do, or to type.
    pub hint: String,
}

impl NumbersDocument {
    /// Tells what was found in `past`, with the last `shown` runs.
    pub fn new(
        project: String,
        past: &Past,
        judged: &[Judged],
        trends: &[Trend],
        shown: usize,
    ) -> Self {
        Self {
            form: FORM,
            project,
            runs: past.runs.len() as u64,
            since: past.runs.first().map(|run| run.time.to_string()),
            set_aside: SetAside {
                damaged: past.damaged,
                newer: past.newer,
                misdated: past.misdated,
            },
            kept: judged.iter().all(|it| it.verdict != Verdict::Broken),
            slos: judged.iter().map(ReportedSlo::from).collect(),
            trends: trends.iter().map(ReportedTrend::from).collect(),
            last_runs: past.runs.iter().rev().take(shown).cloned().collect(),
        }
    }

    /// Returns the JSON schema of the document: `coracle schema numbers`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl ReportedVerdict {
    /// Returns the word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Kept => "ok",
            Self::Broken => "BROKEN",
            Self::Unknown => "unknown",
        }
    }
}

impl ReportedSlo {
    /// Returns the limit as people read it.
    pub(super) fn limit_text(&self) -> &str {
        &self.limit_text
    }

    /// Returns the value as people read it; a dash where there is none.
    pub(super) fn value_text(&self) -> &str {
        &self.value_text
    }
}

impl ReportedTrend {
    /// Returns what gets worse, as people read it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl From<&Judged> for ReportedSlo {
    fn from(judged: &Judged) -> Self {
        let value = judged.value;
        Self {
            key: judged.objective.key().to_owned(),
            title: judged.objective.title().to_owned(),
            limit: judged.limit.number(),
            value: value.map(|value| rounded(value.number())),
            unit: judged.limit.unit().to_owned(),
            verdict: match judged.verdict {
                Verdict::Kept => ReportedVerdict::Kept,
                Verdict::Broken => ReportedVerdict::Broken,
                Verdict::Unknown => ReportedVerdict::Unknown,
            },
            of: judged.of.clone(),
            consequence: judged.objective.consequence().to_owned(),
            advice: judged.advice.iter().map(ReportedAdvice::from).collect(),
            limit_text: judged.limit.to_string(),
            value_text: value.map_or_else(|| "-".to_owned(), |value| value.to_string()),
        }
    }
}

impl From<&Trend> for ReportedTrend {
    fn from(trend: &Trend) -> Self {
        let (of, image, what) = match &trend.of {
            TrendOf::BuildTime => ("build_time", None, "builds take longer".to_owned()),
            TrendOf::ImageSize(image) => ("image_size", Some(image), format!("{image} grows")),
            TrendOf::ModuleFailures => {
                let what = "more modules cannot be had".to_owned();
                ("module_failures", None, what)
            }
        };
        Self {
            of: of.to_owned(),
            image: image.cloned(),
            before: rounded(trend.before.number()),
            now: rounded(trend.now.number()),
            unit: trend.now.unit().to_owned(),
            advice: trend.advice.iter().map(ReportedAdvice::from).collect(),
            text: format!("{what}: {} before, {} now", trend.before, trend.now),
        }
    }
}

impl From<&Advice> for ReportedAdvice {
    fn from(advice: &Advice) -> Self {
        Self {
            what: advice.what.clone(),
            hint: advice.hint.clone(),
        }
    }
}

/// Nobody needs more than a thousandth.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
