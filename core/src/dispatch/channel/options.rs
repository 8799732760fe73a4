//! What a channel is given and what it tells: [`ChannelOptions`] and [`ChannelEvent`].

use core::time::Duration;

use crate::{End, EofPolicy};

/// Limits of a [`Channel`](super::Channel).
///
/// ```
/// use standpipe_core::dispatch::ChannelOptions;
///
/// let options = ChannelOptions { half_open: true, ..ChannelOptions::default() };
/// assert_eq!(options.high_water, 256 << 10);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChannelOptions {
    /// How long connecting may take, from the first turn on. Default: 30 s.
    pub connect: Option<Duration>,
    /// How long the handshake of a layer may take. Default: 10 s.
    pub handshake: Option<Duration>,
    /// How long after the last byte that left a closing channel waits: for the peer to take more, and for its end.
    /// Default: 5 s.
    pub close: Duration,
    /// What a connection with a layer is taken for that ends without saying so in it. Default: truncated.
    pub eof: EofPolicy,
    /// From how many unsent bytes on data is held back. Default: 256 KiB.
    pub high_water: usize,
    /// At how many it is told again. Default: 64 KiB.
    pub low_water: usize,
    /// From how many unsent bytes on nothing more can be pushed. Default: 16 MiB.
    pub most_unsent: usize,
    /// Whether the channel stays open for writing when its peer has ended. Default: no; it closes once what was pushed
    /// has left.
    pub half_open: bool,
}

impl Default for ChannelOptions {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(30)),
            handshake: Some(Duration::from_secs(10)),
            close: Duration::from_secs(5),
            eof: EofPolicy::default(),
            high_water: 256 << 10,
            low_water: 64 << 10,
            most_unsent: 16 << 20,
            half_open: false,
        }
    }
}

/// What has happened to a [`Channel`](super::Channel), in this order where several things have.
///
/// ```
/// use standpipe_core::End;
/// use standpipe_core::dispatch::ChannelEvent;
///
/// fn tell(event: ChannelEvent<'_>) -> String {
///     match event {
///         ChannelEvent::Data(data) => format!("{} bytes", data.len()),
///         ChannelEvent::Closed(end) => format!("closed: {end}"),
///         event => format!("{event:?}"),
///     }
/// }
/// assert_eq!(tell(ChannelEvent::Closed(End::Clean)), "closed: clean");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ChannelEvent<'a> {
    /// The connection is made, and the handshake of its layer is over (ACO-20, ACO-56). A channel that began connected
    /// and has no layer is not told so.
    Connected,
    /// The layer that was to be taken off ([`Channel::end_layer`](super::Channel::end_layer)) is off: what was told before
    /// came by it, and what is told from here on is plain text.
    Unwrapped,
    /// Urgent data has come: this byte (ACO-23, ACO-55).
    Urgent(u8),
    /// This data has come. It counts as taken (ACO-53).
    Data(&'a [u8]),
    /// The peer has ended, cleanly: nothing more will come, and all that came was told. Another end is only told as
    /// that of the channel.
    Ended,
    /// Enough has left for data to be told again, and for more to be pushed (ACO-54).
    Room,
    /// The channel is closed, and this is how it has ended. Always the last event, and told once (ACO-62, ACO-T3).
    Closed(End),
}
