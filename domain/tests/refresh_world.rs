//! A connection in every order of events: a small world that plays the machines of `connection::refresh` as
//! the vault does, with an app that rotates, a KV that misses, lost responses, freezes, and crashes.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "a test: what is missing is a failure"
)]

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use workbot_domain::catalog::{App, Rotation};
use workbot_domain::connection::lifecycle::{INTENT_HOLDS, Lifecycle, Status};
use workbot_domain::connection::refresh::{
    Access, AccessEffect, AccessError, AccessEvent, AccessRequest, PATIENCE, RefreshEffect, RefreshEvent,
    Refresher, StepInput, TokenReadError, Write, after_refresh_job,
};
use workbot_domain::connection::token_response::{ErrorResponse, TokenRequestError, TokenResponse};
use workbot_domain::connection::{AccountIdentity, Reason, TokenSet};
use workbot_domain::ids::Revision;
use workbot_domain::job_policy::JobOutcome;
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

/// Time limit of a token request, in milliseconds.
const LIMIT_MS: i64 = 25_000;
const ACCESS_LIVES: Duration = Duration::from_secs(600);

/// A token that names its grant: `{kind}-{grant}-{number}`, each number used once.
fn token(kind: &str, grant: usize, number: u64) -> SecretString {
    format!("{kind}-{grant}-{number}").into()
}

fn parts(token: &SecretString) -> (usize, u64) {
    let mut parts = token.expose_secret().rsplit('-');
    let number = parts.next().and_then(|number| number.parse().ok()).expect("a number");
    (parts.next().and_then(|grant| grant.parse().ok()).expect("a grant"), number)
}

fn refresh_of(tokens: &TokenSet) -> Option<u64> {
    tokens.refresh_token.as_ref().map(|token| parts(token).1)
}

/// A grant, as the app stores it.
#[derive(Debug, Default)]
struct Grant {
    live: bool,
    ended_by_reuse: bool,
    ended_by_us: bool,
    /// `None`: the app issued no refresh token.
    current: Option<u64>,
    /// The previous refresh token while the current one is unused. Sending it again returns the same pair.
    before: Option<u64>,
    known: BTreeSet<u64>,
    lost_answers: bool,
    /// The newest refresh token and the newest access token that reached the vault.
    received: Option<u64>,
    received_access: u64,
}

/// The app's reaction to a refresh token.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Taken {
    New(u64),
    Same,
    Refused,
}

type Response = Result<TokenResponse, TokenRequestError>;

struct Request {
    grant: usize,
    refresh: u64,
    sent_at: i64,
    processed: bool,
    response: Rc<RefCell<Option<Response>>>,
}

type Flight = Rc<RefCell<Option<Result<Access, AccessError>>>>;

struct World {
    now: i64,
    life: Lifecycle,
    rotation: Rotation,
    /// Whether the app rotates (`reuse_kills` may be switched off there).
    rotates: bool,
    journal: BTreeMap<Revision, Rc<TokenSet>>,
    kv: BTreeMap<Revision, Rc<TokenSet>>,
    kv_fails: bool,
    frozen: bool,
    to_revoke: Vec<TokenSet>,
    grants: Vec<Grant>,
    requests: Vec<Request>,
    incarnation: u32,
    flight: Option<Flight>,
    begun: Vec<Flow>,
    refresh_at: Option<Timestamp>,
    serial: u64,
}

type Shared = Rc<RefCell<World>>;

thread_local! {
    static APP: Rc<App> = Rc::new(serde_json::from_value(json!({
        "name": "App", "auth": "oauth2", "base_url": "https://app.example", "allowed_hosts": ["app.example"],
        "account": { "url": "/me", "label": ["/name"], "id": "/id" },
        "oauth2": {
            "authorize_url": "https://app.example/a", "token_url": "https://app.example/t",
            "rotation": "single_use", "revokes": "token", "errors": { "policy": ["not today"] },
        },
        "actions": {},
    })).expect("an app"));
}

fn account() -> AccountIdentity {
    AccountIdentity { label: "ada@contoso.com".into(), id: "ada".into(), instance: None }
}

