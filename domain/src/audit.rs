//! The audit: the acts of admins, and the writes by shared connections with the person who asked.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use workbot_shared::{AppId, AuditAction, AuditEntry, RecipeId, StepOutcome, UserId};

use crate::catalog::{Catalog, Step};
use crate::entra_token::Person;
use crate::owner::Owner;
use crate::run::LONGEST_LINK;
use crate::run::{Run, RunState, StepRecord, is_web};
use crate::time::Timestamp;

/// How long history is kept.
pub const HISTORY: Duration = Duration::from_secs(90 * 24 * 3600);

/// Returns how long an entry is kept; `None` means without end. Acts of admins are few and affect everybody.
/// Writes of commands are history.
#[must_use]
pub fn retention(act: AuditAction) -> Option<Duration> {
    (act == AuditAction::SharedWrite).then_some(HISTORY)
}

/// An admin who acts on a shared connection, on a person's connection, or on settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    /// The admin's Entra object id.
    pub user: UserId,
    /// The display name.
    pub name: String,
}

impl Admin {
    /// Creates an admin from the person that their token proves.
    #[must_use]
    pub fn of(person: &Person) -> Self {
        Self { user: person.subject.user.clone(), name: person.name.clone() }
    }

    /// Returns the entry for an act on an owner's connection. `owner_name` is for display, and empty if
    /// unknown.
    #[must_use]
    pub fn changed_connection(
        &self,
        act: AuditAction,
        app: &AppId,
        (owner, owner_name): (&Owner, &str),
        account: &str,
        now: Timestamp,
    ) -> AuditEntry {
        let (user, detail) = match owner {
            Owner::User(user) if !owner_name.is_empty() => (Some(user), format!("{owner_name}: {account}")),
            Owner::User(user) => (Some(user), account.to_owned()),
            Owner::Shared => (None, account.to_owned()),
        };
        AuditEntry { app: Some(app.clone()), user: user.cloned(), detail, ..self.entry(act, now) }
    }

    /// Returns the entry for a change of a recipe's settings.
    #[must_use]
    pub fn changed_settings(&self, recipe: &RecipeId, detail: String, now: Timestamp) -> AuditEntry {
        let entry = self.entry(AuditAction::RecipeSettingsChanged, now);
        AuditEntry { recipe: Some(recipe.clone()), detail, ..entry }
    }

    /// Returns the entry for freezing or unfreezing an app.
    #[must_use]
    pub fn froze(&self, app: &AppId, frozen: bool, now: Timestamp) -> AuditEntry {
        let act = if frozen { AuditAction::AppFrozen } else { AuditAction::AppUnfrozen };
        AuditEntry { app: Some(app.clone()), ..self.entry(act, now) }
    }

    /// Returns the entry for switching the language model on or off. `host` gets the sentences.
    #[must_use]
    pub fn used_language_model(&self, enabled: bool, host: String, now: Timestamp) -> AuditEntry {
        let act = if enabled { AuditAction::LanguageModelOn } else { AuditAction::LanguageModelOff };
        AuditEntry { detail: host, ..self.entry(act, now) }
    }

    /// Returns the entry for a change of what agents may do. `detail` says what, or names the client.
    #[must_use]
    pub fn changed_agents(&self, act: AuditAction, detail: String, now: Timestamp) -> AuditEntry {
        AuditEntry { detail, ..self.entry(act, now) }
    }

    /// Returns the entry for ending an agent's access for a person.
    #[must_use]
    pub fn ended_agent(&self, (user, name): (&UserId, &str), client: &str, now: Timestamp) -> AuditEntry {
        let detail = if name.is_empty() { client.to_owned() } else { format!("{name}: {client}") };
        AuditEntry { user: Some(user.clone()), detail, ..self.entry(AuditAction::AgentEnded, now) }
    }

    /// Returns the entry for disconnecting everything of a person. `name` is for display, and empty if
    /// unknown.
    #[must_use]
    pub fn off_boarded(&self, user: &UserId, name: String, now: Timestamp) -> AuditEntry {
        let entry = self.entry(AuditAction::PersonOffBoarded, now);
        AuditEntry { user: Some(user.clone()), detail: name, ..entry }
    }

    fn entry(&self, act: AuditAction, now: Timestamp) -> AuditEntry {
        AuditEntry {
            at: now.rfc3339(),
            by: self.user.clone(),
            by_name: self.name.clone(),
            act,
            app: None,
            recipe: None,
            user: None,
            detail: String::new(),
            outcome: None,
            link: None,
        }
    }
}

/// Returns the act for disconnecting or deleting an owner's connection.
#[must_use]
pub fn disconnect_action(owner: &Owner, delete: bool) -> AuditAction {
    match owner {
        Owner::User(_) => AuditAction::PersonDisconnected,
        Owner::Shared if delete => AuditAction::SharedDeleted,
        Owner::Shared => AuditAction::SharedDisconnected,
    }
}

