//! Logins: what the rules of `domain::login` decide, carried out. Every attempt is taken out of its table before
//! anything is done with it; what goes on is put back as the next stage.

use std::rc::Rc;
use workbot_domain::config::Config;
use workbot_domain::connection::Record;
use workbot_domain::entra_token::Person;
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::login::{
    Admittance, Attempt, AttemptRandom, Halt, LoginState, Stage, Step, TICKET_LIFETIME, Ticket, TicketRow,
    admit,
};
use workbot_domain::owner::{Owner, Subject, VaultId};
use workbot_domain::pace::{ATTEMPTS, TICKETS};
use workbot_domain::page::Page;
use workbot_domain::seal::Purpose;
use workbot_domain::template::escape_markdown;
use workbot_shared::{AppId, LoginLink, RunId};

use super::due::Job;
use super::exchange::{Code, exchange};
use super::grants::oauth;
use super::protocol::{Admin, Returned, VaultAnswer, VaultRequest, ask};
use super::{Core, Trouble};
use crate::app_client::AppClient;
use crate::catalogue::catalogue;
use crate::clock::{fresh_id, millis_since, now, random};
use crate::connector::text_message;
use crate::entra::{NotProven, signed_in, signin_url};
use crate::issuer::Refused;
use crate::oauth_client::{Authorization, NoToken};
use crate::object::{DEADLINE, NoAnswer};
use crate::sql::{Row, SqlError};
use crate::values;

type Answered = Result<VaultAnswer, Trouble>;

fn show(page: Page) -> Answered {
    Ok(VaultAnswer::Show { page, ended: None })
}

fn end(page: Page, attempt: &Attempt) -> Answered {
    Ok(VaultAnswer::Show { page, ended: Some(attempt.id.clone()) })
}

fn app_name(app: &AppId) -> String {
    catalogue().app_name(app).to_owned()
}

/// The page for a step that cannot be taken.
fn halted(halt: Halt) -> Page {
    match halt {
        Halt::AlreadyTaken => Page::AlreadyTaken,
        Halt::Expired => Page::Expired,
        Halt::OtherBrowser => Page::OtherBrowser,
    }
}

impl Core {
    /// Makes a ticket for one app, and the link that holds it.
    pub(super) fn mint(
        &self,
        config: &Config,
        subject: &Subject,
        app: &AppId,
        owner: Owner,
        run: Option<&RunId>,
        switch_account: bool,
    ) -> Result<(String, String), SqlError> {
        let (id, expires_at) = (fresh_id(), now() + TICKET_LIFETIME);
        let (for_run, run) = (run.is_some(), run.map(|run| run.as_str().to_owned()));
        self.sql.run(
            "INSERT INTO ticket (id, app, run, expires_at, used, switch_account, generation)
             VALUES (?, ?, ?, ?, 0, ?, ?)",
            values![
                id.as_str(),
                app.as_str(),
                run,
                expires_at.millis(),
                switch_account,
                self.generation(app)?
            ],
        )?;
        // Whoever asks for links over and over fills nothing.
        self.sql.run(
            "DELETE FROM ticket WHERE id IN (SELECT id FROM ticket ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
            values![TICKETS],
        )?;
        let (subject, app) = (subject.clone(), app.clone());
        let ticket = Ticket { subject, owner, app, id: id.clone(), expires_at, for_run };
        Ok((link(config, &ticket), id))
    }

    fn ticket(&self, id: &str) -> Result<Option<TicketRow>, SqlError> {
        let row = self.sql.row(
            "SELECT id, app, run, expires_at, used, switch_account, generation FROM ticket WHERE id = ?",
            values![id],
        )?;
        let read = |row: Row| {
            let run = row.optional_text(2)?.map(|run| RunId::parse(&run)).transpose();
            Ok(TicketRow {
                id: row.text(0)?,
                app: row.parsed(1, AppId::parse)?,
                run: run.map_err(|_| SqlError::unreadable("run of a ticket"))?,
                expires_at: workbot_domain::time::Timestamp(row.int(3)?),
                used: row.int(4)? != 0,
                switch_account: row.int(5)? != 0,
                generation: row.int(6)?,
            })
        };
        row.map(read).transpose()
    }

    /// Whether a ticket may be tried now.
    fn admittance(&self, id: &str) -> Result<(Admittance, Option<TicketRow>), Trouble> {
        let ticket = self.ticket(id)?;
        let run = ticket.as_ref().and_then(|ticket| ticket.run.as_ref());
        let waits = match (run, &ticket) {
            (Some(run), Some(ticket)) => self.run(run)?.is_some_and(|(run, _)| run.waits_for(&ticket.app)),
            _ => false,
        };
        Ok((admit(ticket.as_ref(), waits, now()), ticket))
    }

