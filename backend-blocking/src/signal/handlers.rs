//! A closure for each signal, run where its owner says: [`Handlers`].

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use standpipe_core::signal::{
    Disposition, Dispositions, Found, PendingSignals, Signal, SignalError, SignalSet, SignalState,
};
use standpipe_core::{Moment, Side};
use standpipe_sys::signals::{self, Arrivals, Closer, Ignored, Replaced};
use standpipe_sys::{Clock, PollSet};

/// A closure that is run for a signal. It may change the handlers, its own as well.
pub struct Handler(Option<Call>);

type Call = Box<dyn FnMut(&mut Handlers, Signal) -> io::Result<()> + Send>;

/// What is to be done at each signal, as closures of ordinary code: they run in [`Handlers::run_pending`] and
/// [`Handlers::wait`], in the thread that calls them, and nowhere else.
///
/// One that fails or panics strands no other signal: the call ends with that, and the next one goes on with those that wait.
/// When it is dropped, everything is as it was found.
///
/// ```
/// use std::io;
/// use standpipe_blocking::signal::{self, Disposition, Handlers, Signal};
///
/// let mut handlers = Handlers::new()?;
/// handlers.on(Signal::USR1, |_, signal| Err(io::Error::other(format!("{signal} came"))))?;
/// handlers.on(Signal::USR2, |handlers, _| handlers.on(Signal::TERM, |_, _| Ok(())).map(drop))?;
/// let before = handlers.set(Signal::PIPE, Disposition::Default)?;
/// assert!(matches!(before, Disposition::Ignore), "as every Rust program has it");
///
/// signal::raise(Signal::USR1)?;
/// signal::raise(Signal::USR2)?;
/// assert_eq!(handlers.run_pending().unwrap_err().to_string(), "SIGUSR1 came");
/// assert_eq!(handlers.run_pending()?, 1);
/// signal::raise(Signal::TERM)?; // which is handled since
/// assert_eq!(handlers.wait()?, 1);
/// # Ok::<(), io::Error>(())
/// ```
pub struct Handlers {
    table: Dispositions<Handler>,
    arrivals: Arrivals,
    /// What is ignored or at its default by our will.
    replaced: BTreeMap<Signal, Replaced>,
    pending: PendingSignals,
    /// What has come while its handler runs, which has asked for what is pending itself.
    deferred: SignalSet,
    clock: Clock,
    set: PollSet,
}

impl Handler {
    /// This closure as a handler.
    pub fn new(call: impl FnMut(&mut Handlers, Signal) -> io::Result<()> + Send + 'static) -> Self {
        Self(Some(Box::new(call)))
    }

    /// What is in the place of one that runs.
    const RUNNING: Self = Self(None);

    fn is_running(&self) -> bool {
        self.0.is_none()
    }
}

impl Handlers {
    /// None yet: nothing is changed.
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn new() -> io::Result<Self> {
        let mut found = SignalState::default();
        for signal in Signal::all().filter(|signal| signal.check_changeable().is_ok()) {
            match found_in_place(signal)? {
                Found::Default => {}
                Found::Ignore => found.ignored.insert(signal),
                Found::Foreign => found.handled.insert(signal),
            }
        }
        Ok(Self {
            table: Dispositions::new(found),
            arrivals: Arrivals::new(SignalSet::EMPTY, Ignored::Catch)?,
            replaced: BTreeMap::new(),
            pending: PendingSignals::default(),
            deferred: SignalSet::EMPTY,
            clock: Clock::start(),
            set: PollSet::default(),
        })
    }

