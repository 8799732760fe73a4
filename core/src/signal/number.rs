//! One signal: [`Signal`].

use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

/// A signal number, 1 to 64.
///
/// The named ones carry Linux's numbers on the common architectures (x86, Arm, RISC-V); signal(7) lists them (SIG-04 to
/// SIG-07). A number is always that of a signal the kernel knows; whether it can be caught is another question.
///
/// ```
/// use standpipe_core::signal::{DefaultAction, Signal};
///
/// assert_eq!(Signal::parse("TERM"), Some(Signal::TERM));
/// assert_eq!(Signal::parse("SIGKILL"), Some(Signal::KILL));
/// assert_eq!(Signal::parse("9"), Some(Signal::KILL));
/// assert_eq!(Signal::parse("65"), None);
/// assert_eq!(Signal::TERM.to_string(), "SIGTERM");
/// assert_eq!(Signal::new(15), Some(Signal::TERM));
/// assert_eq!(Signal::PIPE.number(), 13);
///
/// // One number under two names.
/// assert_eq!(Signal::CLD, Signal::CHLD);
/// assert_eq!(Signal::CLD.name(), Some("CHLD"));
/// assert_eq!(Signal::CHLD.names().collect::<Vec<_>>(), ["CHLD", "CLD"]);
///
/// // Real-time signals are named by their distance from the first.
/// assert_eq!(Signal::parse("RTMIN+3"), Signal::realtime(3));
/// assert_eq!("SIGRTMAX-1".parse(), Ok(Signal::new(63).unwrap()));
/// assert_eq!(Signal::realtime(29).unwrap().to_string(), "SIGRTMIN+29");
/// assert_eq!(Signal::RTMAX.to_string(), "SIGRTMAX");
///
/// assert_eq!(Signal::WINCH.default_action(), DefaultAction::Ignore);
/// assert!(Signal::HUP.can_be_caught() && !Signal::STOP.can_be_caught());
/// assert!(Signal::KILL.check_changeable().is_err() && Signal::SEGV.check_catchable().is_err());
/// assert_eq!(Signal::all().count(), Signal::NSIG as usize - 1);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

/// What a signal does where nothing else is in place for it (signal(7)).
///
/// ```
/// use standpipe_core::signal::{DefaultAction, Signal};
///
/// assert_eq!(Signal::HUP.default_action(), DefaultAction::Terminate);
/// assert_eq!(Signal::SEGV.default_action(), DefaultAction::CoreDump);
/// assert_eq!(Signal::TSTP.default_action(), DefaultAction::Stop);
/// assert_eq!(Signal::CONT.default_action(), DefaultAction::Continue);
/// assert_eq!(Signal::CHLD.default_action(), DefaultAction::Ignore);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DefaultAction {
    /// The process ends.
    Terminate,
    /// The process ends and leaves a core dump, where its limits let it.
    CoreDump,
    /// The process stops.
    Stop,
    /// The process goes on, where it was stopped.
    Continue,
    /// Nothing happens.
    Ignore,
}

