//! What `doctor` prints for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::counted;
use super::diagnosis::{DiagnosedFinding, DiagnosedModule, DiagnosisDocument};

/// How many modules that come well are listed before they are counted only.
const FEW: usize = 10;

/// How much is told of what is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Each module has a line.
    All,
    /// Many modules that come well are counted.
    Briefly,
}

/// Writes the module settings, a line for each module, and what was found.
///
/// # Errors
/// Those of the writer.
pub fn write_diagnosis(
    to: &mut dyn Write,
    document: &DiagnosisDocument,
    telling: Telling,
) -> io::Result<()> {
    write_settings(to, document)?;
    write_modules(to, &document.modules, telling)?;
    for finding in &document.findings {
        write_finding(to, finding)?;
    }
    if document.is_offline {
        writeln!(to, "\nnobody was asked: --offline")?;
    }
    writeln!(to, "\n{}", summary(document))
}

fn write_settings(to: &mut dyn Write, document: &DiagnosisDocument) -> io::Result<()> {
    for setting in &document.settings {
        if setting.value.is_empty() {
            continue;
        }
        let (name, value, origin) = (&setting.name, &setting.value, &setting.origin);
        writeln!(to, "{name:<10} {value}  ({origin})")?;
    }
    writeln!(to)
}

fn write_modules(
    to: &mut dyn Write,
    modules: &[DiagnosedModule],
    telling: Telling,
) -> io::Result<()> {
    let well = modules.iter().filter(|module| module.status != "FAIL");
    let folds = telling == Telling::Briefly && well.clone().count() > FEW;
    let mut told: &[String] = &[];
    for module in modules {
        if module.status == "FAIL" || !folds {
            write_module(to, module)?;
            // What mends one after the other is told once.
            if module.remedies != told {
                write_remedies(to, &module.remedies)?;
            }
            told = &module.remedies;
        }
    }
    if folds {
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for module in well {
            *counts.entry((&module.status, &module.way)).or_default() += 1;
        }
        for ((status, way), count) in counts {
            let number = counted(count, "module", "modules");
            writeln!(to, "{status:<7} {number}  {way}")?;
        }
    }
    if !modules.is_empty() {
        writeln!(to)?;
    }
    Ok(())
}

fn write_module(to: &mut dyn Write, module: &DiagnosedModule) -> io::Result<()> {
    let DiagnosedModule {
        path,
        version,
        status,
        way,
        ..
    } = module;
    write!(to, "{status:<7} {path} {version}")?;
    if let Some(replacement) = &module.replacement {
        write!(to, " => {replacement}")?;
    }
    write!(to, "  {way}")?;
    if let Some(reason) = &module.reason_of_way {
        write!(to, " ({reason})")?;
    }
    if let Some(from) = &module.from {
        write!(to, " {from}")?;
    }
    // A failure tells of it itself.
    if let Some(rule) = module.git_rule.as_ref().filter(|_| status == "OK") {
        write!(to, " (git uses {rule})")?;
    }
    match &module.reason {
        Some(reason) => writeln!(to, ": {reason}"),
        None => writeln!(to),
    }
}

fn write_finding(to: &mut dyn Write, finding: &DiagnosedFinding) -> io::Result<()> {
    let DiagnosedFinding {
        area,
        subject,
        severity,
        message,
        ..
    } = finding;
    writeln!(to, "{severity:<7} [{area}] {subject}: {message}")?;
    if let Some(cause) = &finding.cause {
        writeln!(to, "        because: {cause}")?;
    }
    write_remedies(to, &finding.remedies)
}

fn write_remedies(to: &mut dyn Write, remedies: &[String]) -> io::Result<()> {
    for remedy in remedies {
        writeln!(to, "        mend it: {remedy}")?;
    }
    Ok(())
}

fn summary(document: &DiagnosisDocument) -> String {
    let count = |severity: &str| {
        let findings = document.findings.iter();
        findings.filter(|it| it.severity == severity).count()
    };
    let failed = document.modules.iter().filter(|it| it.status == "FAIL");
    let failures = count("failure") + failed.count();
    let parts = [
        (failures, "failure", "failures"),
        (count("warning"), "warning", "warnings"),
        (count("note"), "note", "notes"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| counted(number as u64, one, many))
        .collect();
    if told.is_empty() {
        "all is well".to_owned()
    } else {
        told.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, status: &str) -> DiagnosedModule {
        DiagnosedModule {
            path: path.to_owned(),
            version: "v1.0.0".to_owned(),
            replacement: None,
            way: "proxy".to_owned(),
            reason_of_way: None,
            from: Some("https://p".to_owned()),
            git_rule: None,
            status: status.to_owned(),
            reason: (status == "FAIL").then(|| "it is down".to_owned()),
            fault: None,
            remedies: Vec::new(),
        }
    }

    fn text(modules: usize, telling: Telling) -> String {
        let well = (0..modules).map(|number| module(&format!("m{number}"), "OK"));
        let all: Vec<DiagnosedModule> = well.chain([module("bad", "FAIL")]).collect();
        let mut text = Vec::new();
        write_modules(&mut text, &all, telling).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn many_modules_that_come_well_are_counted_and_each_failure_is_told() {
        assert_eq!(
            text(11, Telling::Briefly),
            "FAIL    bad v1.0.0  proxy https://p: it is down\nOK      11 modules  proxy\n\n"
        );
        assert_eq!(text(11, Telling::All).lines().count(), 13);
        assert!(text(1, Telling::Briefly).starts_with("OK      m0 v1.0.0  proxy https://p\n"));
    }
}
