//! The pages of an agent's authorization request, as HTML: the consent page, and the one for a request that
//! cannot be answered to its client.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use workbot_shared::Language;
use workbot_shared::Language::{De, En};

use super::authorization::Consent;
use super::client::redirect_host;
use crate::bot_name::bot;
use crate::template::{TemplateError, render_html};

const TEMPLATE: &str = include_str!("page.html");
/// The style of the login's pages, and of the form.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!("{}{}", include_str!("../../present/login_page/page.css"), include_str!("page.css"))
});

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentPage<'a> {
    /// The person decides.
    Consent {
        /// What about.
        consent: &'a Consent,
        /// Whether an admin lets agents read without asking.
        reads: bool,
    },
    /// The client or its redirect URI is unknown.
    InvalidRequest,
    /// No admin has opened the door.
    Closed,
    /// The sign-in proves nobody, or another browser began it.
    SigninFailed,
}

impl ConsentPage<'_> {
    fn status(&self) -> u16 {
        match self {
            Self::Consent { .. } => 200,
            Self::InvalidRequest => 400,
            Self::Closed | Self::SigninFailed => 403,
        }
    }

    /// Returns the HTTP status and the HTML in a language.
    ///
    /// # Errors
    /// [`TemplateError`] for a mistake in the page's template.
    pub fn render(&self, language: Language) -> Result<(u16, String), TemplateError> {
        let (title, lines) = text(language, self);
        let consent = if let Self::Consent { consent, .. } = self { Some(*consent) } else { None };
        let is_local = |consent: &Consent| {
            redirect_host(&consent.request.redirect_uri).is_some_and(|(_, is_local)| is_local)
        };
        let (allow, deny) = match language {
            En => ("Allow", "Don't allow"),
            De => ("Zulassen", "Nicht zulassen"),
        };
        let values = json!({
            "language": language, "bot": bot(), "bot_initial": bot().chars().next(), "title": title,
            "initial": consent.and_then(|consent| consent.request.client.name.chars().next()),
            "lines": lines, "id": consent.map(|consent| consent.id.as_str()),
            "warning": consent.is_some_and(is_local).then(|| local_warning(language)),
            "allow": allow, "deny": deny,
        });
        Ok((self.status(), render_html(&TEMPLATE.replace("/* page.css */", &STYLE), &values)?))
    }

    /// Returns the Content-Security-Policy. That of the consent page has no `form-action`: Chrome and Safari
    /// apply it to every redirect after the form, and a client may redirect further, to another host of its
    /// own or to an app on the computer ("CSP: form-action", MDN; w3c/webappsec-csp issue 8).
    #[must_use]
    pub fn content_security_policy(&self) -> String {
        let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        let form = if matches!(self, Self::Consent { .. }) { "" } else { " form-action 'none';" };
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none';{form} frame-ancestors 'none'"
        )
    }
}

/// What an address of this computer means: no name vouches for what is there.
fn local_warning(language: Language) -> &'static str {
    match language {
        En => {
            "Any program on this computer can claim that address. Allow it only if you have just started it."
        }
        De => {
            "Jedes Programm auf diesem Computer kann diese Adresse beanspruchen. Lassen Sie es nur zu, wenn Sie es gerade gestartet haben."
        }
    }
}