/// Why something that was asked of a signal is refused. Nothing has changed then.
///
/// ```
/// use standpipe_core::signal::{Signal, SignalError};
///
/// assert_eq!(Signal::try_from(65), Err(SignalError::OutOfRange(65)));
/// assert_eq!("SIGNONE".parse::<Signal>(), Err(SignalError::UnknownName));
/// assert_eq!(Signal::KILL.check_changeable(), Err(SignalError::Uncatchable(Signal::KILL)));
/// assert_eq!(Signal::SEGV.check_catchable(), Err(SignalError::Fault(Signal::SEGV)));
///
/// let reserved = Signal::new(32).unwrap();
/// assert_eq!(reserved.check_changeable(), Err(SignalError::Reserved(reserved)));
/// assert_eq!(
///     SignalError::Uncatchable(Signal::KILL).to_string(),
///     "SIGKILL always does what it does: no handler, ignoring or flag is possible; choose SIGTERM to be asked first"
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// No signal has this number (SIG-25).
    #[error("no signal has number {0}: they are 1 to 64")]
    OutOfRange(i32),
    /// No signal has this name.
    #[error(
        "no signal has this name: they are as `kill -l` lists them, or RTMIN+n, RTMAX-n, or a number from 1 to 64"
    )]
    UnknownName,
    /// SIGKILL and SIGSTOP (SIG-28).
    #[error(
        "{0} always does what it does: no handler, ignoring or flag is possible; choose SIGTERM to be asked first"
    )]
    Uncatchable(Signal),
    /// The C library keeps this one for its threads (SIG-28).
    #[error("{0} is kept by the C library for its threads: choose one from SIGRTMIN to SIGRTMAX")]
    Reserved(Signal),
    /// A handler is asked for a signal that a faulting instruction raises again as soon as the handler has returned
    /// (SIG-43).
    #[error(
        "{0} tells of a faulting instruction, which would fault again after any handler: leave it at its default"
    )]
    Fault(Signal),
    /// The restart flag of a signal that has no handler: there is nothing it could hold of (SIG-33).
    #[error(
        "{0} has no handler, so no call is interrupted by one: install the handler with the flag it is to have"
    )]
    NoHandler(Signal),
    /// Somebody else's handler is to be put back where none was found (SIG-24).
    #[error(
        "nobody else's handler was found for {0}, so none can be put back: say Default, Ignore or a handler"
    )]
    NotForeign(Signal),
}

macro_rules! signals {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        impl Signal {
            $(#[doc = $text] pub const $name: Self = Self($number);)*

            /// Every name, the usual one of a number first.
            const NAMES: &'static [(&'static str, Self)] = &[$((stringify!($name), Self::$name),)*];
        }
    };
}

signals! {
    HUP = 1, "The terminal is gone; by custom: reload.";
    INT = 2, "Interrupt from the keyboard.";
    QUIT = 3, "Quit from the keyboard, with a core dump.";
    ILL = 4, "Illegal instruction.";
    TRAP = 5, "Trace trap.";
    ABRT = 6, "Abort.";
    BUS = 7, "Bad memory access.";
    FPE = 8, "Arithmetic fault.";
    KILL = 9, "Ends the process; cannot be caught.";
    USR1 = 10, "The user's own.";
    SEGV = 11, "Invalid memory reference.";
    USR2 = 12, "The user's own.";
    PIPE = 13, "A write that nobody reads.";
    ALRM = 14, "The alarm clock.";
    TERM = 15, "Asks the process to end.";
    STKFLT = 16, "Once a coprocessor's stack fault; unused.";
    CHLD = 17, "A child has changed state.";
    CONT = 18, "Continue.";
    STOP = 19, "Stop; cannot be caught.";
    TSTP = 20, "Stop from the keyboard.";
    TTIN = 21, "A background process reads from the terminal.";
    TTOU = 22, "A background process writes to the terminal.";
    URG = 23, "Urgent data at a socket.";
    XCPU = 24, "Over the processor time limit.";
    XFSZ = 25, "Over the file size limit.";
    VTALRM = 26, "The alarm clock that counts the process's own time.";
    PROF = 27, "The alarm clock that counts the process's and the kernel's time for it.";
    WINCH = 28, "The terminal's size has changed.";
    IO = 29, "A descriptor has become ready.";
    PWR = 30, "The power fails.";
    SYS = 31, "Bad system call.";
    RTMIN = 34, "The first real-time signal, with glibc's number; musl keeps this one too.";
    RTMAX = 64, "The last real-time signal.";
    CLD = 17, "Another name of [`Signal::CHLD`] (SIG-06).";
    IOT = 6, "Another name of [`Signal::ABRT`] (SIG-06).";
    POLL = 29, "Another name of [`Signal::IO`] (SIG-06).";
}

impl Signal {
    /// One more than the highest number (SIG-03).
    pub const NSIG: i32 = 65;

    /// The signal with this number, where there is one (1 to 64).
    pub const fn new(number: i32) -> Option<Self> {
        if number >= 1 && number < Self::NSIG { Some(Self(number as u8)) } else { None }
    }

