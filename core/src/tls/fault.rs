//! From rustls' errors to ours.

use rustls::{CertificateError, Error, InvalidMessage};

use crate::{TlsFault, TlsReason};

impl From<&Error> for TlsFault {
    fn from(error: &Error) -> Self {
        if let Error::AlertReceived(alert) = error {
            return Self::new(TlsReason::Refused, Some(u8::from(*alert)));
        }
        let reason = match error {
            Error::PeerSentOversizedRecord
            | Error::InvalidMessage(
                InvalidMessage::MessageTooLarge
                | InvalidMessage::HandshakePayloadTooLarge
                | InvalidMessage::CertificatePayloadTooLarge,
            ) => TlsReason::TooLarge,
            Error::InvalidMessage(_) => TlsReason::NotTls,
            Error::DecryptError => TlsReason::Decrypt,
            Error::PeerIncompatible(_) => TlsReason::Incompatible,
            Error::NoApplicationProtocol => TlsReason::NoProtocol,
            Error::NoCertificatesPresented => TlsReason::NoCertificate,
            Error::InvalidCertificate(why) => certificate(why),
            Error::InvalidCertRevocationList(_) => TlsReason::RevocationUnknown,
            Error::PeerMisbehaved(_)
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. } => TlsReason::Misbehaved,
            _ => TlsReason::Own,
        };
        Self::new(reason, None)
    }
}

fn certificate(why: &CertificateError) -> TlsReason {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsReason::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsReason::NotValidYet,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsReason::WrongName
        }
        CertificateError::UnknownIssuer => TlsReason::UnknownIssuer,
        CertificateError::ApplicationVerificationFailure => TlsReason::WrongPin,
        CertificateError::Revoked => TlsReason::Revoked,
        CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => TlsReason::RevocationUnknown,
        _ => TlsReason::BadCertificate,
    }
}
