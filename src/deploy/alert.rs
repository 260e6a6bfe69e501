//! What is told when a deploy fails.

/// Says in a line or two what failed, and what runs now.
pub fn alert_text(project: &str, environment: &str, failure: &str, now: &str) -> String {
    format!("coracle: deploy of {project} to {environment} failed: {failure}\n{now}")
}
