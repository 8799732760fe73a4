//! What a TLS context is told, and what comes of it in a handshake.

mod made;
mod versions;
