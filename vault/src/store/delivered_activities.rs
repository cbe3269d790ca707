//! The activities that were handled, so that a second delivery is recognised.

use serde_json::Value;
use workbot_domain::activity::Turn;

use crate::context::VaultCtx;
use crate::sql::{SqlError, Tx, values};

impl VaultCtx {
    /// What a turn that was taken before was answered with; `None`: it was not taken before.
    pub fn delivered(&self, turn: &Turn) -> Result<Option<Option<Value>>, SqlError> {
        let row = self.sql.row(
            "SELECT response FROM delivered_activity WHERE conversation = ? AND activity = ?",
            values![turn.conversation.id.as_str(), turn.activity.as_str()],
        )?;
        row.map(|mut row| row.optional_json()).transpose()
    }

    /// Notes that a turn is taken, and what it is answered with.
    pub fn note_delivered(&self, _: &Tx, turn: &Turn, response: Option<&Value>) -> Result<(), SqlError> {
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

    /// What a turn that is taken is answered with from now on.
    pub fn note_response(&self, turn: &Turn, response: Option<&Value>) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE delivered_activity SET response = ? WHERE conversation = ? AND activity = ?",
            values![response.map(Value::to_string), turn.conversation.id.as_str(), turn.activity.as_str()],
        )
    }
}