impl World {
    fn fresh(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn moment(&mut self) -> StepInput {
        StepInput {
            lifecycle: self.life.clone(),
            now: Timestamp(self.now),
            random: [128],
            fresh_revision: format!("r{}", self.fresh()).into(),
        }
    }

    fn valid(&self) -> Option<&Revision> {
        match &self.life.status {
            Status::Connected { revision } => Some(revision),
            _ => None,
        }
    }

    fn ended_by_doubt(&self) -> bool {
        matches!(self.life.status, Status::NeedsLogin { reason: Reason::Doubtful, .. })
    }

    /// Stores the tokens of a login as the vault does: the earlier tokens are retired in the same step.
    fn log_in(&mut self, renewable: bool) {
        self.retire();
        let (refresh, access, index) = (self.fresh(), self.fresh(), self.grants.len());
        let refresh = Some(refresh).filter(|_| renewable);
        self.grants.push(Grant {
            live: true,
            current: refresh,
            received: refresh,
            received_access: access,
            known: refresh.into_iter().collect(),
            ..Grant::default()
        });
        let now = Timestamp(self.now);
        let tokens = TokenSet {
            access_token: token("access", index, access),
            refresh_token: refresh.map(|refresh| token("refresh", index, refresh)),
            issued_at: Some(now),
            expires_at: now + ACCESS_LIVES,
            scopes: Vec::new(),
            kept: Map::new(),
        };
        let revision = self.moment().fresh_revision;
        self.life = Lifecycle::connected(revision.clone());
        self.journal.insert(revision, Rc::new(tokens));
    }

    fn stored(&self, revision: &Revision) -> Option<&Rc<TokenSet>> {
        self.journal.get(revision).or_else(|| self.kv.get(revision))
    }

    /// Moves the key to the revocation, which finds the tokens in the journal's copy or, however late, in KV.
    fn retire(&mut self) {
        let revision = match &self.life.status {
            Status::Connected { revision } => revision.clone(),
            Status::NeedsLogin { revision, reason } if *reason != Reason::GrantGone => revision.clone(),
            _ => return,
        };
        let tokens = self.stored(&revision).map(|tokens| (**tokens).clone());
        self.to_revoke.extend(tokens);
    }

    fn leave(&mut self, delete: bool) {
        self.retire();
        self.journal.clear();
        self.life = self.life.disconnected(delete);
    }

    /// Applies the writes of a step at once.
    fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::Lifecycle(after) => {
                    self.check_pause(&after);
                    self.life = after;
                }
                Write::Journal { revision, tokens, replaces } => {
                    assert!(self.stored(&replaces).is_some(), "the replaced revision was stored");
                    self.journal.insert(revision, tokens);
                }
                Write::Revoke { tokens, .. } => self.to_revoke.push(tokens),
                Write::RefreshAt(at) => self.refresh_at = Some(at),
                Write::LoginEnds(_) | Write::SyncDirectory | Write::WakeRuns | Write::Log(_) => {}
            }
        }
        self.check();
    }

    fn check_pause(&self, after: &Lifecycle) {
        if let (Some(last), Some(next)) = (&self.life.intent, &after.intent)
            && next.sends > last.sends
            && !self.ended_by_doubt()
        {
            assert!(
                self.now >= last.started_at.millis() + 1_000,
                "an app is not asked without a pause: {last:?}, {next:?}"
            );
        }
    }

    /// Checks the invariants after every step.
    fn check(&self) {
        for grant in &self.grants {
            let own = grant.ended_by_reuse && !grant.lost_answers;
            assert!(!own, "a grant was ended by our own reuse: {grant:?}");
        }
        let (Status::Connected { revision } | Status::NeedsLogin { revision, .. }) = &self.life.status else {
            return;
        };
        let tokens = self.stored(revision).expect("the tokens of a connection stay stored");
        let (index, access) = parts(&tokens.access_token);
        let grant = &self.grants[index];
        assert_eq!(
            (refresh_of(tokens), access),
            (grant.received, grant.received_access),
            "the tokens that are kept are those of the newest response"
        );
        assert!(!grant.ended_by_us, "a connection that is kept is never revoked: {grant:?}");
        let is_good = grant.live && grant.current == refresh_of(tokens);
        match &self.life.status {
            Status::NeedsLogin { reason: Reason::NotRenewable, .. } => assert!(
                !grant.live || (grant.current.is_none() && self.now >= tokens.expires_at.millis()),
                "access that works is given up: {grant:?}"
            ),
            Status::NeedsLogin { reason: Reason::GrantGone | Reason::AnswerLost, .. } => {
                assert!(!is_good, "a grant that lives is given up: {grant:?}");
            }
            _ => {}
        }
        if matches!(&self.life.status, Status::NeedsLogin { reason: Reason::AnswerLost, .. }) {
            assert!(grant.lost_answers, "no response was lost: {grant:?}");
        }
    }

    /// The app takes a refresh token.
    fn process(&mut self, request: usize) -> Taken {
        let (index, refresh) = (self.requests[request].grant, self.requests[request].refresh);
        let (rotation, rotates, fresh) = (self.rotation, self.rotates, self.fresh());
        let grant = &mut self.grants[index];
        if !grant.live {
            return Taken::Refused;
        }
        if Some(refresh) == grant.current {
            if !rotates || rotation == Rotation::None {
                return Taken::Same;
            }
            grant.before = grant.current;
            grant.current = Some(fresh);
            grant.known.insert(fresh);
            return Taken::New(fresh);
        }
        match (rotation, grant.current) {
            (Rotation::SingleUse, Some(current)) if grant.before == Some(refresh) => Taken::New(current),
            (Rotation::ReuseKills, _) => {
                grant.live = false;
                grant.ended_by_reuse = true;
                Taken::Refused
            }
            _ => Taken::Refused,
        }
    }

    /// Records the tokens of a response that arrived, usable or not.
    fn received(&mut self, grant: usize, response: &Response) {
        let (refresh, access) = match response {
            Ok(tokens) => (tokens.refresh_token.as_ref(), Some(&tokens.access_token)),
            Err(TokenRequestError::Unreadable { refresh_token, .. }) => (refresh_token.as_ref(), None),
            Err(_) => (None, None),
        };
        let grant = &mut self.grants[grant];
        grant.received = refresh.map(|refresh| parts(refresh).1).or(grant.received);
        grant.received_access = access.map_or(grant.received_access, |access| parts(access).1);
    }

    /// Performs the pending revocations.
    fn revoke(&mut self) {
        for tokens in std::mem::take(&mut self.to_revoke) {
            let (index, access) = parts(tokens.refresh_token.as_ref().unwrap_or(&tokens.access_token));
            let grant = &mut self.grants[index];
            // The app knows its current refresh token only; an older one tells it nothing (RFC 7009 section
            // 2.2).
            let knows = tokens.refresh_token.is_none() || grant.current == Some(access);
            if knows && grant.live {
                grant.live = false;
                grant.ended_by_us = true;
            }
        }
    }
}

