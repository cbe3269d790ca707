//! A browser with the features that a login needs: cookies, redirects and forms.

use axum::body::Body;
use axum::http::{Request, header};
use std::rc::Rc;
use url::Url;
use workbot_domain::login_page::LoginPage;

use crate::deployment::Deployment;
use crate::ledger::LEDGER;
use crate::sandbox_settings::SANDBOX;
use crate::sandbox_settings::WORKER;
use crate::simulated_edge::Reply;

/// A browser of one person.
pub struct Browser {
    deployment: Rc<Deployment>,
    /// The origin of a cookie, its name and its value.
    cookies: Vec<(&'static str, String, String)>,
}

/// The result of a navigation.
enum Shown {
    /// A page of the worker.
    Ours(LoginPage),
    /// A page of another site, with its address.
    Html(Url, String),
}

impl Browser {
    pub fn new(deployment: &Rc<Deployment>) -> Self {
        Self { deployment: Rc::clone(deployment), cookies: Vec::new() }
    }

    fn cookies_of(&self, of: &str) -> Vec<(String, String)> {
        let ours = self.cookies.iter().filter(|(from, ..)| *from == of);
        ours.map(|(_, name, value)| (name.clone(), value.clone())).collect()
    }

    fn keep(&mut self, of: &'static str, name: &str, value: &str) {
        self.cookies.retain(|(from, known, _)| !(*from == of && known == name));
        if !value.is_empty() {
            self.cookies.push((of, name.to_owned(), value.to_owned()));
        }
    }

    /// Follows an address, or submits a form to it, until a page is shown.
    async fn go(&mut self, mut url: Url, mut form: Option<Vec<(String, String)>>) -> Shown {
        for _ in 0..20 {
            self.deployment.world.takes(20, 400).await;
            let to = if url.origin().ascii_serialization() == WORKER {
                match self.deployment.clone().get(&url, &self.cookies_of(WORKER)).await {
                    Reply::Page(page) => return Shown::Ours(page),
                    Reply::Redirect { to, cookie } => {
                        cookie.iter().for_each(|(name, value)| self.keep(WORKER, name, value));
                        to
                    }
                }
            } else if url.origin().ascii_serialization() == LEDGER {
                self.deployment.world.ledger.redirect(&url)
            } else {
                let response = self.at_sandbox(&url, form.take());
                for line in response.headers.get_all(header::SET_COOKIE) {
                    let pair = line.to_str().unwrap().split(';').next().unwrap();
                    let (name, value) = pair.split_once('=').unwrap();
                    self.keep(SANDBOX, name, value);
                }
                match response.header(header::LOCATION) {
                    Some(to) if (300..400).contains(&response.status) => to,
                    _ => return Shown::Html(url, String::from_utf8(response.body).unwrap()),
                }
            };
            url = url.join(&to).unwrap();
        }
        panic!("endless redirects: {url}");
    }

    fn at_sandbox(&self, url: &Url, form: Option<Vec<(String, String)>>) -> crate::network::Response {
        let cookies: Vec<String> =
            self.cookies_of(SANDBOX).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let world = &self.deployment.world;
        let path = world.sandbox_path(url.as_str()).unwrap_or_else(|| panic!("unknown host: {url}"));
        let request = if form.is_some() { Request::post(path) } else { Request::get(path) };
        let request = request.header(header::COOKIE, cookies.join("; "));
        let request = match form {
            None => request.body(Body::empty()),
            Some(fields) => {
                let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                request.body(Body::from(body))
            }
        };
        world.at_sandbox(request.unwrap())
    }

    /// Submits the form of a page: its hidden fields and these.
    async fn submit(&mut self, url: &Url, html: &str, fields: &[(&str, &str)]) -> Shown {
        let action = tags(html, "form").into_iter().find_map(|form| attribute(form, "action"));
        let target = action.map_or_else(|| url.clone(), |action| url.join(&action).unwrap());
        let hidden = tags(html, "input").into_iter().filter(|tag| tag.contains("type=\"hidden\""));
        let hidden = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)));
        let given = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let form = hidden.chain(given).collect();
        self.go(target, Some(form)).await
    }

    /// The complete login: opens a link, signs in as `oid` where asked, logs in at the app as `username`, and
    /// decides.
    pub async fn log_in(&mut self, link: &str, oid: &str, username: &str, decision: &str) -> LoginPage {
        let mut shown = self.go(Url::parse(link).unwrap(), None).await;
        for _ in 0..6 {
            let (url, html) = match shown {
                Shown::Ours(page) => return page,
                Shown::Html(url, html) => (url, html),
            };
            // People need time to respond.
            self.deployment.world.takes(500, 20_000).await;
            let fields: &[(&str, &str)] = if html.contains("name=\"password\"") {
                &[("username", username), ("password", "sandbox")]
            } else if html.contains("name=\"decision\"") {
                &[("decision", decision)]
            } else if html.contains("name=\"person\"") {
                &[("person", oid)]
            } else {
                panic!("unexpected page at {url}: {html}");
            };
            shown = self.submit(&url, &html, fields).await;
        }
        panic!("the login did not end");
    }
}

fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name}");
    let tags = html.split(start.as_str()).skip(1);
    tags.map(|tag| tag.split('>').next().unwrap_or_default()).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag.get(start..)?.split('"').next()?;
    let plain = value.replace("&quot;", "\"").replace("&#x2f;", "/").replace("&#x3d;", "=");
    Some(plain.replace("&amp;", "&"))
}
