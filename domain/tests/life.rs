//! The life of a connection, in every order of events: a small world in which the rules of `connection::life` are asked
//! exactly as the vault asks them, with an app that rotates, a KV that misses, answers that get lost, and crashes.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "a test: what is missing is a failure"
)]

use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use workbot_domain::catalogue::Rotation;
use workbot_domain::connection::Reason;
use workbot_domain::connection::life::{Arrival, INTENT_HOLDS, Life, Refresh, Status};
use workbot_domain::grant::Refusal;
use workbot_domain::time::Timestamp;

/// A token request is given up after this.
const LIMIT_MS: i64 = 25_000;
const ACCESS_LIVES_MS: i64 = 600_000;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Tokens {
    grant: usize,
    refresh: u64,
    expires_at: i64,
}

/// A grant, as its app knows it.
#[derive(Debug, Default)]
struct Grant {
    live: bool,
    ended_by_reuse: bool,
    current: u64,
    /// The refresh token before, while the current one is unused: sending it again gives the same pair.
    before: Option<u64>,
    known: BTreeSet<u64>,
    lost_answers: bool,
    /// The newest refresh token that reached us.
    received: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    New(u64),
    Same,
    Refused,
    Busy,
    /// Words that say nothing about the grant, of a gateway most likely.
    Doubtful,
    /// No access token that can be used, and this refresh token.
    Unusable(u64),
}

struct Request {
    token: Tokens,
    sent_at: i64,
    processed: bool,
    answer: Rc<RefCell<Option<Answer>>>,
}

struct World {
    now: i64,
    life: Life,
    rotation: Rotation,
    /// Whether the app rotates at all (`reuse_kills` may be switched off there).
    rotates: bool,
    journal: BTreeMap<String, Tokens>,
    kv: BTreeMap<String, Tokens>,
    kv_fails: bool,
    to_revoke: Vec<Tokens>,
    grants: Vec<Grant>,
    requests: Vec<Request>,
    holder: u32,
    flight: bool,
    serial: u64,
}

type Shared = Rc<RefCell<World>>;

impl World {
    fn fresh(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn revision(&mut self) -> String {
        format!("r{}", self.fresh())
    }

    fn valid(&self) -> Option<&str> {
        match &self.life.status {
            Status::Connected { revision } => Some(revision),
            _ => None,
        }
    }

    fn ended_by_doubt(&self) -> bool {
        matches!(self.life.status, Status::NeedsLogin { reason: Reason::Doubtful, .. })
    }

    /// What may be sent: also what was ended by doubt.
    fn tryable(&self) -> Option<&str> {
        match &self.life.status {
            Status::Connected { revision } | Status::NeedsLogin { revision, reason: Reason::Doubtful } => {
                Some(revision)
            }
            _ => None,
        }
    }

    /// What a login brings, kept as the vault keeps it: the tokens before are retired in the same step.
    fn log_in(&mut self) {
        self.retire();
        let refresh = self.fresh();
        let grant = Grant {
            live: true,
            current: refresh,
            received: refresh,
            known: [refresh].into(),
            ..Grant::default()
        };
        self.grants.push(grant);
        let tokens = Tokens { grant: self.grants.len() - 1, refresh, expires_at: self.now + ACCESS_LIVES_MS };
        let revision = self.revision();
        self.life = Life::connected(revision.clone());
        self.journal.insert(revision, tokens);
    }

    fn stored(&self, revision: &str) -> Option<Tokens> {
        self.journal.get(revision).or_else(|| self.kv.get(revision)).copied()
    }

    /// The key moves to the revocation; that finds the tokens in the journal's copy or, however late, in KV.
    fn retire(&mut self) {
        let revision = match &self.life.status {
            Status::Connected { revision } => revision.clone(),
            Status::NeedsLogin { revision, reason } if *reason != Reason::GrantGone => revision.clone(),
            _ => return,
        };
        self.to_revoke.extend(self.stored(&revision));
    }

    fn leave(&mut self, delete: bool) {
        self.retire();
        self.journal.clear();
        self.life = self.life.left(delete);
    }

    /// The app takes a refresh token.
    fn process(&mut self, request: usize) -> Answer {
        let (token, fresh) = (self.requests[request].token, self.fresh());
        let (rotation, rotates) = (self.rotation, self.rotates);
        let grant = &mut self.grants[token.grant];
        if !grant.live {
            return Answer::Refused;
        }
        if token.refresh == grant.current {
            if !rotates || rotation == Rotation::None {
                return Answer::Same;
            }
            grant.before = Some(grant.current);
            grant.current = fresh;
            grant.known.insert(fresh);
            return Answer::New(fresh);
        }
        match rotation {
            Rotation::SingleUse if grant.before == Some(token.refresh) => Answer::New(grant.current),
            Rotation::ReuseKills => {
                grant.live = false;
                grant.ended_by_reuse = true;
                Answer::Refused
            }
            _ => Answer::Refused,
        }
    }

    /// Revokes what is to be revoked.
    fn revoke(&mut self) {
        for tokens in std::mem::take(&mut self.to_revoke) {
            let grant = &mut self.grants[tokens.grant];
            // An app knows its current refresh token; an older one tells it nothing (RFC 7009 section 2.2).
            if grant.current == tokens.refresh {
                grant.live = false;
            }
        }
    }
}

/// Lets the others go on.
fn pause() -> impl Future<Output = ()> {
    let mut first = true;
    std::future::poll_fn(move |_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) })
}