/// Lets other flows continue.
fn pause() -> impl Future<Output = ()> {
    let mut first = true;
    std::future::poll_fn(move |_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) })
}

async fn until(world: &Shared, at: Timestamp) {
    while world.borrow().now < at.millis() {
        pause().await;
    }
}

/// Reads tokens as the vault does: from the journal, then from KV.
async fn read(world: &Shared, revision: Revision) -> Result<Access, TokenReadError> {
    let held = world.borrow().journal.get(&revision).cloned();
    let tokens = match held {
        Some(tokens) => tokens,
        None => {
            pause().await;
            let world = world.borrow();
            let found = world.kv.get(&revision).filter(|_| !world.kv_fails).cloned();
            found.ok_or(TokenReadError::NotNow)?
        }
    };
    Ok(Access { tokens, account: account(), revision })
}

/// A command that uses the connection.
async fn use_it(world: Shared) {
    let mut machine = AccessRequest::default();
    let flight = world.borrow().flight.clone();
    let joined = if let Some(flight) = flight { wait(&world, flight, Some(PATIENCE)).await } else { None };
    let (mut event, mut last) = (AccessEvent::Joined(joined), None);
    let mut is_fetched;
    let result = loop {
        is_fetched = matches!(event, AccessEvent::Joined(Some(Ok(_))) | AccessEvent::Renewed(Some(Ok(_))));
        let effect = {
            let mut world = world.borrow_mut();
            let step = machine.step(event, &world.moment());
            world.write(step.writes);
            step.effect
        };
        event = match effect {
            AccessEffect::Read(revision) => {
                let found = read(&world, revision).await;
                last = found.as_ref().ok().cloned();
                AccessEvent::Read(found)
            }
            AccessEffect::Renew { revision, usable, within } => {
                AccessEvent::Renewed(renew(&world, &revision, usable, within).await)
            }
            AccessEffect::End(result) => break result,
        };
    };
    let world = world.borrow();
    match result {
        Ok(access) => {
            let revision = Some(&access.revision);
            assert_eq!(world.valid(), revision, "a connection that was left is never used");
            // Tokens that were just fetched are used, however short their lifetime.
            let works = access.works(Timestamp(world.now));
            assert!(works || is_fetched, "an access token that ended is never used");
        }
        Err(AccessError::Unavailable { .. }) => {
            let is_good = |access: &Access| {
                access.works(Timestamp(world.now)) && world.valid() == Some(&access.revision)
            };
            assert!(!last.as_ref().is_some_and(is_good), "a token that still works is used");
        }
        Err(_) => {}
    }
}

