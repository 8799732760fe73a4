//! [`ControlMessage`] and [`ControlMessages`]: what was encoded comes back, of what is cut all that is whole, and no
//! bytes make it panic.

use arbitrary::Arbitrary;
use standpipe_core::socket::{AncillaryError, ControlMessage, ControlMessages};

#[derive(Arbitrary, Debug)]
enum Message {
    Rights(Vec<i8>),
    Credentials(i32, u32, u32),
    Other(u8, u8, Vec<u8>),
}

impl Message {
    /// What it is once it has gone over: what looks like descriptors or credentials is them.
    fn sent(&self) -> ControlMessage {
        match self {
            Self::Rights(descriptors) => {
                ControlMessage::Rights(descriptors.iter().map(|number| i32::from(*number)).collect())
            }
            Self::Credentials(pid, uid, gid) => {
                ControlMessage::Credentials { pid: *pid, uid: *uid, gid: *gid }
            }
            Self::Other(level, kind, data) => ControlMessage::Other {
                level: i32::from(*level) + 2,
                kind: (*kind).into(),
                data: data.clone(),
            },
        }
    }

    /// Its bytes, by the letter of cmsg(3) on a machine of 64 bits.
    fn bytes(&self) -> Vec<u8> {
        let (level, kind, data) = match self {
            Self::Rights(all) => (1, 1, all.iter().flat_map(|n| i32::from(*n).to_ne_bytes()).collect()),
            Self::Credentials(pid, uid, gid) => {
                (1, 2, [pid.to_ne_bytes(), uid.to_ne_bytes(), gid.to_ne_bytes()].concat())
            }
            Self::Other(level, kind, data) => (i32::from(*level) + 2, (*kind).into(), data.clone()),
        };
        let mut bytes = (16 + data.len() as u64).to_ne_bytes().to_vec();
        bytes.extend(i32::to_ne_bytes(level));
        bytes.extend(i32::to_ne_bytes(kind));
        bytes.extend(&data);
        while !bytes.len().is_multiple_of(8) {
            bytes.push(0);
        }
        bytes
    }
}

/// Checks any row of messages, cut anywhere; and any bytes.
pub fn check(bytes: &[u8]) {
    check_hostile(bytes);
    let Some((cut, messages)) = super::read::<u8, Message>(bytes) else { return };
    let sent: Vec<_> = messages.iter().map(Message::sent).collect();
    let pieces: Vec<_> = messages.iter().map(Message::bytes).collect();
    let whole = ControlMessage::encode(&sent);
    assert_eq!(whole, pieces.concat());
    assert_eq!(ControlMessages::decode(&whole), ControlMessages { messages: sent.clone(), error: None });
    check_cut(&sent, &whole[..usize::from(cut).min(whole.len())]);
}

fn check_cut(sent: &[ControlMessage], cut: &[u8]) {
    let received = ControlMessages::decode(cut);
    let mut at = 0;
    let whole = sent.iter().take_while(|message| {
        at += message.space();
        // Of padding nothing is missed.
        at - padding(message) <= cut.len()
    });
    let whole = whole.count();
    assert_eq!(received.messages[..whole], sent[..whole]);
    let begun = at_of(sent, whole) < cut.len();
    assert_eq!(received.error.is_some(), begun);
    check_rest(&received.messages[whole..], sent.get(whole), cut.len().saturating_sub(at_of(sent, whole)));
}

fn at_of(sent: &[ControlMessage], index: usize) -> usize {
    sent[..index].iter().map(ControlMessage::space).sum()
}

/// Of a message that is cut after so many bytes only descriptors come, those that are whole: none may be forgotten open.
fn check_rest(came: &[ControlMessage], cut: Option<&ControlMessage>, here: usize) {
    match cut {
        Some(ControlMessage::Rights(all)) if here >= 20 => {
            assert_eq!(came, [ControlMessage::Rights(all[..(here - 16) / 4].to_vec())]);
        }
        _ => assert!(came.is_empty(), "only descriptors come in part: {came:?}"),
    }
}

fn padding(message: &ControlMessage) -> usize {
    let len = match message {
        ControlMessage::Rights(descriptors) => 4 * descriptors.len(),
        ControlMessage::Credentials { .. } => 12,
        ControlMessage::Other { data, .. } => data.len(),
        message => panic!("an unknown message: {message:?}"),
    };
    message.space() - 16 - len
}

fn check_hostile(bytes: &[u8]) {
    let received = ControlMessages::decode(bytes);
    match received.error {
        Some(AncillaryError::Cut { at, missing }) => assert!(at < bytes.len() && missing > 0),
        Some(AncillaryError::Malformed { at, len }) => assert!(at < bytes.len() && len < 16),
        Some(error) => panic!("an unknown error: {error}"),
        None => {}
    }
    assert!(received.descriptors().count() * 4 <= bytes.len(), "no descriptor comes from nowhere");
    let again = ControlMessages::decode(&ControlMessage::encode(&received.messages));
    assert_eq!(again, ControlMessages { messages: received.messages, error: None });
}
