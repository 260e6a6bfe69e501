//! Runs that are killed at chosen moments: the next one does what it should, and nothing that is left lies.

mod moment;
pub(crate) mod scene;

use self::moment::{Extent, Moment, PHASES, Phase};
use self::scene::{Scene, Verb, prepare};
use crate::random::Random;

/// How many moments are tried, unless `KILL_MOMENTS` says otherwise.
const MOMENTS: usize = 25;

/// Kills a run at a moment, and tells whether it came before the run's end; asserts what must hold then.
#[track_caller]
fn kill_at(verb: Verb, moment: &Moment) -> bool {
    let scene = Scene::new(verb);
    let was_killed = moment.kill(&scene);
    scene.assert_whole();
    scene.assert_honest_cache();
    // The children that hang are still there, and so may be a compiler.
    scene.watch(None);
    let digest = scene.digest();
    scene.assert_whole();
    scene.environment.kill_processes();
    scene.environment.assert_no_processes();
    scene.assert_honest_cache();
    assert_eq!(digest, scene.clean_digest(), "{moment:?}");
    scene.watch(None);
    assert_eq!(digest, scene.digest(), "{moment:?}");
    let programs = scene.programs();
    let compiles =
        |program: &String| program.starts_with("go build") || program.starts_with("go list");
    assert!(!programs.iter().any(compiles), "{moment:?}: {programs:?}");
    was_killed
}

/// Returns `count` of the moments of a phase, spread over all; where there are fewer, some again.
fn chosen(all: &[(Verb, Moment)], count: usize, random: &mut Random) -> Vec<(Verb, Moment)> {
    let start = random.below(all.len());
    let step =
        |number: usize| start + number * all.len() / count.min(all.len()) + number / all.len();
    let numbers = (0..count).map(|number| step(number) % all.len());
    numbers.map(|number| all[number].clone()).collect()
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_nothing_that_lies() {
    prepare();
    let moments = std::env::var("KILL_MOMENTS").map_or(MOMENTS, |text| {
        text.parse().expect("KILL_MOMENTS is a number")
    });
    let extent = Extent::measure();
    println!("{extent:?}");
    let mut random = Random::new(u64::try_from(moments).expect("a seed"));
    let mut killed = Vec::new();
    for phase in PHASES {
        let all = extent.moments(phase);
        let mut count = 0;
        for (verb, moment) in chosen(&all, moments.div_ceil(PHASES.len()), &mut random) {
            println!("{phase:?}: {verb:?} at {moment:?}");
            count += usize::from(kill_at(verb, &moment));
        }
        println!("{phase:?}: {count} killed, of {} moments known", all.len());
        killed.push((phase, count));
    }
    // A moment counted in files may pass unseen; most do not.
    let enough = moments / PHASES.len() / 2;
    let too_few: Vec<&(Phase, usize)> =
        killed.iter().filter(|(_, count)| *count < enough).collect();
    assert!(too_few.is_empty(), "{killed:?}");
}