/// Joins the refresh in progress or starts one. A refresh continues even if nobody waits for it.
async fn renew(
    world: &Shared,
    revision: &Revision,
    usable: bool,
    within: Option<Duration>,
) -> Option<Result<Access, AccessError>> {
    let under_way = world.borrow().flight.clone();
    let flight = under_way.unwrap_or_else(|| {
        let flight = Flight::default();
        let (done, leader, revision) = (Rc::clone(&flight), Rc::clone(world), revision.to_owned());
        let refreshing = async move {
            let result = refresh(&leader, &revision, usable).await;
            *done.borrow_mut() = Some(result);
            leader.borrow_mut().flight = None;
        };
        let mut world = world.borrow_mut();
        world.flight = Some(Rc::clone(&flight));
        world.begun.push(Box::pin(refreshing));
        flight
    });
    wait(world, flight, within).await
}

async fn wait(
    world: &Shared,
    flight: Flight,
    within: Option<Duration>,
) -> Option<Result<Access, AccessError>> {
    let deadline = within.map(|within| Timestamp(world.borrow().now) + within);
    loop {
        if let Some(result) = flight.borrow().clone() {
            return Some(result);
        }
        if deadline.is_some_and(|deadline| world.borrow().now >= deadline.millis()) {
            return None;
        }
        pause().await;
    }
}

/// Plays the refresh machine as the vault does.
async fn refresh(shared: &Shared, revision: &Revision, usable: bool) -> Result<Access, AccessError> {
    let app = APP.with(Rc::clone);
    let incarnation = shared.borrow().incarnation.to_string().into();
    let id = AppId::parse("app").expect("an id");
    let mut machine = Refresher::new(&id, &app, revision, usable, &incarnation);
    let mut event = RefreshEvent::Proceed;
    let mut frozen = false;
    loop {
        let effect = {
            let mut world = shared.borrow_mut();
            let step = machine.step(event, &world.moment());
            world.write(step.writes);
            step.effect
        };
        event = match effect {
            RefreshEffect::Read(revision) => RefreshEvent::Read(read(shared, revision).await),
            RefreshEffect::AskFrozen => {
                pause().await;
                frozen = shared.borrow().frozen;
                RefreshEvent::Frozen(frozen)
            }
            RefreshEffect::Send(token) => {
                assert!(!shared.borrow().frozen, "a frozen app is sent nothing");
                RefreshEvent::Response(send(shared, &token).await)
            }
            RefreshEffect::WaitUntil(at) => {
                until(shared, at).await;
                RefreshEvent::Proceed
            }
            RefreshEffect::AskAccount(access) => {
                pause().await;
                let is_dead = !shared.borrow().grants[parts(&access.tokens.access_token).0].live;
                RefreshEvent::Account { is_dead }
            }
            RefreshEffect::End(result) => {
                assert!(!frozen || result.is_err(), "access to a frozen app is not handed out");
                if let Ok(access) = &result {
                    let world = shared.borrow();
                    let revision = Some(&access.revision);
                    assert_eq!(world.valid(), revision, "a connection that was left is never used");
                }
                return result;
            }
        };
    }
}