/// As the vault reads: the journal, then KV. The connection may change meanwhile.
async fn current(world: &Shared, which: fn(&World) -> Option<&str>) -> Option<(String, Tokens)> {
    for _ in 0..3 {
        let revision = which(&world.borrow())?.to_owned();
        let held = world.borrow().journal.get(&revision).copied();
        let tokens = match held {
            Some(tokens) => tokens,
            None => {
                pause().await;
                let world = world.borrow();
                if world.kv_fails {
                    return None;
                }
                world.kv.get(&revision).copied()?
            }
        };
        if which(&world.borrow()) == Some(&revision) {
            return Some((revision, tokens));
        }
    }
    None
}

/// A command that uses the connection.
async fn use_it(world: Shared) {
    if world.borrow().ended_by_doubt() {
        let revision = world.borrow().tryable().map(str::to_owned);
        renew(&world, &revision.unwrap_or_default()).await;
        return;
    }
    let Some((mut revision, mut tokens)) = current(&world, World::valid).await else { return };
    let now = world.borrow().now;
    if now + 120_000 >= tokens.expires_at {
        let usable = now < tokens.expires_at;
        match renew(&world, &revision).await {
            Some(renewed) => (revision, tokens) = renewed,
            None => {
                let world = world.borrow();
                if !usable || world.now >= tokens.expires_at || world.valid() != Some(&revision) {
                    return;
                }
            }
        }
    }
    let world = world.borrow();
    assert_eq!(world.valid(), Some(revision.as_str()), "a connection that was left is never used");
    assert!(world.now < tokens.expires_at, "an access token that ended is never used");
}

/// One refresh at a time; who comes meanwhile waits for it.
async fn renew(world: &Shared, revision: &str) -> Option<(String, Tokens)> {
    if world.borrow().flight {
        while world.borrow().flight {
            pause().await;
        }
        let (revision, tokens) = current(world, World::valid).await?;
        return (world.borrow().now < tokens.expires_at).then_some((revision, tokens));
    }
    world.borrow_mut().flight = true;
    let renewed = refresh(world, revision).await;
    world.borrow_mut().flight = false;
    renewed
}

