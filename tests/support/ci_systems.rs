//! What the project has for CI systems, read as these read it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{TestEnvironment, folders, programs};

/// The GitHub action.
pub(crate) const ACTION: &str = "action.yml";
/// The GitLab component.
pub(crate) const COMPONENT: &str = "templates/coracle.yml";
/// The Tekton task.
pub(crate) const TASK: &str = "ci-systems/tekton/coracle.yaml";
/// What stands for the action in examples.
const ACTION_ELSEWHERE: &str = "YOUR-ORGANISATION/coracle@COMMIT";

/// Returns the path of a file of the project.
pub(crate) fn path(file: &str) -> PathBuf {
    folders::project().join(file)
}

/// Returns the text of a file of the project.
pub(crate) fn text(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Returns what YAML says.
pub(crate) fn parse(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

/// Returns the examples in YAML that docs/ci-systems.md has below a heading.
pub(crate) fn examples(heading: &str) -> Vec<String> {
    let page = text("docs/ci-systems.md");
    let below = page.split("\n## ").find(|part| part.starts_with(heading));
    let fences = below.expect("the heading").split("```yaml\n").skip(1);
    let inner = |fence: &str| fence.split("```").next().map(str::to_owned);
    fences.filter_map(inner).collect()
}

/// Returns the workflows of docs/ci-systems.md, with the action of this project in the place of one elsewhere.
pub(crate) fn workflows() -> Vec<String> {
    let all = examples("GitHub").into_iter();
    all.map(|workflow| {
        assert!(workflow.contains(ACTION_ELSEWHERE), "{workflow}");
        workflow.replace(ACTION_ELSEWHERE, "./")
    })
    .collect()
}

/// Returns the two documents of the GitLab component: what it asks for, and its jobs with `inputs` filled in.
pub(crate) fn component(inputs: &[(&str, &str)]) -> (String, String) {
    let text = text(COMPONENT);
    let (head, jobs) = text.split_once("\n---\n").expect("two documents");
    let spec = parse(head);
    let jobs = filled(jobs, "$[[", "]]", |expression| {
        let name = expression.strip_prefix("inputs.").expect("an input");
        let given = inputs.iter().find(|(input, _)| *input == name);
        let default = || spec["spec"]["inputs"][name]["default"].as_str();
        let value = given.map(|(_, value)| *value).or_else(default);
        value
            .unwrap_or_else(|| panic!("no {name} is given"))
            .to_owned()
    });
    (head.to_owned(), jobs)
}

/// Returns `text` with `value` of what stands between `open` and `close` in the place of each such expression.
pub(crate) fn filled(
    text: &str,
    open: &str,
    close: &str,
    value: impl Fn(&str) -> String,
) -> String {
    let mut parts = text.split(open);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (expression, after) = part.split_once(close).expect("an expression's end");
        filled.push_str(&value(expression.trim()));
        filled.push_str(after);
    }
    filled
}

impl TestEnvironment {
    /// Puts on PATH what a runner has, and a cargo that writes down what it is asked and installs the coracle under test:
    /// to compile it takes minutes.
    pub(crate) fn with_runner(self) -> Self {
        for name in [
            "base64",
            "bash",
            "cat",
            "chmod",
            "cp",
            "env",
            "find",
            "head",
            "ln",
            "mkdir",
            "mktemp",
            "sh",
            "sha256sum",
            "sort",
            "tee",
            "wc",
            "xargs",
        ] {
            self.link_program(name, &programs::find(name));
        }
        let script = format!(
            "echo \"$@\" >> {list}\nwhile [ \"$1\" != --root ]; do shift; done\nmkdir -p \"$2/bin\"\n\
             ln -s {coracle} \"$2/bin/coracle\"\n",
            list = self.root().join("cargo-commands").display(),
            coracle = programs::coracle().display(),
        );
        self.write_program("cargo", &script);
        self
    }

    /// Returns what cargo was asked, a line each time.
    pub(crate) fn cargo_commands(&self) -> Vec<String> {
        let list = std::fs::read_to_string(self.root().join("cargo-commands"));
        let list = list.unwrap_or_default();
        list.lines().map(str::to_owned).collect()
    }

    /// Writes a script to a file of its own and returns where it is.
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root().join("tmp").join(name);
        std::fs::write(&path, text).expect("a script");
        path
    }
}

/// Returns the text of a value that must be one.
#[track_caller]
pub(crate) fn string(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// Writes a repository that has the action, and returns its workflow's path.
pub(crate) fn repository_with(folder: &Path, workflow: &str) -> PathBuf {
    let workflows = folder.join(".github/workflows");
    for made in [&workflows, &folder.join(".git")] {
        std::fs::create_dir_all(made).expect("a folder");
    }
    std::fs::copy(path(ACTION), folder.join(ACTION)).expect("the action");
    let file = workflows.join("ci.yml");
    std::fs::write(&file, workflow).expect("a workflow");
    file
}
