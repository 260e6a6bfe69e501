//! Known vulnerabilities, judged.

use super::{Finding, Rule, STANDARD_LIBRARY, Severity, Vulnerability};
use crate::config::{AcceptedVulnerability, PolicyConfig, VulnerabilityLevel};
use crate::model::Timestamp;

/// Judges all that was `found`, by any scan: from the level of `policy` on a vulnerability is refused,
/// unless it is accepted and the last day of that is not over at `now`.
pub fn judge_vulnerabilities(
    found: &[Vulnerability],
    policy: &PolicyConfig,
    now: Timestamp,
) -> Vec<Finding> {
    if policy.vulnerabilities == VulnerabilityLevel::Off {
        return Vec::new();
    }
    let found = Vulnerability::nearest(found.iter().cloned());
    let judged = judge_found(&found, policy, now).into_iter();
    let useless = policy.accepted.iter().filter(|accepted| {
        let mut found = found.iter();
        !found.any(|one| one.is_called(&accepted.id))
    });
    judged
        .chain(useless.map(|accepted| of_nothing(accepted, now)))
        .collect()
}

/// Judges each of what was found, and nothing else: what is accepted may be found elsewhere.
pub fn judge_found(found: &[Vulnerability], policy: &PolicyConfig, now: Timestamp) -> Vec<Finding> {
    found.iter().map(|one| judge(one, policy, now)).collect()
}

fn judge(found: &Vulnerability, policy: &PolicyConfig, now: Timestamp) -> Finding {
    let mut accepted = policy.accepted.iter().filter(|it| found.is_called(&it.id));
    // Of several the one that still holds.
    let holding = accepted.clone().find(|it| !it.until.is_over(now));
    let over = accepted.next();
    let (severity, more) = match (holding, over) {
        (Some(AcceptedVulnerability { reason, until, .. }), _) => (
            Severity::Note,
            format!("; accepted until {until}: {reason}"),
        ),
        (None, Some(AcceptedVulnerability { until, .. })) => (
            severity(found.level, policy.vulnerabilities),
            format!("; it was accepted until {until}, and that is over"),
        ),
        (None, None) => (severity(found.level, policy.vulnerabilities), String::new()),
    };
    let message = format!("{}{more}", describe(found));
    let finding = Finding::new(severity, Rule::Vulnerability, &found.id, message)
        .at(found.place.clone())
        .through(found.chain.iter().cloned());
    let hints = hints(found, severity);
    hints.into_iter().fold(finding, Finding::hint)
}

fn severity(level: VulnerabilityLevel, refused_from: VulnerabilityLevel) -> Severity {
    if level <= refused_from {
        return Severity::Blocked;
    }
    match level {
        VulnerabilityLevel::Off | VulnerabilityLevel::Required => Severity::Note,
        VulnerabilityLevel::Reachable | VulnerabilityLevel::Imported => Severity::Warning,
    }
}

fn describe(found: &Vulnerability) -> String {
    let module = match found.module.as_str() {
        STANDARD_LIBRARY => format!("Go {}", release(&found.version)),
        module => format!("{module} {}", found.version),
    };
    let reach = match &found.program {
        Some(program) => reach_in_program(found, program),
        None => reach_in_source(found),
    };
    let aliases = match found.aliases.as_slice() {
        [] => String::new(),
        aliases => format!(", {}", aliases.join(", ")),
    };
    let what = match found.summary.as_str() {
        "" => "a known vulnerability",
        summary => summary,
    };
    format!("{what} ({module}{aliases}): {reach}")
}

fn reach_in_source(found: &Vulnerability) -> String {
    let package = found.package.as_deref().unwrap_or("the package");
    match found.level {
        VulnerabilityLevel::Reachable => "the program calls it".to_owned(),
        VulnerabilityLevel::Imported => {
            format!("{package} is compiled in, and nothing calls what is vulnerable")
        }
        VulnerabilityLevel::Off | VulnerabilityLevel::Required => {
            "the module is used, and not what is vulnerable in it".to_owned()
        }
    }
}

/// What is told of a program is more than its source shows.
fn reach_in_program(found: &Vulnerability, program: &str) -> String {
    let linked = match found.level {
        VulnerabilityLevel::Reachable => "what is vulnerable",
        _ => found.package.as_deref().unwrap_or("the module"),
    };
    format!("{linked} is linked into {program}, which its source does not show")
}

