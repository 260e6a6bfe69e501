//! `coracle explain`.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::images;
use super::options::ImageOptions;
use super::session::{Outcome, Session};
use super::telling::{Form, json, print_or_fail, text};
use crate::config::nearest;
use crate::model::{BuildError, ExitCode, Phase};
use crate::report::{
    Explanation, InputList, ModuleGraph, write_commands, write_dot, write_explanation,
    write_reasons, write_tree,
};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle explain server                        # what changed since server was last built
  coracle explain server --inputs               # and each file that it is made from
  coracle explain --json                        # of all images, as one document
  coracle explain server -x                     # the go commands that a build of it runs, as a script
  coracle explain server --why golang.org/x/net # what leads to this module
  coracle explain server --graph tree           # which modules import which
  coracle explain server --graph dot | dot -Tsvg > modules.svg";

/// Flags of `coracle explain`.
#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    options: ImageOptions,
    /// Name each file that a layer is made from
    #[arg(long)]
    inputs: bool,
    /// Print the go commands that a build runs where nothing is remembered, for a shell; none is run
    #[arg(short = 'x', long, group = "instead", conflicts_with = "inputs")]
    commands: bool,
    /// Tell which imports lead to this module, or to the module of this package
    #[arg(
        long,
        value_name = "MODULE",
        group = "instead",
        conflicts_with = "inputs"
    )]
    why: Option<String>,
    /// Show the modules that programs are compiled from, and which import which
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        group = "instead",
        conflicts_with = "inputs"
    )]
    graph: Option<GraphForm>,
}

/// How modules are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GraphForm {
    /// For people
    Tree,
    /// For Graphviz
    Dot,
}

impl Explain {
    /// Tells why the images would be built anew, or not; or what else is asked of a build of them.
    pub(super) fn run(self, session: &Session) -> Outcome {
        session.limit(self.options.build.run.timeout);
        let form = Form::of_flag(self.options.build.run.json);
        print_or_fail(session, form, self.text(session))
    }

    fn text(&self, session: &Session) -> Result<String, Vec<BuildError>> {
        let one = |error| vec![error];
        if self.commands {
            let list = images::explain_commands(session, &self.options)?;
            return self
                .print(&list, |to| write_commands(to, &list))
                .map_err(one);
        }
        if let Some(name) = &self.why {
            let graph = images::explain_modules(session, &self.options)?;
            let about = graph
                .about(name)
                .ok_or_else(|| one(no_module(name, &graph)))?;
            return self
                .print(&about, |to| write_reasons(to, &about))
                .map_err(one);
        }
        if let Some(form) = self.graph {
            let graph = images::explain_modules(session, &self.options)?;
            let write = match form {
                GraphForm::Tree => write_tree,
                GraphForm::Dot => write_dot,
            };
            return self.print(&graph, |to| write(to, &graph)).map_err(one);
        }
        let explanations = images::explain(session, &self.options)?;
        self.print(&explanations, |to| self.write_all(to, &explanations))
            .map_err(one)
    }

    fn write_all(&self, to: &mut dyn Write, explanations: &[Explanation]) -> io::Result<()> {
        let inputs = if self.inputs {
            InputList::Named
        } else {
            InputList::Counted
        };
        explanations
            .iter()
            .try_for_each(|explanation| write_explanation(to, explanation, inputs))
    }

    fn print(
        &self,
        document: &impl serde::Serialize,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<String, BuildError> {
        if self.options.build.run.json {
            return json(document);
        }
        text("the explanation", write)
    }
}

fn no_module(name: &str, graph: &ModuleGraph) -> BuildError {
    let error = BuildError::new(
        Phase::Check,
        name,
        "no program is compiled from it, and no go.mod asks for it",
    )
    .exit(ExitCode::Usage);
    match nearest(name, graph.paths()) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("all modules that are used: coracle explain --graph tree"),
    }
}
