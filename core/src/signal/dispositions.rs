//! What is in place for each signal: [`Dispositions`].

use core::array;

use super::{Signal, SignalError, SignalSet, SignalState};

/// What is in place for a signal. `H` names a handler of ours: a number, a key, whatever its owner finds it by.
///
/// ```
/// use standpipe_core::signal::Disposition;
///
/// let reload = Disposition::Handler { handler: "reload", restart: true };
/// assert_ne!(reload, Disposition::Ignore);
/// assert_eq!(Disposition::<&str>::default(), Disposition::Default);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Disposition<H> {
    /// [`Signal::default_action`] (SIG-01).
    #[default]
    Default,
    /// Nothing happens (SIG-02).
    Ignore,
    /// A handler of ours.
    Handler {
        /// Which one.
        handler: H,
        /// Whether calls that it interrupts go on afterwards (`SA_RESTART`), instead of failing with `EINTR` (SIG-33).
        restart: bool,
    },
    /// Whatever somebody else has put in place. To set it is to put it back, which its driver has kept (SIG-24).
    Foreign,
}

/// What was in place before we came, or what somebody else has put there since.
///
/// ```
/// use standpipe_core::signal::{Dispositions, Found, Signal, SignalState};
///
/// let mut dispositions = Dispositions::<u8>::new(SignalState::default());
/// dispositions.handle_found(Signal::CHLD, Found::Foreign);
/// dispositions.handle_found(Signal::PIPE, Found::Ignore);
/// dispositions.handle_found(Signal::PIPE, Found::Default);
/// assert_eq!(dispositions.found(Signal::CHLD), Found::Foreign);
/// assert_eq!(dispositions.found(Signal::PIPE), Found::Default);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Found {
    /// The default action.
    #[default]
    Default,
    /// Ignored.
    Ignore,
    /// A handler that is not ours.
    Foreign,
}

/// A table of what is in place for each signal, and of what was found there, so that all can be put back.
///
/// It decides and remembers; its driver makes the calls: after each change `sigaction`, and whatever it learns of
/// others' changes it tells by [`Dispositions::handle_found`]. Nothing is changed unasked: a new table says what the
/// process has inherited, SIGINT, SIGPIPE and SIGXFSZ not excepted (SIG-31).
///
/// ```
/// use standpipe_core::signal::{Disposition, Dispositions, Found, Signal, SignalError, SignalState};
///
/// // Started by nohup(1), with a library that watches its children.
/// let found = SignalState { ignored: Signal::HUP.into(), handled: Signal::CHLD.into(), ..SignalState::default() };
/// let mut dispositions = Dispositions::new(found);
/// let stop = Disposition::Handler { handler: "stop", restart: false };
///
/// // Each change gives what was there before, which can be put back by the next.
/// assert_eq!(dispositions.set(Signal::TERM, stop), Ok(Disposition::Default));
/// assert_eq!(dispositions.set(Signal::CHLD, stop), Ok(Disposition::Foreign));
/// assert_eq!(dispositions.set_unless_ignored(Signal::HUP, stop), Ok(None));
/// assert_eq!(dispositions.set(Signal::KILL, stop), Err(SignalError::Uncatchable(Signal::KILL)));
/// assert_eq!(dispositions.disposition(Signal::TERM), &stop);
/// assert_eq!(dispositions.handled(), [Signal::TERM, Signal::CHLD].into());
/// assert_eq!(dispositions.ignored(), Signal::HUP.into());
///
/// // The restart flag is a part of what is installed; it can be changed alone (siginterrupt).
/// assert_eq!(dispositions.set_restart(Signal::TERM, true), Ok(false));
/// assert_eq!(dispositions.set_restart(Signal::USR1, true), Err(SignalError::NoHandler(Signal::USR1)));
///
/// // What somebody else had put there can be put back, where there was something.
/// assert_eq!(dispositions.set(Signal::USR1, Disposition::Foreign), Err(SignalError::NotForeign(Signal::USR1)));
///
/// // Somebody else replaces ours: that is theirs, and not put back by us.
/// dispositions.handle_found(Signal::TERM, Found::Ignore);
/// let put_back: Vec<_> = dispositions.restore().collect();
/// assert_eq!(put_back, [(Signal::CHLD, Found::Foreign)]);
/// assert_eq!(dispositions.handled(), Signal::CHLD.into());
/// assert_eq!(dispositions.disposition(Signal::CHLD), &Disposition::Foreign);
/// ```
#[derive(Clone, Debug)]
pub struct Dispositions<H> {
    places: [Place<H>; Signal::NSIG as usize - 1],
}

#[derive(Clone, Debug)]
struct Place<H> {
    found: Found,
    current: Disposition<H>,
}

impl<H> Place<H> {
    fn new(found: Found) -> Self {
        let current = match found {
            Found::Default => Disposition::Default,
            Found::Ignore => Disposition::Ignore,
            Found::Foreign => Disposition::Foreign,
        };
        Self { found, current }
    }

