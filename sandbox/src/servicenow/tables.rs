//! The tables: fields, types and defaults.

/// The type of a field. All values are strings.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Anything.
    Text,
    /// The `sys_id` of a record of this table.
    Reference(&'static str),
    /// One of these values, each with its label.
    Choice(&'static [(&'static str, &'static str)]),
    /// A written value is appended to a journal, and reads as empty.
    Journal,
    /// Set by the system only.
    System,
}

use Kind::{Choice, Journal, Reference, System, Text};

/// A table.
pub struct Table {
    /// The name in paths.
    pub name: &'static str,
    /// The prefix of numbers.
    pub prefix: Option<&'static str>,
    /// Its own fields.
    fields: &'static [(&'static str, Kind)],
    /// Whether every user may insert and update.
    pub is_open: bool,
    /// The defaults of a new record.
    pub defaults: &'static [(&'static str, &'static str)],
}

const SYSTEM: [(&str, Kind); 8] = [
    ("sys_id", System),
    ("number", System),
    ("sys_class_name", System),
    ("sys_created_by", System),
    ("sys_created_on", System),
    ("sys_updated_by", System),
    ("sys_updated_on", System),
    ("sys_mod_count", System),
];

const INCIDENT_STATES: Kind = Choice(&[
    ("1", "New"),
    ("2", "In Progress"),
    ("3", "On Hold"),
    ("6", "Resolved"),
    ("7", "Closed"),
    ("8", "Canceled"),
]);
const CHANGE_STATES: Kind = Choice(&[
    ("-5", "New"),
    ("-4", "Assess"),
    ("-3", "Authorize"),
    ("-2", "Scheduled"),
    ("-1", "Implement"),
    ("0", "Review"),
    ("3", "Closed"),
    ("4", "Canceled"),
]);
const LEVELS: Kind = Choice(&[("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low")]);
const PRIORITIES: Kind = Choice(&[
    ("1", "1 - Critical"),
    ("2", "2 - High"),
    ("3", "3 - Moderate"),
    ("4", "4 - Low"),
    ("5", "5 - Planning"),
]);
const APPROVALS: Kind = Choice(&[
    ("not requested", "Not Yet Requested"),
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("not_required", "No Longer Required"),
    ("duplicate", "Duplicate"),
]);

static TABLES: [Table; 7] = [
    Table {
        name: "incident",
        prefix: Some("INC"),
        fields: &[
            ("short_description", Text),
            ("description", Text),
            ("state", INCIDENT_STATES),
            ("impact", LEVELS),
            ("urgency", LEVELS),
            ("priority", PRIORITIES),
            ("category", Text),
            ("subcategory", Text),
            ("contact_type", Text),
            ("caller_id", Reference("sys_user")),
            ("opened_by", Reference("sys_user")),
            ("opened_at", Text),
            ("assigned_to", Reference("sys_user")),
            ("assignment_group", Text),
            ("correlation_id", Text),
            ("correlation_display", Text),
            ("close_code", Text),
            ("close_notes", Text),
            ("active", Text),
            ("comments", Journal),
            ("work_notes", Journal),
        ],
        is_open: true,
        defaults: &[("state", "1"), ("impact", "3"), ("urgency", "3"), ("active", "true")],
    },
    Table {
        name: "change_request",
        prefix: Some("CHG"),
        fields: &[
            ("short_description", Text),
            ("description", Text),
            ("type", Text),
            ("state", CHANGE_STATES),
            ("impact", LEVELS),
            ("priority", PRIORITIES),
            ("risk", Text),
            ("approval", APPROVALS),
            ("requested_by", Reference("sys_user")),
            ("opened_by", Reference("sys_user")),
            ("opened_at", Text),
            ("assigned_to", Reference("sys_user")),
            ("start_date", Text),
            ("end_date", Text),
            ("correlation_id", Text),
            ("active", Text),
            ("comments", Journal),
            ("work_notes", Journal),
        ],
        is_open: true,
        defaults: &[
            ("type", "normal"),
            ("state", "-5"),
            ("impact", "3"),
            ("priority", "4"),
            ("approval", "not requested"),
            ("active", "true"),
        ],
    },
    Table {
        name: "sc_request",
        prefix: Some("REQ"),
        fields: &[
            ("short_description", Text),
            ("description", Text),
            ("request_state", Text),
            ("stage", Text),
            ("approval", APPROVALS),
            ("requested_for", Reference("sys_user")),
            ("opened_by", Reference("sys_user")),
            ("opened_at", Text),
            ("price", Text),
            ("correlation_id", Text),
            ("active", Text),
            ("comments", Journal),
            ("work_notes", Journal),
        ],
        is_open: true,
        defaults: &[
            ("request_state", "requested"),
            ("stage", "requested"),
            ("approval", "requested"),
            ("active", "true"),
        ],
    },
    Table {
        name: "sc_req_item",
        prefix: Some("RITM"),
        fields: &[
            ("short_description", Text),
            ("description", Text),
            ("request", Reference("sc_request")),
            ("requested_for", Reference("sys_user")),
            ("cat_item", Text),
            ("opened_by", Reference("sys_user")),
            ("opened_at", Text),
            ("state", Text),
            ("active", Text),
        ],
        is_open: false,
        defaults: &[("state", "1"), ("active", "true")],
    },
    Table {
        name: "sysapproval_approver",
        prefix: None,
        fields: &[
            ("approver", Reference("sys_user")),
            ("state", APPROVALS),
            ("sysapproval", Reference("task")),
            ("document_id", Text),
            ("source_table", Text),
            ("comments", Journal),
        ],
        is_open: false,
        defaults: &[("state", "requested")],
    },
    Table {
        name: "sys_journal_field",
        prefix: None,
        fields: &[("element_id", Text), ("element", Text), ("name", Text), ("value", Text)],
        is_open: false,
        defaults: &[],
    },
    Table {
        name: "sys_user",
        prefix: None,
        fields: &[
            ("user_name", Text),
            ("name", Text),
            ("first_name", Text),
            ("last_name", Text),
            ("email", Text),
            ("company", Text),
            ("active", Text),
        ],
        is_open: false,
        defaults: &[],
    },
];

impl Table {
    /// The table with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// All fields, the system's included; only numbered tables have a number.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        let is_here = |name: &&str| *name != "number" || self.prefix.is_some();
        SYSTEM.iter().chain(self.fields).map(|(name, _)| *name).filter(is_here)
    }

    /// The type of a field.
    pub fn kind(&self, field: &str) -> Option<Kind> {
        let mut all = SYSTEM.iter().chain(self.fields);
        all.find(|(name, _)| *name == field).map(|(_, kind)| *kind)
    }
}

/// The label of a choice, or the value itself.
pub fn label(kind: Kind, value: &str) -> &str {
    match kind {
        Choice(choices) => {
            choices.iter().find(|(known, _)| *known == value).map_or(value, |(_, label)| label)
        }
        _ => value,
    }
}

/// The priority of an incident, by impact and urgency.
pub fn priority(impact: &str, urgency: &str) -> &'static str {
    match (impact, urgency) {
        ("1", "1") => "1",
        ("1", "2") | ("2", "1") => "2",
        ("1", "3") | ("2", "2") | ("3", "1") => "3",
        ("2", "3") | ("3", "2") => "4",
        _ => "5",
    }
}
