//! Several people's runs are held, each at another step, before or after the app did it. Then the runtime is killed.
//! Killed between two steps is killed before the app takes the call of the second.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use workbot_e2e::{Chat, Sandbox, eventually, kill, start, text_of, unique};

use super::wake;

/// What a step does at its app, as far as a crash is concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// It reads.
    Reads,
    /// It writes, and may be repeated: the action is idempotent.
    Repeats,
    /// It writes, and must not be repeated.
    Once,
}

/// A step of a recipe: the n-th call to an app.
struct Step {
    app: &'static str,
    nth: usize,
    kind: Kind,
    /// How often it was done, as the app knows.
    done: fn(&Chat) -> usize,
}

/// A command over several apps.
struct Command {
    /// Says it, for a person who is connected.
    say: fn(&Chat),
    apps: &'static [&'static str],
    steps: &'static [Step],
}

const fn step(app: &'static str, nth: usize, kind: Kind, done: fn(&Chat) -> usize) -> Step {
    Step { app, nth, kind, done }
}

static WIN_DEAL: Command = Command {
    say: |chat| {
        let name = Sandbox.created_by(&chat.upn)[0]["fields"]["Name"].clone();
        chat.say(&format!("win deal opportunity: {} share: yes", name.as_str().expect("a name")));
    },
    apps: &["salesforce", "box", "servicenow"],
    steps: &[
        step("salesforce", 1, Kind::Reads, |_| 0),
        step("salesforce", 2, Kind::Repeats, |chat| {
            let is_won = |record: &&Value| record["fields"]["StageName"] == json!("Closed Won");
            Sandbox.created_by(&chat.upn).iter().filter(is_won).count()
        }),
        step("box", 1, Kind::Repeats, |chat| Sandbox.created_at("box", &chat.upn).len()),
        step("box", 2, Kind::Repeats, shared_folders),
        step("servicenow", 1, Kind::Reads, |_| 0),
        step("servicenow", 2, Kind::Once, |chat| rows(chat, "sc_request")),
    ],
};

static REPORT_PROBLEM: Command = Command {
    say: |chat| {
        chat.say(&format!("report problem folder: yes problem: {}", unique("Printer ")));
    },
    apps: &["servicenow", "box"],
    steps: &[
        step("servicenow", 1, Kind::Once, |chat| rows(chat, "incident")),
        step("box", 1, Kind::Repeats, |chat| Sandbox.created_at("box", &chat.upn).len()),
        step("box", 2, Kind::Repeats, shared_folders),
        step("servicenow", 2, Kind::Once, |chat| rows(chat, "sys_journal_field")),
    ],
};

fn shared_folders(chat: &Chat) -> usize {
    let is_shared = |folder: &&Value| folder["shared_link"].is_object();
    Sandbox.created_at("box", &chat.upn).iter().filter(is_shared).count()
}

fn rows(chat: &Chat, table: &str) -> usize {
    let records = Sandbox.created_at("servicenow", &chat.upn);
    records.iter().filter(|record| record["table"] == json!(table)).count()
}

/// Somebody whose run is held at a step, or at its reply behind the last step, before or after that is taken.
struct Held {
    chat: Chat,
    /// So many messages came before.
    before: usize,
    command: &'static Command,
    at: usize,
    after: bool,
}

/// Longer than the test: what is held never goes on.
const HOLD_MS: u64 = 600_000;
/// The worker itself gives up a call after 20 seconds: the crash has to come first.
const SOON: Duration = Duration::from_secs(18);
/// What is said of a write that is not repeated.
const UNKNOWN: &str = "may or may not have been done";

impl Held {
    fn new(command: &'static Command, at: usize, after: bool) -> Self {
        let chat = Chat::new();
        command.apps.iter().for_each(|app| chat.connect_to(app));
        if command.apps.contains(&"salesforce") {
            let name = chat.create_opportunity();
            chat.expect(&format!("Created [{name}]"));
        }
        Self { before: chat.sent().len(), chat, command, at, after }
    }

    fn about(&self) -> String {
        let when = if self.after { "after" } else { "before" };
        format!("{} at the command over {:?}, {when} step {}", self.chat.upn, self.command.apps, self.at)
    }

