//! Who an image runs as, in numbers.

use std::io::{self, Read as _};

use crate::config::{Account, BaseChoice, UserChoice};
use crate::facts::CopiedFile;
use crate::image::{Accounts, Base, EmbeddedBase};
use crate::layers::read_file;
use crate::model::{BuildError, Cancellation, Content, ExitCode, ImagePath, Owner, Phase};
use crate::plan::Selected;

/// The longest passwd or group that is read.
const MAX_ACCOUNTS_BYTES: u64 = 1 << 20;

/// Returns the numbers of the image's user and group; names are looked up in the passwd and group
/// that the image will have: those of its `files`, else of its base.
///
/// # Errors
/// When a name is not there, or the files cannot be read.
pub(super) fn owner(
    selected: &Selected<'_>,
    base: &Base,
    files: &[CopiedFile],
    cancellation: &Cancellation,
) -> Result<Owner, BuildError> {
    let user = &match &selected.config.user {
        UserChoice::OfBase => of_base(selected, base)?,
        own @ UserChoice::Own { .. } => own.clone(),
    };
    if let Some(owner) = user.owner() {
        return Ok(owner);
    }
    let find = |path: &str| {
        find_text(selected, base, files, path, cancellation).map_err(|error| {
            BuildError::new(
                Phase::Base,
                &selected.name,
                format!("cannot read {path}, to look up {user}"),
            )
            .because(error)
        })
    };
    let (passwd, group) = (find("/etc/passwd")?, find("/etc/group")?);
    let accounts = Accounts {
        passwd: &passwd,
        group: &group,
    };
    resolve(user, &accounts).ok_or_else(|| {
        BuildError::new(
            Phase::Plan,
            &selected.name,
            format!("the image has no user {user}"),
        )
        .exit(ExitCode::Usage)
        .hint("give numbers, as in user = \"65532:65532\", or copy a passwd and a group with files")
    })
}

/// Returns whom the base names, for its first platform: a base that runs as somebody else on another one
/// would be a strange one.
fn of_base(selected: &Selected<'_>, base: &Base) -> Result<UserChoice, BuildError> {
    let named = base.platforms.first().and_then(|it| it.user.as_deref());
    let named = named.unwrap_or("0:0");
    let wrong = |error| {
        BuildError::new(
            Phase::Base,
            &selected.name,
            "cannot tell whom the base runs as",
        )
        .because(error)
        .hint("say it, as in user = \"65532:65532\"")
    };
    match named.parse().map_err(wrong)? {
        // A user of the base who has this name.
        UserChoice::OfBase => Ok(UserChoice::Own {
            user: Account::Name(named.to_owned()),
            group: None,
        }),
        own @ UserChoice::Own { .. } => Ok(own),
    }
}

fn resolve(user: &UserChoice, accounts: &Accounts<'_>) -> Option<Owner> {
    let UserChoice::Own { user, group } = user else {
        return None;
    };
    let (uid, own_group) = match user {
        Account::Number(uid) => (*uid, accounts.group_of(*uid)),
        Account::Name(name) => accounts.user(name).map(|(uid, gid)| (uid, Some(gid)))?,
    };
    let gid = match group {
        None => own_group.unwrap_or(0),
        Some(Account::Number(gid)) => *gid,
        Some(Account::Name(name)) => accounts.group(name)?,
    };
    Some(Owner { uid, gid })
}

fn find_text(
    selected: &Selected<'_>,
    base: &Base,
    files: &[CopiedFile],
    path: &str,
    cancellation: &Cancellation,
) -> io::Result<String> {
    if let Some(file) = files.iter().find(|file| file.entry.path.as_str() == path)
        && let Content::File { source, .. } = &file.entry.content
    {
        let mut text = String::new();
        source
            .open()?
            .take(MAX_ACCOUNTS_BYTES)
            .read_to_string(&mut text)?;
        return Ok(text);
    }
    match &selected.config.base {
        BaseChoice::Scratch => Ok(String::new()),
        BaseChoice::Static => {
            let base = EmbeddedBase::load().map_err(io::Error::other)?;
            Ok(if path == "/etc/passwd" {
                base.passwd
            } else {
                base.group
            }
            .to_owned())
        }
        BaseChoice::Registry(_) => text_of_layers(base, path, cancellation),
    }
}

/// The uppermost layer that has the file decides.
fn text_of_layers(base: &Base, path: &str, cancellation: &Cancellation) -> io::Result<String> {
    let path: ImagePath = path.parse().map_err(io::Error::other)?;
    let Some(platform) = base.platforms.first() else {
        return Ok(String::new());
    };
    for layer in platform.layers.iter().rev() {
        let blob = &layer.layer.blob;
        if let Some(content) = read_file(blob, &path, MAX_ACCOUNTS_BYTES, cancellation)? {
            return Ok(String::from_utf8_lossy(&content).into_owned());
        }
    }
    Ok(String::new())
}
