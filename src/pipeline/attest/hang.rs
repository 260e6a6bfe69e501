//! Signed statements onto an image that is in a registry, or will be.

use crate::attest::{Artifact, Bundle, PREDICATE_TYPE, Statement};
use crate::config::SignatureFormat;
use crate::model::{BuildError, Descriptor, Digest, Repository, crew, limits};
use crate::publish::{Referrer, ReferrerList};

use super::super::Signing;
use super::super::bounded_reader::BoundedReader;
use super::hang_classic::{attest_classic, sign_classic};

/// How many requests are waited for at once.
const AT_ONCE: usize = 8;

/// Statements about one image, each signed, and all but hung onto it.
pub(in crate::pipeline) struct Ready<'a> {
    signing: &'a Signing<'a>,
    subject: &'a Descriptor,
    repository: &'a Repository,
    statements: &'a [Statement],
    /// The manifests of those that hang there already.
    hung: Vec<Digest>,
    missing: Vec<Artifact>,
}

impl<'a> Ready<'a> {
    /// Signs those of `statements`, which are about `subject`, that are not among what is `listed` of it,
    /// and brings them to `repository`. The image itself need not be there.
    pub(in crate::pipeline) fn new(
        signing: &'a Signing<'a>,
        statements: &'a [Statement],
        subject: &'a Descriptor,
        repository: &'a Repository,
        listed: &ReferrerList,
    ) -> Result<Self, BuildError> {
        let mut ready = Self {
            signing,
            subject,
            repository,
            statements,
            hung: Vec::new(),
            missing: Vec::new(),
        };
        if signing.sign.formats.contains(&SignatureFormat::Bundle) {
            ready.compare(listed)?;
            signing.referrers.bring(&ready.missing, repository)?;
        }
        Ok(ready)
    }

    fn compare(&mut self, listed: &ReferrerList) -> Result<(), BuildError> {
        let there = self.said_there(listed)?;
        for (number, statement) in self.statements.iter().enumerate() {
            let holds = |(_, said): &&(Digest, Vec<usize>)| said.contains(&number);
            match there.iter().find(holds) {
                Some((manifest, _)) => self.hung.push(*manifest),
                None => self.missing.push(self.artifact(statement)?),
            }
        }
        Ok(())
    }

    /// Hangs what is missing onto the image, which must be there now, and returns the manifests of all
    /// that hangs there then.
    pub(in crate::pipeline) fn hang(&self) -> Result<Vec<Digest>, BuildError> {
        let mut hung = self.hung.clone();
        hung.extend(self.missing.iter().map(|it| it.descriptor().digest));
        if !self.missing.is_empty() {
            let referrers = self.signing.referrers;
            referrers.attach(&self.missing, self.subject, self.repository)?;
        }
        if self
            .signing
            .sign
            .formats
            .contains(&SignatureFormat::Classic)
        {
            let manifests = self.hang_classic()?;
            // Beside bundles they are not looked at again: one list tells enough.
            if hung.is_empty() {
                return Ok(manifests);
            }
        }
        Ok(hung)
    }

    /// Returns the manifests of the tags beside the image.
    fn hang_classic(&self) -> Result<Vec<Digest>, BuildError> {
        let (mut manifests, mut others) = (Vec::new(), Vec::new());
        for statement in self.statements {
            if statement.is_signature() {
                manifests.push(sign_classic(self.signing, self.subject, self.repository)?);
            } else {
                others.push(statement);
            }
        }
        if !others.is_empty() {
            let put = attest_classic(self.signing, &others, self.subject, self.repository)?;
            manifests.push(put);
        }
        Ok(manifests)
    }

    fn artifact(&self, statement: &Statement) -> Result<Artifact, BuildError> {
        let bundle = self.signing.signer.sign(&statement.to_bytes())?;
        let kind = &statement.predicate_type;
        Ok(Artifact::of_bundle(&bundle, kind, self.subject))
    }

    /// Returns which statements the bundles say that are `listed`. What cannot be read says nothing: it is
    /// said again beside it.
    fn said_there(&self, listed: &ReferrerList) -> Result<Vec<(Digest, Vec<usize>)>, BuildError> {
        let mut candidates = listed.referrers();
        candidates.retain(|referrer| self.statements.iter().any(|it| may_hold(referrer, it)));
        candidates.truncate(limits::READ_REFERRERS);
        let reader = BoundedReader::new(self.signing.referrers, self.repository);
        crew::each(AT_ONCE, &candidates, |referrer| {
            let said = self.said_by(&reader, referrer)?;
            Ok((referrer.manifest.digest, said))
        })
    }

    /// Returns which statements the bundle says that `referrer` holds.
    fn said_by(
        &self,
        reader: &BoundedReader<'_>,
        referrer: &Referrer,
    ) -> Result<Vec<usize>, BuildError> {
        let Ok(manifest) = reader.manifest(&referrer.manifest)? else {
            return Ok(Vec::new());
        };
        let Some(content) = Artifact::bundle_in(&manifest) else {
            return Ok(Vec::new());
        };
        let said = reader.look(&content, |bytes| {
            let Ok(bundle) = Bundle::parse(bytes) else {
                return Vec::new();
            };
            said_in(self.signing, &bundle, self.statements)
        })?;
        Ok(said.unwrap_or_default())
    }
}

/// Returns what hangs on `subject`, as far as it is looked at: beside classic signatures no bundle is.
pub(in crate::pipeline) fn list(
    signing: &Signing<'_>,
    subject: &Descriptor,
    repository: &Repository,
) -> Result<ReferrerList, BuildError> {
    if signing.sign.formats.contains(&SignatureFormat::Bundle) {
        signing.referrers.list(subject.digest, repository)
    } else {
        Ok(ReferrerList::default())
    }
}

/// Returns the numbers of those of `statements` that `bundle` says, signed by who signs now.
pub(super) fn said_in<'a>(
    signing: &Signing<'_>,
    bundle: &Bundle,
    statements: impl IntoIterator<Item = &'a Statement>,
) -> Vec<usize> {
    let Ok((payload, _)) = bundle.envelope.open() else {
        return Vec::new();
    };
    let Ok(said) = Statement::parse(&payload) else {
        return Vec::new();
    };
    let numbered = statements.into_iter().enumerate();
    let same = numbered.filter(|(_, statement)| said.says_the_same(statement));
    let mut numbers: Vec<usize> = same.map(|(number, _)| number).collect();
    if !numbers.is_empty() && !signing.signer.has_signed(bundle, &payload) {
        numbers.clear();
    }
    numbers
}

/// Lists of other tools do not say what kind of statement it is.
fn may_hold(referrer: &Referrer, statement: &Statement) -> bool {
    let annotations = referrer.annotations.as_ref();
    let kind = annotations.and_then(|all| all.get(PREDICATE_TYPE));
    kind.is_none_or(|kind| kind == statement.predicate_type.as_str())
}
