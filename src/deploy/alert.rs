//! What is told when a deploy or a stage fails.

/// Says in a line or two what failed, and what runs now.
pub fn alert_text(project: &str, environment: &str, failure: &str, now: &str) -> String {
    format!("coracle: deploy of {project} to {environment} failed: {failure}\n{now}")
}

/// Says which stages of a pipeline failed, a line each, and why.
pub fn stages_text(project: &str, event: &str, failures: &[(&str, &str)]) -> String {
    let lines = failures
        .iter()
        .map(|(stage, why)| format!("\n{stage}: {why}"));
    let lines: String = lines.collect();
    format!("coracle: ci of {project} for {event} failed:{lines}")
}
