//! How much a file-like object over a socket keeps: [`Buffering`].

/// How a [`BufferedReader`](super::BufferedReader) or [`BufferedWriter`](super::BufferedWriter) keeps bytes (SOC-80).
///
/// ```
/// use standpipe_core::socket::Buffering;
///
/// assert_eq!(Buffering::from_bufsize(-1), Buffering::Size(Buffering::DEFAULT_SIZE));
/// assert_eq!(Buffering::from_bufsize(0), Buffering::Unbuffered);
/// assert_eq!(Buffering::from_bufsize(1), Buffering::Line);
/// assert_eq!(Buffering::from_bufsize(512), Buffering::Size(512));
/// assert_eq!((Buffering::default().size(), Buffering::Unbuffered.size()), (8192, 1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Buffering {
    /// Reads take no byte that was not asked for, writes go out at once.
    Unbuffered,
    /// Writes go out when a line ends, or over the default size; reads are as with the default size.
    Line,
    /// Reads ask for so many bytes, writes go out when there are so many.
    Size(usize),
}

impl Buffering {
    /// The size by default: 8192 bytes.
    pub const DEFAULT_SIZE: usize = 8192;

    /// From the original's number: negative for the default, 0 for none, 1 for lines, else a size.
    pub const fn from_bufsize(bufsize: i64) -> Self {
        match bufsize {
            i64::MIN..0 => Self::Size(Self::DEFAULT_SIZE),
            0 => Self::Unbuffered,
            1 => Self::Line,
            size => Self::Size(size as usize),
        }
    }

    /// How many bytes one read asks for.
    pub const fn size(self) -> usize {
        match self {
            Self::Unbuffered | Self::Size(0) => 1,
            Self::Line => Self::DEFAULT_SIZE,
            Self::Size(size) => size,
        }
    }
}

impl Default for Buffering {
    fn default() -> Self {
        Self::Size(Self::DEFAULT_SIZE)
    }
}
