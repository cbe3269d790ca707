//! Texts of the HTTP API: to admins about keys and settings, and for each error code.

use workbot_shared::Language::{De, En};
use workbot_shared::{ErrorCode, RecipeSettingsChange};

use super::{Texts, with_bot};
use crate::bot_name::bot;
use crate::catalog::Catalog;
use crate::connection::{GuardrailsError, MOST_WRITES_A_DAY};

/// Describes a change of a recipe's settings for the audit. It is always English, because all admins read and
/// search the audit.
#[must_use]
pub fn settings_changed(change: &RecipeSettingsChange, catalog: &Catalog) -> String {
    let on = |yes: bool| if yes { "on" } else { "off" };
    let verify = change.verify_user_access.iter();
    let verify =
        verify.map(|(app, yes)| format!("verify user access in {}: {}", catalog.app_name(app), on(*yes)));
    let enabled = change.enabled.map(|yes| format!("command: {}", on(yes)));
    let guests = change.guests.map(|yes| format!("guests: {}", on(yes)));
    verify.chain(enabled).chain(guests).collect::<Vec<_>>().join(", ")
}

impl Texts {
    /// An app without logins cannot have the setting *Verify user access at runtime*.
    #[must_use]
    pub fn no_logins(self, app: &str) -> String {
        match self.0 {
            En => format!(
                "{app} works with one key for the whole company: nobody can log in to it for themselves, so its actions always run as the shared connection."
            ),
            De => format!(
                "{app} verwendet einen Schlüssel für das ganze Unternehmen: Niemand kann sich dort selbst anmelden, daher laufen Aktionen immer über die gemeinsame Verbindung."
            ),
        }
    }

