//! Images to environments, one after the other, and back where something fails.

mod change;
mod resume;
mod rolling_back;
mod smoke;
mod standing;

use std::collections::BTreeMap;

use crate::config::EnvironmentConfig;
use crate::deploy::{DeployImage, Holder, Unit};
use crate::model::{BuildError, Cancellation, Event, ExitCode, Phase};
use crate::ports::{Alarm, Clock, Deployer, EventSink, SmokeProbe};
use crate::report::{
    DeployOutcome, DeployedEnvironment, Deployment, Failure, RunningImage, Status,
};

use change::Change;

/// The world, as far as a deploy touches it.
#[derive(Clone, Copy)]
pub struct DeployPorts<'a> {
    /// Who listens.
    pub events: &'a dyn EventSink,
    /// How long the run has gone on.
    pub clock: &'a dyn Clock,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// An environment, and what brings images there.
pub struct Target<'a> {
    /// What is known of it.
    pub environment: &'a EnvironmentConfig,
    /// What brings images there.
    pub deployer: Box<dyn Deployer + 'a>,
    /// What tries what was deployed.
    pub probe: Box<dyn SmokeProbe + 'a>,
    /// Who tells people.
    pub alarm: Box<dyn Alarm + 'a>,
}

/// What is wanted.
pub struct DeployRequest<'a> {
    /// What the project is called, for alerts.
    pub project: &'a str,
    /// The images; empty for a rollback.
    pub images: &'a [DeployImage],
    /// Who wants it, and when.
    pub holder: &'a Holder,
}

/// Deploys the images to each target in turn; after a failure no further one is touched.
pub fn deploy(
    ports: DeployPorts<'_>,
    targets: &[Target<'_>],
    request: &DeployRequest<'_>,
) -> (Deployment, Vec<BuildError>) {
    let images = by_name(request.images);
    in_turn(ports, targets, request, images, Change::deploy)
}

fn by_name(images: &[DeployImage]) -> BTreeMap<String, String> {
    let images = images.iter();
    let images = images.map(|it| (it.name.to_string(), it.reference.to_string()));
    images.collect()
}

/// Tells what a deploy of the images would change in each target, and changes nothing.
pub fn foresee(targets: &[Target<'_>], images: &[DeployImage]) -> (Deployment, Vec<BuildError>) {
    let (mut environments, mut errors) = (Vec::new(), Vec::new());
    for target in targets {
        let foreseen = standing::foreseen(target, images).unwrap_or_else(|error| {
            errors.push(error);
            blank(target, DeployOutcome::Failed)
        });
        environments.push(foreseen);
    }
    (document(by_name(images), environments, &errors), errors)
}

/// Brings back what ran before in each target.
pub fn roll_back(
    ports: DeployPorts<'_>,
    targets: &[Target<'_>],
    request: &DeployRequest<'_>,
) -> (Deployment, Vec<BuildError>) {
    in_turn(
        ports,
        targets,
        request,
        BTreeMap::new(),
        Change::roll_back_to_previous,
    )
}

/// How closely it is looked at what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is told.
    Told,
    /// It is tried, too, by the smoke tests.
    Tried,
}

/// Tells what runs in each target, and touches nothing.
pub fn status(
    ports: DeployPorts<'_>,
    targets: &[Target<'_>],
    look: Look,
) -> (Deployment, Vec<BuildError>) {
    let (mut environments, mut errors) = (Vec::new(), Vec::new());
    for target in targets {
        match standing::standing(target) {
            Ok(mut told) => {
                if look == Look::Tried {
                    errors.extend(standing::tried(ports, target, &mut told).err());
                }
                environments.push(told);
            }
            Err(error) => {
                errors.push(error);
                environments.push(blank(target, DeployOutcome::Failed));
            }
        }
    }
    (document(BTreeMap::new(), environments, &errors), errors)
}

fn in_turn<'a>(
    ports: DeployPorts<'a>,
    targets: &'a [Target<'a>],
    request: &'a DeployRequest<'a>,
    images: BTreeMap<String, String>,
    act: impl Fn(&mut Change<'a>) -> Result<(), BuildError>,
) -> (Deployment, Vec<BuildError>) {
    let (mut environments, mut errors) = (Vec::new(), Vec::new());
    for target in targets {
        let mut change = Change::new(ports, target, request);
        let ended = change.held(&act);
        environments.push(change.told);
        if let Err(error) = ended {
            errors.push(error);
            break;
        }
    }
    (document(images, environments, &errors), errors)
}

fn document(
    images: BTreeMap<String, String>,
    environments: Vec<DeployedEnvironment>,
    errors: &[BuildError],
) -> Deployment {
    Deployment {
        form: 1,
        status: if errors.is_empty() {
            Status::Done
        } else {
            Status::Failed
        },
        images,
        environments,
        errors: errors.iter().map(Failure::from).collect(),
    }
}

/// Nothing is known of it yet.
fn blank(target: &Target<'_>, outcome: DeployOutcome) -> DeployedEnvironment {
    DeployedEnvironment {
        name: target.environment.name.to_string(),
        how: target.deployer.how().to_owned(),
        outcome,
        resumed: None,
        wanted: Vec::new(),
        running: Vec::new(),
        seconds: None,
        phases: Vec::new(),
        smoke: Vec::new(),
        previous: Vec::new(),
        held_by: None,
    }
}

/// Lists the images of units.
fn listed(units: &[Unit]) -> Vec<RunningImage> {
    let images = units.iter().flat_map(|unit| {
        unit.images.iter().map(|(container, image)| RunningImage {
            unit: unit.name.clone(),
            container: container.clone(),
            image: image.clone(),
        })
    });
    images.collect()
}

/// Tells whether somebody who is asked again later may answer.
fn is_transient(error: &BuildError) -> bool {
    error.exit_code() == ExitCode::Unavailable
}

fn note(events: &dyn EventSink, message: String) {
    events.emit(Event::Noted {
        phase: Phase::Deploy,
        message,
    });
}