    fn step(&self) -> Option<&'static Step> {
        self.command.steps.get(self.at)
    }

    /// What is held: the calls of this person to an app, or the reply, which alone says as whom.
    fn place(&self) -> (String, String) {
        match self.step() {
            Some(step) => (format!("{}.rest", step.app), self.chat.upn.clone()),
            None => ("connector".to_owned(), format!("as you ({}", self.chat.upn)),
        }
    }

    fn begin(&self) {
        let (place, whose) = self.place();
        let earlier = self.step().map_or(0, |step| step.nth - 1);
        if earlier > 0 {
            // The calls before pass.
            Sandbox.fault(&json!({"where": place, "match": whose, "times": earlier, "delay_ms": 1}));
        }
        Sandbox.fault(&json!({
            "where": place, "match": whose, "times": 1, "delay_ms": HOLD_MS, "after": self.after
        }));
        (self.command.say)(&self.chat);
    }

    /// Whether the call has come to where it is held, and is done if it is held after that.
    fn is_held(&self) -> bool {
        let (place, whose) = self.place();
        let hold = json!({"where": place, "match": whose, "times": 0, "delay_ms": HOLD_MS});
        let faults = Sandbox.get("faults")["faults"].clone();
        let is_hold =
            |fault: &Value| hold.as_object().unwrap().iter().all(|(name, value)| fault[name] == *value);
        faults.as_array().unwrap().iter().any(is_hold) && self.counts() == self.expected(self.at, self.after)
    }

    /// How often each write was done, as the apps know.
    fn counts(&self) -> Vec<usize> {
        self.command.steps.iter().map(|step| (step.done)(&self.chat)).collect()
    }

    /// As [`Self::counts`], if all steps before one were done, and that one if it is said.
    fn expected(&self, at: usize, done: bool) -> Vec<usize> {
        let is_done = |index| index < at || (index == at && done);
        let each = self.command.steps.iter().enumerate();
        each.map(|(index, step)| usize::from(step.kind != Kind::Reads && is_done(index))).collect()
    }

    fn told(&self, words: &str) -> Vec<String> {
        let sent = self.chat.sent();
        sent.iter().skip(self.before).map(text_of).filter(|text| text.contains(words)).collect()
    }

    /// What came of it after the crash.
    fn check(&self) {
        let about = self.about();
        let success = format!("as you ({})", self.chat.upn);
        let counts = if self.step().is_some_and(|step| step.kind == Kind::Once) {
            let said = eventually(&about, || self.told(UNKNOWN).pop());
            assert_eq!(self.told(UNKNOWN).len(), 1, "{about}");
            let earlier = self.command.steps.iter().take(self.at).filter(|step| step.kind != Kind::Reads);
            for app in self.step().into_iter().chain(earlier).map(|step| step.app) {
                assert!(said.to_lowercase().contains(app), "{about}: {app} is not named in {said}");
            }
            self.expected(self.at, self.after)
        } else {
            eventually(&about, || self.told(&success).pop());
            assert!(self.told(UNKNOWN).is_empty(), "{about}");
            self.expected(self.command.steps.len(), true)
        };
        assert_eq!(self.counts(), counts, "{about}");
    }
}

/// Kills the worker while a run is held at every place of a command.
fn killed_everywhere(command: &'static Command) {
    let places = (0..=command.steps.len()).flat_map(|at| [(at, false), (at, true)]);
    killed_at(command, &places.collect::<Vec<_>>());
}

/// Kills the worker once, while a run is held at each of these places. A machine that is too slow to hold them all in time
/// is given half of them, with other people.
fn killed_at(command: &'static Command, places: &[(usize, bool)]) {
    let all: Vec<Held> = places.iter().map(|&(at, after)| Held::new(command, at, after)).collect();
    let begun = Instant::now();
    let late = || begun.elapsed() > SOON;
    all.iter().for_each(Held::begin);
    for held in &all {
        eventually(&held.about(), || (late() || held.is_held()).then_some(()));
    }
    if late() {
        let (some, others) = places.split_at(places.len() / 2);
        assert!(!some.is_empty(), "it took {:?} until one was held", begun.elapsed());
        killed_at(command, some);
        killed_at(command, others);
        return;
    }
    kill();
    start();
    all.iter().for_each(|held| wake(&held.chat));
    all.iter().for_each(Held::check);
}

#[test]
#[ignore = "kills the worker"]
fn a_command_over_three_apps_survives_a_crash_at_any_step_and_does_no_write_twice() {
    killed_everywhere(&WIN_DEAL);
}

#[test]
#[ignore = "kills the worker"]
fn a_command_that_comes_back_to_an_app_survives_a_crash_at_any_step_and_does_no_write_twice() {
    killed_everywhere(&REPORT_PROBLEM);
}
