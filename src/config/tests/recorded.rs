//! What is recorded of an image gives the same image again.

use super::*;
use crate::model::{GoVersion, SourcePath};

/// Records an image of a file, and reads that as a file.
fn again(config: &Config, name: &ImageName, mains: &[SourcePath]) -> Config {
    let image = &config.images[name];
    let PlatformChoice::Listed(platforms) = &image.platforms else {
        panic!("platforms are listed");
    };
    let go: GoVersion = "1.26.8".parse().unwrap();
    let recorded = RecordedImage {
        config,
        name,
        image,
        mains,
        platforms,
        go: &go,
    };
    let text = recorded_text(&recorded.to_value()).unwrap();
    load_file(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"))
}

#[test]
fn an_image_that_was_recorded_is_read_as_it_was() {
    let config = load_file(WHOLE).unwrap();
    for (name, image) in &config.images {
        let mains = match &image.mains {
            Mains::One { main, .. } => main.iter().cloned().collect(),
            Mains::Several(mains) => mains.clone(),
        };
        let read = again(&config, name, &mains);
        assert_eq!(
            read.images[name],
            ImageConfig {
                repository: None,
                tags: vec![TagTemplate::latest()],
                ..image.clone()
            }
        );
        assert_eq!((read.images.len(), &read.layers), (1, &config.layers));
        assert_eq!(read.secrets, config.secrets);
        let go = GoConfig {
            version: Some("1.26.8".parse().unwrap()),
            toolchain: ToolchainPreference::Auto,
            ..config.go.clone()
        };
        assert_eq!(read.go, go);
        let stamp = StampConfig {
            from: StampSource::Head,
            ..config.stamp.clone()
        };
        assert_eq!(read.stamp, stamp);
    }
}

#[test]
fn braces_and_the_folder_of_the_file_itself_come_back() {
    let text = "[images.a]\nmain = \".\"\nfiles = [{ from = \".\", to = \"/src\" }]\n\
                env = { A = \"{{{version}}}\" }\nlabels = { b = \"{os}{{\" }\n";
    let config = load_file(text).unwrap();
    let (name, image) = config.images.first_key_value().unwrap();
    let read = again(&config, name, &[SourcePath::root()]);
    assert_eq!(read.images[name], *image);
}

#[test]
fn what_no_file_can_say_is_no_record() {
    for value in ["[]", "{\"a\":[1,null]}", "7"] {
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        assert_eq!(recorded_text(&value), None, "{value}");
    }
}
