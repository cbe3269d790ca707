//! Replies to a person's message, one function per intent.

use std::cmp::Reverse;

use serde_json::Value;
use workbot_shared::{AppId, ConnectionStatus, RecipeId};

use super::reply::{Effect, Reply};
use crate::activity::Turn;
use crate::catalog::{App, Catalog, Recipe};
use crate::connection::ConnectionSummary;
use crate::login::TicketRow;
use crate::membership::{Membership, RosterLookup};
use crate::present::card::{self, HelpTopics};
use crate::present::outgoing_activity::text_message;
use crate::present::text::Texts;
use crate::run::Run;
use crate::time::Timestamp;

/// Returns the reply to a person to whom the roster of the conversation shows nothing. `None` for members and
/// guests.
///
/// An outsider reads it in that conversation: the bot has no chat with people of another tenant, and the
/// refusal holds nothing private.
#[must_use]
pub fn refusal(words: Texts, lookup: RosterLookup) -> Option<Reply> {
    match lookup {
        RosterLookup::Found(Membership::Member | Membership::Guest) => None,
        RosterLookup::Found(Membership::Outsider) => {
            Some(Reply::effect(Effect::SendMessage { message: text_message(&words.outsider()), here: true }))
        }
        RosterLookup::NotOnRoster => Some(Reply::text(words.not_listed())),
        RosterLookup::Unreadable => Some(Reply::text(words.unavailable())),
    }
}

/// Returns the card of the person's connections. `list` holds the first of them and the total number, and
/// `agents` the names of the agents that act for the person.
#[must_use]
pub fn connections(
    words: Texts,
    list: (&[ConnectionSummary], usize),
    agents: &[String],
    catalog: &Catalog,
) -> Reply {
    Reply::card(card::list(words, list, agents, catalog, None), words.0.your_connections())
}

/// Asks which app to connect.
#[must_use]
pub fn which_app(words: Texts, apps: &[&AppId], catalog: &Catalog) -> Reply {
    let named: Vec<_> = apps.iter().map(|app| (*app, catalog.app_name(app))).collect();
    Reply::card(card::which_app(words, &named), words.which_app())
}

/// Returns the apps that a person can connect and has not: set up here, with logins, and used by a recipe.
#[must_use]
pub fn connectable<'a>(
    catalog: &'a Catalog,
    is_set_up: &dyn Fn(&AppId) -> bool,
    is_connected: &dyn Fn(&AppId) -> bool,
) -> Vec<&'a AppId> {
    let could = |app: &&AppId| {
        catalog.has_logins(app)
            && !catalog.recipes_with(app).is_empty()
            && is_set_up(app)
            && !is_connected(app)
    };
    catalog.apps.keys().filter(could).collect()
}

/// Asks for confirmation before a connection is disconnected, if there is one.
#[must_use]
pub fn confirm_disconnect(
    words: Texts,
    app: &AppId,
    listed: Option<&ConnectionSummary>,
    catalog: &Catalog,
) -> Reply {
    match listed.filter(|listed| listed.status != ConnectionStatus::Disconnected) {
        Some(listed) => Reply::card(card::confirm(words, listed, catalog, false), words.0.leave(false)),
        None => Reply::text(words.not_connected(catalog.app_name(app))),
    }
}

/// Shows the waiting and running runs.
#[must_use]
pub fn open_runs(words: Texts, runs: &[Run], catalog: &Catalog) -> Reply {
    Reply::card(card::runs(words, runs, catalog), words.waiting_or_running())
}

/// Shows suggestions.
#[must_use]
pub fn did_you_mean(words: Texts, suggestions: &[String]) -> Reply {
    Reply::card(card::did_you_mean(words, suggestions), words.did_you_mean())
}

/// How many commands the help puts first.
const MOST_FIRST: usize = 3;

