//! Versions that should not be used.

use std::collections::BTreeMap;

use super::{Finding, ModuleUse, Rule, Severity};
use crate::compile::ReleaseNotes;
use crate::config::PolicyConfig;

/// Points out commits in place of releases, and several major versions of one module.
pub fn judge_versions(policy: &PolicyConfig, uses: &[ModuleUse]) -> Vec<Finding> {
    let pseudo = Severity::of(policy.pseudo_versions);
    let pseudo = uses.iter().filter_map(|used| {
        let mut codes = used.codes();
        let (_, version) = codes.find(|(_, version)| version.is_pseudo())?;
        let message = format!("{version} names a commit instead of a release");
        let finding = about(used, pseudo?, Rule::PseudoVersion, message);
        Some(finding.hint(format!(
            "where there is a release: go get {}@latest",
            used.path
        )))
    });
    let incompatible = uses
        .iter()
        .filter(|it| it.version.as_str().ends_with("+incompatible"))
        .map(|used| {
            let message = format!(
                "{} is a major version that its path does not have: it is from before modules",
                used.version
            );
            about(used, Severity::Note, Rule::MajorVersion, message).hint(format!(
                "look for a module: go list -m -versions {}/v{}",
                used.path,
                used.version.major()
            ))
        });
    pseudo
        .chain(incompatible)
        .chain(several_majors(uses))
        .collect()
}

/// Points out what authors have taken back or given up, and once that they could not be asked.
pub fn judge_releases(
    policy: &PolicyConfig,
    uses: &[ModuleUse],
    notes: &[ReleaseNotes],
) -> Vec<Finding> {
    let noted = uses
        .iter()
        .filter_map(|used| Some((used, notes.iter().find(|notes| notes.path == used.path)?)));
    noted
        .flat_map(|(used, notes)| {
            let retracted = judge_retracted(policy, used, notes);
            retracted
                .into_iter()
                .chain(judge_deprecated(policy, used, notes))
        })
        .chain(unasked(policy, notes))
        .collect()
}

fn judge_retracted(
    policy: &PolicyConfig,
    used: &ModuleUse,
    notes: &ReleaseNotes,
) -> Option<Finding> {
    let severity = Severity::of(policy.retracted)?;
    let reasons = notes.retracted.as_ref()?.iter().map(String::as_str);
    let reasons = reasons.filter(|it| !it.is_empty());
    let why = match reasons.collect::<Vec<_>>().join("; ").as_str() {
        "" => String::new(),
        reasons => format!(": {reasons}"),
    };
    let message = format!("{} was taken back by its authors{why}", used.version);
    let update = notes.update.as_deref().unwrap_or("latest");
    let finding = about(used, severity, Rule::Retracted, message);
    Some(finding.hint(format!("go get {}@{update}", used.path)))
}

fn judge_deprecated(
    policy: &PolicyConfig,
    used: &ModuleUse,
    notes: &ReleaseNotes,
) -> Option<Finding> {
    let severity = Severity::of(policy.deprecated)?;
    let reason = notes.deprecated.as_ref()?;
    let message = format!("its authors have given it up: {reason}");
    let finding = about(used, severity, Rule::Deprecated, message);
    Some(finding.hint(format!("what uses it: go mod why -m {}", used.path)))
}

/// Where one proxy is silent, it is so about many modules.
fn unasked(policy: &PolicyConfig, notes: &[ReleaseNotes]) -> Option<Finding> {
    let failed = || notes.iter().filter(|notes| notes.failure.is_some());
    let first = failed().next()?;
    let others = match failed().count() {
        1 => String::new(),
        2 => ", and 1 other".to_owned(),
        count => format!(", and {} others", count - 1),
    };
    let why = first.failure.as_deref().unwrap_or_default();
    let message = format!("nobody could be asked what its authors say of it{others}: {why}");
    not_asked(policy, first.path.as_str(), &message)
}

