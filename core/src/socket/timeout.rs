//! Whether a call waits, and for how long: [`TimeoutMode`] and [`Call`].

use core::time::Duration;

use crate::Moment;

/// Whether a call on a socket waits: not bounded, not at all, or up to a time (SOC-75, SOC-76).
///
/// It belongs to one handle and changes no flag of the descriptor, which others may share (SOC-T7). The default for
/// sockets made later is a value of this type that its owner keeps and hands out, not one of the whole process (SOC-54).
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::socket::TimeoutMode;
///
/// assert_eq!(TimeoutMode::from_seconds(None)?, TimeoutMode::Blocking);
/// assert_eq!(TimeoutMode::from_seconds(Some(0.0))?, TimeoutMode::NonBlocking);
/// let timed = TimeoutMode::from_seconds(Some(0.5))?;
/// assert_eq!(timed, TimeoutMode::Timed(Duration::from_millis(500)));
/// assert_eq!((timed.seconds(), timed.waits()), (Some(0.5), true));
/// assert!(TimeoutMode::from_seconds(Some(-1.0)).is_err());
/// assert_eq!(TimeoutMode::from_blocking(false), TimeoutMode::NonBlocking);
/// assert_eq!(TimeoutMode::default(), TimeoutMode::Blocking);
/// # Ok::<(), standpipe_core::socket::TimeoutError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TimeoutMode {
    /// Waits as long as it takes.
    #[default]
    Blocking,
    /// Never waits.
    NonBlocking,
    /// Waits for at most so long, in all.
    Timed(Duration),
}

/// Why a number is no time-out.
///
/// ```
/// use standpipe_core::socket::{TimeoutError, TimeoutMode};
///
/// assert_eq!(TimeoutMode::from_seconds(Some(f64::NAN)), Err(TimeoutError::NotANumber));
/// assert_eq!(TimeoutMode::from_seconds(Some(-0.5)), Err(TimeoutError::Negative));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimeoutError {
    /// Less than zero.
    #[error("a time-out is not negative: write 0 for one that never waits")]
    Negative,
    /// NaN.
    #[error("a time-out is a number of seconds")]
    NotANumber,
}

impl TimeoutMode {
    /// From seconds as the original has them: none to wait without bound, zero never to wait, more to wait so long. What
    /// is shorter than a nanosecond is one, and what is longer than a [`Duration`], infinity too, is the longest one.
    ///
    /// # Errors
    /// [`TimeoutError`].
    pub fn from_seconds(seconds: Option<f64>) -> Result<Self, TimeoutError> {
        match seconds {
            None => Ok(Self::Blocking),
            Some(seconds) if seconds.is_nan() => Err(TimeoutError::NotANumber),
            Some(seconds) if seconds < 0.0 => Err(TimeoutError::Negative),
            Some(0.0) => Ok(Self::NonBlocking),
            Some(seconds) => {
                let wait = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
                Ok(Self::Timed(wait.max(Duration::from_nanos(1))))
            }
        }
    }

    /// Without bound, or never (SOC-75).
    pub const fn from_blocking(blocking: bool) -> Self {
        if blocking { Self::Blocking } else { Self::NonBlocking }
    }

    /// As seconds, in the original's form.
    pub fn seconds(self) -> Option<f64> {
        match self {
            Self::Blocking => None,
            Self::NonBlocking => Some(0.0),
            Self::Timed(wait) => Some(wait.as_secs_f64()),
        }
    }

    /// Whether a call waits at all.
    pub const fn waits(self) -> bool {
        !matches!(self, Self::NonBlocking)
    }
}

/// One call under one deadline, which is set when it begins and never again: not for each chunk of what is sent, nor for
/// each candidate of a connection, nor after an interruption (SOC-59, SOC-71, SOC-77, SOC-T1).
///
/// A driver asks it each time an operation would block, or was interrupted, and goes on as it says.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::Moment;
/// use standpipe_core::socket::{Call, TimeoutMode, WouldBlock};
///
/// let start = Moment::ORIGIN;
/// let call = Call::begin(TimeoutMode::Timed(Duration::from_secs(2)), start);
/// assert_eq!(call.deadline(), Some(start + Duration::from_secs(2)));
/// assert_eq!(call.would_block(start + Duration::from_secs(1)), WouldBlock::Wait { until: call.deadline() });
/// assert_eq!(call.would_block(start + Duration::from_secs(2)), WouldBlock::TimedOut);
/// assert_eq!(Call::begin(TimeoutMode::NonBlocking, start).would_block(start), WouldBlock::Fail);
/// assert_eq!(Call::begin(TimeoutMode::Blocking, start).would_block(start), WouldBlock::Wait { until: None });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call {
    mode: TimeoutMode,
    deadline: Option<Moment>,
}

/// What becomes of an operation that would block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum WouldBlock {
    /// The call fails at once: `EAGAIN`, or `EINPROGRESS` of a connection.
    Fail,
    /// The operation is waited for, until this moment where there is one, and tried again.
    Wait {
        /// When it is given up.
        until: Option<Moment>,
    },
    /// The time is over. A connection under way is closed, since the kernel would go on with it (SOC-T17).
    TimedOut,
}

impl Call {
    /// Begins a call at this moment.
    pub fn begin(mode: TimeoutMode, now: Moment) -> Self {
        let deadline = match mode {
            TimeoutMode::Timed(wait) => Some(now + wait),
            _ => None,
        };
        Self { mode, deadline }
    }

    /// When it is given up.
    pub const fn deadline(&self) -> Option<Moment> {
        self.deadline
    }

    /// An operation would block: whether to fail, to wait, or to give up.
    pub fn would_block(&self, now: Moment) -> WouldBlock {
        match self.deadline {
            Some(at) if at <= now => WouldBlock::TimedOut,
            until if self.mode.waits() => WouldBlock::Wait { until },
            _ => WouldBlock::Fail,
        }
    }
}