async fn refresh(shared: &Shared, revision: &str) -> Option<(String, Tokens)> {
    let world = shared;
    let mut owned = revision.to_owned();
    loop {
        let revision = owned.as_str();
        let (valid, before) = current(world, World::tryable).await?;
        let decided = {
            let world = world.borrow();
            world.life.refresh(revision, &world.holder.to_string(), Timestamp(world.now))
        };
        match decided {
            Refresh::Superseded if world.borrow().now < before.expires_at => return Some((valid, before)),
            Refresh::Superseded => owned = valid,
            Refresh::NotConnected | Refresh::NotBefore(_) => return None,
            Refresh::Wait(until) => {
                while world.borrow().now < until.millis() {
                    pause().await;
                }
            }
            Refresh::Send(intent) => {
                let answer = Rc::new(RefCell::new(None));
                let sent_at = {
                    let mut world = world.borrow_mut();
                    let grant = &world.grants[before.grant];
                    assert_eq!(before.refresh, grant.received, "a superseded refresh token is never sent");
                    if let Some(last) = world.life.intent.as_ref().filter(|_| !world.ended_by_doubt()) {
                        assert!(
                            world.now >= last.started_at.millis() + 1_000,
                            "an app is not asked without a pause"
                        );
                    }
                    world.life.intent = Some(intent.clone());
                    let sent_at = world.now;
                    let request =
                        Request { token: before, sent_at, processed: false, answer: Rc::clone(&answer) };
                    world.requests.push(request);
                    sent_at
                };
                let answer = loop {
                    if let Some(answer) = *answer.borrow() {
                        break Some(answer);
                    }
                    if world.borrow().now >= sent_at + LIMIT_MS {
                        break None;
                    }
                    pause().await;
                };
                let again = {
                    let mut world = world.borrow_mut();
                    let mine = world.life.intent.as_ref() == Some(&intent);
                    let now = Timestamp(world.now);
                    match answer {
                        None => {
                            world.grants[before.grant].lost_answers = true;
                            if mine {
                                world.life.unanswered(now, [128]);
                            }
                            return None;
                        }
                        Some(Answer::Busy) => {
                            if mine {
                                world.life.busy(Some(Duration::from_secs(5)), now, [128]);
                            }
                            return None;
                        }
                        Some(Answer::Doubtful) => {
                            if mine {
                                world.life.doubted(revision, false, now, [128]);
                            }
                            let again = world.life.intent.as_ref().and_then(|intent| intent.retry_at);
                            again.filter(|_| mine && world.valid() == Some(revision))
                        }
                        Some(Answer::Unusable(refresh)) if refresh == before.refresh => {
                            if mine {
                                world.life.doubted(revision, false, now, [128]);
                            }
                            let again = world.life.intent.as_ref().and_then(|intent| intent.retry_at);
                            again.filter(|_| mine && world.valid() == Some(revision))
                        }
                        Some(Answer::Unusable(refresh)) => {
                            world.grants[before.grant].received = refresh;
                            let tokens = Tokens { refresh, expires_at: world.now, ..before };
                            let next = world.revision();
                            match world.life.replaced(revision, next.clone(), now, [128]) {
                                Arrival::Revoke => {
                                    world.to_revoke.push(tokens);
                                    return None;
                                }
                                Arrival::Keep => {
                                    world.journal.insert(next.clone(), tokens);
                                    owned = next;
                                }
                            }
                            let again = world.life.intent.as_ref().and_then(|intent| intent.retry_at);
                            again.filter(|_| world.valid() == Some(&owned))
                        }
                        Some(Answer::Refused) => {
                            if mine {
                                world.life.refused(revision, Refusal::Login);
                            }
                            return None;
                        }
                        Some(answer @ (Answer::New(_) | Answer::Same)) => {
                            let refresh = if let Answer::New(new) = answer { new } else { before.refresh };
                            world.grants[before.grant].received = refresh;
                            let tokens =
                                Tokens { refresh, expires_at: world.now + ACCESS_LIVES_MS, ..before };
                            let next = world.revision();
                            return match world.life.arrived(revision, next.clone()) {
                                Arrival::Revoke => {
                                    world.to_revoke.push(tokens);
                                    None
                                }
                                Arrival::Keep => {
                                    world.journal.insert(next.clone(), tokens);
                                    Some((next, tokens))
                                }
                            };
                        }
                    }
                };
                let again = again?;
                while shared.borrow().now < again.millis() {
                    pause().await;
                }
            }
        }
    }
}

