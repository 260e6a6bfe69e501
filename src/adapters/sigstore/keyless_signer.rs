//! Whoever this run is, with a key of some minutes.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::pass::{MARGIN_SECONDS, NewKey, Pass};
use super::services::{Answer, Asker, JSON, Service, bearing, posting};
use super::token_place::GitHubTokens;
use super::{SigstoreError, TokenPlace};
use crate::adapters::http::{Client, Conduct, Request};
use crate::attest::keyless::{
    IdentityToken, IssuedCertificate, KeylessError, LogRequest, TIME_STAMP_QUERY, TrustedRoot,
    parse_log_entry, time_stamp_request,
};
use crate::attest::{Bundle, PublicKey, pre_authentication};
use crate::config::{AddressTrust, KeylessConfig, TransparencyLog};
use crate::model::{BuildError, Secret, Timestamp};
use crate::ports::Signer;
use crate::publish::RetryPolicy;

/// How often, and how long, a log's clock is waited for.
const CLOCK_TRIES: u32 = 3;
const CLOCK_WAIT: Duration = Duration::from_secs(1);

/// What a signer is told.
pub struct KeylessSettings {
    /// The services.
    pub config: KeylessConfig,
    /// Where our identity is.
    pub token: TokenPlace,
    /// Whom to believe.
    pub root: Arc<TrustedRoot>,
    /// How often services are asked again.
    pub retry: RetryPolicy,
    /// The machine's clock.
    pub now: fn() -> Timestamp,
}

/// Signs with an identity. One certificate serves as many signatures as its minutes last.
pub struct KeylessSigner {
    settings: KeylessSettings,
    client: Arc<Client>,
    name: OnceLock<String>,
    /// What GitHub made.
    made: Mutex<Option<Secret>>,
    /// Held while a certificate is asked for, so that those who sign at once share it.
    pass: Mutex<Option<Result<Pass, Arc<SigstoreError>>>>,
}

/// What GitHub answers.
#[derive(Deserialize)]
struct GitHubAnswer {
    value: String,
}

impl KeylessSigner {
    /// Asks nobody yet.
    pub fn new(settings: KeylessSettings, client: Arc<Client>) -> Self {
        Self {
            settings,
            client,
            name: OnceLock::new(),
            made: Mutex::default(),
            pass: Mutex::default(),
        }
    }

