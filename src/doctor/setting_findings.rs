//! Module settings: what they are, and what is odd about them.

use super::{Area, Fault, Finding};
use crate::model::{ForeignText, Secret};
use crate::toolchain::{ChecksumDatabaseError, ModuleSettings, SettingOrigin, SettingWords};

/// Returns the value of the variable `name`, fit to be shown: no passwords, and of GOAUTH, which may name
/// programs with what they are told, only the names.
pub fn shown_value(name: &str, value: &Secret) -> String {
    let value = value.expose();
    if name == "GOAUTH" {
        let methods = value
            .split(';')
            .filter_map(|it| it.split_whitespace().next());
        let names: Vec<String> = methods
            .map(|name| ForeignText::new(name).to_string())
            .collect();
        return names.join(";");
    }
    // Each of the list by itself: what hides a password takes all that follows it for one.
    let shown = value
        .split_inclusive([',', '|'])
        .map(|part| ForeignText::new(part).to_string());
    shown.collect()
}

/// Says what is odd about the settings, of which nobody heeds `unheeded`.
pub fn judge_settings(
    settings: &ModuleSettings,
    words: &[SettingWords],
    unheeded: &[SettingWords],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for word in words {
        for unheard in &word.unheard {
            findings.push(Finding::note(
                Area::Settings,
                word.name,
                format!(
                    "is set by the {} and, otherwise, by {unheard}: the {} counts",
                    word.origin, word.origin
                ),
            ));
        }
    }
    for word in unheeded {
        if word.origin != SettingOrigin::Default {
            findings.push(
                Finding::note(
                    Area::Settings,
                    word.name,
                    format!("is set by the {}, and does not count", word.origin),
                )
                .because("[go] flags, tags and env in coracle.toml say how a build is done"),
            );
        }
    }
    for (name, meant) in settings.mistaken() {
        findings.push(
            Finding::warning(
                Area::Settings,
                name,
                "is set, and no go command knows it: it switches off nothing",
            )
            .remedy(format!(
                "unset {name}   # for private modules: export {meant}=git.example.com/*"
            )),
        );
    }
    if let Some((name, value)) = settings.switched_off_verification() {
        findings.push(
            Finding::warning(
                Area::Settings,
                name,
                format!(
                    "{name}={} lets every module pass without a look into the checksum database",
                    ForeignText::new(value)
                ),
            )
            .because("a push is refused with it")
            .remedy(format!(
                "unset {name}   # for private modules: export GOPRIVATE=git.example.com/*"
            )),
        );
    }
    findings.extend(settings.auth().err().map(|error| {
        Finding::failure(Fault::Wrong, Area::Settings, "GOAUTH", error)
            .remedy("correct GOAUTH, or: unset GOAUTH   # go help goauth")
    }));
    match settings.checksum_database() {
        Ok(_) | Err(ChecksumDatabaseError::Off) => {}
        Err(error) => findings.push(
            Finding::failure(Fault::Wrong, Area::Settings, "GOSUMDB", error)
                .remedy("correct GOSUMDB, or: unset GOSUMDB"),
        ),
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_shown_with_its_secrets() {
        let shown = |name: &str, value: &str| shown_value(name, &Secret::new(value.to_owned()));
        assert_eq!(
            shown("GOPROXY", "https://me:pw@a.example/go,https://b:x@c|direct"),
            "https://…@a.example/go,https://…@c|direct"
        );
        assert_eq!(
            shown("GOAUTH", "netrc; git /home/me ;helper --token glpat"),
            "netrc;git;helper"
        );
    }
}
