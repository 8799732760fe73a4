//! What one receive came to: [`Received`].

use super::constants::{MSG_CTRUNC, MSG_TRUNC, SOCK_DGRAM, SOCK_RAW, SOCK_RDM};

/// What one receive came to. The original answers an empty string to all but the first of these (SOC-67, SOC-69,
/// SOC-T18), and cuts datagrams without a word (SOC-T14).
///
/// ```
/// use standpipe_core::socket::Received;
/// use standpipe_core::socket::constants::{MSG_TRUNC, SOCK_DGRAM, SOCK_STREAM};
///
/// assert_eq!(Received::of(SOCK_STREAM, 1024, 3, 0), Received::Bytes(3));
/// assert_eq!(Received::of(SOCK_STREAM, 1024, 0, 0), Received::Eof);
/// assert_eq!(Received::of(SOCK_STREAM, 0, 0, 0), Received::NothingAsked);
/// let empty = Received::of(SOCK_DGRAM, 1024, 0, 0);
/// assert_eq!(empty, Received::Datagram { len: 0, whole: 0, control_cut: false });
/// let cut = Received::of(SOCK_DGRAM, 4, 9, MSG_TRUNC); // asked for with MSG_TRUNC: the whole length is told
/// assert_eq!(cut, Received::Datagram { len: 4, whole: 9, control_cut: false });
/// assert!(cut.is_cut() && !empty.is_cut());
/// assert_eq!(cut.len(), 4);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
#[must_use]
pub enum Received {
    /// So many bytes of a stream, at least one.
    Bytes(usize),
    /// The end of a stream, or of the datagrams of a socket whose receiving side was shut down.
    Eof,
    /// Nothing was asked for, so nothing is known.
    NothingAsked,
    /// A datagram, which may be empty.
    Datagram {
        /// How many of its bytes are here.
        len: usize,
        /// How many it had: more than `len` when it was cut. Without `MSG_TRUNC` in the call the kernel does not say how
        /// many, and one more than `len` stands here.
        whole: usize,
        /// Control messages were cut.
        control_cut: bool,
    },
}

impl Received {
    /// From a socket of this type, of which `asked` bytes were asked: what recv(2) returned and which flags it gave back.
    ///
    /// A sequence of packets (`SOCK_SEQPACKET`) is read as a stream, since its end and an empty packet are the same to
    /// the kernel too.
    pub fn of(socket_type: i32, asked: usize, returned: usize, flags: i32) -> Self {
        if !matches!(socket_type, SOCK_DGRAM | SOCK_RAW | SOCK_RDM) {
            return match (returned, asked) {
                (0, 0) => Self::NothingAsked,
                (0, _) => Self::Eof,
                (n, _) => Self::Bytes(n.min(asked)),
            };
        }
        let len = returned.min(asked);
        let least = if flags & MSG_TRUNC != 0 { len.saturating_add(1) } else { len };
        Self::Datagram { len, whole: returned.max(least), control_cut: flags & MSG_CTRUNC != 0 }
    }

    /// How many bytes are here.
    pub const fn len(self) -> usize {
        match self {
            Self::Bytes(len) | Self::Datagram { len, .. } => len,
            Self::Eof | Self::NothingAsked => 0,
        }
    }

    /// Whether no byte is here. That alone tells neither an end nor an empty datagram.
    ///
    /// ```
    /// assert!(standpipe_core::socket::Received::Eof.is_empty());
    /// ```
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether a part of a datagram, or of its control messages, is lost.
    pub const fn is_cut(self) -> bool {
        match self {
            Self::Datagram { len, whole, control_cut } => whole > len || control_cut,
            _ => false,
        }
    }
}
