//! The machine's git, and what coracle keeps on it.

use super::DoctorPorts;
use crate::doctor::{CacheSample, Finding, GitRules, judge_cache, judge_git};
use crate::ports::{GitAnswer, GitError, Health};

/// How many entries of the cache folder are read, and how many bytes of them.
const SAMPLE_ENTRIES: usize = 100;
const SAMPLE_BYTES: u64 = 64 << 20;

/// Finds out what git there is, and which of its rules change addresses.
pub(super) fn git(ports: &DoctorPorts<'_>) -> (GitRules, Vec<Finding>) {
    let version = said(ports.repositories.version());
    let rules = match ports.repositories.rules() {
        Ok(GitAnswer::Said(said)) => GitRules::parse(&said),
        // Where there are none, git says so by its exit code.
        _ => GitRules::default(),
    };
    let findings = judge_git(version, &rules);
    (rules, findings)
}

fn said(answer: Result<GitAnswer, GitError>) -> Result<String, String> {
    match answer {
        Ok(GitAnswer::Said(said)) => Ok(String::from_utf8_lossy(&said).trim().to_owned()),
        Ok(GitAnswer::Failed(talk)) => Err(talk.trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads some of what coracle keeps, and removes nothing.
pub(super) fn cache(ports: &DoctorPorts<'_>) -> Finding {
    judge_cache(&ports.cache.folder.display().to_string(), sample(ports))
}

fn sample(ports: &DoctorPorts<'_>) -> Result<CacheSample, String> {
    let mut sample = CacheSample::default();
    let mut left_bytes = SAMPLE_BYTES;
    for shelf in ports.cache.shelves {
        let entries = shelf.kept().map_err(|error| error.to_string())?;
        sample.entries += entries.len();
        for entry in entries {
            if sample.read == SAMPLE_ENTRIES || ports.cancellation.is_stopped() {
                break;
            }
            let Some(left) = left_bytes.checked_sub(entry.size_bytes) else {
                continue;
            };
            left_bytes = left;
            sample.read += 1;
            match shelf.check(&entry) {
                Ok(Health::Sound) => {}
                Ok(Health::Harmed(reason)) => sample.harmed.push((entry.name, reason)),
                Err(error) => sample.harmed.push((entry.name, error.to_string())),
            }
        }
    }
    Ok(sample)
}
