//! The licences of modules.

use super::{Finding, ModuleUse, Rule, Severity};
use crate::config::{LicenceName, LicenceRules};
use crate::model::LicenceExpression;

/// Holds the licences of the modules that programs are compiled from to the rules; `licence` returns that
/// of a module, where it is known.
pub fn judge_licences(
    rules: &LicenceRules,
    uses: &[ModuleUse],
    licence: impl Fn(&ModuleUse) -> Option<LicenceExpression>,
) -> Vec<Finding> {
    let compiled = uses.iter().filter(|it| it.is_compiled());
    compiled
        .filter_map(|used| match licence(used) {
            None => unknown(rules, used),
            Some(licence) => refused(rules, used, &licence),
        })
        .collect()
}

fn unknown(rules: &LicenceRules, used: &ModuleUse) -> Option<Finding> {
    let severity = Severity::of(rules.unknown)?;
    let message = "its licence is not known";
    Some(about(used, severity, message).hint(format!(
        "see for yourself: go mod download -json {} names its folder",
        used.name()
    )))
}

/// All licences of a module count: which of them may be left out no file says in a way that a program
/// can read.
fn refused(rules: &LicenceRules, used: &ModuleUse, licence: &LicenceExpression) -> Option<Finding> {
    let is_in = |list: &[LicenceName], name: &str| list.iter().any(|it| it.as_str() == name);
    let names: Vec<&str> = licence.names().collect();
    if let Some(denied) = names.iter().find(|name| is_in(&rules.deny, name)) {
        let message = format!("it is under {licence}, and {denied} is refused");
        return Some(about(used, Severity::Blocked, &message));
    }
    let other = names.iter().find(|name| !is_in(&rules.allow, name))?;
    if rules.allow.is_empty() {
        return None;
    }
    let message = format!("it is under {licence}, and {other} is not allowed");
    Some(about(used, Severity::Blocked, &message).hint(format!(
        "once it was looked at: [policy] licences = {{ allow = [\"{other}\", …] }}"
    )))
}

fn about(used: &ModuleUse, severity: Severity, message: &str) -> Finding {
    Finding::new(severity, Rule::Licence, &used.path, message)
        .at(used.place.clone())
        .through(used.chain.iter().cloned())
        .hint(format!("what uses it: go mod why -m {}", used.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Judgement;
    use crate::policy::module_use::tests::module_use;

    fn messages(allow: &[&str], deny: &[&str], unknown: Judgement) -> Vec<String> {
        let names = |list: &[&str]| list.iter().map(|name| name.parse().unwrap()).collect();
        let rules = LicenceRules {
            allow: names(allow),
            deny: names(deny),
            unknown,
        };
        let uses = ["MIT@v1.0.0", "Apache-2.0+MIT@v1.0.0", "none@v1.0.0"].map(module_use);
        let licence = |used: &ModuleUse| {
            let path = used.path.as_str();
            (path != "none").then(|| LicenceExpression::of_all(path.split('+')).unwrap())
        };
        let found = judge_licences(&rules, &uses, licence);
        found
            .iter()
            .map(|it| format!("{} {}: {}", it.severity, it.subject, it.message))
            .collect()
    }

    #[test]
    fn each_licence_of_a_module_must_be_allowed_and_none_refused() {
        assert_eq!(
            messages(&["MIT"], &[], Judgement::Warn),
            [
                "blocked Apache-2.0+MIT: it is under Apache-2.0 AND MIT, and Apache-2.0 is not allowed",
                "warning none: its licence is not known",
            ]
        );
        assert_eq!(
            messages(&[], &["MIT"], Judgement::Allow),
            [
                "blocked MIT: it is under MIT, and MIT is refused",
                "blocked Apache-2.0+MIT: it is under Apache-2.0 AND MIT, and MIT is refused",
            ]
        );
        assert_eq!(
            messages(&[], &[], Judgement::Deny),
            ["blocked none: its licence is not known"]
        );
    }
}