async fn send(shared: &Shared, token: &SecretString) -> Response {
    let response = Rc::new(RefCell::new(None));
    let (grant, refresh) = parts(token);
    let sent_at = {
        let mut world = shared.borrow_mut();
        assert_eq!(Some(refresh), world.grants[grant].received, "a superseded refresh token is never sent");
        let (sent_at, response) = (world.now, Rc::clone(&response));
        world.requests.push(Request { grant, refresh, sent_at, processed: false, response });
        sent_at
    };
    loop {
        let arrived = response.borrow_mut().take();
        if let Some(arrived) = arrived {
            shared.borrow_mut().received(grant, &arrived);
            return arrived;
        }
        if shared.borrow().now >= sent_at + LIMIT_MS {
            shared.borrow_mut().grants[grant].lost_answers = true;
            return Err(TokenRequestError::Unknown);
        }
        pause().await;
    }
}

/// The job that repeats a refresh when it is due.
async fn refresh_again(world: Shared) {
    let intent = {
        let mut world = world.borrow_mut();
        let now = world.now;
        if world.refresh_at.take_if(|at| at.millis() <= now).is_none() {
            return;
        }
        let is_connected = world.valid().is_some();
        world.life.intent.clone().filter(|_| is_connected)
    };
    let Some(intent) = intent else { return };
    let Some(renewed) = renew(&world, &intent.revision, true, None).await else { return };
    let mut world = world.borrow_mut();
    let now = Timestamp(world.now);
    if let JobOutcome::Reschedule(after) = after_refresh_job(&renewed, now) {
        world.refresh_at = Some(now + after);
    }
}

/// An API refuses the access token, and the token is renewed.
async fn rejected(world: Shared) {
    let revision = world.borrow().valid().cloned();
    let Some(revision) = revision else { return };
    drop(renew(&world, &revision, false, None).await);
}

/// Writes the journal to KV, and drops only what was read back.
async fn settle(world: Shared) {
    let revisions: Vec<_> = world.borrow().journal.keys().cloned().collect();
    for revision in revisions {
        let Some(tokens) = world.borrow().journal.get(&revision).cloned() else { continue };
        pause().await;
        if world.borrow().kv_fails {
            continue;
        }
        world.borrow_mut().kv.insert(revision.clone(), Rc::clone(&tokens));
        pause().await;
        let mut world = world.borrow_mut();
        let is_there = world.kv.get(&revision).is_some_and(|read| Rc::ptr_eq(read, &tokens));
        if !world.kv_fails && is_there {
            world.journal.remove(&revision);
        }
    }
}

#[derive(Debug, Clone)]
enum Op {
    Use,
    /// An API reports a dead access token.
    Rejected,
    /// The refresh job runs.
    Job,
    Settle,
    /// A login, with or without a refresh token.
    LogIn(bool),
    Leave(bool),
    /// One step of one flow.
    Step(usize),
    /// The app takes a request; its response arrives, is lost, or was never made.
    Process(usize, Fate),
    /// All memory is lost.
    Crash,
    /// Seconds pass.
    Wait(i64),
    KvFails(bool),
    Freeze(bool),
    /// Someone revokes the grant at the app.
    RevokedThere,
    /// For some minutes a gateway responds in the app's place, while a command needs a refresh.
    OddGateway,
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Answers,
    LosesTheAnswer,
    IsBusy,
    NeverTakesIt,
    IsDoubtful,
    AnswersUnusably,
    /// A success response without any readable content.
    AnswersEmptily,
    /// A success response in another shape, with an access token and without a refresh token at its usual
    /// place.
    AnswersOddly,
    RefusesToday,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => Just(Op::Use),
        2 => Just(Op::Settle),
        2 => Just(Op::Rejected),
        2 => Just(Op::Job),
        1 => prop::bool::weighted(0.8).prop_map(Op::LogIn),
        1 => any::<bool>().prop_map(Op::Leave),
        12 => (0..6_usize).prop_map(Op::Step),
        4 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::Answers)),
        2 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::LosesTheAnswer)),
        1 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::IsBusy)),
        1 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::NeverTakesIt)),
        3 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::IsDoubtful)),
        2 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::AnswersUnusably)),
        1 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::AnswersEmptily)),
        1 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::AnswersOddly)),
        1 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::RefusesToday)),
        1 => Just(Op::Crash),
        4 => prop_oneof![Just(1), Just(10), Just(26), Just(31), Just(550), Just(700)].prop_map(Op::Wait),
        1 => any::<bool>().prop_map(Op::KvFails),
        1 => any::<bool>().prop_map(Op::Freeze),
        1 => Just(Op::RevokedThere),
        1 => Just(Op::OddGateway),
    ]
}

