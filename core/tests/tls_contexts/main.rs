//! What a TLS context is told, and what comes of it in a handshake.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]

mod choice;
mod clients;
mod identities;
mod made;
mod purposes;
mod reload;
mod resumption;
mod revocation;
mod roots;
mod versions;