/// Brings the journal to KV; lets go only of what was read back.
async fn settle(world: Shared) {
    let revisions: Vec<_> = world.borrow().journal.keys().cloned().collect();
    for revision in revisions {
        let Some(tokens) = world.borrow().journal.get(&revision).copied() else { continue };
        pause().await;
        if world.borrow().kv_fails {
            continue;
        }
        world.borrow_mut().kv.insert(revision.clone(), tokens);
        pause().await;
        let mut world = world.borrow_mut();
        if !world.kv_fails && world.kv.get(&revision) == Some(&tokens) {
            world.journal.remove(&revision);
        }
    }
}

#[derive(Debug, Clone)]
enum Op {
    Use,
    Settle,
    LogIn,
    Leave(bool),
    /// One step of one flow.
    Step(usize),
    /// The app takes a request; its answer arrives, is lost, or was never made.
    Process(usize, Fate),
    /// All memory is lost.
    Crash,
    /// Seconds go by.
    Wait(i64),
    KvFails(bool),
    /// Someone revokes the grant at the app.
    RevokedThere,
    /// For some minutes a gateway answers in the app's place, while a command needs a refresh.
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
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => Just(Op::Use),
        2 => Just(Op::Settle),
        1 => Just(Op::LogIn),
        1 => any::<bool>().prop_map(Op::Leave),
        12 => (0..6_usize).prop_map(Op::Step),
        4 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::Answers)),
        2 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::LosesTheAnswer)),
        1 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::IsBusy)),
        1 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::NeverTakesIt)),
        3 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::IsDoubtful)),
        2 => (0..4_usize).prop_map(|request| Op::Process(request, Fate::AnswersUnusably)),
        1 => Just(Op::Crash),
        4 => prop_oneof![Just(1), Just(10), Just(26), Just(31), Just(550), Just(700)].prop_map(Op::Wait),
        1 => any::<bool>().prop_map(Op::KvFails),
        1 => Just(Op::RevokedThere),
        1 => Just(Op::OddGateway),
    ]
}

type Flow = Pin<Box<dyn Future<Output = ()>>>;

fn step(flows: &mut Vec<Flow>, index: usize) {
    let mut context = Context::from_waker(Waker::noop());
    let index = index % flows.len();
    if flows[index].as_mut().poll(&mut context).is_ready() {
        drop(flows.swap_remove(index));
    }
}

fn play(rotation: Rotation, rotates: bool, ops: &[Op]) -> World {
    let life = Life { status: Status::Gone, intent: None };
    let world = Rc::new(RefCell::new(World {
        now: 0,
        life,
        rotation,
        rotates,
        journal: BTreeMap::new(),
        kv: BTreeMap::new(),
        kv_fails: false,
        to_revoke: Vec::new(),
        grants: Vec::new(),
        requests: Vec::new(),
        holder: 0,
        flight: false,
        serial: 0,
    }));
    world.borrow_mut().log_in();
    let mut flows: Vec<Flow> = Vec::new();
    for op in ops {
        match op {
            Op::Use => flows.push(Box::pin(use_it(Rc::clone(&world)))),
            Op::Settle => flows.push(Box::pin(settle(Rc::clone(&world)))),
            Op::LogIn => world.borrow_mut().log_in(),
            Op::Leave(delete) => world.borrow_mut().leave(*delete),
            Op::Step(index) if !flows.is_empty() => step(&mut flows, *index),
            Op::Step(_) => {}
            Op::Process(index, fate) => process(&mut world.borrow_mut(), *index, *fate),
            Op::Crash => {
                let mut lost = Vec::new();
                // Nobody hears the answers that a flow still waits for.
                for request in &world.borrow().requests {
                    if Rc::strong_count(&request.answer) > 1 {
                        lost.push(request.token.grant);
                    }
                }
                flows.clear();
                let mut world = world.borrow_mut();
                lost.into_iter().for_each(|grant| world.grants[grant].lost_answers = true);
                world.flight = false;
                world.holder += 1;
            }
            Op::Wait(seconds) => world.borrow_mut().now += seconds * 1000,
            Op::KvFails(fails) => world.borrow_mut().kv_fails = *fails,
            Op::OddGateway => {
                world.borrow_mut().now += 700_000;
                flows.push(Box::pin(use_it(Rc::clone(&world))));
                end(&world, &mut flows, Fate::IsDoubtful);
            }
            Op::RevokedThere => {
                let mut world = world.borrow_mut();
                if let Some(grant) = world.grants.last_mut() {
                    grant.live = false;
                }
            }
        }
    }
    // Then all goes well: what was begun ends, what is due is done.
    world.borrow_mut().kv_fails = false;
    // Also what was ended by doubt is decided by the next command.
    for ended in [false, true] {
        if ended && world.borrow().ended_by_doubt() {
            flows.push(Box::pin(use_it(Rc::clone(&world))));
        }
        end(&world, &mut flows, Fate::Answers);
    }
    world.borrow_mut().revoke();
    drop(flows);
    Rc::into_inner(world).expect("no flow holds the world").into_inner()
}

