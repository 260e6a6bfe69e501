//! Reads what hangs on an image, and judges each thing of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::attest::{
    BUNDLE_TYPE_PREFIX, ClassicAttestations, ClassicSignatures, Demand, Finding, Findings,
    PREDICATE_TYPE, PredicateType, Rejection, StoredArtifact,
};
use crate::model::{
    BuildError, Descriptor, Digest, Event, Phase, Repository, Tag, TagError, crew, limits,
};
use crate::ports::{EventSink, Referrers};
use crate::publish::Referrer;

use super::super::bounded_reader::BoundedReader;

/// How many requests are waited for at once.
const AT_ONCE: usize = 8;

/// All that hangs on an image.
pub(super) struct Examined {
    /// Signatures and statements.
    pub(super) findings: Findings,
    /// What is neither.
    pub(super) others: Vec<OtherArtifact>,
}

/// Something that is no signed statement.
pub(super) struct OtherArtifact {
    pub(super) manifest: Digest,
    pub(super) artifact_type: Option<String>,
}

/// Reads what hangs on images of one repository. A thing that is wrong is told as such, and harms
/// nothing beside it.
pub(super) struct Examiner<'a> {
    referrers: &'a dyn Referrers,
    repository: &'a Repository,
    demand: &'a Demand,
    events: &'a dyn EventSink,
    reader: BoundedReader<'a>,
}

/// A bundle, and what holds it.
struct Held {
    found_in: Digest,
    refers_to: Option<Digest>,
    content: Descriptor,
}

enum Looked {
    Bundle(Held),
    Other(OtherArtifact),
    Nothing(Finding),
}

impl<'a> Examiner<'a> {
    /// Judges by `demand` what hangs in `repository`.
    pub(super) fn new(
        referrers: &'a dyn Referrers,
        repository: &'a Repository,
        demand: &'a Demand,
        events: &'a dyn EventSink,
    ) -> Self {
        Self {
            referrers,
            repository,
            demand,
            events,
            reader: BoundedReader::new(referrers, repository),
        }
    }

    /// Looks at all that hangs on the image of `subject`.
    ///
    /// # Errors
    /// When the registry cannot be reached, or lists without an end.
    pub(super) fn examine(&self, subject: Digest) -> Result<Examined, BuildError> {
        let mut examined = Examined {
            findings: Findings::default(),
            others: Vec::new(),
        };
        let mut bundles = BTreeMap::new();
        let looked = crew::each(AT_ONCE, &self.listed(subject)?, |it| self.look_at(it))?;
        for looked in looked {
            match looked {
                Looked::Bundle(held) => keep_once(&mut bundles, held, subject),
                Looked::Other(other) => examined.others.push(other),
                Looked::Nothing(finding) => examined.findings.add(finding),
            }
        }
        let bundles: Vec<Held> = bundles.into_values().collect();
        let judged = crew::each(AT_ONCE, &bundles, |held| {
            let judge = |bytes: &[u8]| {
                Finding::of_bundle(self.demand, subject, held.found_in, bytes)
                    .referring_to(held.refers_to, subject)
            };
            self.judged(&held.content, held.found_in, &judge)
        })?;
        for finding in judged {
            examined.findings.add(finding);
        }
        for finding in self
            .signatures(subject)?
            .into_iter()
            .chain(self.envelopes(subject)?)
        {
            examined.findings.add(finding);
        }
        Ok(examined)
    }

    /// Returns what is listed, what may matter most first: the lists of some registries call bundles
    /// otherwise.
    fn listed(&self, subject: Digest) -> Result<Vec<Referrer>, BuildError> {
        let mut listed = self.referrers.list(subject, self.repository)?.referrers();
        let mut known = BTreeSet::new();
        listed.retain(|referrer| known.insert(referrer.manifest.digest));
        listed.sort_by_key(|referrer| (!is_called_bundle(referrer), !self.is_wanted(referrer)));
        if listed.len() > limits::READ_REFERRERS {
            self.events.emit(Event::Warned {
                phase: Phase::Verify,
                message: format!(
                    "{} things hang on the image, and the first {} are looked at",
                    listed.len(),
                    limits::READ_REFERRERS
                ),
                hints: Vec::new(),
            });
            listed.truncate(limits::READ_REFERRERS);
        }
        Ok(listed)
    }

