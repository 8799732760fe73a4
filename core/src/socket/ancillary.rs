//! Control messages beside the bytes: [`ControlMessage`] and [`ControlMessages`].

use alloc::vec::Vec;
use core::mem::size_of;

use super::constants::{SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET};

/// A control message of sendmsg(2) and recvmsg(2), in Linux's layout on this target (cmsg(3)).
///
/// ```
/// use standpipe_core::socket::{ControlMessage, ControlMessages};
///
/// let sent = [ControlMessage::Rights(vec![5, 6]), ControlMessage::Credentials { pid: 1, uid: 2, gid: 3 }];
/// let bytes = ControlMessage::encode(&sent);
/// assert_eq!(bytes.len(), sent.iter().map(ControlMessage::space).sum());
/// let received = ControlMessages::decode(&bytes);
/// assert_eq!((received.messages, received.error), (sent.to_vec(), None));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ControlMessage {
    /// Descriptors (`SCM_RIGHTS`). Those received are open and belong to whoever takes them out of here.
    Rights(Vec<i32>),
    /// Who sends (`SCM_CREDENTIALS`).
    Credentials {
        /// The process.
        pid: i32,
        /// Its user.
        uid: u32,
        /// Its group.
        gid: u32,
    },
    /// Any other.
    Other {
        /// The level of its protocol.
        level: i32,
        /// Its kind there.
        kind: i32,
        /// Its content.
        data: Vec<u8>,
    },
}

/// The length, the level and the kind stand before the content.
const HEADER: usize = size_of::<usize>() + 8;

const fn aligned(len: usize) -> usize {
    len.next_multiple_of(size_of::<usize>())
}

impl ControlMessage {
    /// How much room it takes among others (`CMSG_SPACE`), in bytes.
    pub fn space(&self) -> usize {
        HEADER + aligned(self.data_len())
    }

    /// The bytes of a row of control messages, as sendmsg(2) takes them.
    pub fn encode(messages: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(messages.iter().map(Self::space).sum());
        for message in messages {
            message.append_to(&mut bytes);
            bytes.resize(aligned(bytes.len()), 0);
        }
        bytes
    }

    fn data_len(&self) -> usize {
        match self {
            Self::Rights(descriptors) => 4 * descriptors.len(),
            Self::Credentials { .. } => 12,
            Self::Other { data, .. } => data.len(),
        }
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        let (level, kind) = match self {
            Self::Rights(_) => (SOL_SOCKET, SCM_RIGHTS),
            Self::Credentials { .. } => (SOL_SOCKET, SCM_CREDENTIALS),
            Self::Other { level, kind, .. } => (*level, *kind),
        };
        bytes.extend((HEADER + self.data_len()).to_ne_bytes());
        bytes.extend(level.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        match self {
            Self::Rights(descriptors) => {
                descriptors.iter().for_each(|number| bytes.extend(number.to_ne_bytes()))
            }
            Self::Credentials { pid, uid, gid } => {
                bytes.extend(pid.to_ne_bytes());
                bytes.extend(uid.to_ne_bytes());
                bytes.extend(gid.to_ne_bytes());
            }
            Self::Other { data, .. } => bytes.extend_from_slice(data),
        }
    }

    fn new(level: i32, kind: i32, data: &[u8]) -> Self {
        match (level, kind) {
            (SOL_SOCKET, SCM_RIGHTS) => Self::Rights(words(data).map(i32::from_ne_bytes).collect()),
            (SOL_SOCKET, SCM_CREDENTIALS) if data.len() == 12 => {
                let mut words = words(data);
                let mut word = || words.next().unwrap_or_default();
                let pid = i32::from_ne_bytes(word());
                Self::Credentials { pid, uid: u32::from_ne_bytes(word()), gid: u32::from_ne_bytes(word()) }
            }
            _ => Self::Other { level, kind, data: data.into() },
        }
    }
}

/// Whole words; a rest of fewer bytes is none.
fn words(data: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    data.as_chunks().0.iter().copied()
}

/// What recvmsg(2) has put beside the bytes.
///
/// Whatever is broken or cut, all that came whole is here, descriptors above all: one that is not told stays open for
/// ever. `MSG_CTRUNC` in the flags says that something is missing although every message here is whole
/// ([`Received`](super::Received) tells it).
///
/// ```
/// use standpipe_core::socket::{AncillaryError, ControlMessage, ControlMessages};
///
/// let mut bytes = ControlMessage::encode(&[ControlMessage::Rights(vec![5, 6])]);
/// bytes.truncate(bytes.len() - 4);
/// let received = ControlMessages::decode(&bytes);
/// assert_eq!(received.descriptors().collect::<Vec<_>>(), [5]);
/// assert_eq!(received.error, Some(AncillaryError::Cut { at: 0, missing: 4 }));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControlMessages {
    /// What came, in order.
    pub messages: Vec<ControlMessage>,
    /// Why that is not all.
    pub error: Option<AncillaryError>,
}

/// Why a row of control messages ends early.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AncillaryError {
    /// The last message is cut.
    #[error("the control message at byte {at} lacks {missing} bytes: make more room for them")]
    Cut {
        /// Where it begins.
        at: usize,
        /// How many bytes are missing.
        missing: usize,
    },
    /// A message that says that it is shorter than its own header.
    #[error("the control message at byte {at} claims {len} bytes, which is less than its header")]
    Malformed {
        /// Where it begins.
        at: usize,
        /// How long it says it is.
        len: usize,
    },
}

impl ControlMessages {
    /// Reads a row of control messages: exactly the bytes that the kernel has filled (`msg_controllen`).
    pub fn decode(bytes: &[u8]) -> Self {
        let mut all = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            match all.next(bytes, at) {
                Ok(next) => at = next,
                Err(error) => {
                    all.error = Some(error);
                    break;
                }
            }
        }
        all
    }

    /// The descriptors that came, of all messages.
    pub fn descriptors(&self) -> impl Iterator<Item = i32> {
        let rights = self.messages.iter().filter_map(|message| match message {
            ControlMessage::Rights(descriptors) => Some(descriptors),
            _ => None,
        });
        rights.flatten().copied()
    }

    /// Reads the message at this place. Where the next one begins.
    fn next(&mut self, bytes: &[u8], at: usize) -> Result<usize, AncillaryError> {
        let rest = &bytes[at..];
        let cut = |wanted: usize| AncillaryError::Cut { at, missing: wanted - rest.len() };
        let header = rest.split_first_chunk::<{ size_of::<usize>() }>().filter(|_| rest.len() >= HEADER);
        let (len, words) = header.ok_or_else(|| cut(HEADER))?;
        let len = usize::from_ne_bytes(*len);
        if len < HEADER {
            return Err(AncillaryError::Malformed { at, len });
        }
        let mut words = self::words(words).map(i32::from_ne_bytes);
        let (level, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let here = len.min(rest.len());
        let message = ControlMessage::new(level, kind, &rest[HEADER..here]);
        let whole = here == len;
        let some = matches!(&message, ControlMessage::Rights(descriptors) if !descriptors.is_empty());
        if whole || some {
            self.messages.push(message);
        }
        // No overflow: what is whole is no longer than what is here.
        if whole { Ok(at + aligned(len)) } else { Err(cut(len)) }
    }
}