    fn is_as_found(&self) -> bool {
        matches!(
            (&self.current, self.found),
            (Disposition::Default, Found::Default)
                | (Disposition::Ignore, Found::Ignore)
                | (Disposition::Foreign, Found::Foreign)
        )
    }
}

impl<H> Dispositions<H> {
    /// The table of a process in which nothing of ours is in place: what it handles, others do.
    pub fn new(found: SignalState) -> Self {
        let place = |signal| match signal {
            signal if found.handled.contains(signal) => Found::Foreign,
            signal if found.ignored.contains(signal) => Found::Ignore,
            _ => Found::Default,
        };
        let mut signals = SignalSet::FULL.iter();
        let next = |_| Place::new(signals.next().map_or(Found::Default, place));
        Self { places: array::from_fn(next) }
    }

    /// What is in place.
    pub fn disposition(&self, signal: Signal) -> &Disposition<H> {
        &self.place(signal).current
    }

    /// What was in place before we came.
    pub fn found(&self, signal: Signal) -> Found {
        self.place(signal).found
    }

    /// Puts something in place and gives back what was there (SIG-21).
    ///
    /// # Errors
    /// What [`Signal::check_changeable`] says, for a handler [`Signal::check_catchable`]; and
    /// [`SignalError::NotForeign`] where there is nothing of somebody else's to be put back.
    pub fn set(&mut self, signal: Signal, wanted: Disposition<H>) -> Result<Disposition<H>, SignalError> {
        signal.check_changeable()?;
        match wanted {
            Disposition::Handler { .. } => signal.check_catchable()?,
            Disposition::Foreign if self.found(signal) != Found::Foreign => {
                return Err(SignalError::NotForeign(signal));
            }
            _ => {}
        }
        Ok(core::mem::replace(&mut self.place_mut(signal).current, wanted))
    }

    /// As [`Dispositions::set`], but leaves a signal alone that is ignored as it was found, as nohup(1) or a shell's
    /// background has it (SIG-31), and then gives `None`.
    ///
    /// # Errors
    /// Those of [`Dispositions::set`].
    pub fn set_unless_ignored(
        &mut self,
        signal: Signal,
        wanted: Disposition<H>,
    ) -> Result<Option<Disposition<H>>, SignalError> {
        let place = self.place(signal);
        if place.found == Found::Ignore && place.is_as_found() {
            return Ok(None);
        }
        self.set(signal, wanted).map(Some)
    }

    /// Changes whether interrupted calls go on after our handler, and gives back how it was (SIG-33). Unlike the
    /// original's, a handler that is set later brings its own (SIG-34).
    ///
    /// # Errors
    /// What [`Signal::check_changeable`] says; [`SignalError::NoHandler`] where none of ours is in place.
    pub fn set_restart(&mut self, signal: Signal, wanted: bool) -> Result<bool, SignalError> {
        signal.check_changeable()?;
        match &mut self.place_mut(signal).current {
            Disposition::Handler { restart, .. } => Ok(core::mem::replace(restart, wanted)),
            _ => Err(SignalError::NoHandler(signal)),
        }
    }

    /// A fact: the kernel was asked, and what is in place is this and nothing of ours. Where the table says the same
    /// nothing changes. Else somebody else has put it there since, so ours is gone and this is what is put back later.
    pub fn handle_found(&mut self, signal: Signal, found: Found) {
        let seen = Place::new(found);
        let place = self.place_mut(signal);
        let is_known = core::mem::discriminant(&place.current) == core::mem::discriminant(&seen.current);
        if !is_known {
            *place = seen;
        }
    }

    /// Puts back what was found, signal by signal: each item is to be put in place by the driver, and is as found in
    /// the table from then on. What is not taken stays to be put back.
    pub fn restore(&mut self) -> impl Iterator<Item = (Signal, Found)> {
        Signal::all().zip(&mut self.places).filter(|(_, place)| !place.is_as_found()).map(
            |(signal, place)| {
                *place = Place::new(place.found);
                (signal, place.found)
            },
        )
    }

    /// The signals that have a handler, ours or somebody else's.
    pub fn handled(&self) -> SignalSet {
        self.signals_with(|current| matches!(current, Disposition::Handler { .. } | Disposition::Foreign))
    }

    /// The signals that are ignored.
    pub fn ignored(&self) -> SignalSet {
        self.signals_with(|current| matches!(current, Disposition::Ignore))
    }

    fn signals_with(&self, is_wanted: impl Fn(&Disposition<H>) -> bool) -> SignalSet {
        let places = Signal::all().zip(&self.places);
        places.filter(|(_, place)| is_wanted(&place.current)).map(|(signal, _)| signal).collect()
    }

    fn place(&self, signal: Signal) -> &Place<H> {
        &self.places[signal.number() as usize - 1]
    }

    fn place_mut(&mut self, signal: Signal) -> &mut Place<H> {
        &mut self.places[signal.number() as usize - 1]
    }
}
