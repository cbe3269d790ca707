//! The scheduler: one thread, virtual time, and dice that decide which task runs next.
//!
//! Time advances when no task is ready. Sometimes it advances although a task is ready, which simulates a
//! slow task.

use futures_util::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::seeded_random::Dice;

/// The id of a task.
pub type TaskId = u64;

/// The owner of a task: the task is dropped with its owner.
pub type Owner = u64;

struct Task {
    owner: Option<Owner>,
    /// `None` while it is being polled.
    future: Option<LocalBoxFuture<'static, ()>>,
    waker: Waker,
}

struct TaskWaker {
    task: TaskId,
    woken: Arc<Mutex<BTreeSet<TaskId>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().insert(self.task);
    }
}

/// All tasks and timers of a world.
pub struct Executor {
    now: Cell<i64>,
    dice: RefCell<Dice>,
    tasks: RefCell<BTreeMap<TaskId, Task>>,
    woken: Arc<Mutex<BTreeSet<TaskId>>>,
    timers: RefCell<BTreeMap<(i64, u64), Waker>>,
    serial: Cell<u64>,
    /// The rate per thousand steps at which time advances although a task is ready.
    slowness: Cell<u64>,
}

/// The next step.
pub enum Step {
    /// This task is polled.
    Task(TaskId),
    /// Time has advanced.
    Time,
    /// Nothing else happens before the end.
    Nothing,
}

impl Executor {
    pub fn new(start: i64, dice: Dice, slowness: u64) -> Self {
        Self {
            now: Cell::new(start),
            dice: RefCell::new(dice),
            tasks: RefCell::default(),
            woken: Arc::default(),
            timers: RefCell::default(),
            serial: Cell::new(0),
            slowness: Cell::new(slowness),
        }
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now.get()
    }

    pub fn serial(&self) -> u64 {
        self.serial.set(self.serial.get() + 1);
        self.serial.get()
    }

    /// Starts a task, which is ready at once.
    pub fn spawn(&self, owner: Option<Owner>, future: LocalBoxFuture<'static, ()>) {
        let id = self.serial();
        let waker = Waker::from(Arc::new(TaskWaker { task: id, woken: Arc::clone(&self.woken) }));
        waker.wake_by_ref();
        self.tasks.borrow_mut().insert(id, Task { owner, future: Some(future), waker });
    }

    /// Drops all tasks of an owner.
    pub fn end(&self, owner: Owner) {
        let mut tasks = self.tasks.borrow_mut();
        let ended: Vec<TaskId> =
            tasks.iter().filter(|(_, task)| task.owner == Some(owner)).map(|(id, _)| *id).collect();
        let ended: Vec<Task> = ended.into_iter().filter_map(|id| tasks.remove(&id)).collect();
        // The destructors of the tasks may access the executor.
        drop(tasks);
        drop(ended);
    }

    /// Stops simulating slow tasks.
    pub fn hurry(&self) {
        self.slowness.set(0);
    }

    /// Drops all tasks and timers.
    pub fn clear(&self) {
        let tasks = self.tasks.take();
        drop(tasks);
        self.timers.take();
    }

    /// The owner of a task.
    pub fn owner(&self, task: TaskId) -> Option<Owner> {
        self.tasks.borrow().get(&task)?.owner
    }

    /// The next step, not after `end`.
    pub fn next(&self, end: i64) -> Step {
        let ready = {
            let mut woken = self.woken.lock().unwrap();
            let tasks = self.tasks.borrow();
            woken.retain(|id| tasks.contains_key(id));
            woken.len()
        };
        let mut dice = self.dice.borrow_mut();
        if ready == 0 || dice.happens(self.slowness.get()) {
            let due = self.timers.borrow().keys().next().map(|(at, _)| *at);
            // The limit, in milliseconds, for the delay of a slow task.
            let limit = if ready == 0 { i64::MAX } else { self.now() + 40 };
            match due.filter(|due| *due <= end && *due <= limit) {
                Some(due) => {
                    self.now.set(due.max(self.now()));
                    let mut timers = self.timers.borrow_mut();
                    let later = timers.split_off(&(self.now() + 1, 0));
                    std::mem::replace(&mut *timers, later).into_values().for_each(Waker::wake);
                    return Step::Time;
                }
                None if ready == 0 => {
                    self.now.set(end.max(self.now()));
                    return Step::Nothing;
                }
                None => {}
            }
        }
        let mut woken = self.woken.lock().unwrap();
        let chosen = woken.iter().nth(dice.below(ready)).copied();
        chosen.map_or(Step::Time, |id| {
            woken.remove(&id);
            Step::Task(id)
        })
    }

    /// Polls a task. Returns its future if it is not finished; the caller returns it with [`Self::keep`].
    pub fn poll(&self, id: TaskId) -> Option<LocalBoxFuture<'static, ()>> {
        let (mut future, waker) = {
            let mut tasks = self.tasks.borrow_mut();
            let task = tasks.get_mut(&id)?;
            (task.future.take()?, task.waker.clone())
        };
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => {
                self.tasks.borrow_mut().remove(&id);
                None
            }
            Poll::Pending => Some(future),
        }
    }

    /// Stores the future of a polled task, unless the task was dropped meanwhile.
    pub fn keep(&self, id: TaskId, future: LocalBoxFuture<'static, ()>) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(&id) {
            task.future = Some(future);
        }
    }

    /// Waits for this duration.
    pub fn sleep(self: &Rc<Self>, duration: Duration) -> Sleep {
        // A timer takes at least one turn of the event loop.
        let at = self.now() + i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4).max(1);
        Sleep { executor: Rc::clone(self), key: (at, self.serial()) }
    }
}

/// A wait until a point in time.
pub struct Sleep {
    executor: Rc<Executor>,
    key: (i64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.now() >= self.key.0 {
            return Poll::Ready(());
        }
        self.executor.timers.borrow_mut().insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.executor.timers.borrow_mut().remove(&self.key);
    }
}
