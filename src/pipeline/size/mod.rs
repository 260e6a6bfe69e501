//! What the bytes of programs and images that are there already are.

mod image_walk;

use self::image_walk::ImageWalk;
use super::stored_image::StoredImage;
use super::stored_platforms::StoredPlatforms;
use crate::compare::pair_platforms;
use crate::model::{BuildError, Cancellation, ExitCode, Phase, Platform};
use crate::ports::{EventSink, ImageReader};
use crate::report::{SizeDocument, SizedSubject};
use crate::size::{
    ImageGrowth, ImageSize, ProgramGrowth, SizeError, SymbolLimit, part_for, program_size,
};

/// What is looked into.
pub enum SizeSubject<'a> {
    /// A program, all its bytes.
    Program(Vec<u8>),
    /// An image where it is kept.
    Image(Box<dyn ImageReader + 'a>),
}

/// What is looked into, and what it is called.
pub struct NamedSubject<'a> {
    /// What it was named.
    pub name: &'a str,
    /// What it is.
    pub subject: SizeSubject<'a>,
}

/// What is asked for, and who listens.
pub struct SizeRequest<'a> {
    /// The only platform that is wanted, where not all are.
    pub platform: Option<&'a Platform>,
    /// How many symbols are listed of a program.
    pub symbols: SymbolLimit,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// Tells what the bytes of `first` are, and what grew from it to `second`.
///
/// # Errors
/// When one cannot be read, is no program, or has not the platform that is wanted; when one is a
/// program and the other an image.
pub fn size(
    first: NamedSubject<'_>,
    second: Option<NamedSubject<'_>>,
    request: &SizeRequest<'_>,
) -> Result<SizeDocument, BuildError> {
    let mut subjects = vec![sized(first, request)?];
    if let Some(second) = second {
        subjects.push(sized(second, request)?);
    }
    let mut document = SizeDocument {
        form: 1,
        subjects,
        program_growth: None,
        image_growth: Vec::new(),
    };
    if let [a, b] = document.subjects.as_slice() {
        match (&a.program, &b.program) {
            (Some(of_a), Some(of_b)) => {
                let name = b.name.rsplit('/').next().unwrap_or_default();
                document.program_growth = Some(ProgramGrowth::between(name, of_a, of_b));
            }
            (None, None) => document.image_growth = image_growth(a, b)?,
            _ => return Err(not_alike(a, b)),
        }
    }
    Ok(document)
}

fn sized(named: NamedSubject<'_>, request: &SizeRequest<'_>) -> Result<SizedSubject, BuildError> {
    let NamedSubject { name, subject } = named;
    let mut sized = SizedSubject {
        name: name.to_owned(),
        program: None,
        images: Vec::new(),
    };
    match subject {
        SizeSubject::Program(bytes) => {
            let wanted = request.platform.map(Platform::arch);
            let program = part_for(&bytes, wanted)
                .and_then(|part| program_size(part, request.symbols))
                .map_err(|error| unexplained(name, error))?;
            sized.program = Some(program);
        }
        SizeSubject::Image(reader) => {
            let image = StoredImage {
                reader: &*reader,
                name,
                events: request.events,
                cancellation: request.cancellation,
            };
            let found = StoredPlatforms::read(&image, request.platform)?;
            let images = found
                .images
                .iter()
                .map(|stored| ImageWalk::new(image, stored, request.symbols).finish());
            sized.images = images.collect::<Result<_, _>>()?;
        }
    }
    Ok(sized)
}

fn unexplained(name: &str, error: SizeError) -> BuildError {
    let hint = match &error {
        SizeError::Several(names) => names.first().map(|first| {
            format!("name one of them: coracle size {name} --platform darwin/{first}")
        }),
        _ => None,
    };
    let message = "cannot tell what the bytes of this program are";
    let error = BuildError::new(Phase::Inspect, name, message).because(error);
    hint.into_iter().fold(error, BuildError::hint)
}

/// Compares what both have for the same platform.
fn image_growth(a: &SizedSubject, b: &SizedSubject) -> Result<Vec<ImageGrowth>, BuildError> {
    let platforms = |images: &[ImageSize]| -> Vec<Platform> {
        let parsed = images.iter().map(|image| image.platform.parse());
        parsed.filter_map(Result::ok).collect()
    };
    let pairs = pair_platforms(&platforms(&a.images), &platforms(&b.images));
    if pairs.is_empty() {
        let message = format!("has no platform that {} has", a.name);
        return Err(BuildError::new(Phase::Inspect, &b.name, message));
    }
    let growth = pairs
        .into_iter()
        .map(|(left, right)| ImageGrowth::between(&a.images[left], &b.images[right]));
    Ok(growth.collect())
}

fn not_alike(a: &SizedSubject, b: &SizedSubject) -> BuildError {
    let image = if a.program.is_none() { a } else { b };
    let error = BuildError::new(
        Phase::Inspect,
        &b.name,
        "cannot compare a program with an image",
    );
    error
        .hint(format!(
            "coracle size {} tells what the programs in it are",
            image.name
        ))
        .exit(ExitCode::Usage)
}