/// Says that nobody could be asked, as badly as what they might have said.
pub fn not_asked(policy: &PolicyConfig, subject: &str, message: &str) -> Option<Finding> {
    let judgements = [policy.retracted, policy.deprecated];
    let severity = judgements.into_iter().filter_map(Severity::of).min()?;
    let finding = Finding::new(severity, Rule::Unasked, subject, message);
    Some(finding.hint("see what is in the way: coracle doctor"))
}

fn several_majors(uses: &[ModuleUse]) -> Vec<Finding> {
    let mut majors: BTreeMap<&str, Vec<&ModuleUse>> = BTreeMap::new();
    for used in uses.iter().filter(|it| it.is_compiled()) {
        majors.entry(used.path.stem()).or_default().push(used);
    }
    majors
        .into_values()
        .filter(|uses| uses.len() > 1)
        .filter_map(|uses| {
            let names: Vec<String> = uses.iter().map(|used| used.name()).collect();
            let message = format!(
                "several major versions are compiled in: {}",
                names.join(", ")
            );
            uses.first()
                .map(|first| about(first, Severity::Note, Rule::MajorVersion, message))
        })
        .collect()
}

fn about(used: &ModuleUse, severity: Severity, rule: Rule, message: String) -> Finding {
    Finding::new(severity, rule, &used.path, message)
        .at(used.place.clone())
        .through(used.chain.iter().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Judgement;
    use crate::policy::module_use::tests::module_use;

    fn shown(findings: &[Finding]) -> Vec<String> {
        findings
            .iter()
            .map(|it| format!("{} {} {}: {}", it.severity, it.rule, it.subject, it.message))
            .collect()
    }

    #[test]
    fn commits_and_mixed_majors_are_pointed_out() {
        let uses = [
            module_use("example.com/a@v0.0.0-20260131120000-0123456789ab"),
            module_use("example.com/b@v2.1.0+incompatible"),
            module_use("example.com/c@v1.0.0"),
            module_use("example.com/c/v3@v3.0.0"),
        ];
        let policy = PolicyConfig {
            pseudo_versions: Judgement::Deny,
            ..PolicyConfig::default()
        };
        assert_eq!(
            shown(&judge_versions(&policy, &uses)),
            [
                "blocked pseudo-version example.com/a: v0.0.0-20260131120000-0123456789ab names a commit instead of a release",
                "note major-version example.com/b: v2.1.0+incompatible is a major version that its path does not have: it is from before modules",
                "note major-version example.com/c: several major versions are compiled in: example.com/c@v1.0.0, example.com/c/v3@v3.0.0",
            ]
        );
        let usual = judge_versions(&PolicyConfig::default(), &uses[..1]);
        assert_eq!(usual, []);
    }

    #[test]
    fn what_authors_say_is_passed_on() {
        let uses = [
            module_use("example.com/a@v1.0.0"),
            module_use("example.com/b@v1.0.0"),
        ];
        let notes = [ReleaseNotes {
            path: "example.com/a".parse().unwrap(),
            retracted: Some(vec!["it loses data".to_owned()]),
            deprecated: Some("use example.com/b".to_owned()),
            update: Some("v1.0.1".to_owned()),
            failure: None,
        }];
        let policy = PolicyConfig {
            deprecated: Judgement::Allow,
            ..PolicyConfig::default()
        };
        let found = judge_releases(&policy, &uses, &notes);
        assert_eq!(
            shown(&found),
            [
                "warning retracted example.com/a: v1.0.0 was taken back by its authors: it loses data"
            ]
        );
        assert_eq!(found[0].hints, ["go get example.com/a@v1.0.1"]);
        let found = judge_releases(&PolicyConfig::default(), &uses, &notes);
        assert_eq!(found.len(), 2);
        let silent = ["example.com/a", "example.com/b"].map(|path| ReleaseNotes {
            path: path.parse().unwrap(),
            retracted: None,
            deprecated: None,
            update: None,
            failure: Some("connection refused".to_owned()),
        });
        assert_eq!(
            shown(&judge_releases(&PolicyConfig::default(), &uses, &silent)),
            [
                "warning unasked example.com/a: nobody could be asked what its authors say of it, and 1 other: connection refused"
            ]
        );
    }
}