fn text(language: Language, page: &ConsentPage<'_>) -> (String, Vec<String>) {
    let (consent, reads) = match page {
        ConsentPage::Consent { consent, reads } => (consent, *reads),
        ConsentPage::InvalidRequest => {
            return match language {
                En => (
                    "This agent cannot be connected".to_owned(),
                    vec!["Its request is not valid, so nothing was changed. Ask its publisher.".to_owned()],
                ),
                De => (
                    "Dieser Agent kann nicht verbunden werden".to_owned(),
                    vec!["Seine Anfrage ist ungültig. Es wurde nichts geändert. Wenden Sie sich an seinen Anbieter.".to_owned()],
                ),
            };
        }
        ConsentPage::Closed => {
            return match language {
                En => (
                    "Agents are not allowed here".to_owned(),
                    vec!["An admin of your organization has to allow them first.".to_owned()],
                ),
                De => (
                    "Agenten sind hier nicht zugelassen".to_owned(),
                    vec!["Ein Admin Ihrer Organisation muss sie erst zulassen.".to_owned()],
                ),
            };
        }
        ConsentPage::SigninFailed => {
            return match language {
                En => (
                    "You are not signed in".to_owned(),
                    vec!["Nothing was changed. Start again from the agent.".to_owned()],
                ),
                De => (
                    "Sie sind nicht angemeldet".to_owned(),
                    vec!["Es wurde nichts geändert. Beginnen Sie noch einmal beim Agenten.".to_owned()],
                ),
            };
        }
    };
    let (client, person) = (consent.request.client.title(), consent.signed_in_as.as_str());
    let (host, _) = redirect_host(&consent.request.redirect_uri).unwrap_or_default();
    match language {
        En => (
            format!("Let {client} act for you?"),
            vec![
                format!("It will use {}'s commands as you ({person}).", bot()),
                format!(
                    "{}Before it changes anything, you are asked in Teams.",
                    if reads { "It may read without asking. " } else { "" }
                ),
                format!("You stay in control: disconnect it any time in {}'s tab, under Agents.", bot()),
                format!("After your answer you return to {host}."),
            ],
        ),
        De => (
            format!("{client} in Ihrem Namen handeln lassen?"),
            vec![
                format!("Der Agent nutzt die Befehle von {} in Ihrem Namen ({person}).", bot()),
                format!(
                    "{}Bevor er etwas ändert, werden Sie in Teams gefragt.",
                    if reads { "Er darf lesen, ohne zu fragen. " } else { "" }
                ),
                format!(
                    "Sie behalten die Kontrolle: Trennen Sie ihn jederzeit im Tab von {} unter Agenten.",
                    bot()
                ),
                format!("Nach Ihrer Antwort kehren Sie zu {host} zurück."),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::client::Client;
    use crate::agent::oauth::AuthorizationRequest;
    use crate::owner::Subject;
    use crate::time::Timestamp;
    use workbot_shared::{TenantId, UserId};

    fn consent(redirect_uri: &str) -> Consent {
        Consent {
            id: "0123".into(),
            request: AuthorizationRequest {
                client: Client {
                    id: "https://agent.example/client.json".into(),
                    name: "Claude".into(),
                    host: Some("agent.example".into()),
                    redirect_uris: vec![],
                },
                redirect_uri: redirect_uri.into(),
                state: None,
                challenge: String::new(),
            },
            subject: Subject { tenant: TenantId::parse("t").unwrap(), user: UserId::parse("ada").unwrap() },
            signed_in_as: "<b>ada</b>@contoso.com".into(),
            expires_at: Timestamp(1),
        }
    }

    #[test]
    fn the_consent_page_names_the_client_with_its_host_and_where_the_answer_goes() {
        for language in Language::ALL {
            let consent = consent("https://callback.example:8443/x");
            let page = ConsentPage::Consent { consent: &consent, reads: true };
            let (status, html) = page.render(language).unwrap();
            assert_eq!(status, 200);
            for words in ["Claude (agent.example)", "callback.example:8443", "&lt;b&gt;ada", "value=\"0123\""]
            {
                assert!(html.contains(words), "{words}: {html}");
            }
            let policy = page.content_security_policy();
            assert!(policy.contains("base-uri 'none'; frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("form-action"), "the client may redirect further: {policy}");
        }
        let local = consent("http://127.0.0.1:1234/x");
        let (_, html) = ConsentPage::Consent { consent: &local, reads: true }.render(En).unwrap();
        assert!(html.contains("Any program on this computer"), "{html}");
    }

    #[test]
    fn the_consent_page_promises_to_read_without_asking_only_where_an_admin_allows_it() {
        let consent = consent("https://agent.example/x");
        for (language, words) in [(En, "read without asking"), (De, "darf lesen")] {
            for reads in [true, false] {
                let (_, html) = ConsentPage::Consent { consent: &consent, reads }.render(language).unwrap();
                assert_eq!(html.contains(words), reads, "{html}");
                assert!(html.contains("in Teams"), "{html}");
            }
        }
    }

    #[test]
    fn a_page_without_a_decision_has_no_form() {
        for page in [ConsentPage::InvalidRequest, ConsentPage::Closed, ConsentPage::SigninFailed] {
            let (status, html) = page.render(En).unwrap();
            assert!(status >= 400 && !html.contains("<form"), "{html}");
            assert!(page.content_security_policy().contains("form-action 'none'"));
            let (_, html) = page.render(De).unwrap();
            let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
            let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
            assert!(page.content_security_policy().contains(&hash));
        }
    }
}
