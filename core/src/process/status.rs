//! How a child ended: [`WaitStatus`] and [`Exit`].

use crate::signal::Signal;

/// The raw 16-bit wait status, as wait(2) gives it (POP-23).
///
/// ```
/// use standpipe_core::process::WaitStatus;
/// use standpipe_core::signal::Signal;
///
/// let status = WaitStatus::from_raw(0x137f);
/// assert_eq!((status.exit(), status.raw()), (None, 0x137f));
/// assert_eq!((status.stopped_signal(), status.is_continued()), (Some(Signal::STOP), false));
/// assert!(WaitStatus::from_raw(0xffff).is_continued());
/// ```
///
/// Of the W\* family, WIFEXITED, WEXITSTATUS, WIFSIGNALED, WTERMSIG and WCOREDUMP are what [`WaitStatus::exit`] tells
/// apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WaitStatus(i32);

/// How a child ended.
///
/// ```
/// use standpipe_core::process::{Exit, WaitStatus};
/// use standpipe_core::signal::Signal;
///
/// assert_eq!(WaitStatus::from_raw(3 << 8).exit(), Some(Exit::Code(3)));
/// assert_eq!(WaitStatus::from_raw(9).exit().unwrap().return_code(), Some(-9));
/// assert_eq!(WaitStatus::from_raw(9).exit().unwrap().shell_code(), Some(137));
/// assert_eq!(Exit::Unknown.return_code(), None);
/// assert!(!Exit::Unknown.success());
/// assert_eq!(Exit::Signal { signal: Signal::TERM, core_dumped: false }.to_string(), "killed by SIGTERM");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Exit {
    /// It ended by itself with this code, 0 to 255.
    Code(u8),
    /// A signal ended it.
    Signal {
        /// Which one.
        signal: Signal,
        /// Whether it left a core dump.
        core_dumped: bool,
    },
    /// Somebody else has reaped it, so nobody here knows. Never read as success (SUB-41 is the fault to avoid).
    Unknown,
}

impl WaitStatus {
    /// Takes what wait(2) gave.
    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// The status as wait(2) gives it: `code << 8`, or the signal, plus 128 where a core was dumped.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// How the child ended; `None` for one that has merely stopped or continued.
    pub const fn exit(self) -> Option<Exit> {
        let low = self.0 & 0x7f;
        if low == 0 {
            return Some(Exit::Code(((self.0 >> 8) & 0xff) as u8));
        }
        match Signal::new(low) {
            Some(signal) => Some(Exit::Signal { signal, core_dumped: self.0 & 0x80 != 0 }),
            None => None,
        }
    }

    /// The signal that has stopped the child; `None` for any other news (WIFSTOPPED, WSTOPSIG).
    pub const fn stopped_signal(self) -> Option<Signal> {
        if self.0 & 0xff == 0x7f { Signal::new((self.0 >> 8) & 0xff) } else { None }
    }

    /// Whether the child goes on after having been stopped (WIFCONTINUED).
    pub const fn is_continued(self) -> bool {
        self.0 == 0xffff
    }
}

impl Exit {
    /// Whether it is code 0.
    pub const fn success(self) -> bool {
        matches!(self, Self::Code(0))
    }

    /// The original's return code: the code, or the negative signal number (SUB-39); `None` where it is unknown.
    pub const fn return_code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code as i32),
            Self::Signal { signal, .. } => Some(-signal.number()),
            Self::Unknown => None,
        }
    }

    /// The same as wait(2) gives it, for whoever decodes it by hand; `None` where it is unknown.
    ///
    /// ```
    /// use standpipe_core::process::Exit;
    ///
    /// assert_eq!(Exit::Code(3).wait_status().unwrap().raw(), 768);
    /// assert_eq!(Exit::Unknown.wait_status(), None);
    /// ```
    pub const fn wait_status(self) -> Option<WaitStatus> {
        match self {
            Self::Code(code) => Some(WaitStatus((code as i32) << 8)),
            Self::Signal { signal, core_dumped } => {
                Some(WaitStatus(signal.number() | if core_dumped { 0x80 } else { 0 }))
            }
            Self::Unknown => None,
        }
    }

    /// The code a shell reports: 128 plus the number for a signal; `None` where it is unknown.
    pub const fn shell_code(self) -> Option<u8> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal { signal, .. } => Some(128 + signal.number() as u8),
            Self::Unknown => None,
        }
    }
}

impl core::fmt::Display for Exit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal { signal, core_dumped: false } => write!(f, "killed by {signal}"),
            Self::Signal { signal, core_dumped: true } => write!(f, "killed by {signal}, core dumped"),
            Self::Unknown => f.write_str("reaped by somebody else"),
        }
    }
}