/// Returns the entries for the writes by shared connections between two states of a run. Each has an id
/// (`{run}-{step}`) under which it is stored once. `by` is the person whose run it is.
#[must_use]
pub fn shared_writes(
    before: Option<&Run>,
    run: &Run,
    catalog: &Catalog,
    by: &UserId,
    now: Timestamp,
) -> Vec<(String, AuditEntry)> {
    let known = before.map(|before| before.wrote_as_shared(catalog)).unwrap_or_default();
    let new = run.wrote_as_shared(catalog).into_iter().filter(|write| !known.contains(write));
    new.filter_map(|(index, outcome)| {
        let step = catalog.recipes.get(&run.recipe)?.steps.get(index)?;
        let call = step.call()?;
        let link = match run.steps.get(index)? {
            StepRecord::Done { output, .. } => output.get("link").and_then(Value::as_str),
            _ => None,
        };
        let entry = AuditEntry {
            at: now.rfc3339(),
            by: by.clone(),
            by_name: run.person.clone(),
            act: AuditAction::SharedWrite,
            app: Some(call.app.clone()),
            recipe: Some(run.recipe.clone()),
            user: None,
            detail: step.label.clone().unwrap_or_else(|| call.action.replace('_', " ")),
            outcome: Some(outcome),
            link: link.filter(|link| is_web(link) && link.len() <= LONGEST_LINK).map(str::to_owned),
        };
        Some((format!("{}-{index}", run.id), entry))
    })
    .collect()
}

impl Run {
    /// Returns the steps that wrote by a shared connection, or may have, with their outcomes. A write that
    /// may still be in progress counts only once the run has ended.
    #[must_use]
    pub fn wrote_as_shared(&self, catalog: &Catalog) -> Vec<(usize, StepOutcome)> {
        let ended = matches!(self.state, RunState::Replying(_) | RunState::Over { .. } | RunState::Cancelled);
        let steps = catalog.recipes.get(&self.recipe).map_or(&[][..], |recipe| &recipe.steps);
        let written = |(index, (step, record)): (usize, (&Step, &StepRecord))| {
            if step.app().is_none_or(|app| self.is_as_person(app)) || !catalog.writes(step) {
                return None;
            }
            match record {
                StepRecord::Done { .. } => Some((index, StepOutcome::Done)),
                StepRecord::Intended if ended => Some((index, StepOutcome::Unknown)),
                StepRecord::Intended
                | StepRecord::Pending
                | StepRecord::Skipped
                | StepRecord::Answered { .. } => None,
            }
        };
        steps.iter().zip(&self.steps).enumerate().filter_map(written).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Outcome;
    use crate::catalog::tests::catalog_of_four_steps;
    use crate::run::RunEnd;
    use crate::run::next::tests::halfway;
    use crate::run::{Purpose, RunSettings};
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_000_000);

    /// A run that has found and closed an opportunity; the folder and the request are pending. Only Box is
    /// used as the person.
    fn shared(catalog: &Catalog) -> Run {
        let as_person = vec![workbot_shared::AppId::parse("box").unwrap()];
        let settings = Some(RunSettings { enabled: true, guests: false, as_person });
        Run { settings, ..halfway(catalog) }
    }

    fn entries(before: Option<&Run>, run: &Run) -> Vec<(String, AuditEntry)> {
        shared_writes(before, run, &catalog_of_four_steps(), &UserId::parse("ada").unwrap(), NOW)
    }

    fn seen(before: Option<&Run>, run: &Run) -> Vec<(String, StepOutcome)> {
        let entries = entries(before, run).into_iter();
        entries.map(|(_, entry)| (entry.app.unwrap().to_string(), entry.outcome.unwrap())).collect()
    }

    #[test]
    fn a_write_by_a_shared_connection_is_audited_with_the_person_and_without_inputs() {
        let run = shared(&catalog_of_four_steps());
        let mut entries = entries(None, &run);
        assert_eq!(entries.len(), 1, "the search is no write: {entries:?}");
        let (id, entry) = entries.remove(0);
        assert_eq!(id, "0123456789abcdef-1");
        assert_eq!(
            serde_json::to_value(entry).unwrap(),
            json!({
                "at": "1970-01-01T00:16:40.000Z", "by": "ada", "by_name": "Ada", "act": "shared_write",
                "app": "salesforce", "recipe": "win-deal", "detail": "Close the opportunity in Salesforce",
                "outcome": "done", "link": "https://acme.my.salesforce.com/006(1)"
            })
        );
    }

