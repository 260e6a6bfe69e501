//! Images to sinks: what to send, in which order.
//!
//! In: an `Image` and what the destination has. Out: ordered transfers, and the state machines of
//! the protocol: tokens, uploads, retries. Pure: adapters send.

mod archive;
mod challenge;
mod credential;
mod credential_file;
mod credential_helper;
mod download;
mod forbidden_address;
mod layout;
mod published;
mod redirect;
mod referrer_pages;
mod referrers;
mod refusal;
mod release_artifact;
mod retry;
mod scope;
mod token;
mod transfers;
mod upload;

pub use archive::archive_entries;
pub use challenge::{BearerChallenge, Challenge, ChallengeError};
pub use credential::Credential;
pub use credential_file::{CredentialFile, CredentialFileError, Lookup, is_docker_hub};
pub use credential_helper::{CredentialHelperError, helper_has_no_login, read_helper_answer};
pub use download::{Download, DownloadError, Placement};
pub use forbidden_address::{ForbiddenAddress, judge_addresses};
pub use layout::{
    LAYOUT_INDEX, LAYOUT_MARKER, LAYOUT_MARKER_TEXT, LayoutError, LayoutIndex, check_layout_marker,
    layout_blob,
};
pub use published::Published;
pub use redirect::{Errand, RedirectError, Redirects, resolve_location};
pub use referrer_pages::{ReferrerPages, ReferrerPagesError};
pub use referrers::{Referrer, ReferrerList, ReferrerListError, fallback_tag, next_page};
pub use refusal::Refusal;
pub use release_artifact::{ReleaseArtifact, ReleaseFile};
pub use retry::{Retries, RetryPolicy, is_transient};
pub use scope::{Scope, scopes_to_ask};
pub use token::{Token, TokenError, TokenRequest, read_token};
pub use transfers::{BlobTransfer, Transfers};
pub use upload::{OpenedUpload, Span, Step, Transfer, Upload, UploadAnswer, UploadError};
