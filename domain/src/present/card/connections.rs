//! The card with a person's connections and the buttons to disconnect or delete them.

use serde_json::Value;
use workbot_shared::Receipt;

use super::{act, card, line, note, title};
use crate::catalog::Catalog;
use crate::connection::ConnectionSummary;
use crate::json::object;
use crate::present::text::Texts;
use crate::template::escape_markdown;

/// Maximum number of connections in a card. A longer one exceeds the size limit of Teams (about 100 KB). The
/// tab shows all.
pub const MOST_CONNECTIONS: usize = 40;

fn row(words: Texts, connection: &ConnectionSummary, catalog: &Catalog) -> Value {
    let mut details = vec![words.0.since(&connection.connected_at.day_in_card())];
    details.extend(connection.last_used_at.map(|at| words.0.last_used(&at.day_in_card())));
    let used_by = catalog.used_as_person(&connection.app, &connection.used_by);
    if !used_by.is_empty() {
        details.push(words.used_by(&used_by));
    }
    let who = format!("**{}** · {}", catalog.app_name(&connection.app), escape_markdown(&connection.account));
    object!({
        "type": "ColumnSet", "separator": true,
        "columns": [
            { "type": "Column", "width": "stretch", "items": [(line(&who)), (note(&details.join(" · ")))] },
            { "type": "Column", "width": "auto", "items": [(line(connection.status.words(words.0)))] }
        ]
    })
}

/// Returns the card with the first connections; `all` is the total number. `agents` are the names of those
/// that act for the person, `receipt` is the result of the last act.
#[must_use]
pub fn list(
    words: Texts,
    (connections, all): (&[ConnectionSummary], usize),
    agents: &[String],
    catalog: &Catalog,
    receipt: Option<&Receipt>,
) -> Value {
    let agents = (!agents.is_empty()).then(|| note(&words.agents_act_for_you(agents)));
    let mut body = Vec::new();
    body.extend(receipt.map(|receipt| line(&words.receipt(receipt, catalog.app_name(&receipt.app)))));
    body.push(title(words.0.your_connections()));
    if connections.is_empty() {
        body.push(line(words.no_connections()));
        body.extend(agents);
        return card(body, vec![]);
    }
    let shown = connections.get(..MOST_CONNECTIONS).unwrap_or(connections);
    body.extend(shown.iter().map(|connection| row(words, connection, catalog)));
    if all > shown.len() {
        body.push(note(&words.more_in_tab(all - shown.len())));
    }
    let choices: Vec<_> = shown
        .iter()
        .map(|connection| {
            let title = format!("{} ({})", catalog.app_name(&connection.app), connection.account);
            object!({ "title": title, "value": (connection.app.as_str()) })
        })
        .collect();
    // The first connection is preselected.
    let value = connections.first().map(|connection| connection.app.as_str()).unwrap_or_default();
    body.push(object!({
        "type": "Input.ChoiceSet", "id": "connection", "label": (words.connection()), "style": "compact",
        "choices": choices, "value": value
    }));
    body.push(note(words.missing_one()));
    body.extend(agents);
    let actions = vec![
        act(words.0.leave(false), "connection.disconnect", []),
        act(words.0.leave(true), "connection.delete", []),
        act(words.refresh(), "connection.refresh", []),
    ];
    card(body, actions)
}

