//! Plays a story in the world of a seed, and looks at what is left.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::invariants::Scene;
use crate::stories::STORIES;
use crate::story::{Play, Story};
use crate::weather::Weather;

/// So long a story takes at most, once it has begun.
const STORY: Duration = Duration::from_secs(4 * 3600);
/// In good weather everything that is due is done after so long.
const SETTLED: Duration = Duration::from_secs(3 * 3600);

/// Nothing waits for a person so long.
const NOBODY_WAITS: Duration = Duration::from_secs(50 * 3600);

/// What is wrong after a story.
pub struct Failure {
    pub seed: u64,
    pub story: &'static str,
    pub violations: Vec<String>,
    pub lines: Vec<String>,
}

/// How a story went.
pub struct Played {
    pub fingerprint: u64,
    pub deaths: u32,
    pub commits: u64,
    pub lines: Vec<String>,
}

/// The story of a seed.
pub fn story_of(seed: u64) -> &'static Story {
    &STORIES[usize::try_from(seed % STORIES.len() as u64).unwrap()]
}

/// Plays the story of a seed. `told`: whether it is written down.
pub fn play(seed: u64, told: bool) -> Result<Played, Failure> {
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
    violations.extend(Scene::of(&play).violations());
    world.tell(|| "== two days later".to_owned());
    world.run(NOBODY_WAITS, || false);
    violations.extend(Scene::of(&play).violations_at_the_end());
    violations.extend(std::mem::take(&mut world.truth.borrow_mut().violations));
    let played = Played {
        fingerprint: world.fingerprint.get(),
        deaths: world.deaths.get(),
        commits: world.commits.get(),
        lines: world.story(),
    };
    deployment.end();
    if violations.is_empty() {
        return Ok(played);
    }
    Err(Failure { seed, story: story.name, violations, lines: played.lines })
}