    /// Tells whether a list says that it is what is asked for.
    fn is_wanted(&self, referrer: &Referrer) -> bool {
        let annotations = referrer.annotations.as_ref();
        let kind = annotations.and_then(|all| all.get(PREDICATE_TYPE));
        let signature = PredicateType::signature();
        let mut wanted = self.demand.attestations.iter().chain([&signature]);
        kind.is_some_and(|kind| wanted.any(|wanted| wanted.as_str() == kind))
    }

    fn look_at(&self, referrer: &Referrer) -> Result<Looked, BuildError> {
        let found_in = referrer.manifest.digest;
        let nothing = |reason| Looked::Nothing(Finding::discarded(found_in, reason));
        let manifest = match self.reader.manifest(&referrer.manifest)? {
            Ok(manifest) => manifest,
            Err(reason) => return Ok(nothing(reason)),
        };
        Ok(match StoredArtifact::parse(&manifest) {
            Err(error) => nothing(Rejection::Form("manifest", error)),
            Ok(StoredArtifact {
                bundle: Some(content),
                subject,
                ..
            }) => Looked::Bundle(Held {
                found_in,
                refers_to: subject,
                content,
            }),
            Ok(StoredArtifact { artifact_type, .. }) => Looked::Other(OtherArtifact {
                manifest: found_in,
                artifact_type,
            }),
        })
    }

    /// Reads a blob and has it judged.
    fn judged(
        &self,
        content: &Descriptor,
        found_in: Digest,
        judge: &dyn Fn(&[u8]) -> Finding,
    ) -> Result<Finding, BuildError> {
        let looked = self.reader.look(content, judge)?;
        Ok(looked.unwrap_or_else(|reason| Finding::discarded(found_in, reason)))
    }

    /// Judges what is in the tag of older cosign for signatures.
    fn signatures(&self, subject: Digest) -> Result<Vec<Finding>, BuildError> {
        let Some(manifest) = self.tagged(ClassicSignatures::tag(subject))? else {
            return Ok(Vec::new());
        };
        let mut signatures = match ClassicSignatures::parse(&manifest) {
            Ok(signatures) => signatures.signatures(),
            Err(error) => return Ok(no_list("list of signatures", &manifest, error)),
        };
        signatures.truncate(limits::READ_REFERRERS);
        crew::each(AT_ONCE, &signatures, |signature| {
            let judge =
                |payload: &[u8]| Finding::of_classic(self.demand, subject, signature, payload);
            self.judged(&signature.payload, signature.payload.digest, &judge)
        })
    }

    /// Judges what is in the tag of older cosign for statements.
    fn envelopes(&self, subject: Digest) -> Result<Vec<Finding>, BuildError> {
        let Some(manifest) = self.tagged(ClassicAttestations::tag(subject))? else {
            return Ok(Vec::new());
        };
        let mut envelopes = match ClassicAttestations::parse(&manifest) {
            Ok(attestations) => attestations.envelopes(),
            Err(error) => return Ok(no_list("list of statements", &manifest, error)),
        };
        envelopes.truncate(limits::READ_REFERRERS);
        crew::each(AT_ONCE, &envelopes, |envelope| {
            let judge =
                |bytes: &[u8]| Finding::of_envelope(self.demand, subject, envelope.digest, bytes);
            self.judged(envelope, envelope.digest, &judge)
        })
    }

    fn tagged(&self, tag: Result<Tag, TagError>) -> Result<Option<Vec<u8>>, BuildError> {
        let tag = tag.map_err(|error| {
            BuildError::new(
                Phase::Verify,
                self.repository,
                "cannot read what hangs on the image",
            )
            .because(error)
        })?;
        self.referrers.tagged(&tag, self.repository)
    }
}

/// Keeps each bundle once, however many manifests hold it: in the one that refers to the image, if any
/// does.
fn keep_once(bundles: &mut BTreeMap<Digest, Held>, held: Held, subject: Digest) {
    let is_right = |held: &Held| held.refers_to.is_none_or(|it| it == subject);
    let known = bundles.get(&held.content.digest);
    if known.is_none_or(|known| is_right(&held) && !is_right(known)) {
        bundles.insert(held.content.digest, held);
    }
}

fn no_list(what: &'static str, manifest: &[u8], error: serde_json::Error) -> Vec<Finding> {
    let reason = Rejection::Form(what, error);
    vec![Finding::discarded(Digest::of(manifest), reason)]
}

fn is_called_bundle(referrer: &Referrer) -> bool {
    let kind = referrer.artifact_type.as_deref().unwrap_or_default();
    kind.starts_with(BUNDLE_TYPE_PREFIX)
}