/// Shows the available commands. `offered` are the enabled recipes, `used` the recipes of the person's latest
/// runs, and `search` is the text that commands must match; empty for all. If it names an app that is not set
/// up, the reply says so.
#[must_use]
pub fn help(
    words: Texts,
    offered: &[(&RecipeId, &Recipe)],
    used: &[RecipeId],
    search: &str,
    is_set_up: &dyn Fn(&AppId) -> bool,
    catalog: &Catalog,
) -> Reply {
    let searched = search.to_lowercase();
    let named = |(id, app): &(&AppId, &App)| id.as_str() == searched || app.name.to_lowercase() == searched;
    if let Some((_, app)) = catalog.apps.iter().find(named).filter(|(id, _)| !is_set_up(id)) {
        return Reply::text(words.not_set_up(&app.name));
    }
    let matching: Vec<_> =
        offered.iter().copied().filter(|(_, recipe)| mentions(recipe, search, catalog)).collect();
    let first = first_commands(&matching, used);
    let topics = HelpTopics { recipes: matching, first, search };
    Reply::card(card::help(words, &topics, catalog), words.what_i_can_do())
}

/// Whether each word of a text occurs in a recipe's command, name, hint, or the name of one of its apps.
fn mentions(recipe: &Recipe, text: &str, catalog: &Catalog) -> bool {
    let apps = recipe.apps().into_iter().map(|app| catalog.app_name(app));
    let about: String = [recipe.command.as_str(), &recipe.name, &recipe.hint]
        .into_iter()
        .chain(apps)
        .flat_map(|part| [part, "\n"])
        .collect();
    let about = about.to_lowercase();
    text.to_lowercase().split_whitespace().all(|word| about.contains(word))
}

/// Returns the three most used commands. Unused ones fill up the three: first those that work without
/// existing records in an app.
fn first_commands<'a>(
    offered: &[(&'a RecipeId, &'a Recipe)],
    used: &[RecipeId],
) -> Vec<(&'a RecipeId, &'a Recipe)> {
    let mut first = offered.to_vec();
    first.sort_by_key(|(id, recipe)| {
        let times = used.iter().filter(|used| used == id).count();
        (Reverse(times), !card::is_simple(recipe))
    });
    first.truncate(MOST_FIRST);
    first
}

/// Explains the inputs of a recipe.
#[must_use]
pub fn explain(words: Texts, id: &RecipeId, recipe: &Recipe) -> Reply {
    Reply::card(card::explain(words, id, recipe), recipe.name.as_str())
}

/// Returns the welcome message after an installation: a card for a person, a text for a team or group chat.
#[must_use]
pub fn installed(turn: &Turn, offered: &[(&RecipeId, &Recipe)]) -> Reply {
    let words = turn.words();
    if turn.conversation.personal {
        return Reply::card(card::welcome(words, offered), words.welcome());
    }
    Reply::effect(Effect::SendMessage { message: text_message(words.welcome_all()), here: true })
}

/// Returns the reply to an uninstallation. Connections belong to the person and not to the chat, so they stay
/// unless the deployment disconnects them (`revoke_on_uninstall`).
#[must_use]
pub fn removed(turn: &Turn, revoke_on_uninstall: bool) -> Reply {
    if turn.conversation.personal && revoke_on_uninstall {
        return Reply::effect(Effect::DisconnectAll);
    }
    Reply::default()
}

/// The result of a request to connect an app.
#[derive(Debug, PartialEq)]
pub enum ConnectReply<'a> {
    /// The app cannot be connected; the reply says why.
    Cannot(Reply),
    /// The app is connected already. The card offers a link for another login.
    Connected {
        /// The label of the account.
        account: &'a str,
        /// When the login expires, if that is soon.
        ends: Option<Timestamp>,
        /// Whether the app asks for the account at the login.
        switch_account: bool,
    },
    /// A run starts that only connects the app.
    Begins,
}

/// Decides about a request to connect an app. `connected` holds the account and, if the login expires soon,
/// its expiry.
#[must_use]
pub fn connect<'a>(
    words: Texts,
    app: &AppId,
    is_set_up: bool,
    connected: Option<(&'a str, Option<Timestamp>)>,
    catalog: &Catalog,
) -> ConnectReply<'a> {
    let name = catalog.app_name(app);
    if !catalog.has_logins(app) {
        return ConnectReply::Cannot(Reply::text(words.no_logins(name)));
    }
    if !is_set_up {
        return ConnectReply::Cannot(Reply::text(words.not_set_up(name)));
    }
    match connected {
        // A login that expires soon is renewed with the same account. Otherwise the person may want another
        // one.
        Some((account, ends)) => ConnectReply::Connected { account, ends, switch_account: ends.is_none() },
        None => ConnectReply::Begins,
    }
}