type Flow = Pin<Box<dyn Future<Output = ()>>>;

fn step(world: &Shared, flows: &mut Vec<Flow>, index: usize) {
    let mut context = Context::from_waker(Waker::noop());
    let index = index % flows.len();
    if flows[index].as_mut().poll(&mut context).is_ready() {
        drop(flows.swap_remove(index));
    }
    flows.append(&mut world.borrow_mut().begun);
    world.borrow().check();
}

fn new_world(rotation: Rotation, rotates: bool) -> Shared {
    let world = Rc::new(RefCell::new(World {
        now: 0,
        life: Lifecycle { status: Status::Gone, intent: None },
        rotation,
        rotates,
        journal: BTreeMap::new(),
        kv: BTreeMap::new(),
        kv_fails: false,
        frozen: false,
        to_revoke: Vec::new(),
        grants: Vec::new(),
        requests: Vec::new(),
        incarnation: 0,
        flight: None,
        begun: Vec::new(),
        refresh_at: None,
        serial: 0,
    }));
    world.borrow_mut().log_in(true);
    world
}

fn play(rotation: Rotation, rotates: bool, ops: &[Op]) -> World {
    let world = new_world(rotation, rotates);
    let mut flows: Vec<Flow> = Vec::new();
    for op in ops {
        match op {
            Op::Use => flows.push(Box::pin(use_it(Rc::clone(&world)))),
            Op::Rejected => flows.push(Box::pin(rejected(Rc::clone(&world)))),
            Op::Job => flows.push(Box::pin(refresh_again(Rc::clone(&world)))),
            Op::Settle => flows.push(Box::pin(settle(Rc::clone(&world)))),
            Op::LogIn(renewable) => world.borrow_mut().log_in(*renewable),
            Op::Leave(delete) => world.borrow_mut().leave(*delete),
            Op::Step(index) if !flows.is_empty() => step(&world, &mut flows, *index),
            Op::Step(_) => {}
            Op::Process(index, fate) => process(&mut world.borrow_mut(), *index, *fate),
            Op::Crash => crash(&world, &mut flows),
            Op::Wait(seconds) => world.borrow_mut().now += seconds * 1000,
            Op::KvFails(fails) => world.borrow_mut().kv_fails = *fails,
            Op::Freeze(frozen) => world.borrow_mut().frozen = *frozen,
            Op::OddGateway => {
                world.borrow_mut().now += 700_000;
                flows.push(Box::pin(use_it(Rc::clone(&world))));
                end(&world, &mut flows, Fate::IsDoubtful);
            }
            Op::RevokedThere => {
                if let Some(grant) = world.borrow_mut().grants.last_mut() {
                    grant.live = false;
                }
            }
        }
    }
    // Then everything works: started flows end, and due jobs run.
    world.borrow_mut().kv_fails = false;
    world.borrow_mut().frozen = false;
    // The next command also decides about a connection ended by doubt.
    for ended in [false, true] {
        if ended && world.borrow().ended_by_doubt() {
            // A request of an earlier incarnation is waited out.
            world.borrow_mut().now += INTENT_HOLDS.as_millis() as i64;
            flows.push(Box::pin(use_it(Rc::clone(&world))));
        }
        end(&world, &mut flows, Fate::Answers);
    }
    world.borrow_mut().revoke();
    drop(flows);
    Rc::into_inner(world).expect("no flow holds the world").into_inner()
}

fn crash(world: &Shared, flows: &mut Vec<Flow>) {
    let mut lost = Vec::new();
    // Nobody receives the responses that a flow still waits for.
    for request in &world.borrow().requests {
        if Rc::strong_count(&request.response) > 1 {
            lost.push(request.grant);
        }
    }
    flows.clear();
    let mut world = world.borrow_mut();
    lost.into_iter().for_each(|grant| world.grants[grant].lost_answers = true);
    world.flight = None;
    world.begun.clear();
    world.incarnation += 1;
}

/// Runs every flow to its end.
fn end(world: &Shared, flows: &mut Vec<Flow>, fate: Fate) {
    for _ in 0..400 {
        if flows.is_empty() {
            break;
        }
        let waiting = world.borrow().requests.len();
        (0..waiting).for_each(|index| process(&mut world.borrow_mut(), index, fate));
        world.borrow_mut().now += 1_000;
        (0..flows.len()).rev().for_each(|index| step(world, flows, index));
    }
    assert!(flows.is_empty(), "every flow ends");
}

