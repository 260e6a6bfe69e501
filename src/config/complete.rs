//! From the file's shape to a `Config`: defaults are filled in, and keys that depend on each other
//! are compared.

use std::collections::BTreeMap;

use super::raw::{File, Image};
use super::tree::{Node, Value};
use super::{
    BaseChoice, BlockedModule, Config, ConfigError, GoEnvName, GoEnvValue, ImageConfig, Mains,
    PlatformChoice, PolicyConfig, RunIdentity, TagTemplate, UserChoice, processor,
};
use crate::model::{ImageName, Platform, SourcePath};

/// Completes `file`, which was read from `node`.
pub(super) fn config(file: File, run: RunIdentity, node: &Node) -> Result<Config, ConfigError> {
    let images = file.images.into_iter().map(|(name, image)| {
        let table = node
            .get("images")
            .and_then(|images| images.get(name.as_str()));
        Ok((name, complete_image(image, table.unwrap_or(node))?))
    });
    let layers = node.get("layers").unwrap_or(node);
    let sign = node.get("sign").unwrap_or(node);
    check_processors(&file.go.env, node.get("go"))?;

    check_blocked(file.policy.as_ref(), node)?;
    let signer = file
        .sign
        .into_config()
        .map_err(|wrong| ConfigError::new(sign.place_at(&wrong.path), wrong.message))?;
    let deploy = node.get("deploy").unwrap_or(node);
    Ok(Config {
        images: images.collect::<Result<BTreeMap<ImageName, _>, _>>()?,
        defaults: complete_image(file.defaults, node.get("defaults").unwrap_or(node))?,
        go: file.go,
        modules: file.modules,
        stamp: file.stamp,
        cache: file.cache,
        layers: file
            .layers
            .into_config()
            .map_err(|error| ConfigError::new(layers.place_of("level"), error))?,
        dist: file.dist,
        secrets: file.secrets,
        policy: file.policy,
        attest: file.attest.into_config(signer.is_some()),
        sign: signer,
        run,
        registries: file.registries,
        network: file.network,
        slo: file.slo,
        history: file.history,
        deploy: file.deploy.map(|it| it.into_config(deploy)).transpose()?,
        pipeline: file.pipeline,
    })
}

fn check_processors(
    env: &BTreeMap<GoEnvName, GoEnvValue>,
    table: Option<&Node>,
) -> Result<(), ConfigError> {
    let Some(table) = table else { return Ok(()) };
    for (name, value) in env {
        let (name, value) = (name.to_string(), value.to_string());
        let Some(expected) = processor::mismatch(&name, &value) else {
            continue;
        };
        let env = table.get("env");
        let place = env
            .and_then(|env| env.get(&name))
            .unwrap_or(table)
            .place
            .clone();
        return Err(ConfigError::new(
            place,
            format_args!("Go knows no {name} {value:?}, expected {expected}"),
        ));
    }
    Ok(())
}

/// Whoever gives a rule a last day means that it ends then, and it would not.
fn check_blocked(policy: Option<&PolicyConfig>, node: &Node) -> Result<(), ConfigError> {
    let rules = policy.iter().flat_map(|policy| &policy.blocked);
    let endless = |rule: &BlockedModule| rule.until.is_some() && rule.except.is_empty();
    let Some(number) = rules
        .enumerate()
        .find_map(|(number, rule)| endless(rule).then_some(number))
    else {
        return Ok(());
    };
    let blocked = node.get("policy").and_then(|policy| policy.get("blocked"));
    let rule = blocked.and_then(|blocked| match &blocked.value {
        Value::List(rules) => rules.get(number),
        _ => None,
    });
    Err(ConfigError::new(
        rule.unwrap_or(node).place_of("until"),
        "until is the last day of what except allows, and there is no except\nadd except = [\"MODULE\"], or take until out: the rule itself has no end",
    ))
}

fn complete_image(image: Image, table: &Node) -> Result<ImageConfig, ConfigError> {
    let mains = complete_mains(&image, table)?;
    check_processors(&image.go.env, table.get("go"))?;
    if image.entrypoint.as_ref().is_some_and(Vec::is_empty) {
        return Err(ConfigError::new(
            table.place_of("entrypoint"),
            "entrypoint is empty, expected what the image starts\nleave it out for its first program",
        ));
    }
    Ok(ImageConfig {
        repository: image.repository,
        platforms: image
            .platforms
            .unwrap_or_else(|| PlatformChoice::Listed(vec![Platform::linux_amd64()])),
        base: image.base.unwrap_or(BaseChoice::Static),
        tags: image.tags.unwrap_or_else(|| vec![TagTemplate::latest()]),
        mains,
        files: image.files,
        env: image.env,
        path_folders: image.path_folders,
        ports: image.ports,
        user: image.user.unwrap_or(UserChoice::NONROOT),
        capabilities: image.capabilities,
        workdir: image.workdir,
        entrypoint: image.entrypoint,
        args: image.args,
        labels: image.labels,
        annotations: image.annotations,
        stop_signal: image.stop_signal,
        go: image.go,
        stamp: image.stamp,
        refusals: Vec::new(),
    })
}

fn complete_mains(image: &Image, table: &Node) -> Result<Mains, ConfigError> {
    let Some(mains) = &image.mains else {
        return Ok(Mains::One {
            main: image.main.clone(),
            path: image.path.clone(),
        });
    };
    let wrong = |key: &str, message: &str| Err(ConfigError::new(table.place_of(key), message));
    if image.main.is_some() {
        return wrong(
            "mains",
            "main and mains exclude each other\nkeep mains for several programs, main for one",
        );
    }
    if image.path.is_some() {
        return wrong(
            "path",
            "path and mains exclude each other\nleave path out: each program is at / and the name of its folder",
        );
    }
    if mains.is_empty() {
        return wrong(
            "mains",
            "mains is empty, expected the folders of main packages",
        );
    }
    if let Some(twin) = find_twin(mains) {
        return wrong(
            "mains",
            &format!("{:?} is listed twice in mains", twin.as_str()),
        );
    }
    Ok(Mains::Several(mains.clone()))
}

fn find_twin(mains: &[SourcePath]) -> Option<&SourcePath> {
    let is_twin = |(at, main): &(usize, &SourcePath)| mains[..*at].contains(main);
    mains.iter().enumerate().find(is_twin).map(|(_, main)| main)
}
