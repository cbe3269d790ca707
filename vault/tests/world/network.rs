//! The network: passes requests to the sandbox's router and injects faults.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tower::ServiceExt;
use workbot_domain::catalog::Method;
use workbot_sandbox::endpoint_groups::endpoint;
use workbot_vault::ports::{HttpError, HttpRequest, HttpResponse};

use crate::faults::Fault;
use crate::ground_truth::{Fact, Grant, Real, Seen};
use crate::ledger_app_vendor::LEDGER;
use crate::sandbox_settings::SANDBOX;
use crate::world::World;

/// The error page of a gateway.
const PAGE: &str = "<!doctype html><html><body><h1>Something went wrong</h1></body></html>";

fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// A response of the sandbox.
pub struct Response {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> Option<String> {
        Some(self.headers.get(name)?.to_str().ok()?.to_owned())
    }
}

/// The result of a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the sandbox did not respond at once"),
    }
}

impl World {
    /// Sends a request to the sandbox, which responds at once.
    pub fn at_sandbox(&self, request: Request<Body>) -> Response {
        let (parts, body) = at_once(self.router.clone().oneshot(request)).unwrap().into_parts();
        let body = at_once(to_bytes(body, usize::MAX)).unwrap().to_vec();
        Response { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The path and query of a URL at the sandbox: of its own host, or of a host of the vendor whose fixture
    /// is played.
    pub fn sandbox_path(&self, url: &str) -> Option<String> {
        if let Some(path) = url.strip_prefix(SANDBOX) {
            return Some(path.to_owned());
        }
        self.vendor.get()?.path_of(&url::Url::parse(url).ok()?)
    }

    /// Calls a control route of the sandbox, with a body.
    pub fn control(&self, path: &str, body: &Value) -> Value {
        let request = Request::post(format!("/_control/{path}")).header("content-type", "application/json");
        let response = self.at_sandbox(request.body(Body::from(body.to_string())).unwrap());
        assert!(
            response.status < 300,
            "{path}: {} {}",
            response.status,
            String::from_utf8_lossy(&response.body)
        );
        response.json()
    }

    /// Calls a control route of the sandbox.
    pub fn look(&self, path: &str) -> Value {
        self.at_sandbox(Request::get(format!("/_control/{path}")).body(Body::empty()).unwrap()).json()
    }

    /// Sends a request on behalf of an object.
    pub async fn send(self: Rc<Self>, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let limit = self.executor.sleep(request.limit);
        if let Some(place) = self.sandbox_path(&request.url).as_deref().and_then(endpoint) {
            self.truth.borrow_mut().leaves(self.now(), place, &self.current());
        }
        let told = self.token_request(&self.current(), &request);
        let exchange = self.outside(Rc::clone(&self).exchange(request, told));
        let result = match futures_util::future::select(pin!(exchange), limit).await {
            futures_util::future::Either::Left((Some((result, seen)), _)) => {
                self.learns(told, seen);
                return result;
            }
            futures_util::future::Either::Left((None, _)) => Err(HttpError::Failed),
            futures_util::future::Either::Right(_) => Err(HttpError::TimedOut),
        };
        self.learns(told, Seen::Nothing);
        result
    }

    fn learns(&self, request: Option<usize>, seen: Seen) {
        if let Some(request) = request {
            self.learn(Fact { request, seen });
        }
    }

    /// Records a token request to an app.
    fn token_request(&self, object: &str, request: &HttpRequest) -> Option<usize> {
        let place = endpoint(&self.sandbox_path(&request.url)?)?;
        let app = place.strip_suffix(".token").filter(|app| *app != "entra")?;
        let body = request.body.as_deref().unwrap_or_default();
        let mut fields = url::form_urlencoded::parse(body);
        let grant = fields.find_map(|(name, value)| match name.as_ref() {
            "code" => Some(Grant::Code(value.into_owned())),
            "refresh_token" => Some(Grant::Refresh(value.into_owned())),
            _ => None,
        });
        Some(self.truth.borrow_mut().sends(self.now(), app, object, grant?))
    }

    async fn exchange(
        self: Rc<Self>,
        request: HttpRequest,
        told: Option<usize>,
    ) -> (Result<HttpResponse, HttpError>, Seen) {
        if let Some(told) = told {
            self.truth.borrow_mut().requests[told].left = true;
        }
        let fault = self.planned(&request).or_else(|| self.any_fault(&request));
        let name =
            format!("{} {}", word(request.method), self.sandbox_path(&request.url).unwrap_or_default());
        if let Some(fault) = fault {
            self.tell(|| format!("{name}: {fault:?}"));
        }
        self.takes(2, 80).await;
        let is_carried_out = match fault {
            None | Some(Fault::Lost | Fault::Slow(_) | Fault::Cut) => true,
            Some(Fault::Refused) => false,
            Some(Fault::Silence { carried_out } | Fault::Instead { carried_out, .. }) => carried_out,
        };
        let response = is_carried_out.then(|| self.carry_out(&request, told));
        if let Some(response) = &response {
            self.tell(|| format!("{name} -> {}", response.status));
        }
        self.takes(2, 80).await;
        if let Some(Fault::Slow(millis)) = fault {
            self.takes(millis, millis).await;
        }
        match (fault, response) {
            (None | Some(Fault::Slow(_)), Some(response)) if response.body.len() > request.most as usize => {
                (Err(HttpError::Failed), Seen::Nothing)
            }
            (None | Some(Fault::Slow(_)), Some(response)) => {
                let text = |value: &header::HeaderValue| value.to_str().ok().map(str::to_owned);
                let headers = response.headers.iter();
                let headers =
                    headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect();
                (Ok(HttpResponse { status: response.status, headers, body: response.body }), Seen::Real)
            }
            (Some(Fault::Instead { status, retry_after, .. }), _) => {
                if status == 200 && name.contains("/activities") {
                    self.truth.borrow_mut().pages += 1;
                }
                let headers = retry_after.map(|seconds| ("retry-after".to_owned(), seconds.to_string()));
                let headers = headers.into_iter().collect();
                (Ok(HttpResponse { status, headers, body: PAGE.into() }), Seen::Other(status))
            }
            (Some(Fault::Silence { .. }), _) => {
                self.takes(60_000, 60_000).await;
                (Err(HttpError::Failed), Seen::Nothing)
            }
            _ => (Err(HttpError::Failed), Seen::Nothing),
        }
    }

    /// A random fault of this request.
    fn any_fault(&self, request: &HttpRequest) -> Option<Fault> {
        let place = self.sandbox_path(&request.url).as_deref().and_then(endpoint).unwrap_or_default();
        if self.happens(|weather| weather.http) {
            Some(Fault::any(&mut self.dice.borrow_mut()))
        } else if place.ends_with(".rest") && self.happens(|weather| weather.apps) {
            Some(Fault::Slow(self.dice.borrow_mut().between(1_000, 15_000)))
        } else {
            None
        }
    }

    /// The fault that a test planned for this request.
    fn planned(&self, request: &HttpRequest) -> Option<Fault> {
        let mut plans = self.plans.borrow_mut();
        if plans.is_empty() {
            return None;
        }
        let place = self.sandbox_path(&request.url).as_deref().and_then(endpoint).unwrap_or_default();
        let body = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let text = format!("{} {body}", request.url);
        plans.iter_mut().find_map(|plan| plan.hits(place, &text).then_some(plan.fault))
    }

    fn carry_out(&self, request: &HttpRequest, told: Option<usize>) -> Response {
        if request.url.starts_with(LEDGER) {
            let (status, body) = self.ledger.respond(word(request.method), request);
            return Response { status, headers: axum::http::HeaderMap::new(), body };
        }
        let path = self.sandbox_path(&request.url).unwrap_or_else(|| panic!("unknown host: {}", request.url));
        let mut sent = Request::builder().method(word(request.method)).uri(path);
        if let Some(host) = SANDBOX.strip_prefix("http://").filter(|_| request.url.starts_with(SANDBOX)) {
            sent = sent.header("host", host);
        }
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        if let Some((name, value)) = &request.secret {
            sent = sent.header(name, value.expose_secret());
            let secret = value.expose_secret();
            let secret = secret.split_once(' ').map_or(secret, |(_, secret)| secret);
            self.truth.borrow_mut().secrets.insert(secret.to_owned());
        }
        let body = request.body.clone().unwrap_or_default();
        let response = self.at_sandbox(sent.body(Body::from(body)).unwrap());
        if let Some(told) = told {
            self.note_real(told, &response);
        }
        response
    }

    fn note_real(&self, told: usize, response: &Response) {
        let said = response.json();
        let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut truth = self.truth.borrow_mut();
        let real = match text("access_token") {
            Some(access) => Real::Tokens { access, refresh: text("refresh_token") },
            None => Real::Refused { status: response.status, error: text("error").unwrap_or_default() },
        };
        if let Real::Tokens { access, refresh } = &real {
            truth.secrets.insert(access.clone());
            truth.secrets.extend(refresh.clone());
        }
        if let Some(request) = truth.requests.get_mut(told) {
            let (Grant::Code(secret) | Grant::Refresh(secret)) = request.grant.clone();
            request.real = Some(real);
            truth.secrets.insert(secret);
        }
    }
}