fn hints(found: &Vulnerability, severity: Severity) -> Vec<String> {
    let mend = match (&found.fixed, found.module.as_str()) {
        (Some(fixed), STANDARD_LIBRARY) => {
            format!("coracle toolchain pin {}", release(fixed))
        }
        (Some(fixed), module) => format!("go get {module}@{fixed}"),
        (None, STANDARD_LIBRARY) => "no release of Go is known to be without it".to_owned(),
        (None, module) => format!("no version of {module} is known to be without it"),
    };
    let accept = (severity == Severity::Blocked).then(|| {
        format!(
            "or live with it for a while, in coracle.toml: [[policy.accepted]] with id = \"{}\", reason = \"…\" and until = YYYY-MM-DD",
            found.id
        )
    });
    let more = found.url.as_ref().map(|url| format!("more of it: {url}"));
    [Some(mend), accept, more].into_iter().flatten().collect()
}

/// Returns the release of Go that a version of its library is of.
fn release(version: &str) -> &str {
    version.strip_prefix('v').unwrap_or(version)
}

fn of_nothing(accepted: &AcceptedVulnerability, now: Timestamp) -> Finding {
    let AcceptedVulnerability { id, until, .. } = accepted;
    let over = if until.is_over(now) {
        format!(" and its last day, {until}, is over")
    } else {
        String::new()
    };
    let message = format!("it is accepted, nothing of this name is found{over}");
    Finding::new(Severity::Note, Rule::Vulnerability, id, message)
        .hint("take it out of [[policy.accepted]] in coracle.toml")
}

#[cfg(test)]
mod tests {
    use super::super::sample_vulnerability;
    use super::*;
    use VulnerabilityLevel::{Imported, Off, Reachable, Required};

    const NOW: &str = "2026-12-01T00:00:00Z";

    fn vulnerability(level: VulnerabilityLevel) -> Vulnerability {
        Vulnerability {
            aliases: vec!["CVE-2021-38561".to_owned()],
            summary: "Out-of-bounds read".to_owned(),
            url: Some("https://example.com/0113".to_owned()),
            module: "golang.org/x/text".to_owned(),
            version: "v0.3.5".to_owned(),
            fixed: Some("v0.3.7".to_owned()),
            package: Some("golang.org/x/text/language".to_owned()),
            chain: vec!["m.main (main.go:1)".to_owned()],
            ..sample_vulnerability("GO-2021-0113", level)
        }
    }

    fn policy(level: VulnerabilityLevel, accepted: &[(&str, &str)]) -> PolicyConfig {
        let accepted = accepted.iter().map(|(id, until)| AcceptedVulnerability {
            id: (*id).to_owned(),
            reason: "no stranger's tags are read".to_owned(),
            until: until.parse().unwrap(),
        });
        PolicyConfig {
            vulnerabilities: level,
            accepted: accepted.collect(),
            ..PolicyConfig::default()
        }
    }

    fn judge(found: &[Vulnerability], policy: &PolicyConfig) -> Vec<Finding> {
        judge_vulnerabilities(found, policy, Timestamp::from_rfc3339(NOW).unwrap())
    }

    #[test]
    fn from_the_level_on_that_is_configured_a_vulnerability_is_refused() {
        use Severity::{Blocked, Note, Warning};
        for (configured, expected) in [
            (Reachable, [Blocked, Warning, Note]),
            (Imported, [Blocked, Blocked, Note]),
            (Required, [Blocked, Blocked, Blocked]),
        ] {
            let severities = [Reachable, Imported, Required]
                .map(|level| judge(&[vulnerability(level)], &policy(configured, &[]))[0].severity);
            assert_eq!(severities, expected, "{configured:?}");
        }
        let accepted = [("GO-2021-0001", "2027-01-31")];
        let off = policy(Off, &accepted);
        assert!(judge(&[vulnerability(Reachable)], &off).is_empty());
    }

