//! What Workbot says, in one place. Markdown where it goes into a message or a card.

pub mod form;

use crate::catalogue::Catalogue;
use crate::template::escape_markdown;
use workbot_shared::{Auth, RecipeSettingsChange, RevocationOutcome};

/// "as you (ada@contoso.com)", "as the shared connection (integration@contoso.com)", or both.
#[must_use]
pub fn as_whom(by_person: &[&str], by_tenant: &[&str]) -> String {
    let list = |accounts: &[&str]| {
        accounts.iter().map(|account| escape_markdown(account)).collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    if !by_person.is_empty() {
        parts.push(format!("as you ({})", list(by_person)));
    }
    if !by_tenant.is_empty() {
        parts.push(format!("as the shared connection ({})", list(by_tenant)));
    }
    parts.join(" and ")
}

/// The app said no.
#[must_use]
pub fn app_refused(app: &str, message: &str) -> String {
    let message = escape_markdown(message.trim_end_matches('.'));
    format!(
        "{app} says: *{message}*. Nothing was changed in {app}. Your {app} admin can help if you should be allowed to do this."
    )
}

/// The app cannot be used now.
#[must_use]
pub fn app_busy(app: &str) -> String {
    format!("{app} cannot be reached or is busy. Nothing was changed; try again in a few minutes.")
}

/// A write went out and no answer came.
#[must_use]
pub fn outcome_unknown(app: &str) -> String {
    format!(
        "{app} did not answer in time. What you asked for may or may not have been done: check in {app} before you try again."
    )
}

/// What a failed run did before it failed.
#[must_use]
pub fn already_done(apps: &[String]) -> Option<String> {
    (!apps.is_empty()).then(|| format!("What was done before in {} stays.", apps.join(", ")))
}

/// The shared connection is missing.
#[must_use]
pub fn no_shared_connection(app: &str) -> String {
    format!(
        "{app} is not connected for your company yet. Nothing was done; ask your Workbot admin to connect {app} in the Workbot tab."
    )
}

/// Why the setting *Verify user access at runtime* cannot be had for an app.
#[must_use]
pub fn no_logins(app: &str) -> String {
    format!(
        "{app} works with one key for the whole company: nobody can log in to it for themselves, so its actions always run as the shared connection."
    )
}

/// An app does not take a key.
#[must_use]
pub fn key_refused(app: &str) -> String {
    format!("{app} did not accept this. Check it in {app}, then try again. Nothing was changed.")
}

/// An app that takes a key has no login.
#[must_use]
pub fn connected_with_a_key(app: &str) -> String {
    format!("{app} has no login: set its key instead.")
}

/// An app with logins takes no key.
#[must_use]
pub fn connected_by_login(app: &str) -> String {
    format!("{app} takes no key here: connect it by logging in.")
}

/// The key is missing.
#[must_use]
pub fn key_missing(app: &str) -> String {
    format!("Give the key of {app} as `api_key`.")
}

/// The user or the password is missing.
#[must_use]
pub fn password_missing(app: &str) -> String {
    format!("Give the user and the password of {app} as `user` and `password`.")
}

/// What is for admins.
pub const ADMINS_ONLY: &str =
    "Only Workbot admins may do this. Ask your Teams admin for the role Workbot.Admin.";

/// What was changed in a recipe's settings, for the audit.
#[must_use]
pub fn settings_changed(change: &RecipeSettingsChange, catalogue: &Catalogue) -> String {
    let on = |yes: bool| if yes { "on" } else { "off" };
    let verify = change.verify_user_access.iter();
    let verify =
        verify.map(|(app, yes)| format!("verify user access in {}: {}", catalogue.app_name(app), on(*yes)));
    let enabled = change.enabled.map(|yes| format!("command: {}", on(yes)));
    let guests = change.guests.map(|yes| format!("guests: {}", on(yes)));
    verify.chain(enabled).chain(guests).collect::<Vec<_>>().join(", ")
}

/// A setting names an app that the recipe does not use.
#[must_use]
pub fn not_used(recipe: &str, app: &str) -> String {
    format!("{recipe} does not use {app}. Nothing was changed.")
}

/// An admin switched the recipe off.
#[must_use]
pub fn switched_off(name: &str) -> String {
    format!("*{}* is switched off here. Nothing was done; ask your Workbot admin.", escape_markdown(name))
}

/// Guests may not run it.
#[must_use]
pub fn no_guests(name: &str) -> String {
    format!(
        "*{}* is not open to guests here. Nothing was done; ask your Workbot admin.",
        escape_markdown(name)
    )
}

/// An admin stopped all use of the app.
#[must_use]
pub fn frozen(app: &str) -> String {
    format!(
        "{app} is stopped here by an admin for the moment. Nothing more was done; ask your Workbot admin."
    )
}

/// The app lacks its registration.
#[must_use]
pub fn not_set_up(app: &str) -> String {
    format!("{app} is not set up here. Nothing was done; ask your Workbot admin to set it up.")
}

/// The recipe was changed or removed while a run waited.
#[must_use]
pub fn command_changed() -> String {
    "This command was changed since you gave it. Nothing more was done; please give it again.".to_owned()
}

/// A mistake in a recipe's templates.
#[must_use]
pub fn recipe_mistake(name: &str) -> String {
    format!(
        "*{}* has a mistake in its recipe. Nothing more was done; tell your Workbot admin.",
        escape_markdown(name)
    )
}

/// In a channel or group chat.
#[must_use]
pub fn wrote_in_private(name: &str) -> String {
    let first = name.split_whitespace().next().unwrap_or_default();
    if first.is_empty() {
        "I've written to you in private.".to_owned()
    } else {
        format!("I've written to you in private, {}.", escape_markdown(first))
    }
}

/// What can be said to the bot.
#[must_use]
pub fn help(catalogue: &Catalogue) -> String {
    let lines = catalogue.recipes.values().map(|recipe| format!("- **{}**: {}", recipe.command, recipe.hint));
    let lines = lines.collect::<Vec<_>>().join("\n");
    let own = "- **personal_connections**: See, disconnect or delete your own logins";
    format!("I do things in your company's apps as you. Here is what you can say:\n\n{lines}\n{own}")
}

/// Somebody else's button.
pub const NOT_YOURS: &str = "This is not yours.";

/// The run was cancelled.
#[must_use]
pub fn cancelled(name: &str) -> String {
    format!("*{}* was cancelled. Nothing was done.", escape_markdown(name))
}

/// A waiting run was cancelled, because its person left a connection that it would use.
#[must_use]
pub fn cancelled_by_leaving(name: &str, app: &str) -> String {
    format!("*{}* was cancelled, because you disconnected {app}.", escape_markdown(name))
}

/// A run waited for too long.
#[must_use]
pub fn lapsed(name: &str) -> String {
    format!(
        "*{}* waited for a day and was cancelled. Nothing was done; say it again when you want it.",
        escape_markdown(name)
    )
}

/// The button belongs to something that is over.
pub const NOTHING_TO_DO: &str = "This is already finished. Nothing was changed.";

/// The bot may not write to a person.
#[must_use]
pub fn cannot_write(name: &str) -> String {
    let first = name.split_whitespace().next().unwrap_or_default();
    let to = if first.is_empty() { String::new() } else { format!("{}, ", escape_markdown(first)) };
    format!(
        "{to}I can't write to you in private yet. Open Workbot in Teams, choose *Add*, and say it again there."
    )
}

/// A run goes on.
#[must_use]
pub fn going_on(name: &str) -> String {
    format!("Going on with *{}*…", escape_markdown(name))
}

/// A policy of the app refuses now.
#[must_use]
pub fn app_policy(app: &str) -> String {
    format!(
        "{app} does not let Workbot act for you from here or at this time. Nothing was changed; ask your {app} admin."
    )
}

/// Something that is needed did not answer for long.
#[must_use]
pub fn unavailable() -> String {
    "Temporarily unavailable: nothing was done. Please try again in a few minutes.".to_owned()
}

/// The list is empty.
pub const NO_CONNECTIONS: &str =
    "You have no connections yet. They appear here when a command first needs one.";

/// Asks before a connection is left.
#[must_use]
pub fn confirm_leaving(delete: bool, app: &str, account: &str, used_by: &[&str]) -> String {
    let what = if delete { "Delete" } else { "Disconnect" };
    let after = match used_by {
        [] => String::new(),
        [one] => format!(" *{}* will ask you to log in again.", escape_markdown(one)),
        [one, more @ ..] => {
            format!(" *{}* and {} more will ask you to log in again.", escape_markdown(one), more.len())
        }
    };
    format!("{what} {app} ({})?{after}", escape_markdown(account))
}

/// Says what came of leaving a connection.
#[must_use]
pub fn left(delete: bool, app: &str, auth: Auth, outcome: RevocationOutcome) -> String {
    let done = if delete { "deleted" } else { "disconnected" };
    match outcome {
        RevocationOutcome::Revoked => format!("{app} {done}. Access was revoked at {app}."),
        RevocationOutcome::Retrying => {
            format!(
                "{app} {done}. {app} could not be reached: retrying; Workbot itself no longer has access."
            )
        }
        RevocationOutcome::Unsupported if auth == Auth::Oauth2 => {
            format!("{app} {done}. This app has no revocation: remove Workbot in your {app} account.")
        }
        RevocationOutcome::Unsupported => {
            format!("{app} {done}. This app has no revocation: to be safe, change the key in {app} too.")
        }
        RevocationOutcome::KeptForOther => format!(
            "{app} {done}. Another connection uses the same {app} account, so its access was not revoked at {app}."
        ),
        RevocationOutcome::NothingToDo => format!("{app} {done}. There was nothing left to revoke."),
    }
}
