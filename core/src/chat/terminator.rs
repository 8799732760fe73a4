//! What a message ends with: [`Terminator`].

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;

use super::literal::Literal;
use super::set::Set;

/// What a message ends with (ACH-09): some bytes, any of several byte strings, a count of bytes, or nothing at all.
///
/// Cloning it copies no byte string. Making [`Terminator::LF`], [`Terminator::CRLF`], a count or none allocates nothing,
/// and neither do static byte strings of up to 16 bytes.
///
/// ```
/// use standpipe_core::chat::Terminator;
///
/// assert_eq!(Terminator::bytes("\r\n")?, Terminator::CRLF);
/// assert_eq!(Terminator::from(b"\n"), Terminator::LF);
/// assert_eq!(Terminator::try_from("\n")?, Terminator::LF);
/// assert_eq!(Terminator::from(5), Terminator::count(5));
/// assert_eq!(Terminator::count(5).as_count(), Some(5));
/// assert!(Terminator::none().is_none());
/// let any = Terminator::any_of(["\r\n", "\n"])?;
/// assert_eq!(any.patterns().collect::<Vec<_>>(), [&b"\r\n"[..], b"\n"]);
/// # Ok::<(), standpipe_core::chat::TerminatorError>(())
/// ```
///
/// An empty one is refused where the bytes are known, when the program is built:
///
/// ```compile_fail
/// let _ = standpipe_core::chat::Terminator::from(b"");
/// ```
#[derive(Clone)]
pub struct Terminator {
    kind: Kind,
}

#[derive(Clone)]
pub(super) enum Kind {
    None,
    Count(u64),
    Literal(Literal),
    Set(Arc<Set>),
}

/// Why byte strings are no [`Terminator`]. All of them are the caller's; nothing has been changed then.
///
/// ```
/// use standpipe_core::chat::{Terminator, TerminatorError};
///
/// assert_eq!(Terminator::bytes(""), Err(TerminatorError::Empty { index: 0 }));
/// assert_eq!(Terminator::any_of([""; 0]), Err(TerminatorError::NoPattern));
/// assert_eq!(Terminator::any_of(["a", "a"]), Err(TerminatorError::Repeated { first: 0, second: 1 }));
/// assert_eq!(
///     Terminator::any_of(["\n\n", "\n"]),
///     Err(TerminatorError::Undecided { shorter: 1, longer: 0 }),
/// );
/// assert!(matches!(
///     Terminator::longest_of([vec![b'a'; 2000], vec![b'a']]),
///     Err(TerminatorError::TooLong { bytes: 2001, limit: 1024 }),
/// ));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TerminatorError {
    /// A byte string is empty; it would be found everywhere (ACH-T3).
    #[error(
        "pattern {index} of the terminator is empty; for a message without an end say Terminator::none()"
    )]
    Empty {
        /// Which one, from 0.
        index: usize,
    },
    /// There is no byte string in the set.
    #[error("the terminator has no pattern; for a message without an end say Terminator::none()")]
    NoPattern,
    /// A byte string is in the set twice.
    #[error("patterns {first} and {second} of the terminator are the same; leave one out")]
    Repeated {
        /// Which one, from 0.
        first: usize,
        /// And which other one.
        second: usize,
    },
    /// A byte string is the beginning of another one, or lies inside of it before its end. When it has come it is not
    /// decided which of the two it is.
    #[error(
        "pattern {shorter} of the terminator can be complete while pattern {longer} may still become so; \
         leave one out, or wait for the longer by Terminator::longest_of()"
    )]
    Undecided {
        /// The one that is complete first, from 0.
        shorter: usize,
        /// The one that is not decided then.
        longer: usize,
    },
    /// The byte strings are too long to be waited for.
    #[error(
        "the patterns of the terminator have {bytes} bytes, more than the {limit} that can be waited for"
    )]
    TooLong {
        /// How long they are in all, in bytes.
        bytes: usize,
        /// The most there may be.
        limit: usize,
    },
}

/// The most bytes that patterns may have in all where a match can be held back: tables grow with the square of it.
const HELD_LIMIT: usize = 1024;

impl Terminator {
    /// A line feed.
    pub const LF: Self = Self { kind: Kind::Literal(Literal::short(b"\n")) };

    /// A carriage return and a line feed.
    pub const CRLF: Self = Self { kind: Kind::Literal(Literal::short(b"\r\n")) };

    /// No terminator: all that comes is one message, up to the end of the stream.
    pub const fn none() -> Self {
        Self { kind: Kind::None }
    }

    /// So many bytes, once (ACH-11, ACH-13): after them everything is one message until another terminator is set. A count
    /// of 0 is found at once (ACH-T3).
    pub const fn count(bytes: u64) -> Self {
        Self { kind: Kind::Count(bytes) }
    }