    #[test]
    fn what_is_accepted_is_told_with_its_reason_until_its_day_is_over() {
        let found = [vulnerability(Reachable)];
        let policy = |accepted: &[(&str, &str)]| policy(Reachable, accepted);
        for id in ["GO-2021-0113", "CVE-2021-38561", "cve-2021-38561"] {
            let judged = judge(&found, &policy(&[(id, "2026-12-01")]));
            assert_eq!(judged.len(), 1);
            assert_eq!(judged[0].severity, Severity::Note);
            let expected = "accepted until 2026-12-01: no stranger's tags are read";
            assert!(judged[0].message.ends_with(expected), "{judged:?}");
        }
        let over = judge(&found, &policy(&[("CVE-2021-38561", "2026-11-30")]));
        assert_eq!(over.len(), 1);
        assert_eq!(over[0].severity, Severity::Blocked);
        let expected = "it was accepted until 2026-11-30, and that is over";
        assert!(over[0].message.ends_with(expected), "{over:?}");
        let renewed = [
            ("GO-2021-0113", "2026-11-30"),
            ("GO-2021-0113", "2026-12-31"),
        ];
        assert_eq!(judge(&found, &policy(&renewed))[0].severity, Severity::Note);
    }

    #[test]
    fn an_acceptance_of_nothing_is_pointed_out() {
        for (until, expected) in [
            (
                "2027-01-31",
                "it is accepted, nothing of this name is found",
            ),
            (
                "2026-11-30",
                "it is accepted, nothing of this name is found and its last day, 2026-11-30, is over",
            ),
        ] {
            let judged = judge(&[], &policy(Reachable, &[("GO-2021-0001", until)]));
            assert_eq!(judged.len(), 1);
            assert_eq!(judged[0].severity, Severity::Note);
            assert_eq!(judged[0].subject, "GO-2021-0001");
            assert_eq!(judged[0].message, expected);
        }
    }

    #[test]
    fn each_is_told_once_as_it_comes_nearest_with_what_to_do() {
        let found = [Required, Reachable, Imported].map(vulnerability);
        let judged = judge(&found, &policy(Reachable, &[]));
        assert_eq!(judged.len(), 1);
        assert_eq!(
            judged[0].message,
            "Out-of-bounds read (golang.org/x/text v0.3.5, CVE-2021-38561): the program calls it"
        );
        assert_eq!(judged[0].chain, ["m.main (main.go:1)"]);
        assert_eq!(judged[0].hints[0], "go get golang.org/x/text@v0.3.7");
        assert!(judged[0].hints[1].contains("[[policy.accepted]] with id = \"GO-2021-0113\""));
        assert_eq!(judged[0].hints[2], "more of it: https://example.com/0113");
    }

    #[test]
    fn what_only_a_program_shows_names_the_program() {
        let in_program = |level, package: Option<&str>| Vulnerability {
            program: Some("linux/arm64 m/cmd/server".to_owned()),
            package: package.map(str::to_owned),
            ..vulnerability(level)
        };
        for (found, expected) in [
            (in_program(Reachable, Some("p")), "what is vulnerable"),
            (in_program(Imported, Some("p")), "p"),
            (in_program(Imported, None), "the module"),
        ] {
            let judged = judge(&[found], &policy(Reachable, &[]));
            let expected = format!(
                ": {expected} is linked into linux/arm64 m/cmd/server, which its source does not show"
            );
            assert!(judged[0].message.ends_with(&expected), "{judged:?}");
        }
    }

    #[test]
    fn a_vulnerability_of_go_itself_is_mended_with_another_release() {
        let standard = |fixed: Option<&str>| Vulnerability {
            module: STANDARD_LIBRARY.to_owned(),
            version: "v1.26.5".to_owned(),
            fixed: fixed.map(str::to_owned),
            aliases: Vec::new(),
            package: Some("net/url".to_owned()),
            ..vulnerability(Imported)
        };
        let judged = judge(&[standard(Some("v1.26.6"))], &policy(Reachable, &[]));
        assert_eq!(
            judged[0].message,
            "Out-of-bounds read (Go 1.26.5): net/url is compiled in, and nothing calls what is vulnerable"
        );
        assert_eq!(judged[0].hints[0], "coracle toolchain pin 1.26.6");
        assert_eq!(judged[0].hints.len(), 2);
        let judged = judge(&[standard(None)], &policy(Reachable, &[]));
        assert_eq!(
            judged[0].hints[0],
            "no release of Go is known to be without it"
        );
    }
}
