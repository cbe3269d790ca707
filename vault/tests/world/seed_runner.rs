//! Plays the story of a seed and checks the result.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::deployment::Deployment;
use crate::fault_rates::Weather;
use crate::invariants::Scene;
use crate::scenario_player::{Play, Story};
use crate::scenarios::STORIES;

/// The longest duration of a story.
const STORY: Duration = Duration::from_secs(200 * 24 * 3600);
/// The time within which all due jobs finish without faults.
const SETTLED: Duration = Duration::from_secs(3 * 3600);

/// Longer than any wait for a person.
const NOBODY_WAITS: Duration = Duration::from_secs(50 * 3600);

/// The result of a story.
pub struct Played {
    pub story: &'static str,
    /// The violated invariants.
    pub violations: Vec<String>,
    /// The story, if it was recorded.
    pub lines: Vec<String>,
    /// The same for every play of a seed.
    pub fingerprint: u64,
    pub deaths: u32,
    pub commits: u64,
}

/// The story of a seed.
fn story_of(seed: u64) -> &'static Story {
    &STORIES[usize::try_from(seed % STORIES.len() as u64).unwrap()]
}

/// Plays the story of a seed. `told`: whether it is recorded.
pub fn play(seed: u64, told: bool) -> Played {
    let story = story_of(seed);
    let deployment = Deployment::of(seed, told);
    let world = deployment.world.clone();
    let play = Play::of(&deployment, story);
    let weather = world.weather.replace(Weather::CALM);
    let mut violations = Vec::new();
    if !play.play(story.before, STORY) {
        violations.push("what comes before the story does not come to its end".to_owned());
    }
    world.weather.set(weather);
    world.tell(|| format!("== {}: {weather:?}", story.name));
    if !play.play(story.scripts, STORY) {
        violations.push("the story does not come to its end".to_owned());
    }
    world.tell(|| "== the weather clears up".to_owned());
    world.clear_up();
    world.run(SETTLED, || false);
    // If an alarm could not be set, only a request wakes the object.
    if weather.alarm > 0 {
        play.come_by();
        world.run(SETTLED, || false);
    }
    let is_calm = weather.is_calm() && !story.is_disturbed();
    violations.extend(Scene::of(&play, is_calm).violations());
    world.tell(|| "== two days later".to_owned());
    world.run(NOBODY_WAITS, || false);
    violations.extend(Scene::of(&play, is_calm).violations_at_the_end(weather.alarm == 0));
    violations.extend(std::mem::take(&mut world.truth.borrow_mut().violations));
    let played = Played {
        story: story.name,
        violations,
        lines: world.story(),
        fingerprint: world.fingerprint.get(),
        deaths: world.deaths.get(),
        commits: world.commits.get(),
    };
    deployment.end();
    played
}

#[test]
fn every_story_plays_the_same_again() {
    for seed in 0..STORIES.len() as u64 {
        let (one, other) = (play(seed, false), play(seed, true));
        assert_eq!(one.fingerprint, other.fingerprint, "seed {seed}: {}", one.story);
    }
}

/// Plays the story of a seed and prints it.
pub fn replay(seed: u64) {
    let played = play(seed, true);
    println!("{}", played.lines.join("\n"));
    println!("seed {seed}: {}, {} commits, {} deaths", played.story, played.commits, played.deaths);
    assert!(played.violations.is_empty(), "{:#?}", played.violations);
}

/// Plays the stories of this number of seeds on all processors. Prints the first that violates an invariant.
pub fn play_all(seeds: u64) {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, failed) = (AtomicU64::new(0), Mutex::new(BTreeMap::new()));
    let play_some = || {
        while failed.lock().unwrap().is_empty() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            // A panic is a violation too.
            let played = std::panic::catch_unwind(|| play(seed, false).violations);
            let violations = played.unwrap_or_else(|_| vec!["it panics".to_owned()]);
            if !violations.is_empty() {
                failed.lock().unwrap().insert(seed, violations);
            }
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(play_some)));
    let failed = failed.into_inner().unwrap();
    if let Some((seed, violations)) = failed.first_key_value() {
        println!("Seed {seed} breaks a promise: {violations:#?}\n");
        println!("Its story again; WORLD_SEED={seed} replays it:\n");
        replay(*seed);
        panic!("seed {seed} passes when replayed: the world depends on more than its seed");
    }
}
