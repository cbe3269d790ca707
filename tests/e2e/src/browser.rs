//! A browser as far as a login needs one: cookies, and redirects followed one step at a time.

use url::Url;

use crate::{Response, Sandbox, agent, worker};

/// A browser with its own cookies. Everything runs on localhost, so cookies are kept by origin.
#[derive(Debug, Default, Clone)]
pub struct Browser {
    cookies: Vec<(String, String, String)>,
    /// Every address that it requested.
    pub visited: Vec<String>,
}

/// A page that a browser has loaded.
#[derive(Debug)]
pub struct Page {
    pub url: String,
    pub status: u16,
    pub response: Response,
}

impl Page {
    /// Whether the page contains this text, ignoring case.
    pub fn says(&self, words: &str) -> bool {
        self.response.body.to_lowercase().contains(&words.to_lowercase())
    }

    pub fn expect(self, words: &str) -> Self {
        assert!(
            self.says(words),
            "{} does not contain {words:?}: {} {}",
            self.url,
            self.status,
            self.response.body
        );
        self
    }
}

impl Browser {
    pub fn new() -> Self {
        Self::default()
    }

    /// Deletes all cookies.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// The cookies of the worker's origin.
    pub fn worker_cookies(&self) -> Vec<(String, String)> {
        let ours = self.cookies.iter().filter(|(origin, ..)| *origin == worker());
        ours.map(|(_, name, value)| (name.clone(), value.clone())).collect()
    }

    fn header(&self, origin: &str) -> String {
        let pairs = self.cookies.iter().filter(|(from, ..)| from == origin);
        pairs.map(|(_, name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, origin: &str, response: &Response) {
        for (_, header) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let mut parts = header.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            self.cookies.retain(|(from, key, _)| !(from == origin && key == name));
            if !parts.any(|part| part.eq_ignore_ascii_case("max-age=0")) {
                self.cookies.push((origin.to_owned(), name.to_owned(), value.to_owned()));
            }
        }
    }

    /// Sends one request and follows no redirect.
    pub fn step(&mut self, url: &str, form: Option<&[(&str, &str)]>) -> Response {
        let origin = Url::parse(url).expect("an address").origin().ascii_serialization();
        let cookies = self.header(&origin);
        self.visited.push(url.to_owned());
        let response = match form {
            None => agent().get(url).header("cookie", cookies).call(),
            Some(fields) => {
                let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                agent()
                    .post(url)
                    .header("cookie", cookies)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .send(body)
            }
        };
        let response = Response::read(response.unwrap_or_else(|error| panic!("{url}: {error}")));
        self.keep(&origin, &response);
        response
    }

    /// Requests an address and follows redirects until a page responds, or until the next address starts with
    /// `stop_at`.
    pub fn go_until(&mut self, url: &str, form: Option<&[(&str, &str)]>, stop_at: &str) -> Page {
        let (mut url, mut form) = (url.to_owned(), form);
        for _ in 0..20 {
            let response = self.step(&url, form.take());
            match response.header("location") {
                Some(to) if (300..400).contains(&response.status) => {
                    url = Url::parse(&url).expect("an address").join(to).expect("an address").into();
                    if !stop_at.is_empty() && url.starts_with(stop_at) {
                        return Page { url, status: response.status, response };
                    }
                }
                _ => return Page { url, status: response.status, response },
            }
        }
        panic!("too many redirects: {:?}", self.visited);
    }

    pub fn go(&mut self, url: &str) -> Page {
        self.go_until(url, None, "")
    }

    /// Submits the Entra sign-in page as this person.
    pub fn sign_in(&mut self, page: &Page, oid: &str) -> Page {
        assert!(page.says("sign in as"), "no sign-in page: {} {}", page.url, page.response.body);
        self.submit(page, &[("person", oid)], "")
    }

    /// Submits the form of a page: its hidden fields and these.
    pub fn submit(&mut self, page: &Page, fields: &[(&str, &str)], stop_at: &str) -> Page {
        let html = &page.response.body;
        let attribute = |tag: &str, name: &str| {
            let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
            let value = tag.get(start..)?.split('"').next()?;
            Some(
                value
                    .replace("&amp;", "&")
                    .replace("&#x2f;", "/")
                    .replace("&#x3d;", "=")
                    .replace("&quot;", "\""),
            )
        };
        let tags = |name: &str| {
            html.split(&format!("<{name}"))
                .skip(1)
                .map(|tag| tag.split('>').next().unwrap_or("").to_owned())
                .collect::<Vec<_>>()
        };
        let action = tags("form").first().and_then(|form| attribute(form, "action"));
        let target = match action {
            Some(action) if !action.is_empty() => {
                Url::parse(&page.url).unwrap().join(&action).unwrap().to_string()
            }
            _ => page.url.clone(),
        };
        let hidden: Vec<(String, String)> = tags("input")
            .iter()
            .filter(|tag| tag.contains("type=\"hidden\""))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect();
        let mut all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(fields);
        self.go_until(&target, Some(&all), stop_at)
    }

    /// A whole login: opens a link, signs in as `oid` if asked, logs in at Salesforce as `username`, and
    /// decides on the consent page.
    pub fn log_in(&mut self, link: &str, oid: &str, username: &str, decision: &str) -> Page {
        self.log_in_until(link, oid, username, decision, "")
    }

    /// Like [`Self::log_in`], but stops before an address that starts with `stop_at`.
    pub fn log_in_until(
        &mut self,
        link: &str,
        oid: &str,
        username: &str,
        decision: &str,
        stop_at: &str,
    ) -> Page {
        let mut page = self.go(link);
        if page.says("sign in as") {
            page = self.sign_in(&page, oid);
        }
        if page.response.body.contains("name=\"password\"") {
            page = self.submit(&page, &[("username", username), ("password", "sandbox")], stop_at);
        }
        if page.response.body.contains("name=\"decision\"") {
            page = self.submit(&page, &[("decision", decision)], stop_at);
        }
        page
    }

    /// Whether this browser requested a page of Salesforce.
    pub fn was_at_salesforce(&self) -> bool {
        let prefix = format!("{}/salesforce/", Sandbox.origin());
        self.visited.iter().any(|url| url.starts_with(&prefix))
    }
}
