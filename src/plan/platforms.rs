//! Which platforms an image is built for.

use crate::config::PlatformChoice;
use crate::model::{BuildError, ExitCode, ImageName, Phase, Platform};

use super::go_ports;

/// What a base can run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasePlatforms {
    /// It holds nothing that depends on a platform.
    Any,
    /// These.
    Listed(Vec<Platform>),
}

/// Returns the platforms that `choice` means, in its order; with `all`, in the base's.
///
/// # Errors
/// When there is none, or one is none that an image on this base can be built for.
pub fn image_platforms(
    name: &ImageName,
    choice: &PlatformChoice,
    base: &BasePlatforms,
) -> Result<Vec<Platform>, BuildError> {
    let platforms = match (choice, base) {
        (PlatformChoice::Listed(platforms), _) => platforms.clone(),
        (PlatformChoice::All, BasePlatforms::Any) => go_ports::of_any_base(),
        (PlatformChoice::All, BasePlatforms::Listed(listed)) => listed
            .iter()
            .filter(|platform| runs_images(platform) && go_ports::can_build(platform))
            .cloned()
            .collect(),
    };
    if platforms.is_empty() {
        let error = BuildError::new(
            Phase::Plan,
            name,
            "the base has no platform that Go can build an image for",
        );
        return Err(error.exit(ExitCode::Refused));
    }
    platforms
        .iter()
        .try_for_each(|platform| check(name, platform, base))?;
    Ok(platforms)
}

fn check(name: &ImageName, platform: &Platform, base: &BasePlatforms) -> Result<(), BuildError> {
    if !runs_images(platform) {
        let message = format!("{platform} is no platform for images, expected one of linux");
        return Err(BuildError::new(Phase::Plan, name, message).hint(format!(
            "for a plain program: coracle dist --platform {platform}"
        )));
    }
    if !go_ports::can_build(platform) {
        let message = format!("coracle does not build for {platform}");
        let near = go_ports::nearest(platform).join(", ");
        return Err(BuildError::new(Phase::Plan, name, message).hint(format!("near it are {near}")));
    }
    match base {
        BasePlatforms::Listed(listed) if !listed.iter().any(|of_base| of_base.covers(platform)) => {
            let listed: Vec<String> = listed.iter().map(ToString::to_string).collect();
            Err(
                BuildError::new(Phase::Base, name, format!("the base has no {platform}"))
                    .hint(format!("it has {}", listed.join(", "))),
            )
        }
        _ => Ok(()),
    }
}

fn runs_images(platform: &Platform) -> bool {
    platform.os() == "linux"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platforms(texts: &[&str]) -> Vec<Platform> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn all_means_what_the_base_has_and_go_can_build() {
        let base = BasePlatforms::Listed(platforms(&[
            "linux/amd64",
            "windows/amd64",
            "linux/arm64/v8",
            "linux/sparc",
        ]));
        let name = "x".parse().unwrap();
        let resolved = image_platforms(&name, &PlatformChoice::All, &base).unwrap();
        assert_eq!(resolved, platforms(&["linux/amd64", "linux/arm64/v8"]));
    }

    #[test]
    fn a_platform_that_the_base_lacks_is_never_dropped_in_silence() {
        let base = BasePlatforms::Listed(platforms(&["linux/amd64"]));
        let choice = PlatformChoice::Listed(platforms(&["linux/amd64", "linux/arm64"]));
        let error = image_platforms(&"x".parse().unwrap(), &choice, &base).unwrap_err();
        assert_eq!(error.message, "the base has no linux/arm64");
        assert_eq!(error.hints, ["it has linux/amd64"]);
    }
}
