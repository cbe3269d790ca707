//! The world: the objects, which are created on their first request and can die at any commit, KV, the
//! sandbox, and the log.

use axum::Router;
use futures_channel::oneshot;
use futures_util::future::LocalBoxFuture;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use workbot_domain::correlation_id::CorrelationId;
use workbot_sandbox::fixture::Fixture;
use workbot_sandbox::{Sandbox, clock, random_name, router};
use workbot_vault::ports::ObjectClass;

use crate::database::Database;
use crate::executor::{Executor, Owner, Step};
use crate::fault_rates::Weather;
use crate::faults::Planned;
use crate::ground_truth::{Fact, Truth};
use crate::kv::Kv;
use crate::ledger::Ledger;
use crate::sandbox_settings::settings;
use crate::seeded_random::Dice;

/// The start of each world: Thursday, 26 November 2026, 09:00 UTC.
pub const START: i64 = 1_795_683_600_000;

thread_local! {
    /// The sandbox and its routes. A thread has one world at a time.
    static SANDBOX: (workbot_sandbox::Shared, Router) = {
        let sandbox = Arc::new(Sandbox::in_memory(settings()));
        (Arc::clone(&sandbox), router(sandbox))
    };
}

/// The code that runs in an object.
pub trait Program {
    /// A request. `None`: it fails.
    fn fetch(&self, body: Vec<u8>, id: CorrelationId) -> LocalBoxFuture<'static, Option<Vec<u8>>>;

    /// The alarm fires.
    fn alarm(&self) -> LocalBoxFuture<'static, ()>;
}

/// Creates the program when an object of this class and name starts.
pub type Factory = Rc<dyn Fn(&Rc<World>, &Rc<Object>) -> Box<dyn Program>>;

/// An object: its durable state, and its instance while one is running.
pub struct Object {
    pub class: ObjectClass,
    pub name: String,
    pub database: Database,
    /// The requests to it so far, as JSON.
    pub requests: RefCell<Vec<String>>,
    /// The time of its alarm, and the alarm's serial number.
    alarm: Cell<Option<(i64, u64)>>,
    /// The alarm that was set since the last commit.
    alarm_set: Cell<Option<i64>>,
    /// Whether the alarm handler is running.
    ringing: Cell<bool>,
    life: RefCell<Option<Rc<Life>>>,
    /// Requests that are sent at the next commit.
    outbox: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// Facts that the object learned since the last commit.
    learned: RefCell<Vec<Fact>>,
}

struct Life {
    owner: Owner,
    program: OnceCell<Box<dyn Program>>,
}

impl Object {
    /// Sets the alarm at the next commit.
    pub fn set_alarm(&self, at: i64) {
        self.alarm_set.set(Some(at));
    }

    /// Drops the facts learned since the last commit, because they could not be stored.
    pub fn forget(&self) {
        self.learned.take();
    }

    /// Whether an alarm is set.
    pub fn has_alarm(&self) -> bool {
        self.alarm.get().is_some()
    }

    fn has_changed(&self) -> bool {
        self.database.is_dirty() || self.alarm_set.get().is_some() || !self.outbox.borrow().is_empty()
    }
}

/// The simulated world.
pub struct World {
    pub executor: Rc<Executor>,
    pub dice: RefCell<Dice>,
    pub weather: Cell<Weather>,
    pub sandbox: workbot_sandbox::Shared,
    pub router: Router,
    /// The vendor of the app of these tests alone.
    pub ledger: Ledger,
    /// The fixture of the vendor whose real hosts are played.
    pub vendor: Cell<Option<&'static Fixture>>,
    pub kv: Kv,
    pub log: RefCell<Vec<String>>,
    pub truth: RefCell<Truth>,
    objects: RefCell<BTreeMap<(ObjectClass, String), Rc<Object>>>,
    owners: RefCell<BTreeMap<Owner, Rc<Object>>>,
    /// The object whose task is being polled.
    current: RefCell<Option<Rc<Object>>>,
    factory: RefCell<Factory>,
    /// The story, line by line, if it is recorded.
    told: Option<RefCell<Vec<String>>>,
    /// The same for every play of a seed.
    pub fingerprint: Cell<u64>,
    pub deaths: Cell<u32>,
    pub commits: Cell<u64>,
    /// The faults that a test planned.
    pub plans: RefCell<Vec<Planned>>,
    /// The commit at which a test lets an object die, counted from now, and whether it dies before the
    /// commit.
    pub dies_at: Cell<Option<(u64, bool)>>,
}

