//! Which Go, and whether it is there.

use super::{DoctorPorts, DoctorRequest, Visit};
use crate::doctor::{Answer, Area, ChosenGo, Finding, GoOfProject, judge_go, judge_release};
use crate::facts::{GoRequest, GoWord};
use crate::model::{BuildError, GoVersion};
use crate::pipeline::toolchain::decide;
use crate::toolchain::{Choice, ChosenSource, Proxy, Refusal, ToolchainModule};

/// The Go that builds.
pub(super) struct Go {
    pub(super) version: GoVersion,
    pub(super) shown: GoOfProject,
}

/// Decides which Go builds, and says who disagrees. Outside of a project it is that of any new one, and
/// nothing is said of it.
pub(super) fn look(
    request: &DoctorRequest<'_>,
    ports: &DoctorPorts<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Go> {
    let (choice, words) = match choose(request, ports) {
        Ok(chosen) => chosen,
        Err(error) => {
            let subject = match error.target.as_str() {
                "" => "Go",
                target => target,
            };
            findings.push(Finding::of_error(Area::Go, subject, &error));
            return None;
        }
    };
    let is_here = match choice.source {
        ChosenSource::Machine => true,
        ChosenSource::Fetch => ports.toolchains.find(&choice.version).is_some(),
    };
    let origin = request.gotoolchain.map(|(_, origin)| origin.to_string());
    let gotoolchain = request.gotoolchain.map(|(value, _)| value);
    findings.extend(judge_go(&ChosenGo {
        choice: &choice,
        is_here,
        words: &words,
        configured: request.config.go.version.as_ref(),
        gotoolchain: gotoolchain.zip(origin.as_deref()),
    }));
    let shown = GoOfProject {
        version: choice.version.to_string(),
        reason: choice.reason,
        is_here,
    };
    Some(Go {
        version: choice.version,
        shown,
    })
}

fn choose(
    request: &DoctorRequest<'_>,
    ports: &DoctorPorts<'_>,
) -> Result<(Choice, Vec<GoWord>), BuildError> {
    let config = &request.config.go;
    let Some(project) = &request.project else {
        let choice = decide(ports.toolchains, config, &GoRequest::default())?;
        // There is nothing to pin.
        return Ok((
            Choice {
                hint: None,
                ..choice
            },
            Vec::new(),
        ));
    };
    let go_request = GoRequest::of(project.tree, project.project)?;
    let words = GoWord::all(project.tree, project.project)?;
    Ok((decide(ports.toolchains, config, &go_request)?, words))
}

impl Visit<'_> {
    /// Tells whether the release of Go that builds, which is not here, could be fetched: through a proxy only,
    /// as the next build does it.
    pub(super) fn release(&self, version: &GoVersion) -> Finding {
        let _progress = self.progress(format!("find Go {version}"));
        let release = ToolchainModule::new(version, self.request.platform);
        let zip = release.zip_path();
        let small = format!("{}.mod", zip.trim_end_matches(".zip"));
        let had = self.request.modules.proxies().ask(|proxy| {
            let answer = match proxy {
                Proxy::Server(_) => self.answer_of(proxy, &small),
                Proxy::Folder(folder) if self.ports.machine.is_there(&folder.join(&zip)) => {
                    Answer::Has
                }
                Proxy::Folder(_) => Answer::HasNot,
                Proxy::Direct | Proxy::Off => return Err(Refusal::Unfit(Answer::HasNot)),
            };
            match answer {
                Answer::Has => Ok(proxy.to_string()),
                Answer::HasNot => Err(Refusal::NotFound(answer)),
                _ => Err(Refusal::Failed(answer)),
            }
        });
        judge_release(version, &had.map_err(Refusal::into_reason))
    }
}
