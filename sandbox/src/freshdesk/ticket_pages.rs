//! The pages of tickets.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::store::freshdesk::Ticket;
use crate::{Shared, html_page, time_formats};

/// `GET /freshdesk`: all tickets, newest first.
pub async fn list(State(sandbox): State<Shared>) -> Response {
    let tickets: Vec<Value> =
        sandbox.read(|saved| saved.freshdesk.tickets.iter().rev().map(values).collect());
    html_page::show("tickets.html", json!({ "tickets": tickets }))
}

/// `GET /freshdesk/a/tickets/{id}`: a ticket, and the agent whose key created it.
pub async fn show(State(sandbox): State<Shared>, Path(id): Path<String>) -> Response {
    match sandbox.read(|saved| saved.freshdesk.ticket(&id).map(values)) {
        Some(ticket) => html_page::show("ticket.html", json!({ "ticket": ticket })),
        None => {
            html_page::problem(StatusCode::NOT_FOUND, "Freshdesk", "The ticket you asked for does not exist.")
        }
    }
}

fn values(ticket: &Ticket) -> Value {
    let draft = &ticket.draft;
    json!({
        "id": ticket.id,
        "subject": draft.subject,
        "description": ticket.description_text(),
        "email": draft.email,
        "status": match draft.status {
            2 => "Open",
            3 => "Pending",
            4 => "Resolved",
            _ => "Closed",
        },
        "priority": match draft.priority {
            1 => "Low",
            2 => "Medium",
            3 => "High",
            _ => "Urgent",
        },
        "type": draft.kind,
        "tags": draft.tags,
        "created_by": ticket.created_by,
        "created": time_formats::rfc3339(ticket.created),
    })
}
