//! What modules asked for at an earlier commit.

use super::history::History;
use super::named_commit::commit_of;
use super::{GoMod, LocalModule, ModuleRole, Require};
use crate::model::{BuildError, Phase};
use crate::ports::{Git, GitAnswer};

/// Returns what the main modules among `modules` asked for at the commit that `since` names. A go.mod
/// that was not there then asked for nothing.
///
/// # Errors
/// When there is no such commit, git cannot answer, or a go.mod was wrong then.
pub fn requires_at(
    git: &dyn Git,
    since: &str,
    modules: &[LocalModule],
) -> Result<Vec<Require>, BuildError> {
    let history = History { git };
    let commit = commit_of(&history, since)?;
    let mut requires = Vec::new();
    for module in modules.iter().filter(|it| it.role == ModuleRole::Main) {
        let file = module.folder.join("go.mod").unwrap_or_default();
        let Some(path) = git.roots().in_repository(&file) else {
            continue;
        };
        let object = format!("{commit}:{path}");
        if let GitAnswer::Said(text) = history.ask(&["cat-file", "blob", &object])? {
            let text = String::from_utf8_lossy(&text);
            let go_mod: GoMod = text.parse().map_err(|error| {
                BuildError::new(
                    Phase::Facts,
                    format!("{path} at {since}"),
                    "it cannot be read",
                )
                .because(error)
            })?;
            requires.extend(go_mod.requires);
        }
    }
    Ok(requires)
}