    /// The agent does not act for the person any more, or an admin forbids the change.
    #[must_use]
    pub fn no_such_agent(self) -> &'static str {
        match self.0 {
            En => {
                "This agent no longer acts for you, or your admins do not allow this change. Nothing was changed."
            }
            De => {
                "Dieser Agent handelt nicht mehr in Ihrem Namen, oder Ihre Admins erlauben diese Änderung nicht. Es wurde nichts geändert."
            }
        }
    }

    /// An admin registers a client with an empty name, or with an address to which nobody may be sent.
    #[must_use]
    pub fn agent_client_invalid(self) -> &'static str {
        match self.0 {
            En => {
                "The agent needs a name, and each redirect address has to begin with https://. Nothing was changed."
            }
            De => {
                "Der Agent braucht einen Namen, und jede Umleitungsadresse muss mit https:// beginnen. Es wurde nichts geändert."
            }
        }
    }

    /// The deployment has no language model.
    #[must_use]
    pub fn no_language_model(self) -> &'static str {
        match self.0 {
            En => "This deployment has no language model: set LLM_URL and LLM_MODEL.",
            De => "Diese Installation hat kein Sprachmodell: Setzen Sie LLM_URL und LLM_MODEL.",
        }
    }

    /// The app refuses the entered key.
    #[must_use]
    pub fn key_refused(self, app: &str) -> String {
        match self.0 {
            En => {
                format!("{app} did not accept this. Check it in {app}, then try again. Nothing was changed.")
            }
            De => format!(
                "{app} hat diese Angaben nicht akzeptiert. Prüfen Sie sie in {app} und versuchen Sie es erneut. Es wurde nichts geändert."
            ),
        }
    }

    /// The app's response to the entered key is unusable.
    #[must_use]
    pub fn key_not_understood(self, app: &str) -> String {
        let bot = bot();
        match self.0 {
            En => format!("{bot} cannot use what {app} answered. Nothing was changed."),
            De => {
                format!("{bot} kann mit der Antwort von {app} nichts anfangen. Es wurde nichts geändert.")
            }
        }
    }

    /// The app is connected by a key, not by a login.
    #[must_use]
    pub fn connected_with_a_key(self, app: &str) -> String {
        match self.0 {
            En => format!("{app} has no login: set its key instead."),
            De => format!("Bei {app} gibt es keine Anmeldung: Hinterlegen Sie stattdessen den Schlüssel."),
        }
    }

    /// The app is connected by a login, not by a key.
    #[must_use]
    pub fn connected_by_login(self, app: &str) -> String {
        match self.0 {
            En => format!("{app} takes no key here: connect it by logging in."),
            De => format!("{app} wird nicht mit einem Schlüssel verbunden, sondern durch eine Anmeldung."),
        }
    }

    /// The request lacks the key.
    #[must_use]
    pub fn key_missing(self, app: &str) -> String {
        match self.0 {
            En => format!("Give the key of {app} as `api_key`."),
            De => format!("Geben Sie den Schlüssel für {app} als `api_key` an."),
        }
    }

    /// The request lacks the user or the password.
    #[must_use]
    pub fn password_missing(self, app: &str) -> String {
        match self.0 {
            En => format!("Give the user and the password of {app} as `user` and `password`."),
            De => format!("Geben Sie Benutzer und Kennwort für {app} als `user` und `password` an."),
        }
    }

    /// The guardrails of the request cannot be set.
    #[must_use]
    pub fn guardrails_invalid(self, problem: GuardrailsError) -> String {
        match (self.0, problem) {
            (En, GuardrailsError::NoTime) => {
                "Give the end as a time in RFC 3339, such as `2026-12-31T17:00:00Z`.".to_owned()
            }
            (De, GuardrailsError::NoTime) => {
                "Geben Sie das Ende als Zeit nach RFC 3339 an, etwa `2026-12-31T17:00:00Z`.".to_owned()
            }
            (En, GuardrailsError::Past) => "Choose an end in the future.".to_owned(),
            (De, GuardrailsError::Past) => "Wählen Sie ein Ende in der Zukunft.".to_owned(),
            (En, GuardrailsError::TooMany) => {
                format!("Choose at most {MOST_WRITES_A_DAY} changes a day, or no limit.")
            }
            (De, GuardrailsError::TooMany) => {
                format!("Wählen Sie höchstens {MOST_WRITES_A_DAY} Änderungen am Tag oder kein Limit.")
            }
        }
    }

    /// Guardrails need a connection.
    #[must_use]
    pub fn connect_first(self, app: &str) -> String {
        match self.0 {
            En => format!("Connect {app} first, then set what you allow."),
            De => format!("Verbinden Sie zuerst {app} und legen Sie dann fest, was Sie erlauben."),
        }
    }

    /// The request requires the admin role.
    #[must_use]
    pub fn admins_only(self) -> String {
        with_bot(match self.0 {
            En => "Only {bot} admins may do this. Ask your Teams admin for the role Workbot.Admin.",
            De => {
                "Das ist der {bot}-Administration vorbehalten. Die Rolle Workbot.Admin erhalten Sie von Ihrer Teams-Administration."
            }
        })
    }

    /// A setting names an app that the recipe does not use.
    #[must_use]
    pub fn not_used(self, recipe: &str, app: &str) -> String {
        match self.0 {
            En => format!("{recipe} does not use {app}. Nothing was changed."),
            De => format!("{recipe} verwendet {app} nicht. Es wurde nichts geändert."),
        }
    }

    /// No recipe has this id.
    #[must_use]
    pub fn no_such_recipe(self) -> &'static str {
        match self.0 {
            En => "There is no such recipe.",
            De => "Dieses Rezept gibt es nicht.",
        }
    }

    /// No app has this id.
    #[must_use]
    pub fn no_such_app(self) -> &'static str {
        match self.0 {
            En => "There is no such app.",
            De => "Diese App gibt es nicht.",
        }
    }

    /// No app with this id can be connected.
    #[must_use]
    pub fn no_such_app_to_connect(self) -> &'static str {
        match self.0 {
            En => "There is no such app that you could connect.",
            De => "Eine solche App können Sie nicht verbinden.",
        }
    }

    /// The general message of an error code.
    #[must_use]
    pub fn error(self, code: ErrorCode) -> String {
        with_bot(match self.0 {
            En => match code {
                ErrorCode::BadRequest => "The request cannot be read.",
                ErrorCode::Unsupported => "This app does not support this.",
                ErrorCode::Unauthorized => "Sign in again: there is no valid token with this request.",
                ErrorCode::Forbidden => "You may not do this.",
                ErrorCode::NotFound => "There is nothing at this address.",
                ErrorCode::MethodNotAllowed => "This address does not take this method.",
                ErrorCode::Conflict => "This cannot be done any more. Nothing was changed.",
                ErrorCode::TooManyRequests => "You are faster than {bot}. Wait a moment, then try again.",
                ErrorCode::TooLarge => "The request is larger than 1 MB.",
                ErrorCode::HeaderTooLarge => "A header of the request is larger than 16 KB.",
                ErrorCode::Misconfigured => {
                    "This deployment is not set up. An admin finds out more at /healthz."
                }
                ErrorCode::TemporarilyUnavailable => {
                    "Temporarily unavailable; nothing was changed. Try again."
                }
                ErrorCode::Internal => "Something went wrong on our side. Nothing was changed.",
            },
            De => match code {
                ErrorCode::BadRequest => "Die Anfrage ist nicht lesbar.",
                ErrorCode::Unsupported => "Das ist mit dieser App nicht möglich.",
                ErrorCode::Unauthorized => {
                    "Melden Sie sich erneut an: Die Anfrage enthält keinen gültigen Nachweis."
                }
                ErrorCode::Forbidden => "Dazu sind Sie nicht berechtigt.",
                ErrorCode::NotFound => "Unter dieser Adresse gibt es nichts.",
                ErrorCode::MethodNotAllowed => "Diese Adresse lässt diese Methode nicht zu.",
                ErrorCode::Conflict => "Das ist nicht mehr möglich. Es wurde nichts geändert.",
                ErrorCode::TooManyRequests => {
                    "Sie sind schneller als {bot}. Warten Sie einen Moment und versuchen Sie es erneut."
                }
                ErrorCode::TooLarge => "Die Anfrage ist größer als 1 MB.",
                ErrorCode::HeaderTooLarge => "Eine Kopfzeile der Anfrage ist größer als 16 KB.",
                ErrorCode::Misconfigured => {
                    "{bot} ist hier nicht fertig eingerichtet. Näheres findet die Administration unter /healthz."
                }
                ErrorCode::TemporarilyUnavailable => {
                    "Vorübergehend nicht verfügbar. Es wurde nichts geändert. Versuchen Sie es erneut."
                }
                ErrorCode::Internal => "Bei uns ist etwas schiefgegangen. Es wurde nichts geändert.",
            },
        })
    }
}
