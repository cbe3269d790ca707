//! The activities that were handled, by which a second delivery is recognised.

use serde_json::Value;
use workbot_domain::activity::Turn;

use crate::context::VaultCtx;
use crate::sql::{SqlError, Tx, values};

impl VaultCtx {
    /// The stored response to an activity. The run that a message has started is the note of its delivery.
    /// `None` if the activity is new, `Some(None)` if its response has no
    /// body.
    ///
    /// # Errors
    /// When the database fails; so in all functions here.
    pub fn delivered(&self, turn: &Turn) -> Result<Option<Option<Value>>, SqlError> {
        let row = self.sql.row(
            "SELECT response FROM delivered_activity WHERE conversation = ? AND activity = ?
             UNION ALL SELECT NULL FROM run WHERE id = ?",
            values![
                turn.conversation.id.as_str(),
                turn.activity.as_str(),
                turn.run_id().map(|run| run.to_string())
            ],
        )?;
        row.map(|mut row| row.optional_json()).transpose()
    }

    /// Inserts a handled activity and its response.
    pub fn note_delivered(&self, _: &Tx, turn: &Turn, response: Option<&Value>) -> Result<(), SqlError> {
        self.enqueue_clean_up()?;
        self.sql.run(
            "INSERT INTO delivered_activity (conversation, activity, response, at) VALUES (?, ?, ?, ?)",
            values![
                turn.conversation.id.as_str(),
                turn.activity.as_str(),
                response.map(Value::to_string),
                self.now().millis()
            ],
        )
    }

    /// Replaces the stored response of a handled activity.
    pub fn note_response(&self, turn: &Turn, response: Option<&Value>) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE delivered_activity SET response = ? WHERE conversation = ? AND activity = ?",
            values![response.map(Value::to_string), turn.conversation.id.as_str(), turn.activity.as_str()],
        )
    }
}
