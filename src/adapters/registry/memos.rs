//! Memos that travel: looked for in a registry where this machine knows nothing, and put there for
//! others.
//!
//! What a registry says is believed as far as it can be checked: that a memo is of its key, and a
//! layer that comes here of its memo. That nobody put a wrong one there, a signature says, or the
//! user.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::{Manner, Registries};
use super::memo_seals::MemoSeals;
use super::publisher::RegistryPublisher;
use super::registry_error::RegistryError;
use crate::image::{HeldLayer, MemoArtifact, ReceivedMemo};
use crate::layers::{Layer, walk_layer};
use crate::model::{
    Blob, BlobSource, Cancellation, Digest, Event, ForeignText, Phase, Repository, crew,
};
use crate::plan::{Memo, Recipe};
use crate::ports::{BlobStore, MemoShelf, Part, Signer, Users};
use crate::publish::BlobTransfer;

/// Where memos come from, and where they go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoPlaces {
    /// The repository that is asked.
    pub from: Option<Repository>,
    /// The repository that is told.
    pub to: Option<Repository>,
}

/// A shelf of memos in a registry, behind that of this machine.
pub struct RegistryMemos<'a> {
    local: Box<dyn MemoShelf + 'a>,
    publisher: Arc<RegistryPublisher<'a>>,
    store: Arc<dyn BlobStore + Send>,
    places: MemoPlaces,
    seals: MemoSeals,
    cancellation: Cancellation,
    /// What the registry told in this run; `None` where it has nothing.
    told: Mutex<BTreeMap<Digest, Option<Memo>>>,
    /// What others do not know yet.
    unshared: Mutex<Vec<Memo>>,
    /// Once the registry could not be asked, it is left alone.
    is_silent: AtomicBool,
    /// Whether it was said that a memo is not believed.
    is_doubted: AtomicBool,
}

impl<'a> RegistryMemos<'a> {
    /// Puts a registry behind the shelf `local`, whose layers are in `store`.
    pub fn new(
        local: Box<dyn MemoShelf + 'a>,
        publisher: Arc<RegistryPublisher<'a>>,
        store: Arc<dyn BlobStore + Send>,
        places: MemoPlaces,
        seals: MemoSeals,
        cancellation: Cancellation,
    ) -> Self {
        Self {
            local,
            publisher,
            store,
            places,
            seals,
            cancellation,
            told: Mutex::default(),
            unshared: Mutex::default(),
            is_silent: AtomicBool::new(false),
            is_doubted: AtomicBool::new(false),
        }
    }

    /// Has `signer` sign what others are told, and takes its word for what others tell.
    pub fn signing(&mut self, signer: Arc<dyn Signer>) {
        self.seals.signing(signer);
    }

    /// Asks the registry for the memo of `key`, once in a run.
    fn ask(&self, key: Digest) -> Option<Memo> {
        let from = self.places.from.as_ref()?;
        if self.is_silent.load(Ordering::Relaxed) {
            return None;
        }
        if let Some(told) = self.told().get(&key) {
            return told.clone();
        }
        let memo = match self.receive(from, key) {
            Ok(memo) => memo,
            Err(error) => {
                self.is_silent.store(true, Ordering::Relaxed);
                self.warn(
                    &format!("{from} cannot be asked for what was made before"),
                    &error,
                );
                None
            }
        };
        self.told().insert(key, memo.clone());
        memo
    }

    fn receive(&self, from: &Repository, key: Digest) -> Result<Option<Memo>, RegistryError> {
        let registries = &self.publisher.registries;
        let access = registries.to_pull(from)?;
        let errand = format!("the request for the memo {key}");
        let tag = MemoArtifact::tag(key)
            .map_err(|error| RegistryError::unusable(from.host().as_str(), &errand, error))?;
        let manner = Manner {
            retry: registries.settings.retry,
            observer: &|_| (),
        };
        let Some((bytes, host)) = registries.tagged_manifest(&access, &tag, &errand, manner)?
        else {
            return Ok(None);
        };
        match MemoArtifact::read(&bytes, key) {
            Ok(received) => Ok(self.believed(from, received)),
            Err(error) => {
                self.warn(
                    &format!("{from} tells something else than the memo {key}"),
                    &RegistryError::unusable(&host, &errand, error),
                );
                Ok(None)
            }
        }
    }

    /// Takes a memo whose word is good; of the first one that is not, the user hears.
    fn believed(&self, from: &Repository, received: ReceivedMemo) -> Option<Memo> {
        let key = received.memo.recipe.key();
        match self.seals.accept(received) {
            Ok(memo) => Some(memo),
            Err(doubt) => {
                if !self.is_doubted.swap(true, Ordering::Relaxed) {
                    self.emit(&format!(
                        "{from} tells the memo {key}, which is not believed: {doubt}"
                    ));
                }
                None
            }
        }
    }

    /// Returns the layer of a memo that the registry told, for registries at its own host without
    /// fetching it.
    fn remote_layer(&self, memo: &Memo, users: &Users) -> Option<HeldLayer> {
        let from = self.places.from.clone()?;
        let source = MemoLayer {
            registries: Arc::clone(&self.publisher.registries),
            store: Arc::clone(&self.store),
            from: from.clone(),
            memo: memo.clone(),
            cancellation: self.cancellation.clone(),
            fetching: Mutex::default(),
        };
        if *users != Users::Registries(from.host().clone()) {
            source
                .fetch(&|_| ())
                .inspect_err(|error| self.warn_of(&from, error))
                .ok()?;
        }
        Some(HeldLayer {
            layer: Layer {
                blob: Blob::new(memo.layer.clone(), Arc::new(source)),
                diff_id: memo.diff_id,
            },
            repository: Some(from),
        })
    }