    /// Runs this closure for the signal from now on, and gives back what was in place. Calls that the signal interrupts go
    /// on.
    ///
    /// # Errors
    /// As [`Handlers::set`].
    pub fn on(
        &mut self,
        signal: Signal,
        call: impl FnMut(&mut Self, Signal) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Disposition<Handler>> {
        self.set(signal, Disposition::Handler { handler: Handler::new(call), restart: true })
    }

    /// Puts something in place and gives back what was there, to be put back by another call (SIG-21). What has come and
    /// was not yet dealt with is dealt with by what is in place then.
    ///
    /// [`Disposition::Foreign`] puts back what somebody else had there. A signal that is ignored is handled all the same;
    /// who leaves to nohup(1) what it ignores uses [`Handlers::set_unless_ignored`].
    ///
    /// # Errors
    /// The signal cannot be changed, or not be caught; or nothing of somebody else's was found there. The [`SignalError`]
    /// is within, and nothing has changed.
    pub fn set(&mut self, signal: Signal, wanted: Disposition<Handler>) -> io::Result<Disposition<Handler>> {
        self.look(signal)?;
        let restart = match &wanted {
            Disposition::Handler { restart, .. } => Some(*restart),
            _ => None,
        };
        let replacement = Replacement::of(&wanted);
        let before = self.table.set(signal, wanted).map_err(refused)?;
        self.install(signal, replacement)?;
        // Where somebody else's handler lies over ours, the flag is his.
        if let (Some(restart), Disposition::Handler { .. }) = (restart, signals::disposition(signal)?) {
            signals::set_restart(signal, restart)?;
        }
        Ok(before)
    }

    /// As [`Handlers::set`], but leaves a signal alone that was found ignored, and then gives `None` (SIG-31).
    ///
    /// # Errors
    /// As [`Handlers::set`].
    pub fn set_unless_ignored(
        &mut self,
        signal: Signal,
        wanted: Disposition<Handler>,
    ) -> io::Result<Option<Disposition<Handler>>> {
        self.look(signal)?;
        let is_as_found = matches!(self.table.disposition(signal), Disposition::Ignore);
        if self.table.found(signal) == Found::Ignore && is_as_found {
            return Ok(None);
        }
        self.set(signal, wanted).map(Some)
    }

    /// What is in place, as it was set here or found. [`super::disposition`] asks the kernel.
    pub fn disposition(&self, signal: Signal) -> &Disposition<Handler> {
        self.table.disposition(signal)
    }

    /// Runs the handlers of what has arrived, in ascending order, and tells how many were run. Never waits.
    ///
    /// # Errors
    /// That of the first handler that fails. What follows it waits for the next call.
    pub fn run_pending(&mut self) -> io::Result<usize> {
        self.pending.handle_arrivals(self.arrivals.take());
        let mut count = 0;
        while let Some(signal) = self.pending.take_next() {
            count += usize::from(self.run(signal)?);
        }
        Ok(count)
    }

    /// Waits until something has arrived that has a handler, runs what [`Handlers::run_pending`] does, and tells how many
    /// were run: none when it was closed.
    ///
    /// # Errors
    /// As [`Handlers::run_pending`]; or waiting failed.
    pub fn wait(&mut self) -> io::Result<usize> {
        self.wait_until(None)
    }

    /// As [`Handlers::wait`], at most this long: none was run when none has come in time.
    ///
    /// # Errors
    /// As [`Handlers::wait`].
    pub fn wait_timeout(&mut self, at_most: Duration) -> io::Result<usize> {
        self.wait_until(Some(self.clock.now() + at_most))
    }

    fn wait_until(&mut self, end: Option<Moment>) -> io::Result<usize> {
        loop {
            let is_closed = self.arrivals.is_closed();
            let count = self.run_pending()?;
            let left = end.map(|end| self.clock.until(end));
            if count > 0 || is_closed || left == Some(Duration::ZERO) {
                return Ok(count);
            }
            self.set.clear();
            self.set.add(self.arrivals.as_fd(), Side::Read);
            self.set.wait(left)?;
        }
    }

    /// What ends the waits from any thread.
    pub fn closer(&self) -> Closer {
        self.arrivals.closer()
    }

    /// Runs the handler of a signal, if it has one. It is out of its place meanwhile, and back there afterwards, also after
    /// a panic, unless it has put something else there.
    fn run(&mut self, signal: Signal) -> io::Result<bool> {
        let Some(mut call) = self.take(signal) else {
            return Ok(false);
        };
        let result = catch_unwind(AssertUnwindSafe(|| call(self, signal)));
        self.give_back(signal, call);
        match result {
            Ok(result) => result.map(|()| true),
            Err(panic) => resume_unwind(panic),
        }
    }

    fn take(&mut self, signal: Signal) -> Option<Call> {
        let Disposition::Handler { handler, restart } = self.table.disposition(signal) else {
            return None;
        };
        if handler.is_running() {
            self.deferred.insert(signal);
            return None;
        }
        let running = Disposition::Handler { handler: Handler::RUNNING, restart: *restart };
        match self.table.set(signal, running) {
            Ok(Disposition::Handler { handler, .. }) => handler.0,
            _ => None,
        }
    }

    fn give_back(&mut self, signal: Signal, call: Call) {
        if let Disposition::Handler { handler, restart } = self.table.disposition(signal)
            && handler.is_running()
        {
            let back = Disposition::Handler { handler: Handler(Some(call)), restart: *restart };
            // It had one before.
            let _ = self.table.set(signal, back);
        }
        if self.deferred.contains(signal) {
            self.deferred.remove(signal);
            self.pending.handle_arrival(signal);
        }
    }

    /// Takes note of what others have changed where nothing of ours is in place.
    fn look(&mut self, signal: Signal) -> io::Result<()> {
        signal.check_changeable().map_err(refused)?;
        if !self.arrivals.signals().contains(signal) && !self.replaced.contains_key(&signal) {
            self.table.handle_found(signal, found_in_place(signal)?);
        }
        Ok(())
    }

    /// What is new is in place before what was there goes, so that nothing else acts in between.
    fn install(&mut self, signal: Signal, replacement: Replacement) -> io::Result<()> {
        match replacement {
            Replacement::Caught => {
                self.arrivals.catch(signal, Ignored::Catch)?;
                self.replaced.remove(&signal);
            }
            Replacement::Ignored => {
                self.replaced.insert(signal, signals::ignore(signal)?);
                self.arrivals.release(signal);
            }
            Replacement::Default => {
                self.replaced.insert(signal, signals::set_default(signal)?);
                self.arrivals.release(signal);
            }
            Replacement::AsFound => {
                self.arrivals.release(signal);
                self.replaced.remove(&signal);
            }
        }
        Ok(())
    }
}

/// What is to be in the kernel's table.
enum Replacement {
    Caught,
    Ignored,
    Default,
    AsFound,
}

impl Replacement {
    fn of(wanted: &Disposition<Handler>) -> Self {
        match wanted {
            Disposition::Handler { .. } => Self::Caught,
            Disposition::Ignore => Self::Ignored,
            Disposition::Default => Self::Default,
            Disposition::Foreign => Self::AsFound,
        }
    }
}

fn found_in_place(signal: Signal) -> io::Result<Found> {
    Ok(match signals::disposition(signal)? {
        Disposition::Default => Found::Default,
        Disposition::Ignore => Found::Ignore,
        Disposition::Handler { .. } | Disposition::Foreign => Found::Foreign,
    })
}

fn refused(error: SignalError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

impl AsFd for Handlers {
    /// Readable when something comes. [`Handlers::run_pending`] then runs what there is; after a failure it is called
    /// again without looking.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.arrivals.as_fd()
    }
}

impl Debug for Handler {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("is_running", &self.is_running()).finish()
    }
}

impl Debug for Handlers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (handled, ignored) = (self.arrivals.signals(), self.table.ignored());
        f.debug_struct("Handlers")
            .field("handled", &handled)
            .field("ignored", &ignored)
            .finish_non_exhaustive()
    }
}
