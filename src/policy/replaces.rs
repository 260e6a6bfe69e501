//! Folders in place of modules.

use super::{Finding, FindingPlace, Rule, Severity};
use crate::config::{LocalReplaceRule, PolicyConfig};
use crate::facts::{LocalModule, ModuleRole, Replace, Replacement};
use crate::model::{Roots, SourcePath};

/// A go.work that decides what is built.
#[derive(Debug, Clone, Copy)]
pub struct Workspace<'a> {
    /// Its file.
    pub file: &'a SourcePath,
    /// Its `replace` directives.
    pub replaces: &'a [Replace],
}

/// Holds the `replace` directives of main modules and of the workspace to the rules; `roots` tell where
/// the repository lies, where there is one.
pub fn judge_replaces(
    policy: &PolicyConfig,
    roots: Option<&Roots>,
    modules: &[LocalModule],
    workspace: Option<&Workspace<'_>>,
) -> Vec<Finding> {
    let judge_file = |file: &SourcePath, replaces: &[Replace]| {
        let in_repository = roots.and_then(|roots| roots.in_repository(file));
        let folder = in_repository.unwrap_or_else(|| file.clone()).parent();
        judge_file(policy, file, &folder.unwrap_or_default(), replaces)
    };
    let of_modules = modules
        .iter()
        .filter(|module| module.role == ModuleRole::Main)
        .flat_map(|module| {
            let file = module.folder.join("go.mod").unwrap_or_default();
            judge_file(&file, &module.go_mod.replaces)
        });
    let of_workspace = workspace.into_iter().flat_map(|workspace| {
        let governs = Severity::of(policy.workspace).map(|severity| {
            let message = "it decides what is built: who builds without it gets something else";
            Finding::new(severity, Rule::Workspace, workspace.file, message)
                .at(Some(FindingPlace {
                    path: workspace.file.to_string(),
                    line: None,
                }))
                .hint("build a release as the others do: GOWORK=off coracle push")
        });
        let replaces = judge_file(workspace.file, workspace.replaces);
        governs.into_iter().chain(replaces)
    });
    of_modules.chain(of_workspace).collect()
}

/// `folder` is that of the file, in the repository where there is one.
fn judge_file(
    policy: &PolicyConfig,
    file: &SourcePath,
    folder: &SourcePath,
    replaces: &[Replace],
) -> Vec<Finding> {
    let replaced = replaces.iter().filter_map(|replace| match &replace.with {
        Replacement::Folder(with) => Some((replace, with)),
        Replacement::Module(..) => None,
    });
    replaced
        .filter_map(|(replace, with)| {
            let is_outside = folder.join(with).is_err();
            let message = match (policy.local_replace, is_outside) {
                (LocalReplaceRule::Allow, _) | (LocalReplaceRule::Outside, false) => return None,
                (_, true) => format!("it is replaced by {with}, which nobody else has"),
                (LocalReplaceRule::Deny, false) => format!("it is replaced by the folder {with}"),
            };
            let place = FindingPlace {
                path: file.to_string(),
                line: Some(replace.line),
            };
            let finding =
                Finding::new(Severity::Blocked, Rule::LocalReplace, &replace.module, message)
                    .at(Some(place));
            Some(finding.hint(format!(
                "take it out: go mod edit -dropreplace={}; to work on both, use a go.work that is not committed",
                replace.module
            )))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(rule: LocalReplaceRule) -> Vec<String> {
        let module = |folder: &str, role| {
            LocalModule {
            path: "example.com/app".parse().unwrap(),
            folder: folder.parse().unwrap(),
            role,
            go_mod: "module example.com/app\n\nreplace example.com/a => ../a\nreplace example.com/b => ../../b\nreplace example.com/c => /home/dev/c\nreplace example.com/d => example.com/e v1.0.0\n"
                .parse()
                .unwrap(),
        }
        };
        let modules = [
            module("app", ModuleRole::Main),
            module("lib", ModuleRole::Replacement),
        ];
        let policy = PolicyConfig {
            local_replace: rule,
            ..PolicyConfig::default()
        };
        let found = judge_replaces(&policy, None, &modules, None);
        found
            .iter()
            .map(|it| format!("{} {}", it.place.as_ref().unwrap(), it.subject))
            .collect()
    }

    #[test]
    fn folders_that_others_do_not_have_are_refused_and_others_where_that_is_asked_for() {
        let outside = ["app/go.mod:4 example.com/b", "app/go.mod:5 example.com/c"];
        assert_eq!(findings(LocalReplaceRule::Outside), outside);
        let all = ["app/go.mod:3 example.com/a", outside[0], outside[1]];
        assert_eq!(findings(LocalReplaceRule::Deny), all);
        assert_eq!(findings(LocalReplaceRule::Allow), [""; 0]);
    }

    #[test]
    fn a_repository_may_be_wider_than_the_module() {
        let file: SourcePath = "go.work".parse().unwrap();
        let replace: crate::facts::GoWork =
            "go 1.26\nreplace example.com/a => ../a\n".parse().unwrap();
        let workspace = Workspace {
            file: &file,
            replaces: &replace.replaces,
        };
        let found = |tree: &str| {
            let roots = Roots {
                tree_in_repository: tree.parse().unwrap(),
                repository_in_tree: SourcePath::root(),
            };
            judge_replaces(
                &PolicyConfig::default(),
                Some(&roots),
                &[],
                Some(&workspace),
            )
            .len()
        };
        assert_eq!((found("services"), found("")), (0, 1));
    }

    #[test]
    fn a_workspace_is_told_of_where_that_is_asked_for() {
        let file: SourcePath = "go.work".parse().unwrap();
        let workspace = Workspace {
            file: &file,
            replaces: &[],
        };
        let denying = PolicyConfig {
            workspace: crate::config::Judgement::Deny,
            ..PolicyConfig::default()
        };
        assert_eq!(
            judge_replaces(&denying, None, &[], Some(&workspace)).len(),
            1
        );
        let default = PolicyConfig::default();
        assert_eq!(
            judge_replaces(&default, None, &[], Some(&workspace)).len(),
            0
        );
    }
}