/// Whatever was begun comes to its end.
fn end(world: &Shared, flows: &mut Vec<Flow>, fate: Fate) {
    for _ in 0..400 {
        if flows.is_empty() {
            break;
        }
        let waiting = world.borrow().requests.len();
        (0..waiting).for_each(|index| process(&mut world.borrow_mut(), index, fate));
        world.borrow_mut().now += 1_000;
        (0..flows.len()).rev().for_each(|index| step(flows, index));
    }
    assert!(flows.is_empty(), "every flow ends");
}

fn process(world: &mut World, index: usize, fate: Fate) {
    let now = world.now;
    let open: Vec<_> = (0..world.requests.len())
        .filter(|index| {
            let request = &world.requests[*index];
            // A request that was given up is closed; one of a crashed life may still be on its way.
            !request.processed && now < request.sent_at + INTENT_HOLDS.as_millis() as i64
        })
        .collect();
    let Some(index) = open.get(index % open.len().max(1)).copied() else { return };
    world.requests[index].processed = true;
    let grant = world.requests[index].token.grant;
    let answer = match fate {
        Fate::IsBusy => Some(Answer::Busy),
        Fate::IsDoubtful => Some(Answer::Doubtful),
        Fate::NeverTakesIt => None,
        Fate::Answers => Some(world.process(index)),
        Fate::AnswersUnusably => Some(match world.process(index) {
            Answer::New(refresh) => Answer::Unusable(refresh),
            Answer::Same => Answer::Unusable(world.requests[index].token.refresh),
            answer => answer,
        }),
        Fate::LosesTheAnswer => {
            world.process(index);
            None
        }
    };
    // Given up meanwhile: nobody listens.
    if answer.is_none() || now >= world.requests[index].sent_at + LIMIT_MS {
        world.grants[grant].lost_answers = true;
        return;
    }
    *world.requests[index].answer.borrow_mut() = answer;
}

fn check(world: &World) {
    for grant in &world.grants {
        let own = grant.ended_by_reuse && !grant.lost_answers;
        assert!(!own, "a grant was ended by our own reuse: {grant:?}");
    }
    let current = match &world.life.status {
        Status::Connected { revision } | Status::NeedsLogin { revision, .. } => world.stored(revision),
        _ => None,
    };
    match &world.life.status {
        Status::Connected { revision } => {
            let tokens = world.stored(revision).expect("the tokens of a connection are stored");
            assert_eq!(tokens.refresh, world.grants[tokens.grant].received, "the newest tokens are kept");
        }
        Status::NeedsLogin { reason, .. } => {
            let tokens = current.expect("what is sealed stays");
            let grant = &world.grants[tokens.grant];
            assert!(!grant.live || grant.current != tokens.refresh, "a good login is lost: {grant:?}");
            if *reason == Reason::AnswerLost {
                assert!(grant.lost_answers, "no answer was lost: {grant:?}");
            }
        }
        Status::Gone | Status::Disconnected => {}
    }
    for (index, grant) in world.grants.iter().enumerate() {
        let is_current = current.is_some_and(|tokens| tokens.grant == index);
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
