//! Acquires a permit of the run semaphore for a run that begins.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use std::rc::Rc;
use std::time::Duration;

use crate::isolate::Isolate;
use crate::run_semaphore::HELD;

/// How long a run waits for a permit at most. Teams waits for 15 seconds; after 3 the edge says that the bot
/// is working on it.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// A permit. It is given back on drop.
struct Permit {
    isolate: Rc<Isolate>,
    id: u64,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.isolate.run_semaphore.borrow_mut().release(self.id, self.isolate.now());
    }
}

/// Waits for a permit, at most [`LONGEST_WAIT`]. Returns whether it came in time.
async fn acquire(isolate: Rc<Isolate>) -> (Permit, bool) {
    let (id, signaled) = isolate.run_semaphore.borrow_mut().acquire(isolate.now(), isolate.platform());
    let permit = Permit { isolate, id };
    let has_permit = match signaled {
        Some(signaled) => permit.isolate.within(LONGEST_WAIT, signaled).await.is_some(),
        None => true,
    };
    (permit, has_permit)
}

/// Begins work once there is a permit for it, and holds the permit while it runs. `begin` gets whether there
/// was one in time.
pub async fn with_permit<T, F: Future<Output = T>>(isolate: Rc<Isolate>, begin: impl FnOnce(bool) -> F) -> T {
    let (permit, has_permit) = acquire(Rc::clone(&isolate)).await;
    let (work, held) = (begin(has_permit), isolate.sleep(HELD));
    pin_mut!(work);
    match select(work, held).await {
        Either::Left((output, _)) => output,
        Either::Right(((), work)) => {
            drop(permit);
            work.await
        }
    }
}
