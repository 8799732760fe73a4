//! Secured streams as scenarios see them, on backends that have them: [`Securing`].

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use standpipe_core::tls::{Provider, Version};
use standpipe_core::{Layer, Negotiated, SecuredOptions};

/// A backend that has secured streams.
pub trait Securing: Sync {
    /// Puts a layer on a connection.
    fn secure(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
    ) -> Box<dyn SecuredStream>;
}

/// A backend whose connections may begin and end in plain text, and have a descriptor for each direction.
pub trait Upgrading: Securing {
    /// Puts a layer on a connection of which so much was read already.
    fn upgrade(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
        read_ahead: &[u8],
    ) -> Box<dyn UpgradedStream>;
}

/// What carries the records.
#[derive(Debug)]
pub enum Transport {
    /// A connection, whatever its family.
    Socket(OwnedFd),
    /// Whatever else is read from and written to; of [`Upgrading`] alone.
    Pair {
        /// What is read from.
        read: OwnedFd,
        /// What is written to.
        write: OwnedFd,
    },
}

/// One side of a secured connection.
pub trait SecuredStream: Read + Write + Send {
    /// Performs the handshake, if that was not done yet.
    ///
    /// # Errors
    /// Why nothing was agreed upon.
    fn handshake(&mut self) -> io::Result<()>;

    /// What was agreed upon, once the handshake is over.
    fn negotiated(&self) -> Option<Negotiated>;

    /// Half-close: the peer may still answer.
    ///
    /// # Errors
    /// The peer is gone.
    fn close_write(&mut self) -> io::Result<()>;

    /// Close: the peer's end is awaited.
    ///
    /// # Errors
    /// Not everything has left.
    fn close(self: Box<Self>) -> io::Result<()>;

    /// Cuts it into halves for two threads.
    ///
    /// # Errors
    /// As [`SecuredStream::handshake`].
    fn split(self: Box<Self>) -> io::Result<(Box<dyn Read + Send>, Box<dyn SecuredWriter>)>;
}

/// The half of a secured connection that is written to.
pub trait SecuredWriter: Write + Send {
    /// Half-close.
    ///
    /// # Errors
    /// The peer is gone.
    fn close_write(&mut self) -> io::Result<()>;
}

/// A secured connection that may become plain text again.
pub trait UpgradedStream: SecuredStream {
    /// Takes the layer off.
    ///
    /// # Errors
    /// The connection is closed then.
    fn unwrap(self: Box<Self>) -> io::Result<Unwrapped>;
}

/// A connection that has no layer any more.
pub struct Unwrapped {
    /// The connection, in plain text from here on.
    pub stream: Box<dyn Plain>,
    /// Data that had come by the layer, and that nobody had read.
    pub secured: Vec<u8>,
    /// Plain text that has come behind the layer already.
    pub left_over: Vec<u8>,
}

impl fmt::Debug for Unwrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secured, left_over, .. } = self;
        f.debug_struct("Unwrapped")
            .field("secured", secured)
            .field("left_over", left_over)
            .finish_non_exhaustive()
    }
}

/// Bytes both ways.
pub trait Plain: Read + Write + Send {}

impl<S: Read + Write + Send> Plain for S {}

/// What both sides of a secured connection speak, and by whose cryptography.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The only version.
    pub version: Version,
    /// Whose keys and ciphers are used.
    pub provider: Provider,
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:?}", self.version.name(), self.provider)
    }
}