    fn put_attempt(&self, attempt: &Attempt) -> Result<(), SqlError> {
        let text = serde_json::to_string(attempt)?;
        self.sql.run(
            "INSERT INTO attempt (id, attempt, expires_at) VALUES (?, ?, ?)",
            values![attempt.id.as_str(), text, attempt.expires_at.millis()],
        )
    }

    /// Keeps the newest attempts whose browser is proven, or is not: openings of a link fill nothing, and push out no
    /// attempt whose browser is proven.
    fn keep_newest_attempts(&self, proven: bool) -> Result<(), SqlError> {
        self.sql.run(
            "DELETE FROM attempt WHERE id IN (
                SELECT id FROM attempt WHERE (json_type(attempt, '$.stage.app') IS NOT NULL) = ?
                ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
            values![proven, ATTEMPTS],
        )
    }

    /// Takes an attempt for the step of a callback: it is checked, and gone from the table in the same transaction.
    /// A callback that fails the check takes nothing, so that nobody can spoil somebody else's login.
    fn take_attempt(
        &self,
        state: &LoginState,
        cookie: Option<&str>,
    ) -> Result<Result<Attempt, Halt>, SqlError> {
        self.sql.transaction(|| {
            let row =
                self.sql.row("SELECT attempt FROM attempt WHERE id = ?", values![state.attempt.as_str()])?;
            let attempt = row.map(|row| row.json::<Attempt>(0)).transpose()?;
            let Some(attempt) = attempt else { return Ok(Err(Halt::AlreadyTaken)) };
            if let Err(halt) = attempt.check(state.step, cookie, now()) {
                return Ok(Err(halt));
            }
            self.sql.run("DELETE FROM attempt WHERE id = ?", values![attempt.id.as_str()])?;
            Ok(Ok(attempt))
        })
    }

    /// Sends the browser to Entra for the step that the attempt is at.
    fn to_entra(
        &self,
        config: &Config,
        subject: &Subject,
        attempt: &Attempt,
        another: bool,
    ) -> Option<String> {
        let Stage::Signin { step, nonce, verifier } = &attempt.stage else { return None };
        let state = config.master_keys.seal_text(Purpose::SigninState, &attempt.state(subject), random());
        let url = signin_url(config, &subject.tenant, *step, another, state, nonce, verifier).ok()?;
        Some(url.into())
    }
}

/// The link of a ticket.
fn link(config: &Config, ticket: &Ticket) -> String {
    let sealed = config.master_keys.seal_text(Purpose::Ticket, ticket, random());
    format!("{}/connect/{sealed}", config.public_url)
}

/// A link with which the person of this vault logs in to an app, outside any run: for themselves, or for the company.
pub async fn link_for(
    core: &Core,
    app: &AppId,
    owner: Owner,
    switch_account: bool,
    name: &str,
    id: &CorrelationId,
) -> Answered {
    core.remember_name(name)?;
    let (config, subject) = (core.config()?, core.subject()?);
    // The company's connection is left in the company's vault.
    let generation = match owner {
        Owner::User(_) => None,
        Owner::Shared => {
            let shared = VaultId::shared(&subject.tenant);
            match ask(&core.env, &shared, &VaultRequest::Generation { app: app.clone() }, id).await {
                Ok(VaultAnswer::Generation(generation)) => Some(generation),
                _ => return Err(Trouble::Elsewhere),
            }
        }
    };
    let expires_at = (now() + TICKET_LIFETIME).rfc3339();
    let url = core.sql.transaction(|| {
        let (url, id) = core.mint(&config, &subject, app, owner, None, switch_account)?;
        if let Some(generation) = generation {
            let of_the_company = "UPDATE ticket SET shared = 1, generation = ? WHERE id = ?";
            core.sql.run(of_the_company, values![generation, id])?;
        }
        Ok(url)
    })?;
    Ok(VaultAnswer::Link(LoginLink { url, expires_at }))
}