    fn tell(&self, to: &Repository, memo: &Memo) -> Result<(), String> {
        let Some(layer) = self.store.find(&memo.layer) else {
            return Ok(());
        };
        let artifact =
            MemoArtifact::new(memo, |digest| self.seals.seal(digest)).map_err(|error| {
                let causes = error.causes().map(|cause| format!(": {cause}"));
                let causes: String = causes.collect();
                format!(
                    "nobody else is told what was made: {}{causes}",
                    error.message
                )
            })?;
        let Some(artifact) = artifact else {
            return Ok(());
        };
        self.send(to, memo, artifact, layer)
            .map_err(|error| format!("{to} does not take what was made: {}", error.in_one_line()))
    }

    fn send(
        &self,
        to: &Repository,
        memo: &Memo,
        artifact: MemoArtifact,
        layer: Blob,
    ) -> Result<(), RegistryError> {
        let registries = &self.publisher.registries;
        let access = registries.to_push(to)?;
        for blob in [artifact.config, layer] {
            let transfer = BlobTransfer {
                blob,
                mount_from: None,
            };
            self.publisher.push_blob(&access, &transfer)?;
        }
        let tag = MemoArtifact::tag(memo.recipe.key())
            .map_err(|error| RegistryError::unusable(to.host().as_str(), "a memo", error))?;
        let manner = Manner {
            retry: registries.settings.retry,
            observer: &|_| (),
        };
        registries.put_manifest(&access, &artifact.manifest, &tag, manner)
    }

    fn warn(&self, message: &str, error: &RegistryError) {
        self.emit(&format!("{message}: {}", error.in_one_line()));
    }

    fn warn_of(&self, from: &Repository, error: &io::Error) {
        self.emit(&format!(
            "a layer that {from} tells of is not used: {error}"
        ));
    }

    fn emit(&self, message: &str) {
        self.publisher.sink.emit(Event::Warned {
            phase: Phase::Layers,
            message: ForeignText::new(message).to_string(),
            hints: vec!["what cannot be had from there is made here".to_owned()],
        });
    }

    fn told(&self) -> MutexGuard<'_, BTreeMap<Digest, Option<Memo>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_told(&self, memo: &Memo) -> bool {
        let key = memo.recipe.key();
        self.told()
            .get(&key)
            .is_some_and(|told| told.as_ref() == Some(memo))
    }
}

impl MemoShelf for RegistryMemos<'_> {
    fn find(&self, key: Digest) -> Option<Memo> {
        self.local.find(key).or_else(|| self.ask(key))
    }

    fn layer(&self, memo: &Memo, users: &Users) -> Option<HeldLayer> {
        if !self.is_told(memo) {
            if let Some(layer) = self.local.layer(memo, users) {
                return Some(layer);
            }
            self.ask(memo.recipe.key()).filter(|told| told == memo)?;
        }
        self.remote_layer(memo, users)
    }

    fn keep(&self, part: &Part, memo: &Memo) -> io::Result<()> {
        if self.places.to.is_some() {
            let mut unshared = self.unshared.lock().unwrap_or_else(PoisonError::into_inner);
            unshared.push(memo.clone());
        }
        self.local.keep(part, memo)
    }

    /// Programs stay on this machine.
    fn keep_program(
        &self,
        part: &Part,
        recipe: &Recipe,
        program: &dyn BlobSource,
    ) -> io::Result<()> {
        self.local.keep_program(part, recipe, program)
    }

    /// What the registry told is not kept here: nobody has checked it whole.
    fn note_latest(&self, part: &Part, memo: &Memo) -> io::Result<()> {
        if self.is_told(memo) {
            return Ok(());
        }
        self.local.note_latest(part, memo)
    }

    fn latest(&self, part: &Part) -> Option<Memo> {
        self.local.latest(part)
    }

    fn share(&self) {
        let Some(to) = &self.places.to else { return };
        let unshared =
            std::mem::take(&mut *self.unshared.lock().unwrap_or_else(PoisonError::into_inner));
        let at_once = self.publisher.registries.settings.at_once();
        let told = crew::each(at_once, &unshared, |memo| self.tell(to, memo));
        if let Err(message) = told {
            self.emit(&message);
        }
    }
}

/// The layer of a memo that a registry told of.
struct MemoLayer {
    registries: Arc<Registries>,
    store: Arc<dyn BlobStore + Send>,
    from: Repository,
    memo: Memo,
    cancellation: Cancellation,
    /// Held while it is fetched and checked; then it is known to be right.
    fetching: Mutex<Option<Blob>>,
}

impl MemoLayer {
    fn near(&self, moved: &dyn Fn(u64)) -> io::Result<Blob> {
        let mut fetched = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = &*fetched {
            return Ok(blob.clone());
        }
        let blob = match self.store.find(&self.memo.layer) {
            Some(blob) => blob,
            None => self
                .download(moved)
                .map_err(|error| io::Error::other(error.in_one_line()))?,
        };
        let walked = walk_layer(&blob, &self.cancellation, &|_| (), &mut |_, _| Ok(()))
            .map_err(io::Error::other)?;
        if walked.diff_id != self.memo.diff_id {
            let message = format!(
                "its content is {}, and its memo says {}",
                walked.diff_id, self.memo.diff_id
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        *fetched = Some(blob.clone());
        Ok(blob)
    }

    fn download(&self, moved: &dyn Fn(u64)) -> Result<Blob, RegistryError> {
        let access = self.registries.to_pull(&self.from)?;
        self.registries
            .download(&access, &self.memo.layer, &*self.store, moved)
    }
}

impl BlobSource for MemoLayer {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.near(&|_| ())?.open()
    }

    fn fetch(&self, moved: &dyn Fn(u64)) -> io::Result<()> {
        self.near(moved).map(drop)
    }
}
