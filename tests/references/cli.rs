//! Verbs and flags as clap knows them, and exit codes, in Markdown.

use clap::builder::{PossibleValue, StyledStr};
use clap::{Arg, ArgAction, Command};
use coracle::model::ExitCode;

use crate::table::{code, table};

/// Returns a section for each verb, and for each action of those that have several.
pub(crate) fn verbs() -> String {
    let verbs = built();
    let verbs = verbs.get_subcommands();
    verbs.flat_map(with_actions).map(verb).collect()
}

/// Returns the flags that every verb has.
pub(crate) fn global_flags() -> String {
    let command = built();
    let args = command.get_arguments();
    flags(args.filter(|arg| arg.is_global_set() || is_of_clap(arg)))
}

/// Returns what the program ends with.
pub(crate) fn exit_codes() -> String {
    let codes = ExitCode::ALL.map(|code| [code.number().to_string(), code.meaning().to_owned()]);
    table(["code", "meaning"], codes)
}

/// Returns the examples that help shows, of all verbs.
pub(crate) fn all_examples() -> Vec<String> {
    let verbs = built();
    let verbs = verbs.get_subcommands();
    verbs.flat_map(with_actions).flat_map(examples).collect()
}

/// Returns the actions of a verb that has some, else the verb.
fn with_actions(verb: &Command) -> Vec<&Command> {
    if verb.has_subcommands() {
        verb.get_subcommands().collect()
    } else {
        vec![verb]
    }
}

fn built() -> Command {
    let mut command = coracle::cli::command();
    command.build();
    command
}

fn verb(command: &Command) -> String {
    let own = |arg: &&Arg| !arg.is_global_set() && !is_of_clap(arg);
    let usage = command.clone().render_usage().to_string();
    format!(
        "### {}\n\n{}\n\n```text\n{}\n```\n\n{}\n```sh\n{}\n```\n\n",
        command.get_bin_name().unwrap_or_else(|| command.get_name()),
        description(command),
        usage.trim_start_matches("Usage: "),
        flags(command.get_arguments().filter(own)),
        examples(command).join("\n"),
    )
}

/// Returns what help says of a verb: in a line, and where there is more to say, below it.
fn description(command: &Command) -> String {
    let about = text(command.get_about());
    let long = text(command.get_long_about());
    let more = long.strip_prefix(&about).unwrap_or_default();
    format!("{about}.{more}")
}

fn is_of_clap(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn examples(command: &Command) -> Vec<String> {
    let help = text(command.get_after_help());
    let lines = help.lines().skip_while(|line| *line != "Examples:");
    lines
        .skip(1)
        .map(|line| line.trim_start().to_owned())
        .collect()
}

fn flags<'a>(args: impl Iterator<Item = &'a Arg>) -> String {
    table(
        ["", "meaning"],
        args.map(|arg| [code(&name(arg)), meaning(arg)]),
    )
}

/// Returns what is typed: `-o, --output <VALUE>`, or the name of an argument.
fn name(arg: &Arg) -> String {
    let value = arg.get_value_names().unwrap_or_default().join(" ");
    if arg.is_positional() {
        let several = match arg.get_action() {
            ArgAction::Append => "...",
            _ => "",
        };
        let [open, close] = if arg.is_required_set() {
            ['<', '>']
        } else {
            ['[', ']']
        };
        return format!("{open}{value}{close}{several}");
    }
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>();
    let value = arg
        .get_action()
        .takes_values()
        .then(|| format!(" <{value}>"));
    names.join(", ") + &value.unwrap_or_default()
}

/// Returns what help says, the values that are taken, and the default.
fn meaning(arg: &Arg) -> String {
    let help = text(arg.get_help());
    if !arg.get_action().takes_values() {
        return help;
    }
    let values: Vec<String> = arg.get_possible_values().iter().map(possible).collect();
    let values = match values.as_slice() {
        [] => String::new(),
        values => format!(": {}", values.join(", ")),
    };
    let default = match arg.get_default_values() {
        [default] => format!(" (default {})", code(&default.to_string_lossy())),
        _ => String::new(),
    };
    help + &values + &default
}

fn possible(value: &PossibleValue) -> String {
    match value.get_help() {
        Some(help) => format!("{} ({help})", code(value.get_name())),
        None => code(value.get_name()),
    }
}

fn text(help: Option<&StyledStr>) -> String {
    help.map(ToString::to_string).unwrap_or_default()
}