/// Asks for confirmation before a connection is disconnected or deleted.
#[must_use]
pub fn confirm(words: Texts, connection: &ConnectionSummary, catalog: &Catalog, delete: bool) -> Value {
    let name = catalog.app_name(&connection.app);
    let question = words.confirm_leaving(
        delete,
        name,
        &connection.account,
        &catalog.used_as_person(&connection.app, &connection.used_by),
    );
    let verb = if delete { "connection.delete" } else { "connection.disconnect" };
    let sure = [("connection", connection.app.as_str().into()), ("confirmed", true.into())];
    let actions = vec![act(words.0.leave(delete), verb, sure), act(words.0.keep(), "connection.refresh", [])];
    card(vec![line(&question)], actions)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::time::Timestamp;
    use workbot_shared::{AppId, ConnectionStatus, Language, RevocationOutcome};

    fn overview(app: &str, status: ConnectionStatus) -> ConnectionSummary {
        ConnectionSummary {
            app: AppId::parse(app).unwrap(),
            account: "ada_b@contoso.com".into(),
            status,
            reason: None,
            scopes: Vec::new(),
            connected_at: Timestamp(1_798_709_400_000),
            last_used_at: Some(Timestamp(1_798_709_400_000)),
            used_by: Vec::new(),
            guardrails: crate::connection::Guardrails::default(),
        }
    }

    fn all() -> Vec<(&'static str, Value)> {
        all_in(Texts(Language::En))
    }

    /// Every card of this file.
    pub(in crate::present::card) fn all_in(words: Texts) -> Vec<(&'static str, Value)> {
        let catalog = real_catalog();
        let connected = overview("salesforce", ConnectionStatus::Connected);
        let many: Vec<_> =
            (0..1000).map(|n| overview(&format!("app-{n}"), ConnectionStatus::NeedsLogin)).collect();
        let receipt = Receipt {
            app: connected.app.clone(),
            account: connected.account.clone(),
            status: ConnectionStatus::Disconnected,
            outcome: RevocationOutcome::Unsupported,
            message: "Salesforce disconnected.".into(),
            link: Some("https://login.salesforce.com".into()),
        };
        let agents = ["Claude (claude.ai)".to_owned(), "Copilot".to_owned()];
        vec![
            ("empty list", list(words, (&[], 0), &[], &catalog, None)),
            ("list", list(words, (std::slice::from_ref(&connected), 1), &agents, &catalog, Some(&receipt))),
            ("long list", list(words, (&many, 1000), &[], &catalog, None)),
            ("confirm disconnect", confirm(words, &connected, &catalog, false)),
            ("confirm delete", confirm(words, &connected, &catalog, true)),
        ]
    }

    #[test]
    fn a_list_shows_account_status_and_use_and_offers_both_buttons() {
        let list = all()[1].1.to_string();
        for words in [
            "Your connections",
            "Salesforce disconnected. [Open Salesforce](https://login.salesforce.com)",
            "**Salesforce** · ada\\\\_b@contoso.com",
            "✓ Connected",
            "since {{DATE(2026-12-31T09:30:00Z, SHORT)}}",
            "last used {{DATE(2026-12-31T09:30:00Z, SHORT)}}",
            "used by Announce deal",
            "\"id\":\"connection\"",
            "\"value\":\"salesforce\"",
            "\"title\":\"Disconnect\"",
            "\"title\":\"Delete\"",
        ] {
            assert!(list.contains(words), "{words}: {list}");
        }
    }

    #[test]
    fn a_list_names_the_agents_that_act_for_the_person() {
        assert!(
            all()[1]
                .1
                .to_string()
                .contains("Claude (claude.ai) and Copilot act for you. See what they may do")
        );
        let said = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            list(Texts(Language::En), (&[], 0), &names, &real_catalog(), None).to_string()
        };
        assert!(said(&["A_b"]).contains("A\\\\_b acts for you."), "{}", said(&["A_b"]));
        assert!(said(&["A", "B", "C"]).contains("A and 2 other agents act for you."));
        assert!(!said(&[]).contains("for you."), "{}", said(&[]));
    }

    #[test]
    fn a_list_of_a_thousand_fits_into_a_message_and_says_where_the_others_are() {
        let list = all()[2].1.to_string();
        assert!(list.len() < 80_000, "{}", list.len());
        assert!(list.contains("960 more are in the tab."), "{list}");
    }

    #[test]
    fn disconnecting_is_confirmed_once_with_the_same_verb() {
        let confirm = &all()[3].1;
        assert!(confirm.to_string().contains("Disconnect Salesforce (ada\\\\_b@contoso.com)?"), "{confirm}");
        assert_eq!(
            confirm["actions"][0]["data"],
            serde_json::json!({"verb": "connection.disconnect", "connection": "salesforce", "confirmed": true})
        );
    }
}
