//! What came of a pipeline, for people.

use std::io::{self, Write};

use super::ci::{CiDocument, CiStage, StageState};
use crate::model::ForeignText;

/// Writes a line for each stage that had something to do.
///
/// # Errors
/// Those of the writer.
pub fn write_stages(to: &mut dyn Write, document: &CiDocument) -> io::Result<()> {
    let told = |stage: &&CiStage| stage.state != StageState::LeftOut;
    for stage in document.stages.iter().filter(told) {
        let (name, state) = (&stage.name, stage.state.as_str());
        match (&stage.reason, stage.state) {
            (_, StageState::Passed) => {
                writeln!(to, "{name:<12}  {state:<8}  {:.1} s", stage.seconds)?;
            }
            (Some(reason), _) => {
                writeln!(to, "{name:<12}  {state:<8}  {}", ForeignText::new(reason))?;
            }
            (None, _) => writeln!(to, "{name:<12}  {state}")?,
        }
    }
    Ok(())
}

/// Writes the stages, what they need, and their commands.
///
/// # Errors
/// Those of the writer.
pub fn write_graph(to: &mut dyn Write, document: &CiDocument) -> io::Result<()> {
    writeln!(to, "for {}:", document.event)?;
    for stage in &document.stages {
        let name = &stage.name;
        if stage.state == StageState::LeftOut {
            let why = stage.reason.as_deref().unwrap_or_default();
            writeln!(to, "{name}: left out: {}", ForeignText::new(why))?;
            continue;
        }
        match stage.needs.as_slice() {
            [] => writeln!(to, "{name}")?,
            needs => writeln!(to, "{name}, after {}", needs.join(", "))?,
        }
        if let (StageState::Skipped, Some(why)) = (stage.state, &stage.reason) {
            writeln!(to, "    skipped: {}", ForeignText::new(why))?;
            continue;
        }
        if let Some(why) = &stage.whole {
            // The lines around it can be typed.
            writeln!(to, "    # all of it: {}", ForeignText::new(why))?;
        }
        for command in &stage.commands {
            writeln!(to, "    {}", ForeignText::new(command))?;
        }
    }
    Ok(())
}

/// Draws the stages as a flowchart of Mermaid's.
///
/// # Errors
/// Those of the writer.
pub fn write_mermaid(to: &mut dyn Write, document: &CiDocument) -> io::Result<()> {
    writeln!(to, "flowchart LR")?;
    let running = document.stages.iter();
    for stage in running.filter(|stage| stage.state != StageState::LeftOut) {
        let name = &stage.name;
        // `end` alone would be a word of Mermaid's.
        writeln!(to, "    s_{name}[\"{name}\"]")?;
        for need in &stage.needs {
            writeln!(to, "    s_{need} --> s_{name}")?;
        }
    }
    Ok(())
}
