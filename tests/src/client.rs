//! What a client does, as data: run on real sockets, or by the simulation.

/// One step of a client. Whatever comes is read from the start, unless the client is [`Step::Deaf`]. Where clients are
/// secured it speaks TLS, and what it sends waits for the end of the handshake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// Speaks no TLS although the server does. First of all.
    Plain,
    /// Trusts no certificate, and so refuses the server in mid-handshake. First of all.
    Distrust,
    /// Reads nothing, from now on, but what a handshake takes.
    Deaf,
    /// Reads again, from now on.
    Listen,
    /// Sends this many bytes of [`pattern`].
    Send(usize),
    /// Sends the text.
    Say(&'static str),
    /// Sends these bytes as they are, past TLS.
    Raw(&'static [u8]),
    /// Sends no more, and says so: in TLS by close_notify and nothing else.
    HalfClose,
    /// Ends its direction of the transport, whatever was said in TLS.
    Fin,
    /// Waits until this many bytes have come, or the end.
    Await(usize),
    /// Waits for the end of what comes.
    AwaitEnd,
    /// Waits until as many clients have come to this step as have it.
    Meet,
    /// Tells the server to accept no more and to finish.
    Drain,
    /// Ends the connection so that the server sees a reset.
    Reset,
    /// Ends the connection.
    Close,
}

/// How a client saw its connection end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Seen {
    /// The server's clean end.
    Eof,
    /// The same in TLS: close_notify, and then the transport's end.
    CloseNotify,
    /// In TLS, the transport's end without close_notify.
    Truncated,
    /// The server has refused it, by this alert.
    Alert(u8),
    /// It has refused the server itself.
    Refused,
    /// A reset, while reading.
    Reset,
    /// It closed the connection itself, before any end.
    Left,
}

/// The bytes from `offset` on of an endless stream without short periods, so that a byte lost, doubled or moved is a
/// difference.
pub fn pattern(offset: usize, len: usize) -> Vec<u8> {
    let byte = |at: usize| (at.wrapping_mul(0x9e37_79b9) >> 11) as u8;
    (offset..offset + len).map(byte).collect()
}