/// A browser opens a link: an attempt begins. The ticket itself is not changed by that.
pub fn open(core: &Rc<Core>, ticket: &Ticket, another_account: bool) -> Answered {
    let config = core.config()?;
    match core.admittance(&ticket.id)?.0 {
        Admittance::Used => return show(Page::AlreadyConnected { app: app_name(&ticket.app) }),
        // Another run's link did the work meanwhile.
        Admittance::Expired
            if ticket.owner != Owner::Shared
                && matches!(core.record(&ticket.app)?, Some(Record::Connected(_))) =>
        {
            return show(Page::AlreadyConnected { app: app_name(&ticket.app) });
        }
        Admittance::Expired => return show(Page::Expired),
        Admittance::Open | Admittance::Renew => {}
    }
    if AppClient::of(&config, &ticket.app).is_none() {
        return show(Page::NotSetUp { app: app_name(&ticket.app) });
    }
    let random = AttemptRandom { id: random(), cookie: random(), nonce: random(), verifier: random() };
    let (attempt, cookie) = Attempt::begin(ticket, another_account, random, now());
    let Some(to) = core.to_entra(&config, &ticket.subject, &attempt, another_account) else {
        return Err(Trouble::Misconfigured);
    };
    core.sql.transaction(|| {
        core.put_attempt(&attempt)?;
        core.keep_newest_attempts(false)?;
        core.enqueue(&Job::Sweep, attempt.expires_at)
    })?;
    Ok(VaultAnswer::Redirect { to, cookie: Some((attempt.id, cookie)) })
}

/// A browser comes back.
pub async fn returned(
    core: &Rc<Core>,
    state: LoginState,
    cookie: Option<String>,
    answer: Returned,
    id: &CorrelationId,
) -> Answered {
    let began = now();
    let answered = match core.take_attempt(&state, cookie.as_deref())? {
        Err(halt) => show(halted(halt)),
        Ok(attempt) if state.step == Step::App => from_app(core, &state.subject, attempt, answer, id).await,
        Ok(attempt) => from_entra(core, &state.subject, attempt, answer, id).await,
    };
    let outcome = match &answered {
        // The login goes on.
        Ok(VaultAnswer::Redirect { .. }) => return answered,
        Ok(VaultAnswer::Show { page, .. }) => page.outcome(),
        _ => "failed",
    };
    let (app, shared) = (state.app, state.owner == Owner::Shared);
    core.log_of(id, &Event::Login { app, shared, outcome, ms: millis_since(began) });
    answered
}

/// Back from Entra: goes on to the app, if the person who signed in may finish this login.
async fn from_entra(
    core: &Rc<Core>,
    subject: &Subject,
    attempt: Attempt,
    answer: Returned,
    id: &CorrelationId,
) -> Answered {
    let config = core.config()?;
    let code = match answer {
        Returned::Code(code) => code,
        Returned::Error(error) if error == "access_denied" => return end(Page::SigninCancelled, &attempt),
        Returned::Error(_) if attempt.step() == Step::SilentSignin => {
            let attempt = attempt.interactively(random(), random());
            let to = core.to_entra(&config, subject, &attempt, false).ok_or(Trouble::Misconfigured)?;
            core.put_attempt(&attempt)?;
            return Ok(VaultAnswer::Redirect { to, cookie: None });
        }
        Returned::Error(_) => return end(Page::SigninFailed, &attempt),
    };
    let Stage::Signin { nonce, verifier, .. } = attempt.stage.clone() else {
        return show(Page::AlreadyTaken);
    };
    let person = match signed_in(&config, &subject.tenant, code, nonce, verifier).await {
        Ok(person) => person,
        Err(problem) => {
            let event = Event::SigninFailed { app: attempt.app.clone(), cause: Cause::of(&problem) };
            core.log_of(id, &event);
            let passing = matches!(
                problem,
                NotProven::NoToken(NoToken::Busy { .. } | NoToken::Unknown)
                    | NotProven::Refused(Refused::NoKeys)
            );
            let page =
                if passing { Page::Unreachable { app: "Microsoft".to_owned() } } else { Page::SigninFailed };
            return end(page, &attempt);
        }
    };
    to_app(core, &config, subject, attempt, &person)
}