    #[test]
    fn writes_as_the_person_and_writes_that_were_not_done_are_not_audited() {
        let catalog = catalog_of_four_steps();
        assert!(entries(None, &halfway(&catalog)).is_empty(), "every step ran as the person");
        let mut run = shared(&catalog);
        let before = run.clone();
        run.record_outcome(&Purpose::Step(2), Outcome::Done(json!({})), "ada@box.example", &catalog);
        run.record_outcome(
            &Purpose::Step(3),
            Outcome::Refused { message: "no".into() },
            "integration",
            &catalog,
        );
        assert!(seen(Some(&before), &run).is_empty());
        run.set(3, StepRecord::Skipped);
        assert!(seen(Some(&before), &run).is_empty());
    }

    #[test]
    fn each_write_is_audited_when_it_is_done_and_only_then() {
        let catalog = catalog_of_four_steps();
        let before = shared(&catalog);
        let mut run = before.clone();
        run.set(3, StepRecord::Intended);
        assert!(seen(Some(&before), &run).is_empty(), "under way");
        let intended = run.clone();
        run.record_outcome(&Purpose::Step(3), Outcome::Done(json!({})), "integration", &catalog);
        assert_eq!(seen(Some(&intended), &run), [("servicenow".to_owned(), StepOutcome::Done)]);
        let done = run.clone();
        run.state = RunState::Over { end: RunEnd::Expired };
        assert!(seen(Some(&done), &run).is_empty());
    }

    #[test]
    fn a_write_that_may_have_been_done_is_entered_as_such_however_its_run_ends() {
        let catalog = catalog_of_four_steps();
        let mut intended = shared(&catalog);
        intended.set(3, StepRecord::Intended);
        let unknown = [("servicenow".to_owned(), StepOutcome::Unknown)];

        let mut answered_late = intended.clone();
        answered_late.record_outcome(&Purpose::Step(3), Outcome::Unknown, "integration", &catalog);
        let mut given_up = intended.clone();
        given_up.fail_unavailable(&catalog);
        let mut stopped = intended.clone();
        stopped.fail(RunEnd::Frozen { app: workbot_shared::AppId::parse("servicenow").unwrap() });
        let cancelled = Run { state: RunState::Cancelled, ..intended.clone() };
        for run in [&answered_late, &given_up, &stopped, &cancelled] {
            assert_eq!(seen(Some(&intended), run), unknown, "{:?}", run.state);
        }
        let over = Run { state: RunState::Over { end: RunEnd::Unavailable }, ..given_up.clone() };
        assert!(seen(Some(&given_up), &over).is_empty(), "once");
    }

    #[test]
    fn an_invalid_or_overlong_link_is_left_out() {
        let catalog = catalog_of_four_steps();
        for link in ["javascript:alert(1)".to_owned(), format!("https://x.example/{}", "x".repeat(3000))] {
            let mut run = shared(&catalog);
            run.set(1, StepRecord::Done { output: json!({"link": link}), account: "a".into() });
            assert_eq!(entries(None, &run)[0].1.link, None);
        }
    }

    #[test]
    fn acts_of_admins_are_kept_for_good_and_writes_for_ninety_days() {
        assert_eq!(retention(AuditAction::SharedWrite), Some(Duration::from_secs(90 * 86400)));
        assert_eq!(retention(AuditAction::SharedConnected), None);
    }

    #[test]
    fn an_entry_names_the_actor_the_act_and_the_connections_owner() {
        let admin = Admin { user: UserId::parse("megan").unwrap(), name: "Megan".into() };
        let app = AppId::parse("box").unwrap();
        let now = Timestamp(1_798_709_400_000);
        let ada = Owner::User(UserId::parse("ada").unwrap());
        let of = |owner: (&Owner, &str)| {
            let act = disconnect_action(owner.0, true);
            let entry = admin.changed_connection(act, &app, owner, "ada@contoso.com", now);
            assert_eq!((entry.by_name.as_str(), entry.app.as_ref()), ("Megan", Some(&app)));
            (entry.act, entry.user.map(|user| user.to_string()), entry.detail)
        };
        let person = |detail: &str| (AuditAction::PersonDisconnected, Some("ada".into()), detail.to_owned());
        assert_eq!(of((&ada, "Ada")), person("Ada: ada@contoso.com"));
        assert_eq!(of((&ada, "")), person("ada@contoso.com"), "the owner's name is unknown");
        assert_eq!(of((&Owner::Shared, "")), (AuditAction::SharedDeleted, None, "ada@contoso.com".into()));
        assert_eq!(disconnect_action(&Owner::Shared, false), AuditAction::SharedDisconnected);

        let recipe = RecipeId::parse("close-deal").unwrap();
        let entry = admin.changed_settings(&recipe, "enabled: off".into(), now);
        assert_eq!(
            (entry.act, entry.recipe, entry.app),
            (AuditAction::RecipeSettingsChanged, Some(recipe), None)
        );
        assert_eq!(admin.froze(&app, true, now).act, AuditAction::AppFrozen);
        assert_eq!(admin.froze(&app, false, now).act, AuditAction::AppUnfrozen);
        assert!(retention(entry.act).is_none(), "acts of admins are kept for good");
    }
}
