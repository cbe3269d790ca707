//! Takes a place in the gate of the runs for a run that begins.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use std::rc::Rc;
use std::time::Duration;

use crate::isolate::Isolate;
use crate::run_gate::HELD;

/// How long a run waits for a place at most. Teams waits for 15 seconds; after 3 the edge says that the bot
/// is working on it.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// A place in the gate. It is given back on drop.
struct Place {
    isolate: Rc<Isolate>,
    id: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.isolate.run_gate.borrow_mut().leave(self.id, self.isolate.now());
    }
}

/// Waits for a place, at most [`LONGEST_WAIT`]. Returns whether it came in time.
async fn enter(isolate: Rc<Isolate>) -> (Place, bool) {
    let (id, signaled) = isolate.run_gate.borrow_mut().enter(isolate.now(), isolate.platform());
    let place = Place { isolate, id };
    let has_place = match signaled {
        Some(signaled) => place.isolate.within(LONGEST_WAIT, signaled).await.is_some(),
        None => true,
    };
    (place, has_place)
}

/// Begins work once there is a place for it, and holds the place while it runs. `begin` gets whether there
/// was one in time.
pub async fn in_place<T, F: Future<Output = T>>(isolate: Rc<Isolate>, begin: impl FnOnce(bool) -> F) -> T {
    let (place, has_place) = enter(Rc::clone(&isolate)).await;
    let (work, held) = (begin(has_place), isolate.sleep(HELD));
    pin_mut!(work);
    match select(work, held).await {
        Either::Left((output, _)) => output,
        Either::Right(((), work)) => {
            drop(place);
            work.await
        }
    }
}
