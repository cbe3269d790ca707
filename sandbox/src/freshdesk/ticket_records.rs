//! Tickets: storage and JSON.

use serde_json::{Value, json};

use super::html;
use crate::store::freshdesk::{Agent, Draft, Store, Ticket};
use crate::{clock, time_formats};

const DAY_MS: u64 = 24 * 3600 * 1000;

impl Store {
    /// A new ticket, created with the key of this agent.
    pub(super) fn add_ticket(&mut self, agent: &Agent, draft: Draft) -> Ticket {
        let ticket = Ticket {
            id: self.tickets.last().map_or(1, |last| last.id + 1),
            requester_id: self.requester_id(&draft.email),
            draft,
            created_by: agent.email.clone(),
            created: clock::now_ms(),
        };
        self.tickets.push(ticket.clone());
        ticket
    }

    /// The ticket with this number.
    pub fn ticket(&self, id: &str) -> Option<&Ticket> {
        let id: u64 = id.parse().ok()?;
        self.tickets.iter().find(|ticket| ticket.id == id)
    }

    fn requester_id(&mut self, email: &str) -> u64 {
        let mut tickets = self.tickets.iter();
        let known = self.agent_with_email(email).map(|agent| agent.id).or_else(|| {
            let earlier = tickets.find(|ticket| ticket.draft.email.eq_ignore_ascii_case(email))?;
            Some(earlier.requester_id)
        });
        known.unwrap_or_else(|| self.fresh_contact_id())
    }
}

impl Ticket {
    /// The description without its markup.
    pub fn description_text(&self) -> String {
        html::text(&self.draft.description)
    }

    /// The API's JSON.
    pub(super) fn to_json(&self) -> Value {
        let created = time_formats::rfc3339_seconds(self.created);
        json!({
            "id": self.id,
            "subject": self.draft.subject,
            "description": html::block(&self.draft.description),
            "description_text": self.description_text(),
            "status": self.draft.status,
            "priority": self.draft.priority,
            "source": self.draft.source,
            "type": self.draft.kind,
            "tags": self.draft.tags,
            "requester_id": self.requester_id,
            "responder_id": null,
            "group_id": null,
            "company_id": null,
            "product_id": null,
            "email_config_id": null,
            "support_email": null,
            "to_emails": null,
            "cc_emails": [],
            "fwd_emails": [],
            "reply_cc_emails": [],
            "ticket_cc_emails": [],
            "spam": false,
            "is_escalated": false,
            "fr_escalated": false,
            "fr_due_by": time_formats::rfc3339_seconds(self.created + DAY_MS),
            "due_by": time_formats::rfc3339_seconds(self.created + 3 * DAY_MS),
            "custom_fields": {},
            "attachments": [],
            "created_at": created,
            "updated_at": created,
        })
    }
}
