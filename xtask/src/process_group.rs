//! Child processes in process groups: a program ends together with its own children.

use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use process_wrap::std::{ChildWrapper, CommandWrap};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The time for a group to end by itself.
const GRACE: Duration = Duration::from_secs(8);

/// From now on Ctrl-C and SIGTERM are reported by [`check`] instead of ending this process at once: child
/// processes are in other groups and would survive.
///
/// # Errors
/// If the signal handler cannot be installed.
pub fn listen_for_interrupts() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")
}

/// Ends what is being done, as if someone had asked for it.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether an interrupt was received.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Returns an error after an interrupt, to end the current work.
///
/// # Errors
/// If an interrupt was received.
pub fn check() -> Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    Ok(())
}

/// A running group. Dropping it ends the group.
pub struct Group {
    child: Box<dyn ChildWrapper>,
    grace: Duration,
}

impl Group {
    /// Starts the program.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: Command) -> Result<Self> {
        let program = command.get_program().display().to_string();
        let mut wrapped = CommandWrap::from(command);
        #[cfg(unix)]
        wrapped.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        wrapped.wrap(process_wrap::std::JobObject);
        let child = wrapped.spawn().with_context(|| format!("{program} could not be started"))?;
        Ok(Group { child, grace: GRACE })
    }

    /// Waits longer for the end of the group: the program ends groups of its own first.
    #[must_use]
    pub fn with_groups_below(mut self) -> Self {
        self.grace = 3 * GRACE;
        self
    }

    /// The child process, for its pipes.
    pub fn child(&mut self) -> &mut dyn ChildWrapper {
        self.child.as_mut()
    }

    /// The exit status, if the program has ended.
    ///
    /// # Errors
    /// If the system does not report it.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for the end of the program; ends it after an interrupt.
    ///
    /// # Errors
    /// After an interrupt, or if the system does not report the status.
    pub fn until_ended(mut self) -> Result<ExitStatus> {
        loop {
            check()?;
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Requests the end of the group; [`Group::finish`] waits for it.
    pub fn ask_to_end(&self) {
        #[cfg(unix)]
        self.child.signal(15).ok();
    }

    /// Ends the group: by a request first, then by force.
    pub fn finish(&mut self) {
        self.ask_to_end();
        let asked = Instant::now();
        while cfg!(unix) && asked.elapsed() < self.grace && matches!(self.ended(), Ok(None)) {
            thread::sleep(Duration::from_millis(50));
        }
        // Also if the program itself has ended: its children may still run.
        self.child.start_kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.finish();
    }
}
