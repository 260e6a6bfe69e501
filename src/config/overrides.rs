//! What was asked for beside the file.

/// The flags of a build verb that stand for keys of the file, as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// `--platform`: platforms with commas between them, or `all`.
    pub platform: Option<String>,
    /// `--base`.
    pub base: Option<String>,
    /// `--repo`.
    pub repo: Option<String>,
    /// `--tag`, each one.
    pub tags: Vec<String>,
    /// `--set`, each one: `KEY=VALUE`.
    pub sets: Vec<String>,
}
