//! Modules that came in since a commit.

use std::collections::BTreeMap;

use super::{Finding, ModuleUse, Rule, Severity};
use crate::facts::Require;
use crate::model::ModulePath;

/// Shows the modules that `before` did not ask for at the commit that `since` names.
pub fn judge_new_modules(since: &str, before: &[Require], uses: &[ModuleUse]) -> Vec<Finding> {
    let known: BTreeMap<&ModulePath, &str> = before
        .iter()
        .map(|require| (&require.module, require.version.as_str()))
        .collect();
    let new = uses.iter().filter(|it| !known.contains_key(&it.path));
    new.map(|used| {
        let message = format!("{} came in since {since}", used.version);
        Finding::new(Severity::Note, Rule::NewModule, &used.path, message)
            .at(used.place.clone())
            .through(used.chain.iter().cloned())
            .hint(format!("look at it: go doc {}", used.path))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::GoMod;
    use crate::policy::module_use::tests::module_use;

    #[test]
    fn what_was_there_before_is_not_new_in_another_version_either() {
        let before: GoMod = "module m\nrequire example.com/a v1.0.0\n".parse().unwrap();
        let uses = [
            module_use("example.com/a@v1.1.0"),
            module_use("example.com/b@v1.0.0"),
        ];
        let found = judge_new_modules("main", &before.requires, &uses);
        let names: Vec<&str> = found.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(names, ["example.com/b"]);
    }
}