fn process(world: &mut World, index: usize, fate: Fate) {
    let now = world.now;
    let open: Vec<_> = (0..world.requests.len())
        .filter(|index| {
            let request = &world.requests[*index];
            // A request past its limit is closed; one of a crashed incarnation may still be on its way.
            !request.processed && now < request.sent_at + INTENT_HOLDS.as_millis() as i64
        })
        .collect();
    let Some(index) = open.get(index % open.len().max(1)).copied() else { return };
    world.requests[index].processed = true;
    let grant = world.requests[index].grant;
    let response = respond(world, index, fate);
    // The request is past its limit, and nobody listens.
    if response.is_none() || now >= world.requests[index].sent_at + LIMIT_MS {
        world.grants[grant].lost_answers = true;
        return;
    }
    *world.requests[index].response.borrow_mut() = response;
}

/// Returns the response of the app, or of a gateway in its place; `None` if nothing arrives.
fn respond(world: &mut World, index: usize, fate: Fate) -> Option<Response> {
    let refused = |status, body: &str| {
        let response = ErrorResponse::read(body.as_bytes());
        Some(Err(TokenRequestError::Refused { status, response, retry_after: None }))
    };
    match fate {
        Fate::IsBusy => {
            return Some(Err(TokenRequestError::Busy { retry_after: Some(Duration::from_secs(5)) }));
        }
        Fate::IsDoubtful => return refused(403, "<html>Sorry</html>"),
        Fate::RefusesToday => return refused(400, r#"{"error":"invalid_grant","reason":"not today"}"#),
        Fate::NeverTakesIt => return None,
        _ => {}
    }
    let (grant, sent) = (world.requests[index].grant, world.requests[index].refresh);
    let refresh = match (world.process(index), fate) {
        (_, Fate::LosesTheAnswer) => return None,
        (Taken::Refused, _) => return refused(400, r#"{"error":"invalid_grant"}"#),
        (Taken::New(refresh), _) => Some(refresh),
        (Taken::Same, _) => None,
    };
    let access = token("access", grant, world.fresh());
    let refresh_token = refresh.map(|refresh| token("refresh", grant, refresh));
    Some(match fate {
        Fate::AnswersUnusably => {
            let held = refresh_token.unwrap_or_else(|| token("refresh", grant, sent));
            Err(TokenRequestError::Unreadable { tokens: vec![held.clone()], refresh_token: Some(held) })
        }
        Fate::AnswersEmptily | Fate::AnswersOddly => {
            world.grants[grant].lost_answers = true;
            let tokens = if matches!(fate, Fate::AnswersOddly) { vec![access] } else { Vec::new() };
            Err(TokenRequestError::Unreadable { tokens, refresh_token: None })
        }
        _ => Ok(TokenResponse {
            access_token: access,
            refresh_token,
            expires_in: Some(ACCESS_LIVES),
            scopes: None,
            extra: Map::new(),
        }),
    })
}

fn check(world: &World) {
    world.check();
    let current = match &world.life.status {
        Status::Connected { revision } | Status::NeedsLogin { revision, .. } => world.stored(revision),
        _ => None,
    };
    if let (Status::NeedsLogin { reason, .. }, Some(tokens)) = (&world.life.status, current) {
        let grant = &world.grants[parts(&tokens.access_token).0];
        let is_good = grant.live && grant.current == refresh_of(tokens);
        assert!(!is_good || *reason == Reason::NotRenewable, "a good login is lost: {grant:?}");
    }
    for (index, grant) in world.grants.iter().enumerate() {
        let is_current = current.is_some_and(|tokens| parts(&tokens.access_token).0 == index);
        assert!(is_current || !grant.live || grant.lost_answers, "a grant that was left lives on: {grant:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_no_grant_is_lost_reused_or_used_after_it_was_left(
        rotation in prop_oneof![Just(Rotation::None), Just(Rotation::SingleUse), Just(Rotation::ReuseKills)],
        rotates in any::<bool>(),
        ops in prop::collection::vec(op(), 1..80),
    ) {
        check(&play(rotation, rotates || rotation == Rotation::SingleUse, &ops));
    }
}
