//! Signals as values: [`Signal`] and [`SignalSet`].

/// A signal number, 1 to 64.
///
/// The named ones carry Linux's numbers on the common architectures; `kill -l` lists them (signal(7), SIG-05).
///
/// ```
/// use standpipe_core::signal::Signal;
///
/// assert_eq!(Signal::parse("TERM"), Some(Signal::TERM));
/// assert_eq!(Signal::parse("SIGKILL"), Some(Signal::KILL));
/// assert_eq!(Signal::parse("9"), Some(Signal::KILL));
/// assert_eq!(Signal::parse("65"), None);
/// assert_eq!(Signal::TERM.to_string(), "SIGTERM");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signal(u8);

macro_rules! signals {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        impl Signal {
            $(#[doc = $text] pub const $name: Self = Self($number);)*

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
    CHLD = 17, "A child has changed state.";
    CONT = 18, "Continue.";
    STOP = 19, "Stop; cannot be caught.";
    TSTP = 20, "Stop from the keyboard.";
    TTIN = 21, "A background process reads from the terminal.";
    TTOU = 22, "A background process writes to the terminal.";
    XCPU = 24, "Over the processor time limit.";
    XFSZ = 25, "Over the file size limit.";
    WINCH = 28, "The terminal's size has changed.";
    SYS = 31, "Bad system call.";
}

impl Signal {
    /// The signal with this number, where there is one (1 to 64).
    pub const fn new(number: i32) -> Option<Self> {
        if number >= 1 && number <= 64 { Some(Self(number as u8)) } else { None }
    }

    /// The number.
    pub const fn number(self) -> i32 {
        self.0 as i32
    }

    /// Reads a name with or without `SIG`, in any case, or a number.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Self::new(number);
        }
        let bare = match text.get(..3) {
            Some(prefix) if prefix.eq_ignore_ascii_case("SIG") => &text[3..],
            _ => text,
        };
        Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(bare)).map(|(_, signal)| *signal)
    }
}

impl core::fmt::Display for Signal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match Self::NAMES.iter().find(|(_, signal)| signal == self) {
            Some((name, _)) => write!(f, "SIG{name}"),
            None => write!(f, "signal {}", self.0),
        }
    }
}

/// A set of signals.
///
/// ```
/// use standpipe_core::signal::{Signal, SignalSet};
///
/// let set = SignalSet::EMPTY.with(Signal::TERM).with(Signal::CONT);
/// assert_eq!(set.iter().collect::<Vec<_>>(), [Signal::TERM, Signal::CONT]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SignalSet(u64);

impl SignalSet {
    /// No signal.
    pub const EMPTY: Self = Self(0);

    /// The set with this signal as well.
    #[must_use]
    pub const fn with(self, signal: Signal) -> Self {
        Self(self.0 | 1 << (signal.0 - 1))
    }

    /// The set without the signals of the other one.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the signal is in the set.
    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & (1 << (signal.0 - 1)) != 0
    }

    /// Whether no signal is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The signals of the set, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        (1..=64).map(Signal).filter(move |signal| self.contains(*signal))
    }
}
