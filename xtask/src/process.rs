//! A program that we started, together with everything that it starts: one group, which ends as one.

use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use process_wrap::std::{ChildWrapper, CommandWrap};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How long a group may take to end by itself.
const GRACE: Duration = Duration::from_secs(8);

/// From now on Ctrl-C and SIGTERM are noticed by [`check`] instead of ending us at once: what we started would
/// live on, as it is not in our group.
///
/// # Errors
/// When the system does not let us listen.
pub fn listen_for_interrupts() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")
}

/// Ends what is being done, as if someone had asked for it.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether someone asked us to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Ends what is being done if someone asked us to stop.
///
/// # Errors
/// When someone did.
pub fn check() -> Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    Ok(())
}

/// A running group. Dropping it ends it.
pub struct Group {
    child: Box<dyn ChildWrapper>,
}

impl Group {
    /// Starts the program.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: Command) -> Result<Self> {
        let program = command.get_program().display().to_string();
        let mut wrapped = CommandWrap::from(command);
        #[cfg(unix)]
        wrapped.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        wrapped.wrap(process_wrap::std::JobObject);
        let child = wrapped.spawn().with_context(|| format!("{program} could not be started"))?;
        Ok(Group { child })
    }

    /// The program, for its pipes.
    pub fn child(&mut self) -> &mut dyn ChildWrapper {
        self.child.as_mut()
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it has ended; ends it if someone asks us to stop.
    ///
    /// # Errors
    /// When someone does, or the system does not say.
    pub fn until_ended(mut self) -> Result<ExitStatus> {
        loop {
            check()?;
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asks the group to end; [`Group::finish`] waits for it.
    pub fn ask_to_end(&self) {
        #[cfg(unix)]
        self.child.signal(15).ok();
    }

    /// Ends the group: politely, then at once.
    pub fn finish(&mut self) {
        self.ask_to_end();
        let asked = Instant::now();
        while cfg!(unix) && asked.elapsed() < GRACE && matches!(self.ended(), Ok(None)) {
            thread::sleep(Duration::from_millis(50));
        }
        // Also when the program itself has ended: what it started may not have.
        self.child.start_kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.finish();
    }
}