fn to_app(core: &Core, config: &Config, subject: &Subject, attempt: Attempt, person: &Person) -> Answered {
    let (admittance, ticket) = core.admittance(&attempt.ticket)?;
    let Some(mut proven) = attempt.clone().proven(person, subject, random()) else {
        let ticket = Ticket {
            subject: subject.clone(),
            owner: attempt.owner.clone(),
            app: attempt.app.clone(),
            id: attempt.ticket.clone(),
            expires_at: ticket.as_ref().map_or(attempt.expires_at, |ticket| ticket.expires_at),
            for_run: ticket.is_some_and(|ticket| ticket.run.is_some()),
        };
        let again = format!("{}?account=another", link(config, &ticket));
        let signed_in_as = person.username.clone().unwrap_or_else(|| person.name.clone());
        if person.subject == *subject {
            return end(Page::NotAnAdmin { signed_in_as }, &attempt);
        }
        return end(Page::SomeoneElse { signed_in_as, again }, &attempt);
    };
    let switch_account = ticket.as_ref().is_some_and(|ticket| ticket.switch_account);
    match admittance {
        Admittance::Used => return end(Page::AlreadyConnected { app: app_name(&proven.app) }, &proven),
        Admittance::Expired => return end(Page::Expired, &proven),
        Admittance::Open => {}
        // The run still waits and its subject is proven: the expired ticket gives way to a new one.
        Admittance::Renew => {
            let run = ticket.and_then(|ticket| ticket.run);
            let owner = proven.owner.clone();
            proven.ticket = core.mint(config, subject, &proven.app, owner, run.as_ref(), switch_account)?.1;
        }
    }
    let Some((client, oauth2)) = AppClient::of(config, &proven.app).and_then(oauth) else {
        return end(Page::NotSetUp { app: app_name(&proven.app) }, &proven);
    };
    let Stage::App { verifier, .. } = &proven.stage else { return show(Page::AlreadyTaken) };
    let params = oauth2.authorization_parameters(switch_account).into_iter().collect();
    let state = config.master_keys.seal_text(Purpose::AppState, &proven.state(subject), random());
    let ask = Authorization { state, verifier, scopes: &oauth2.scopes, params };
    let Ok(to) = client.authorization(ask) else {
        return end(Page::NotSetUp { app: app_name(&proven.app) }, &proven);
    };
    core.sql.transaction(|| {
        core.put_attempt(&proven)?;
        core.keep_newest_attempts(true)
    })?;
    Ok(VaultAnswer::Redirect { to: to.into(), cookie: None })
}

/// Back from the app: the code becomes the connection, unless something speaks against it.
async fn from_app(
    core: &Rc<Core>,
    subject: &Subject,
    attempt: Attempt,
    answer: Returned,
    id: &CorrelationId,
) -> Answered {
    let app = attempt.app.clone();
    let generation = match core.admittance(&attempt.ticket)? {
        (Admittance::Used, _) => return end(Page::AlreadyConnected { app: app_name(&app) }, &attempt),
        (Admittance::Open | Admittance::Renew, Some(ticket)) => ticket.generation,
        (Admittance::Expired, _) | (_, None) => return end(Page::Expired, &attempt),
    };
    let code = match answer {
        Returned::Code(code) => code,
        // RFC 6749 spells it with an underscore; a sample of Salesforce's with a hyphen.
        Returned::Error(error) if matches!(error.as_str(), "access_denied" | "access-denied") => {
            return end(Page::Declined { app: app_name(&app) }, &attempt);
        }
        Returned::Error(_) => return end(Page::Refused { app: app_name(&app) }, &attempt),
    };
    let Stage::App { verifier, by } = attempt.stage.clone() else { return show(Page::AlreadyTaken) };
    let code = Code { app, code, verifier, generation };
    let came_back = now();
    let page = match attempt.owner {
        Owner::User(_) => {
            let page = exchange(core, code, Some(&attempt.ticket), None, id).await?;
            if now() >= came_back + DEADLINE && !matches!(page, Page::Connected { .. }) {
                // The browser no longer waits for it.
                core.tell_later(|words| {
                    let (title, lines) = words.page(&page);
                    text_message(&escape_markdown(&format!("{title}. {}", lines.join(" "))))
                })?;
            }
            page
        }
        Owner::Shared => {
            let by = Admin { user: subject.user.clone(), name: by };
            let page = in_shared_vault(core, subject, VaultRequest::Exchange { code, by }, id).await?;
            if matches!(page, Page::Connected { .. }) {
                core.use_up(&attempt.ticket)?;
            }
            page
        }
    };
    end(page, &attempt)
}

/// The login of an admin for the company: its code is exchanged where the connection belongs.
async fn in_shared_vault(
    core: &Core,
    subject: &Subject,
    request: VaultRequest,
    id: &CorrelationId,
) -> Result<Page, Trouble> {
    match ask(&core.env, &VaultId::shared(&subject.tenant), &request, id).await {
        Ok(VaultAnswer::Show { page, .. }) => Ok(page),
        Err(NoAnswer::TimedOut) => Ok(Page::StillWorking),
        Ok(_) | Err(NoAnswer::Failed) => Err(Trouble::Elsewhere),
    }
}