    /// These bytes. A static string is not copied, nor are `Bytes`.
    ///
    /// # Errors
    /// [`TerminatorError::Empty`] when there are none.
    pub fn bytes(bytes: impl Into<Bytes>) -> Result<Self, TerminatorError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Err(TerminatorError::Empty { index: 0 });
        }
        Ok(Self { kind: Kind::Literal(Literal::new(bytes)) })
    }

    /// Whichever of these comes first, told apart by their index. Of those that begin at the same byte the longest wins.
    ///
    /// Each is found as soon as its last byte has come. So none may be complete while another one that began no later may
    /// still become so; see [`Terminator::longest_of`].
    ///
    /// # Errors
    /// [`TerminatorError::NoPattern`], [`TerminatorError::Empty`], [`TerminatorError::Repeated`] or
    /// [`TerminatorError::Undecided`].
    pub fn any_of<B: Into<Bytes>>(patterns: impl IntoIterator<Item = B>) -> Result<Self, TerminatorError> {
        let set = Set::new(checked(patterns)?);
        match set.undecided() {
            Some((shorter, longer)) => Err(TerminatorError::Undecided { shorter, longer }),
            None => Ok(Self { kind: Kind::Set(Arc::new(set)) }),
        }
    }

    /// As [`Terminator::any_of`], and a match that could still become a longer one is held back until that is decided,
    /// which takes another byte or the end of the stream. With `"\r"` and `"\r\n"` a line that ends with `"\r"` is not told
    /// before the next byte has come: that does not suit a dialogue in which the peer waits for an answer.
    ///
    /// ```
    /// use standpipe_core::chat::{Piece, Scanner, Terminator};
    ///
    /// let mut scanner = Scanner::new(Terminator::longest_of(["\r", "\r\n"])?);
    /// assert_eq!(scanner.scan(b"a\r"), (2, Piece::Data(b"a")));
    /// assert_eq!(scanner.scan(b""), (0, Piece::More));
    /// assert_eq!(scanner.scan(b"\nb"), (1, Piece::Found(1)));
    /// # Ok::<(), standpipe_core::chat::TerminatorError>(())
    /// ```
    ///
    /// # Errors
    /// [`TerminatorError::NoPattern`], [`TerminatorError::Empty`], [`TerminatorError::Repeated`], or
    /// [`TerminatorError::TooLong`] where the patterns have more than 1024 bytes in all.
    pub fn longest_of<B: Into<Bytes>>(
        patterns: impl IntoIterator<Item = B>,
    ) -> Result<Self, TerminatorError> {
        let patterns = checked(patterns)?;
        let bytes = patterns.iter().map(Bytes::len).sum();
        if bytes > HELD_LIMIT {
            return Err(TerminatorError::TooLong { bytes, limit: HELD_LIMIT });
        }
        Ok(Self { kind: Kind::Set(Arc::new(Set::new(patterns))) })
    }

    /// Whether nothing ends a message but the end of the stream.
    pub fn is_none(&self) -> bool {
        matches!(self.kind, Kind::None)
    }

    /// The count, as it was set.
    pub fn as_count(&self) -> Option<u64> {
        match self.kind {
            Kind::Count(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The byte strings, in the order of their indices; none for a count and for no terminator.
    pub fn patterns(&self) -> impl Iterator<Item = &[u8]> {
        let patterns = match &self.kind {
            Kind::None | Kind::Count(_) => &[],
            Kind::Literal(literal) => core::slice::from_ref(literal.bytes()),
            Kind::Set(set) => set.patterns(),
        };
        patterns.iter().map(|pattern| &pattern[..])
    }

    /// How many bytes it has, if that is known.
    pub(super) fn len(&self) -> usize {
        match &self.kind {
            Kind::Literal(literal) => literal.bytes().len(),
            Kind::None | Kind::Count(_) | Kind::Set(_) => 0,
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }
}

fn checked<B: Into<Bytes>>(patterns: impl IntoIterator<Item = B>) -> Result<Box<[Bytes]>, TerminatorError> {
    let patterns: Box<[Bytes]> = patterns.into_iter().map(Into::into).collect();
    if patterns.is_empty() {
        return Err(TerminatorError::NoPattern);
    }
    if let Some(index) = patterns.iter().position(Bytes::is_empty) {
        return Err(TerminatorError::Empty { index });
    }
    let mut order: Vec<usize> = (0..patterns.len()).collect();
    order.sort_by_key(|index| &patterns[*index]);
    let mut neighbours = order.windows(2);
    match neighbours.find(|pair| patterns[pair[0]] == patterns[pair[1]]) {
        Some(pair) => Err(TerminatorError::Repeated { first: pair[0], second: pair[1] }),
        None => Ok(patterns),
    }
}

/// A count of bytes.
impl From<u64> for Terminator {
    fn from(bytes: u64) -> Self {
        Self::count(bytes)
    }
}

/// These bytes; that there are any is checked when the program is built.
impl<const N: usize> From<&'static [u8; N]> for Terminator {
    fn from(bytes: &'static [u8; N]) -> Self {
        const { assert!(N > 0, "a terminator has at least one byte") };
        Self { kind: Kind::Literal(Literal::new(Bytes::from_static(bytes))) }
    }
}

/// These bytes, copied.
impl TryFrom<&[u8]> for Terminator {
    type Error = TerminatorError;

    fn try_from(bytes: &[u8]) -> Result<Self, TerminatorError> {
        Self::bytes(Bytes::copy_from_slice(bytes))
    }
}

/// The text's bytes, copied.
impl TryFrom<&str> for Terminator {
    type Error = TerminatorError;

    fn try_from(text: &str) -> Result<Self, TerminatorError> {
        text.as_bytes().try_into()
    }
}

/// Equal where the same bytes are found in every stream, at the same time.
impl PartialEq for Terminator {
    fn eq(&self, other: &Self) -> bool {
        let counts = self.as_count() == other.as_count() && self.is_none() == other.is_none();
        counts && self.patterns().eq(other.patterns())
    }
}

impl Eq for Terminator {}

impl core::fmt::Debug for Terminator {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.kind {
            Kind::None => f.write_str("Terminator::none()"),
            Kind::Count(bytes) => write!(f, "Terminator::count({bytes})"),
            Kind::Literal(literal) => f.debug_tuple("Terminator").field(literal.bytes()).finish(),
            Kind::Set(set) => f.debug_tuple("Terminator").field(&set.patterns()).finish(),
        }
    }
}
