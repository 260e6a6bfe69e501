//! Which Go won, and who says something else.

use super::{Answer, Area, Fault, Finding, reason_of};
use crate::facts::{GoWord, RequestedVersion, WordMeaning};
use crate::model::{ForeignText, GoVersion};
use crate::toolchain::{Choice, ChosenSource, TOOLCHAIN_MODULE};

/// The Go that a project is built with, and all that is said of it.
#[derive(Debug, Clone)]
pub struct ChosenGo<'a> {
    /// What was decided.
    pub choice: &'a Choice,
    /// Whether it is on this machine.
    pub is_here: bool,
    /// All lines of files that name a version, in the order in which they count.
    pub words: &'a [GoWord],
    /// `[go] version` of coracle.toml.
    pub configured: Option<&'a GoVersion>,
    /// GOTOOLCHAIN, where it is set, with who has set it.
    pub gotoolchain: Option<(&'a str, &'a str)>,
}

/// Says which version won, where it is, and names each file that says something else.
pub fn judge_go(go: &ChosenGo<'_>) -> Vec<Finding> {
    let Choice {
        version, reason, ..
    } = go.choice;
    let subject = format!("Go {version}");
    let mut findings = vec![match (go.is_here, go.choice.source) {
        (true, ChosenSource::Machine) => {
            Finding::ok(Area::Go, &subject, format!("on this machine; {reason}"))
        }
        (true, ChosenSource::Fetch) => {
            Finding::ok(Area::Go, &subject, format!("in the cache folder; {reason}"))
        }
        (false, _) => Finding::note(
            Area::Go,
            &subject,
            format!("the next build fetches it, verified; {reason}"),
        )
        .remedy(format!("coracle toolchain install {version}")),
    }];
    if let Some(hint) = &go.choice.hint {
        findings.push(
            Finding::note(Area::Go, &subject, "no file names it exactly")
                .because("another machine may build with another")
                .remedy(hint.rsplit(": ").next().unwrap_or(hint)),
        );
    }
    findings.extend(disagreements(go).iter().map(|word| {
        let RequestedVersion {
            version: said,
            origin,
        } = word;
        Finding::warning(
            Area::Go,
            origin,
            format!("names Go {said}, and Go {version} is what builds"),
        )
        .because(reason)
        .remedy(agree(origin, version))
    }));
    findings.extend(go.gotoolchain.and_then(|(value, origin)| {
        let named: Option<GoVersion> = value.split('+').next()?.parse().ok();
        let differs = named.is_some_and(|named| named.to_release() != *version);
        differs.then(|| {
            let value = ForeignText::new(value);
            Finding::note(
                Area::Go,
                "GOTOOLCHAIN",
                format!(
                    "names {value} ({origin}), and does not count: Go {version} is what builds"
                ),
            )
            .remedy(format!(
                "coracle toolchain pin {value}   # or unset GOTOOLCHAIN"
            ))
        })
    }));
    findings
}

/// Says whether a release that is not on this machine could be fetched: who has it, or what the proxies answered.
pub fn judge_release(version: &GoVersion, had: &Result<String, Answer>) -> Finding {
    let subject = format!("Go {version}");
    let answer = match had {
        Ok(proxy) => return Finding::ok(Area::Go, subject, format!("{proxy} has it")),
        Err(answer) => answer,
    };
    let message = "is not on this machine, and cannot be fetched";
    let (fault, reason) = match answer {
        Answer::Has | Answer::HasNot => (
            Fault::Wrong,
            "no proxy that GOPROXY names has it".to_owned(),
        ),
        other => reason_of(other).unwrap_or((Fault::Wrong, String::new())),
    };
    let finding = Finding::failure(fault, Area::Go, subject, message).because(reason);
    match fault {
        Fault::Wrong => finding.remedy(
            format!("see that the version exists, and that the proxy passes {TOOLCHAIN_MODULE} on: [go] version, .go-version, the toolchain line of go.mod; or install that Go"),
        ),
        Fault::Denied | Fault::Unavailable => {
            finding.remedy("check GOPROXY, ~/.netrc, HTTPS_PROXY and the network; or install that Go")
        }
    }
}

/// Returns who names another release than the one that won.
fn disagreements(go: &ChosenGo<'_>) -> Vec<RequestedVersion> {
    let won = &go.choice.version;
    let configured = go.configured.map(|version| RequestedVersion {
        version: version.clone(),
        origin: "[go] version in coracle.toml".to_owned(),
    });
    let exact = go.words.iter();
    let exact = exact.filter(|word| word.meant == WordMeaning::Exactly);
    let said = configured
        .into_iter()
        .chain(exact.map(|word| word.said.clone()));
    said.filter(|word| word.version.to_release() != *won)
        .collect()
}

fn agree(origin: &str, version: &GoVersion) -> String {
    let file = origin.split(':').next().unwrap_or(origin);
    match file.rsplit('/').next() {
        Some("go.work") => format!("go work edit -toolchain=go{version} {file}"),
        Some("go.mod") => format!("go mod edit -toolchain=go{version} {file}"),
        Some(".go-version") => format!("echo {version} > {file}"),
        _ => format!("write version = \"{version}\" under [go] in coracle.toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    fn word(origin: &str, version: &str, meant: WordMeaning) -> GoWord {
        GoWord {
            said: RequestedVersion {
                version: version.parse().unwrap(),
                origin: origin.to_owned(),
            },
            meant,
        }
    }

    #[test]
    fn who_says_something_else_is_named_with_what_makes_it_agree() {
        let choice = Choice {
            version: "1.26.8".parse().unwrap(),
            source: ChosenSource::Fetch,
            reason: ".go-version:1 names 1.26.8".to_owned(),
            hint: None,
        };
        let words = [
            word(".go-version:1", "1.26.8", WordMeaning::Exactly),
            word("a/go.mod:3", "1.26.2", WordMeaning::Exactly),
            word("a/go.mod:2", "1.25", WordMeaning::AtLeast),
        ];
        let findings = judge_go(&ChosenGo {
            choice: &choice,
            is_here: false,
            words: &words,
            configured: None,
            gotoolchain: Some(("go1.24.0+auto", "environment")),
        });
        let shown: Vec<String> = findings
            .iter()
            .map(|it| format!("{} {}: {}", it.severity.as_str(), it.subject, it.message))
            .collect();
        assert_eq!(
            shown,
            [
                "note Go 1.26.8: the next build fetches it, verified; .go-version:1 names 1.26.8",
                "warning a/go.mod:3: names Go 1.26.2, and Go 1.26.8 is what builds",
                "note GOTOOLCHAIN: names go1.24.0+auto (environment), and does not count: Go 1.26.8 is what builds",
            ]
        );
        assert_eq!(findings[1].severity, Severity::Warning);
        assert_eq!(
            findings[1].remedies,
            ["go mod edit -toolchain=go1.26.8 a/go.mod"]
        );
    }
}