impl World {
    /// The world of a seed. `told`: whether its story is recorded.
    pub fn of(seed: u64, factory: Factory, told: bool) -> Rc<Self> {
        let mut dice = Dice::of(seed);
        random_name::seed(dice.number());
        clock::set(u64::try_from(START).unwrap_or(0));
        let (sandbox, router) = SANDBOX.with(Clone::clone);
        sandbox.begin_anew();
        let weather = Weather::of(&mut dice);
        Rc::new(Self {
            executor: Rc::new(Executor::new(START, dice.split(), weather.slow)),
            weather: Cell::new(weather),
            router,
            ledger: Ledger::default(),
            sandbox,
            vendor: Cell::default(),
            kv: Kv::default(),
            log: RefCell::default(),
            truth: RefCell::default(),
            objects: RefCell::default(),
            owners: RefCell::default(),
            current: RefCell::default(),
            factory: RefCell::new(factory),
            told: told.then(RefCell::default),
            fingerprint: Cell::new(seed),
            deaths: Cell::new(0),
            commits: Cell::new(0),
            plans: RefCell::default(),
            dies_at: Cell::default(),
            dice: RefCell::new(dice),
        })
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.executor.now()
    }

    /// Records a line of the story.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(told) = &self.told {
            let since = self.now() - START;
            told.borrow_mut().push(format!("{:>9}.{:03} {}", since / 1000, since % 1000, line()));
        }
    }

    /// The recorded story.
    pub fn story(&self) -> Vec<String> {
        self.told.as_ref().map(|told| told.borrow().clone()).unwrap_or_default()
    }

    /// Whether an event of this rate occurs.
    pub fn happens(&self, rate: impl FnOnce(Weather) -> u64) -> bool {
        let rate = rate(self.weather.get());
        rate > 0 && self.dice.borrow_mut().happens(rate)
    }

    /// Waits for a random time.
    pub async fn takes(self: &Rc<Self>, from: u64, to: u64) {
        let duration = self.dice.borrow_mut().millis(from, to);
        self.executor.sleep(duration).await;
    }

    /// Starts a task that belongs to no object.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.executor.spawn(None, Box::pin(future));
    }

    /// Runs `work` outside of the current object, once the object's earlier writes are committed. `None`: the
    /// object died before the result arrived.
    pub async fn outside<T: 'static>(self: &Rc<Self>, work: impl Future<Output = T> + 'static) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        let world = Rc::clone(self);
        let start = move || {
            world.spawn(async move {
                let _ = sender.send(work.await);
            });
        };
        self.leave(start);
        receiver.await.ok()
    }

    fn leave(&self, start: impl FnOnce() + 'static) {
        let current = self.current.borrow().clone();
        match current {
            Some(object) => object.outbox.borrow_mut().push(Box::new(start)),
            None => start(),
        }
    }

    /// Records a fact that the current object has learned.
    pub fn learn(&self, fact: Fact) {
        let current = self.current.borrow().clone();
        if let Some(object) = current {
            object.learned.borrow_mut().push(fact);
        }
    }

    /// The object of this name; created if it does not exist.
    pub fn object(&self, class: ObjectClass, name: &str) -> Rc<Object> {
        let mut objects = self.objects.borrow_mut();
        let made = || {
            // Some objects create their tables themselves, as the first objects do. All do if statements can
            // fail, because each statement uses the dice.
            let without_tables = self.dice.borrow_mut().happens(30) || self.weather.get().database > 0;
            let database = Database::of(class, without_tables);
            Rc::new(Object {
                class,
                name: name.to_owned(),
                database,
                requests: RefCell::default(),
                alarm: Cell::default(),
                alarm_set: Cell::default(),
                ringing: Cell::default(),
                life: RefCell::default(),
                outbox: RefCell::default(),
                learned: RefCell::default(),
            })
        };
        Rc::clone(objects.entry((class, name.to_owned())).or_insert_with(made))
    }

    /// All existing objects.
    pub fn objects(&self) -> Vec<Rc<Object>> {
        self.objects.borrow().values().cloned().collect()
    }

    /// The running instance of an object; started if there is none.
    fn life(&self, object: &Rc<Object>) -> Rc<Life> {
        let mut life = object.life.borrow_mut();
        Rc::clone(life.get_or_insert_with(|| {
            let owner = self.executor.serial();
            self.owners.borrow_mut().insert(owner, Rc::clone(object));
            Rc::new(Life { owner, program: OnceCell::new() })
        }))
    }

    /// Sends a request to an object. `None`: the object died.
    pub async fn ask(
        self: &Rc<Self>,
        object: &Rc<Object>,
        body: Vec<u8>,
        id: CorrelationId,
    ) -> Option<Vec<u8>> {
        object.requests.borrow_mut().push(String::from_utf8_lossy(&body).into_owned());
        let (sender, receiver) = oneshot::channel();
        let (world, asked, life) = (Rc::clone(self), Rc::clone(object), self.life(object));
        self.executor.spawn(Some(life.owner), {
            Box::pin(async move {
                let answering = life.program.get_or_init(|| world.program(&asked)).fetch(body, id);
                if let Some(response) = answering.await {
                    world.leave(move || _ = sender.send(response));
                }
            })
        });
        receiver.await.ok()
    }

    fn program(self: &Rc<Self>, object: &Rc<Object>) -> Box<dyn Program> {
        let factory = self.factory.borrow().clone();
        factory(self, object)
    }

    /// Objects that start from now on use this factory. Running objects continue.
    pub fn deploy(&self, factory: Factory) {
        self.factory.replace(factory);
    }

    /// The name of the object whose task is being polled; empty if there is none.
    pub fn current(&self) -> String {
        self.current.borrow().as_ref().map(|object| object.name.clone()).unwrap_or_default()
    }

    /// Runs a task in a live object.
    pub fn work_for(&self, object: &Rc<Object>, future: LocalBoxFuture<'static, ()>) {
        let owner = self.life(object).owner;
        self.executor.spawn(Some(owner), future);
    }

    /// Fires an object's alarm, unless it was replaced meanwhile.
    fn ring(self: &Rc<Self>, object: &Rc<Object>, alarm: u64) {
        if object.alarm.get().map(|(_, current)| current) != Some(alarm) {
            return;
        }
        object.alarm.set(None);
        object.ringing.set(true);
        let (world, rung, life) = (Rc::clone(self), Rc::clone(object), self.life(object));
        self.tell(|| format!("the alarm of {} comes", object.name));
        self.executor.spawn(Some(life.owner), {
            Box::pin(async move {
                let ringing = life.program.get_or_init(|| world.program(&rung)).alarm();
                ringing.await;
                let done = Rc::clone(&rung);
                world.leave(move || done.ringing.set(false));
            })
        });
    }

    fn alarm_at(self: &Rc<Self>, object: &Rc<Object>, at: i64) {
        let alarm = self.executor.serial();
        object.alarm.set(Some((at, alarm)));
        let (world, object) = (Rc::clone(self), Rc::clone(object));
        let wait = Duration::from_millis(u64::try_from(at - self.now()).unwrap_or(0));
        self.spawn(async move {
            world.executor.sleep(wait).await;
            world.ring(&object, alarm);
        });
    }

    /// Kills an object: everything in memory and every uncommitted write is lost.
    pub fn kill(self: &Rc<Self>, object: &Rc<Object>) {
        object.database.roll_back();
        object.alarm_set.set(None);
        object.learned.take();
        let outbox = object.outbox.take();
        let life = object.life.take();
        if let Some(life) = &life {
            self.executor.end(life.owner);
            self.owners.borrow_mut().remove(&life.owner);
        }
        drop((life, outbox));
        // An alarm whose handler did not finish fires again, unless another one was set meanwhile.
        if object.ringing.replace(false) && !object.has_alarm() {
            self.alarm_at(object, self.now() + 2000);
        }
    }

    /// Turns off all faults.
    pub fn clear_up(&self) {
        self.weather.set(Weather::CALM);
        self.executor.hurry();
    }

    /// Kills all objects, as a deployment does.
    pub fn kill_all(self: &Rc<Self>) {
        self.tell(|| "all objects die".to_owned());
        self.objects().iter().for_each(|object| self.kill(object));
    }

    fn commit(self: &Rc<Self>, object: &Rc<Object>) {
        if object.has_changed() {
            self.commits.set(self.commits.get() + 1);
        }
        object.database.commit();
        for fact in object.learned.take() {
            self.truth.borrow_mut().know(fact);
        }
        if let Some(at) = object.alarm_set.take() {
            self.alarm_at(object, at);
        }
    }

    /// Whether an object dies at this commit; if so, whether before the commit.
    fn dies_now(&self, object: &Object) -> Option<bool> {
        if !object.has_changed() {
            return None;
        }
        if let Some((left, before)) = self.dies_at.get() {
            self.dies_at.set((left > 0).then(|| (left - 1, before)));
            return (left == 0).then_some(before);
        }
        let weather = self.weather.get();
        let dies = self.deaths.get() < weather.crashes && self.dice.borrow_mut().happens(weather.crash);
        if !dies {
            return None;
        }
        self.deaths.set(self.deaths.get() + 1);
        Some(self.dice.borrow_mut().happens(500))
    }

    /// Runs the next step before `end`. `false`: nothing happens until then.
    fn step(self: &Rc<Self>, end: i64) -> bool {
        let task = match self.executor.next(end) {
            Step::Nothing => return false,
            Step::Time => {
                clock::set(u64::try_from(self.now()).unwrap_or(0));
                return true;
            }
            Step::Task(task) => task,
        };
        let mixed = self.fingerprint.get().rotate_left(5) ^ task ^ self.now().unsigned_abs();
        self.fingerprint.set(mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let owner = self.executor.owner(task);
        let object = owner.and_then(|owner| self.owners.borrow().get(&owner).cloned());
        self.current.replace(object.clone());
        let rest = self.executor.poll(task);
        self.current.replace(None);
        let Some(object) = object else {
            rest.into_iter().for_each(|rest| self.executor.keep(task, rest));
            return true;
        };
        if let Some(before) = self.dies_now(&object) {
            self.tell(|| {
                format!("{} dies {} a commit", object.name, if before { "before" } else { "after" })
            });
            if !before {
                self.commit(&object);
                for left in object.outbox.take() {
                    // Requests that were on their way may or may not have been sent.
                    if self.dice.borrow_mut().happens(500) {
                        left();
                    }
                }
            }
            drop(rest);
            self.kill(&object);
            return true;
        }
        self.commit(&object);
        rest.into_iter().for_each(|rest| self.executor.keep(task, rest));
        object.outbox.take().into_iter().for_each(|left| left());
        true
    }

    /// Runs the world for this duration, or until `done`. Returns whether `done` holds.
    pub fn run(self: &Rc<Self>, duration: Duration, done: impl Fn() -> bool) -> bool {
        let end = self.now() + i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4);
        while !done() {
            if !self.step(end) {
                clock::set(u64::try_from(self.now()).unwrap_or(0));
                return done();
            }
        }
        true
    }

    /// Whether an object has its tables. Tables that a later version added are created when the database is
    /// used again.
    fn has_tables(&self, database: &Database) -> bool {
        let noted = "SELECT 1 FROM sqlite_master WHERE name = 'schema'";
        !database.look(noted).is_empty()
    }

    /// Ends the world and drops all references to it.
    pub fn end(&self) {
        self.executor.clear();
        self.owners.take();
        for object in std::mem::take(&mut *self.objects.borrow_mut()).into_values() {
            object.outbox.take();
            object.life.take();
            object.database.recycle(object.class, |database| self.has_tables(database));
        }
        // An instance that ended in the middle of a refresh refers to itself and so keeps this world alive
        // for ever.
        self.kv.clear();
        self.log.take();
        self.truth.take();
        self.factory.replace(Rc::new(|_, _| panic!("the world has ended")));
    }
}