    /// The real-time signal this far from [`Signal::RTMIN`], 0 to 30.
    pub const fn realtime(index: u8) -> Option<Self> {
        if index <= Self::RTMAX.0 - Self::RTMIN.0 { Some(Self(Self::RTMIN.0 + index)) } else { None }
    }

    /// Every signal, lowest number first, the reserved ones included.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (1..Self::NSIG as u8).map(Self)
    }

    /// The number.
    pub const fn number(self) -> i32 {
        self.0 as i32
    }

    /// The usual name, without `SIG`. Of the real-time signals only the first and the last have one.
    pub fn name(self) -> Option<&'static str> {
        self.names().next()
    }

    /// Every name, the usual one first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(_, signal)| *signal == self).map(|(name, _)| *name)
    }

    /// Reads a name with or without `SIG`, in any case; `RTMIN+n` or `RTMAX-n`; or a number.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Self::new(number);
        }
        let bare = without_prefix(text, "SIG").unwrap_or(text);
        if let Some(distance) = without_prefix(bare, "RTMIN+") {
            return Self::realtime(index(distance)?);
        }
        if let Some(distance) = without_prefix(bare, "RTMAX-") {
            return Self::realtime((Self::RTMAX.0 - Self::RTMIN.0).checked_sub(index(distance)?)?);
        }
        Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(bare)).map(|(_, signal)| *signal)
    }

    /// What it does where nothing else is in place.
    pub const fn default_action(self) -> DefaultAction {
        match self {
            Self::CHLD | Self::URG | Self::WINCH => DefaultAction::Ignore,
            Self::CONT => DefaultAction::Continue,
            Self::STOP | Self::TSTP | Self::TTIN | Self::TTOU => DefaultAction::Stop,
            Self::QUIT | Self::ILL | Self::TRAP | Self::ABRT | Self::BUS | Self::FPE => {
                DefaultAction::CoreDump
            }
            Self::SEGV | Self::XCPU | Self::XFSZ | Self::SYS => DefaultAction::CoreDump,
            _ => DefaultAction::Terminate,
        }
    }

    /// Whether its handler may be set: [`Signal::check_catchable`] without the reason.
    pub const fn can_be_caught(self) -> bool {
        self.check_catchable().is_ok()
    }

    /// Whether what it does may be changed at all.
    ///
    /// # Errors
    /// [`SignalError::Uncatchable`] or [`SignalError::Reserved`].
    pub const fn check_changeable(self) -> Result<(), SignalError> {
        match self {
            Self::KILL | Self::STOP => Err(SignalError::Uncatchable(self)),
            Self(32 | 33) => Err(SignalError::Reserved(self)),
            _ => Ok(()),
        }
    }

    /// Whether its handler may be set.
    ///
    /// # Errors
    /// Those of [`Signal::check_changeable`], and [`SignalError::Fault`].
    pub const fn check_catchable(self) -> Result<(), SignalError> {
        match self {
            Self::SEGV | Self::FPE | Self::ILL | Self::BUS => Err(SignalError::Fault(self)),
            _ => self.check_changeable(),
        }
    }
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Digits only: the number parser would take a sign as well.
fn index(distance: &str) -> Option<u8> {
    distance.bytes().all(|byte| byte.is_ascii_digit()).then(|| distance.parse().ok())?
}

impl TryFrom<i32> for Signal {
    type Error = SignalError;

    fn try_from(number: i32) -> Result<Self, SignalError> {
        Self::new(number).ok_or(SignalError::OutOfRange(number))
    }
}

impl FromStr for Signal {
    type Err = SignalError;

    fn from_str(text: &str) -> Result<Self, SignalError> {
        Self::parse(text).ok_or_else(|| match text.parse() {
            Ok(number) => SignalError::OutOfRange(number),
            Err(_) => SignalError::UnknownName,
        })
    }
}

impl Display for Signal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "SIG{name}"),
            None if *self > Self::RTMIN => write!(f, "SIGRTMIN+{}", self.0 - Self::RTMIN.0),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}
