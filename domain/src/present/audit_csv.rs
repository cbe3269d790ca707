//! CSV for spreadsheets (RFC 4180).
//!
//! A cell that a spreadsheet would evaluate as a formula is made text ("CSV Injection", OWASP), because names
//! and details come from outside.

use workbot_shared::AuditEntry;

/// The media type (RFC 7111).
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// Returns the header line of the audit.
#[must_use]
pub fn audit_heading() -> String {
    record(&["at", "by", "by_name", "act", "app", "recipe", "user", "detail", "outcome", "link"])
}

/// Returns the line of an audit entry.
#[must_use]
pub fn audit_record(entry: &AuditEntry) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let act = word(serde_json::to_value(entry.act).unwrap_or_default());
    let outcome = word(serde_json::to_value(entry.outcome).unwrap_or_default());
    record(&[
        &entry.at,
        entry.by.as_str(),
        &entry.by_name,
        &act,
        entry.app.as_ref().map_or("", |app| app.as_str()),
        entry.recipe.as_ref().map_or("", |recipe| recipe.as_str()),
        entry.user.as_ref().map_or("", |user| user.as_str()),
        &entry.detail,
        &outcome,
        entry.link.as_deref().unwrap_or_default(),
    ])
}

fn record(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let formula = cell.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let text = if formula { format!("'{cell}") } else { cell.to_owned() };
    if text.contains(['"', ',', '\r', '\n', ';', '\t']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::{AppId, AuditAction, StepOutcome, UserId};

    #[test]
    fn a_cell_is_quoted_where_necessary() {
        assert_eq!(record(&["a", "b c", ""]), "a,b c,\r\n");
        assert_eq!(
            record(&["a,b", "say \"hi\"", "two\nlines"]),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_evaluate_is_made_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n=1"] {
            let cell = quoted(formula);
            assert!(cell.trim_start_matches('"').starts_with('\''), "{formula:?}: {cell}");
        }
        assert_eq!(
            quoted("=HYPERLINK(\"https://evil.example\",\"x\")"),
            "\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"x\"\")\""
        );
        assert_eq!(quoted("ada@contoso.com"), "ada@contoso.com");
    }

    #[test]
    fn an_entry_has_a_cell_for_every_heading() {
        let entry = AuditEntry {
            at: "2026-12-31T09:30:00.000Z".into(),
            by: UserId::parse("megan").unwrap(),
            by_name: "Admin, Megan".into(),
            act: AuditAction::PersonDisconnected,
            app: Some(AppId::parse("box").unwrap()),
            recipe: None,
            user: Some(UserId::parse("ada").unwrap()),
            detail: "=Ada: ada@contoso.com".into(),
            outcome: None,
            link: None,
        };
        assert_eq!(
            audit_record(&entry),
            "2026-12-31T09:30:00.000Z,megan,\"Admin, Megan\",person_disconnected,box,,ada,'=Ada: ada@contoso.com,,\r\n"
        );
        let cells = |line: &str| line.matches(',').count();
        assert_eq!(cells(&audit_heading()), cells(&audit_record(&entry)) - 1, "one comma belongs to a name");
        let write = AuditEntry {
            act: AuditAction::SharedWrite,
            outcome: Some(StepOutcome::Unknown),
            link: Some("=https://box.example/1".into()),
            ..entry
        };
        let record = audit_record(&write);
        assert!(
            record.contains(",shared_write,") && record.ends_with(",unknown,'=https://box.example/1\r\n"),
            "{record}"
        );
    }
}
