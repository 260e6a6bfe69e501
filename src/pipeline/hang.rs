//! Signed statements onto an image that is in a registry, or will be.

use crate::attest::{Artifact, Bundle, PREDICATE_TYPE, Statement};
use crate::config::SignatureFormat;
use crate::model::{BuildError, Descriptor, Digest, Repository, crew, limits};
use crate::publish::{Referrer, ReferrerList};

use super::Signing;
use super::hang_classic::{attest_classic, sign_classic};

/// How many requests are waited for at once.
const AT_ONCE: usize = 8;

/// Statements about one image, each signed, and all but hung onto it.
pub(super) struct Ready<'a> {
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
    pub(super) fn new(
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
        let bundles = self.bundles(listed)?;
        for statement in self.statements {
            let holds = |(_, bundle): &&(Digest, Bundle)| self.is_said_in(bundle, statement);
            match bundles.iter().find(holds) {
                Some((manifest, _)) => self.hung.push(*manifest),
                None => self.missing.push(self.artifact(statement)?),
            }
        }
        Ok(())
    }

    /// Hangs what is missing onto the image, which must be there now, and returns the manifests of all
    /// that hangs there then.
    pub(super) fn hang(&self) -> Result<Vec<Digest>, BuildError> {
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

    /// Returns the bundles among those that are `listed` which may hold a statement of these.
    fn bundles(&self, listed: &ReferrerList) -> Result<Vec<(Digest, Bundle)>, BuildError> {
        let mut candidates = listed.referrers();
        candidates.retain(|referrer| self.statements.iter().any(|it| may_hold(referrer, it)));
        candidates.truncate(limits::READ_REFERRERS);
        let read = crew::each(AT_ONCE, &candidates, |referrer| self.bundle(referrer))?;
        Ok(read.into_iter().flatten().collect())
    }

    /// Returns the bundle that `referrer` holds, if it holds one.
    fn bundle(&self, referrer: &Referrer) -> Result<Option<(Digest, Bundle)>, BuildError> {
        let referrers = self.signing.referrers;
        let manifest = referrers.read(&referrer.manifest, self.repository)?;
        let Some(content) = Artifact::bundle_in(&manifest) else {
            return Ok(None);
        };
        let bytes = referrers.read(&content, self.repository)?;
        let bundle = Bundle::parse(&bytes).ok();
        Ok(bundle.map(|bundle| (referrer.manifest.digest, bundle)))
    }

    fn is_said_in(&self, bundle: &Bundle, statement: &Statement) -> bool {
        is_said_in(self.signing, bundle, statement)
    }
}

/// Returns what hangs on `subject`, as far as it is looked at: beside classic signatures no bundle is.
pub(super) fn list(
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

/// Tells whether `bundle` says what `statement` says, signed by who signs now.
pub(super) fn is_said_in(signing: &Signing<'_>, bundle: &Bundle, statement: &Statement) -> bool {
    let Ok((payload, _)) = bundle.envelope.open() else {
        return false;
    };
    Statement::parse(&payload).is_ok_and(|said| said.says_the_same(statement))
        && signing.signer.has_signed(bundle, &payload)
}

/// Lists of other tools do not say what kind of statement it is.
fn may_hold(referrer: &Referrer, statement: &Statement) -> bool {
    let annotations = referrer.annotations.as_ref();
    let kind = annotations.and_then(|all| all.get(PREDICATE_TYPE));
    kind.is_none_or(|kind| kind == statement.predicate_type.as_str())
}
