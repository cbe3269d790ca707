//! Shared links.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error_response::Problem;
use crate::random_name::random;
use crate::store::box_com::{Item, SharedLink};

impl SharedLink {
    /// Applies a request's changes to a link. Absent fields stay unchanged.
    pub fn read(given: &Value, known: Option<&Self>) -> Result<Self, Problem> {
        let access = given.get("access").and_then(Value::as_str);
        let access = access.or(known.map(|link| link.access.as_str())).unwrap_or("open");
        if !["open", "company", "collaborators"].contains(&access) {
            let message = format!("Invalid value '{access}'.");
            return Err(Problem::bad("invalid_parameter", "access", &message));
        }
        let has_password = match given.get("password") {
            None => known.is_some_and(|link| link.has_password),
            Some(password) => password.is_string(),
        };
        if has_password && access != "open" {
            let message = "A password is for open links alone.";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_request", message));
        }
        let unshared_at = match given.get("unshared_at") {
            None => known.and_then(|link| link.unshared_at.clone()),
            Some(time) => time.as_str().map(str::to_owned),
        };
        let can_download = given.pointer("/permissions/can_download").and_then(Value::as_bool);
        Ok(Self {
            name: known.map_or_else(|| random(32).to_lowercase(), |link| link.name.clone()),
            access: access.to_owned(),
            unshared_at,
            has_password,
            can_download: can_download.unwrap_or(known.is_none_or(|link| link.can_download)),
        })
    }

    /// The API's JSON.
    pub fn to_json(&self, item: &Item, origin: &str) -> Value {
        let is_file = item.file.is_some();
        let download = format!("{origin}/box-account/shared/static/{}", self.name);
        json!({
            "url": format!("{origin}/box-account/s/{}", self.name),
            "download_url": (is_file && self.can_download).then_some(download),
            "vanity_url": null,
            "vanity_name": null,
            "access": self.access,
            "effective_access": self.access,
            "effective_permission": if self.can_download { "can_download" } else { "can_preview" },
            "is_password_enabled": self.has_password,
            "unshared_at": self.unshared_at,
            "download_count": 0,
            "preview_count": 0,
            "permissions": { "can_download": self.can_download, "can_preview": true, "can_edit": false },
        })
    }
}
