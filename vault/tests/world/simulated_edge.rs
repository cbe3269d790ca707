//! The edge: the worker's handling of requests from Teams, a browser or a tab, around the vault.

use serde_json::{Value, json};
use std::rc::Rc;
use workbot_domain::activity::Activity;
use workbot_domain::bot_framework_token::{AdmissionRules, BotClaims};
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::login::{LoginState, Step, Ticket, callback_parameters, cookie_name};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::VaultId;
use workbot_domain::seal::Purpose;
use workbot_vault::ports::ObjectError;
use workbot_vault::protocol::{AuthorizationResponse, VaultRequest, VaultResponse, ask};

use crate::deployment::Deployment;
use crate::sandbox_settings::SANDBOX;
use crate::sandbox_settings::WORKER;

/// The response to a browser.
pub enum Reply {
    /// A redirect, with an optional cookie (name and value).
    Redirect { to: String, cookie: Option<(String, String)> },
    /// A page.
    Page(LoginPage),
}

impl Deployment {
    fn correlation(&self) -> CorrelationId {
        CorrelationId::of_request(None, self.isolate().random())
    }

    /// Sends a request to a vault.
    pub async fn ask(
        self: &Rc<Self>,
        vault: &VaultId,
        request: VaultRequest,
    ) -> Result<VaultResponse, ObjectError> {
        let (isolate, id) = (self.isolate(), self.correlation());
        ask(&isolate, vault, &request, &id).await
    }

    /// `POST /api/messages` from a caller that was verified as the Bot Framework. Returns the status and the
    /// body of an invoke's response.
    pub async fn messages(self: &Rc<Self>, activity: &Value) -> (u16, Option<Value>) {
        let config = self.config();
        let claims = json!({
            "iss": "issuer", "aud": config.bot.app_id, "nbf": 0, "exp": i64::MAX / 1000,
            "serviceurl": format!("{SANDBOX}/connector"),
        });
        let claims: BotClaims = serde_json::from_value(claims).unwrap();
        let key = serde_json::from_value(json!({ "kty": "RSA", "kid": "key" })).unwrap();
        let caller = claims.check(&key, "issuer", &config.bot.app_id, self.isolate().now()).unwrap();
        let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
        let admission =
            AdmissionRules { tenants: &config.allowed_tenants, service_origins: &config.service_origins };
        let Some(turn) = caller.admit(activity, admission).unwrap() else { return (200, None) };
        match self.ask(&VaultId::of(&turn.subject), VaultRequest::Turn(Box::new(turn))).await {
            Ok(VaultResponse::TurnHandled { invoke }) => (200, invoke),
            Ok(_) => (200, None),
            Err(_) => (503, None),
        }
    }

    /// The response to a browser with these cookies.
    pub async fn get(self: &Rc<Self>, url: &url::Url, cookies: &[(String, String)]) -> Reply {
        let parameter =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let path = url.path();
        if let Some(sealed) = path.strip_prefix("/connect/") {
            return self.open(sealed, parameter("account").as_deref() == Some("another")).await;
        }
        let app = path.strip_prefix("/oauth/callback/");
        assert!(app.is_some() || path == "/signin/callback", "unknown route {path}");
        let purpose = if app.is_some() { Purpose::AppState } else { Purpose::SigninState };
        let sealed = parameter("state").unwrap_or_default();
        let Ok(state) = self.config().master_keys.open_text::<LoginState>(purpose, &sealed) else {
            return Reply::Page(LoginPage::NotALink);
        };
        assert_eq!(state.step == Step::App, app.is_some());
        assert!(app.is_none_or(|app| state.app.as_str() == app));
        if self.isolate().now() >= state.expires_at {
            return Reply::Page(LoginPage::Expired);
        }
        let response = match (parameter("code"), parameter("error")) {
            (_, Some(error)) => AuthorizationResponse::Error(error),
            (Some(code), None) => AuthorizationResponse::Code(code),
            (None, None) => AuthorizationResponse::Error(String::new()),
        };
        let name = cookie_name(&state.attempt);
        let cookie = cookies.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let vault = VaultId::of(&state.subject);
        let known =
            workbot_vault::installed_catalog::catalog().apps.get(&state.app).filter(|_| app.is_some());
        let kept = known.map(|app| callback_parameters(app, &parameter)).unwrap_or_default();
        match self.ask(&vault, VaultRequest::LoginCallback { state, cookie, response, kept }).await {
            Err(ObjectError::TimedOut) if app.is_none() => {
                Reply::Page(LoginPage::Unreachable { app: "Microsoft".to_owned() })
            }
            Err(ObjectError::TimedOut) => Reply::Page(LoginPage::StillWorking),
            response => self.follow(response),
        }
    }

    async fn open(self: &Rc<Self>, sealed: &str, another_account: bool) -> Reply {
        let Ok(ticket) = self.config().master_keys.open_text::<Ticket>(Purpose::Ticket, sealed) else {
            return Reply::Page(LoginPage::NotALink);
        };
        let vault = VaultId::of(&ticket.subject);
        let response = self.ask(&vault, VaultRequest::BeginLogin { ticket, another_account }).await;
        self.follow(response)
    }

    fn follow(&self, response: Result<VaultResponse, ObjectError>) -> Reply {
        match response {
            Ok(VaultResponse::Redirect { to, cookie }) => {
                let cookie = cookie.map(|(attempt, value)| (cookie_name(&attempt), value));
                if let Some((_, value)) = &cookie {
                    self.world.truth.borrow_mut().secrets.insert(value.clone());
                }
                Reply::Redirect { to, cookie }
            }
            Ok(VaultResponse::ShowPage { page, .. }) => Reply::Page(page),
            _ => Reply::Page(LoginPage::OurFault { message: None, correlation_id: String::new() }),
        }
    }

    /// The content of a link's ticket.
    pub fn ticket(&self, link: &str) -> Option<Ticket> {
        let sealed = link.strip_prefix(WORKER)?.strip_prefix("/connect/")?;
        self.config().master_keys.open_text(Purpose::Ticket, sealed).ok()
    }
}
