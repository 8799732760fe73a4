//! Records under a cipher that hides nothing: the plaintext, and a checksum that a changed bit does not survive. Neither
//! keys nor sequence numbers matter, so records can be made, moved and doubled by anybody.

use rustls::ContentType;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{ConnectionTrafficSecrets, Error, ProtocolVersion};

/// The length of a checksum.
const TAG: usize = 8;

/// The checksum of a record's kind and fragment (FNV-1a).
fn tag(kind: u8, fragment: &[u8]) -> [u8; TAG] {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    std::iter::once(&kind).chain(fragment).fold(0xcbf2_9ce4_8422_2325, step).to_be_bytes()
}

/// A record in the clear.
pub fn plain_record(kind: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).expect("no record is so long").to_be_bytes();
    [&[kind, 3, 3, high, low][..], content].concat()
}

/// The kind and content that a sealed record has for whoever opens it: zeros behind the content are padding.
pub fn opened(version: Version, kind: u8, mut content: &[u8]) -> (u8, &[u8]) {
    let mut kind = kind;
    while version == Version::Tls13 && kind == 0 {
        let Some((last, rest)) = content.split_last() else { break };
        (kind, content) = (*last, rest);
    }
    (kind, content)
}

/// A record as either side would seal it.
pub fn sealed_record(version: Version, kind: u8, content: &[u8]) -> Vec<u8> {
    let (outer, fragment) = match version {
        Version::Tls12 => (kind, content.to_vec()),
        Version::Tls13 => (u8::from(ContentType::ApplicationData), [content, &[kind]].concat()),
    };
    plain_record(outer, &[&fragment[..], &tag(outer, &fragment)].concat())
}

/// Under which version's rules a record is sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// The kind of the content is in front, for all to see.
    Tls12,
    /// It is sealed behind the content.
    Tls13,
}

impl MessageEncrypter for Version {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, _: u64) -> Result<OutboundOpaqueMessage, Error> {
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(message.payload.len()));
        payload.extend_from_chunks(&message.payload);
        let kind = match self {
            Self::Tls12 => message.typ,
            Self::Tls13 => {
                payload.extend_from_slice(&[u8::from(message.typ)]);
                ContentType::ApplicationData
            }
        };
        let tag = tag(kind.into(), payload.as_ref());
        payload.extend_from_slice(&tag);
        Ok(OutboundOpaqueMessage::new(kind, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, len: usize) -> usize {
        len + usize::from(*self == Self::Tls13) + TAG
    }
}

impl MessageDecrypter for Version {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        _: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let kind = message.typ.into();
        let split = message.payload.split_last_chunk();
        let split = split.filter(|(fragment, sum)| tag(kind, fragment) == **sum);
        let len = split.ok_or(Error::DecryptError)?.0.len();
        message.payload.truncate(len);
        match self {
            Self::Tls12 => Ok(message.into_plain_message()),
            Self::Tls13 => message.into_tls13_unpadded_message(),
        }
    }
}

/// The cipher of both versions.
#[derive(Debug)]
pub(super) struct Checksum;

impl Tls13AeadAlgorithm for Checksum {
    fn encrypter(&self, _: AeadKey, _: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Version::Tls13)
    }

    fn decrypter(&self, _: AeadKey, _: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Version::Tls13)
    }

    fn key_len(&self) -> usize {
        16
    }

    fn extract_keys(&self, _: AeadKey, _: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

impl Tls12AeadAlgorithm for Checksum {
    fn encrypter(&self, _: AeadKey, _: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Version::Tls12)
    }

    fn decrypter(&self, _: AeadKey, _: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Version::Tls12)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape { enc_key_len: 16, fixed_iv_len: 4, explicit_nonce_len: 0 }
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}