/// Returns the card of a connected app, with a link for another login.
#[must_use]
pub fn connected(
    words: Texts,
    app: &AppId,
    (account, ends): (&str, Option<Timestamp>),
    (url, ticket): (&str, TicketRow),
    catalog: &Catalog,
) -> Reply {
    let name = catalog.app_name(app);
    let card: Value = match ends {
        Some(ends) => card::ends_soon(words, (app, name), account, ends, Some(url)),
        None => card::connected(words, (app, name), account, url),
    };
    let effects = vec![Effect::StoreTicket(ticket)];
    Reply { effects, ..Reply::card(card, words.connected_already(name, account)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::{Conversation, TurnEvent};
    use crate::catalog::tests::real_catalog;
    use crate::conversation::reply::ReplyContent;
    use crate::conversation::reply::tests::turn;
    use workbot_shared::Language;

    const WORDS: Texts = Texts(Language::En);

    #[test]
    fn only_a_member_or_guest_is_shown_anything_and_an_outsider_reads_so_where_they_are() {
        let refused = |lookup| refusal(WORDS, lookup);
        for membership in [Membership::Member, Membership::Guest] {
            assert_eq!(refused(RosterLookup::Found(membership)), None);
        }
        let outsider = refused(RosterLookup::Found(Membership::Outsider)).unwrap();
        assert!(matches!(&outsider.effects[..], [Effect::SendMessage { here: true, .. }]), "{outsider:?}");
        assert!(outsider.only_shows() && outsider.shown.is_none());
        for (lookup, words) in [
            (RosterLookup::NotOnRoster, "choose *Add*"),
            (RosterLookup::Unreadable, "Temporarily unavailable"),
        ] {
            let Some(ReplyContent::Text(text)) = refused(lookup).unwrap().shown else { panic!("{lookup:?}") };
            assert!(text.contains(words), "{text}");
        }
    }

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn text(reply: &Reply) -> &str {
        match &reply.shown {
            Some(ReplyContent::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    fn card(reply: &Reply) -> String {
        match &reply.shown {
            Some(ReplyContent::Card { card, .. }) => card.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_connectable_app_has_logins_a_recipe_and_a_registration_and_is_not_connected() {
        let catalog = real_catalog();
        let all = connectable(&catalog, &|_| true, &|_| false);
        assert!(all.contains(&&app("salesforce")) && !all.contains(&&app("freshdesk")), "{all:?}");
        let without = |id: &str| {
            let id = app(id);
            let set_up = connectable(&catalog, &|app| *app != id, &|_| false);
            let connected = connectable(&catalog, &|_| true, &|app| *app == id);
            assert_eq!(set_up, connected);
            set_up
        };
        assert!(!without("box").contains(&&app("box")) && without("box").len() + 1 == all.len());
    }

    #[test]
    fn an_app_is_connected_by_a_run_unless_that_is_impossible_or_done() {
        let catalog = real_catalog();
        let connect = |id: &str, set_up, connected| connect(WORDS, &app(id), set_up, connected, &catalog);
        assert_eq!(connect("salesforce", true, None), ConnectReply::Begins);
        let ConnectReply::Cannot(key) = connect("freshdesk", true, None) else { panic!() };
        assert!(text(&key).contains("nobody can log in to it for themselves"));
        let ConnectReply::Cannot(not_set_up) = connect("salesforce", false, Some(("ada", None))) else {
            panic!()
        };
        assert!(text(&not_set_up).contains("is not set up here"));
        let soon = Some(Timestamp(1_798_709_400_000));
        for (ends, switch_account) in [(None, true), (soon, false)] {
            let connected = connect("salesforce", true, Some(("ada", ends)));
            assert_eq!(connected, ConnectReply::Connected { account: "ada", ends, switch_account });
        }
    }

    #[test]
    fn the_ticket_on_the_card_of_a_connected_app_is_stored_with_the_reply() {
        let ticket = TicketRow {
            id: "t".into(),
            app: app("salesforce"),
            run: None,
            expires_at: Timestamp(1),
            used: false,
            switch_account: true,
            generation: 0,
        };
        let soon = Some(Timestamp(1_798_709_400_000));
        for (ends, words) in [(None, "Switch account"), (soon, "runs out on")] {
            let link = ("https://bot.example/connect/00", ticket.clone());
            let reply = connected(WORDS, &app("salesforce"), ("ada", ends), link, &real_catalog());
            assert_eq!(reply.effects, [Effect::StoreTicket(ticket.clone())]);
            let card = card(&reply);
            assert!(card.contains(words) && card.contains("https://bot.example/connect/00"), "{card}");
        }
    }

    #[test]
    fn only_a_connected_app_can_be_disconnected() {
        let catalog = real_catalog();
        let listed = |status| ConnectionSummary {
            app: app("box"),
            account: "ada@contoso.com".into(),
            status,
            reason: None,
            scopes: Vec::new(),
            connected_at: Timestamp(1),
            last_used_at: None,
            used_by: Vec::new(),
            guardrails: crate::connection::Guardrails::default(),
        };
        let reply = |listed: Option<ConnectionSummary>| {
            confirm_disconnect(WORDS, &app("box"), listed.as_ref(), &catalog)
        };
        for there in [ConnectionStatus::Connected, ConnectionStatus::NeedsLogin] {
            let reply = reply(Some(listed(there)));
            assert!(card(&reply).contains("Disconnect Box (ada@contoso.com)?") && reply.effects.is_empty());
        }
        for gone in [None, Some(listed(ConnectionStatus::Disconnected))] {
            assert_eq!(text(&reply(gone)), "Box is not connected. There is nothing to disconnect.");
        }
    }

    #[test]
    fn help_puts_the_most_used_commands_first_and_fills_up_with_simple_ones() {
        let catalog = real_catalog();
        let offered: Vec<_> = catalog.recipes.iter().collect();
        let used = ["find-account", "win-deal", "win-deal"].map(|id| RecipeId::parse(id).unwrap());
        let first: Vec<_> = first_commands(&offered, &used).into_iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(first[..2], ["win-deal", "find-account"]);
        assert!(first.len() == 3 && card::is_simple(&catalog.recipes[&RecipeId::parse(first[2]).unwrap()]));
    }

    #[test]
    fn help_about_a_word_shows_the_commands_of_an_app_or_of_a_purpose() {
        let catalog = real_catalog();
        let offered: Vec<_> = catalog.recipes.iter().collect();
        let about = |text: &str| {
            let reply = help(WORDS, &offered, &[], text, &|_| true, &catalog);
            card(&reply)
        };
        let of_box = about("BOX");
        assert!(of_box.contains("create folder") && !of_box.contains("create incident"), "{of_box}");
        let incident = about("report incident");
        assert!(incident.contains("create incident") && !incident.contains("create folder"), "{incident}");
        assert!(about("xyz").contains("No command matches *xyz*"));
        for name in ["jira", "Jira"] {
            let nothing = help(WORDS, &offered, &[], name, &|app| app.as_str() != "jira", &catalog);
            assert!(text(&nothing).contains("Jira is not set up here"), "{nothing:?}");
        }
        let all = about("");
        assert!(
            all.contains("Search all commands") && all.contains("create incident description: "),
            "{all}"
        );
    }

    #[test]
    fn uninstalling_ends_connections_only_if_configured_and_only_from_the_personal_chat() {
        let own = turn(TurnEvent::Uninstalled);
        let conversation = Conversation { personal: false, ..own.conversation.clone() };
        let team = Turn { conversation, ..own.clone() };
        assert_eq!(removed(&own, true), Reply::effect(Effect::DisconnectAll));
        for stays in [removed(&own, false), removed(&team, true)] {
            assert_eq!(stays, Reply::default());
        }
    }

    #[test]
    fn a_person_is_welcomed_by_a_card_and_a_team_by_a_message_in_place() {
        let own = turn(TurnEvent::Installed);
        assert!(card(&installed(&own, &[])).contains("Welcome to Workbot"));
        let conversation = Conversation { personal: false, ..own.conversation.clone() };
        let team = installed(&Turn { conversation, ..own }, &[]);
        assert!(
            matches!(team.effects.as_slice(), [Effect::SendMessage { here: true, .. }])
                && team.shown.is_none()
        );
    }
}