    fn asker(&self) -> Asker<'_> {
        Asker {
            client: &self.client,
            conduct: Conduct {
                retry: self.settings.retry,
                trust: AddressTrust::Public,
            },
        }
    }

    /// Returns a token that is not over yet.
    fn token(&self) -> Result<IdentityToken, SigstoreError> {
        let text = match &self.settings.token {
            TokenPlace::File(path) => TokenPlace::read_file(path)?,
            TokenPlace::Variable { token, .. } => token.clone(),
            TokenPlace::GitHub(tokens) => self.githubs(tokens)?,
            TokenPlace::Nowhere(why) => return Err(SigstoreError::NoToken(why.clone())),
        };
        IdentityToken::parse(&text, (self.settings.now)()).map_err(|source| SigstoreError::Token {
            place: self.settings.token.to_string(),
            source,
        })
    }

    /// Returns the token that GitHub made, as long as it lasts for a while.
    fn githubs(&self, tokens: &GitHubTokens) -> Result<Secret, SigstoreError> {
        let mut kept = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let soon = Timestamp::from_seconds((self.settings.now)().seconds() + MARGIN_SECONDS);
        let lasts = |token: &&Secret| IdentityToken::parse(token, soon).is_ok();
        if let Some(token) = kept.as_ref().filter(lasts) {
            return Ok(token.clone());
        }
        Ok(kept.insert(self.ask_github(tokens)?).clone())
    }

    fn ask_github(&self, tokens: &GitHubTokens) -> Result<Secret, SigstoreError> {
        let mut url = tokens.url.clone();
        url.query_pairs_mut()
            .append_pair("audience", &self.settings.config.audience);
        let request = bearing(Request::get(url), Service::Issuer, &tokens.bearer)?;
        let answer = self.asker().ask(Service::Issuer, &request)?;
        let read: Result<GitHubAnswer, _> = serde_json::from_slice(&answer.bytes);
        // What is wrong with it could quote it.
        let read = read.map_err(|_| SigstoreError::NoTokenIn(answer.host))?;
        Ok(Secret::new(read.value))
    }

    /// Returns a key and a certificate that hold for a while. Who could not get them is not asked again:
    /// all that is signed at once would wait in turn.
    fn pass(&self) -> Result<Pass, SigstoreError> {
        let mut kept = self.pass.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.settings.now)();
        match &*kept {
            Some(Ok(pass)) if pass.holds(now) => return Ok(pass.clone()),
            Some(Err(why)) => return Err(SigstoreError::Again(Arc::clone(why))),
            Some(Ok(_)) | None => {}
        }
        let taken = self.take_pass(now).map_err(Arc::new);
        kept.insert(taken).clone().map_err(SigstoreError::Again)
    }

    fn take_pass(&self, now: Timestamp) -> Result<Pass, SigstoreError> {
        let KeylessConfig { fulcio, rule, .. } = &self.settings.config;
        let token = self.token()?;
        let key = NewKey::make()?;
        let url = fulcio.join("api/v2/signingCert");
        let request = posting(url, JSON, key.request(&token));
        let request = bearing(request, Service::Fulcio, token.secret())?;
        let answer = self.asker().ask(Service::Fulcio, &request)?;
        let certificate = IssuedCertificate::parse(&answer.bytes, key.public())
            .map_err(|source| SigstoreError::unusable(Service::Fulcio, answer.host, source))?;
        // The log keeps for ever what nobody would accept.
        match rule {
            Some(rule) if certificate.signatory().check(rule).is_err() => {
                Err(SigstoreError::OtherIdentity {
                    found: certificate.signatory().to_string(),
                    expected: rule.to_string(),
                })
            }
            _ => Ok(key.with(certificate, now)),
        }
    }

    fn forget_pass(&self) {
        *self.pass.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A certificate that ran out while a service was tried again is not the end.
    fn seal(&self, statement: &[u8]) -> Result<Bundle, SigstoreError> {
        let pass = self.pass()?;
        match self.seal_with(&pass, statement) {
            Err(SigstoreError::Unproven(KeylessError::NotValidThen))
                if pass.is_old((self.settings.now)()) =>
            {
                self.forget_pass();
                self.seal_with(&self.pass()?, statement)
            }
            sealed => sealed,
        }
    }

    fn seal_with(&self, pass: &Pass, statement: &[u8]) -> Result<Bundle, SigstoreError> {
        let Pass {
            key, certificate, ..
        } = pass;
        let signature = key.sign(&pre_authentication(statement));
        let time_stamp = self.time_stamp(&signature)?;
        let entry = self.log(statement, &signature, certificate)?;
        let time_stamp = time_stamp.as_ref().map(|answer| answer.bytes.as_slice());
        let material = certificate.material(&entry, time_stamp);
        let bundle = Bundle::of_identity(statement, &signature, material);
        self.prove(&bundle)?;
        Ok(bundle)
    }

    /// Lets somebody say when the signature was there, where somebody is named.
    fn time_stamp(&self, signature: &[u8]) -> Result<Option<Answer>, SigstoreError> {
        let Some(tsa) = &self.settings.config.tsa else {
            return Ok(None);
        };
        let question = time_stamp_request(signature);
        let request = posting(tsa.as_url().clone(), TIME_STAMP_QUERY, question);
        self.asker().ask(Service::TimeStamps, &request).map(Some)
    }

    /// Puts the signature into the log, and returns its entry.
    fn log(
        &self,
        statement: &[u8],
        signature: &[u8],
        certificate: &IssuedCertificate,
    ) -> Result<Value, SigstoreError> {
        let TransparencyLog { url, version } = &self.settings.config.log;
        let unusable = |host, source| SigstoreError::unusable(Service::Rekor, host, source);
        let entry = LogRequest::new(*version, statement, signature, certificate)
            .map_err(|source| unusable(url.to_string(), source))?;
        let request = posting(url.join(entry.path), JSON, entry.body);
        let answer = self.asker().ask_log(&request)?;
        parse_log_entry(*version, &answer.bytes).map_err(|source| unusable(answer.host, source))
    }

    /// Sees to it that what the services gave holds, as whoever verifies would. A log whose clock is a
    /// little before ours is waited for.
    fn prove(&self, bundle: &Bundle) -> Result<(), SigstoreError> {
        for _ in 0..CLOCK_TRIES {
            match self.settings.root.check(bundle) {
                Err(KeylessError::LogTime(_)) => {
                    let waited = self.client.wait(CLOCK_WAIT);
                    waited.map_err(|source| SigstoreError::NoAnswer {
                        service: Service::Rekor,
                        source,
                    })?;
                }
                proven => return Ok(proven.map(drop)?),
            }
        }
        Ok(self.settings.root.check(bundle).map(drop)?)
    }

    fn explain(&self, error: SigstoreError) -> BuildError {
        error.into_build_error(&self.settings.config)
    }
}

impl Signer for KeylessSigner {
    /// GitHub tells in the token alone which workflow a job runs, so that it is asked.
    fn name(&self) -> &str {
        self.name.get_or_init(|| {
            let services = &self.settings.config;
            let who = match self.token() {
                Ok(token) => token.describe().to_string(),
                // Nobody has signed anything as that.
                Err(_) => "nobody".to_owned(),
            };
            format!("keyless {} {} {who}", services.fulcio, services.log.url)
        })
    }

    fn check(&self) -> Result<(), BuildError> {
        let token = self.token().map(drop);
        token.map_err(|error| self.explain(error))
    }

    fn sign(&self, statement: &[u8]) -> Result<Bundle, BuildError> {
        self.seal(statement).map_err(|error| self.explain(error))
    }

    fn sign_payload(&self, _: &[u8]) -> Result<Vec<u8>, BuildError> {
        Err(self.explain(SigstoreError::Classic))
    }

    fn public_key(&self) -> Result<PublicKey, BuildError> {
        Err(self.explain(SigstoreError::Classic))
    }

    /// Each time it is another key: what the same identity has signed, provably, is as good.
    fn has_signed(&self, bundle: &Bundle, statement: &[u8]) -> bool {
        let payload = bundle.envelope.open().map(|(payload, _)| payload);
        let is_same = payload.is_ok_and(|payload| payload == statement);
        is_same
            && self.settings.root.check(bundle).is_ok_and(|signatory| {
                let ours = self.pass().map(|pass| pass.certificate.signatory().clone());
                ours.is_ok_and(|ours| ours == signatory)
            })
    }
}
