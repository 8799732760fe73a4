//! A layer that is put over a connection which has begun without one, and one that is taken off again.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Carrier, Channel, Deadline, News, Phase};
use crate::{End, Layer, PeerEnd};

/// Why a layer cannot be put over a channel, or be taken off.
///
/// ```
/// use standpipe_core::Layer;
/// use standpipe_core::dispatch::{Channel, ChannelOptions, LayerError};
///
/// fn too_late(session: Box<dyn Layer>) {
///     let mut channel = Channel::connected(ChannelOptions::default());
///     channel.out().close();
///     assert_eq!(channel.begin_layer(session), Err(LayerError::Closing));
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// The channel was asked to close, or either direction has ended.
    #[error("the channel is closing: a layer is put over it or taken off before it is asked to")]
    Closing,
    /// The connection is still to be made: [`Channel::connecting`] takes a layer as well.
    #[error("the channel is not connected yet: give it the layer when it is made")]
    Connecting,
    /// It has a layer.
    #[error("the channel has a layer already")]
    Layered,
    /// It has no layer.
    #[error("the channel has no layer that could be taken off")]
    Clear,
    /// The handshake of its layer is not over.
    #[error("there is nothing to take off: the handshake is not over")]
    NotAgreed,
    /// Its layer is being taken off already.
    #[error("the layer is being taken off already")]
    Unwrapping,
}

impl Channel {
    /// Puts a layer such as TLS over the connection from here on, as STARTTLS asks for (SSL-13). What was pushed before
    /// leaves without it, and does not count as unsent any more; what is pushed from now on waits for its handshake, whose end is told by
    /// [`ChannelEvent::Connected`](super::ChannelEvent::Connected).
    ///
    /// What has come and was not told is the layer's: nothing that was read before the handshake is trusted after it
    /// (RFC 3207, 4.2). Commands that somebody has put behind the request are no handshake, and end the connection.
    ///
    /// Call it when the handler of the request has returned.
    ///
    /// # Errors
    /// [`LayerError`]; nothing has changed then.
    ///
    /// ```
    /// use standpipe_core::Layer;
    /// use standpipe_core::dispatch::{Channel, ChannelEvent};
    ///
    /// fn serve(channel: &mut Channel, session: fn() -> Box<dyn Layer>) -> Result<(), Box<dyn std::error::Error>> {
    ///     while let Some((event, out)) = channel.next_event() {
    ///         if let ChannelEvent::Data(b"STARTTLS\r\n") = event {
    ///             out.push(b"220 go ahead\r\n")?;
    ///             channel.begin_layer(session())?;
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn begin_layer(&mut self, layer: Box<dyn Layer>) -> Result<(), LayerError> {
        self.begin_layer_over(layer, Vec::new())
    }

    /// The same, with bytes that were told and taken back: they come before those that were not told.
    ///
    /// # Errors
    /// [`LayerError`]; nothing has changed then.
    ///
    /// ```
    /// use standpipe_core::Layer;
    /// use standpipe_core::dispatch::{Channel, LayerError};
    ///
    /// /// What was told of this data is a request, and what lies behind it the beginning of a handshake.
    /// fn turn(channel: &mut Channel, session: Box<dyn Layer>, rest: &[u8]) -> Result<(), LayerError> {
    ///     channel.begin_layer_over(session, rest.to_vec())
    /// }
    /// ```
    pub fn begin_layer_over(
        &mut self,
        mut layer: Box<dyn Layer>,
        mut early: Vec<u8>,
    ) -> Result<(), LayerError> {
        self.release();
        self.may_begin_layer()?;
        early.extend_from_slice(self.carrier.plain());
        self.drop_data();
        layer.start();
        if !early.is_empty() {
            layer.handle_early(early);
        }
        let was_full = self.out.is_full();
        self.carrier.turn(layer, &mut self.out.queue);
        self.look_for_room(was_full);
        self.agreed = false;
        self.look();
        Ok(())
    }

    fn may_begin_layer(&self) -> Result<(), LayerError> {
        let ends = self.out.is_closing() || self.receiving.is_some() || self.sending.is_some();
        match self.phase {
            _ if !matches!(self.carrier, Carrier::Clear(_)) => Err(LayerError::Layered),
            Phase::Connecting => Err(LayerError::Connecting),
            Phase::Open if !ends => Ok(()),
            _ => Err(LayerError::Closing),
        }
    }

    /// Takes the layer off, after which plain text goes both ways (SSL-80). What was pushed before leaves by the layer, with
    /// close_notify behind it, and does not count as unsent any more; what is pushed from now on waits until the layer is off, which
    /// [`ChannelEvent::Unwrapped`](super::ChannelEvent::Unwrapped) tells, and leaves without it.
    ///
    /// The layer is off once both sides have said close_notify (RFC 8446, 6.1; RFC 5246, 7.2.1), whoever did so first, as with
    /// [`Unwrap`](crate::Unwrap). Data that comes before the peer's is the layer's and told before the news; what
    /// lies behind it is plain text and told after, if the layer was told to keep that (`Session::keeping_left_over`). A request to
    /// close that is made meanwhile is met behind all of that.
    ///
    /// A peer that has said close_notify on its own was told as one that has ended
    /// ([`ChannelEvent::Ended`](super::ChannelEvent::Ended)). Whoever handles that may answer with this, and so may whoever has a
    /// channel that stays open ([`ChannelOptions::half_open`](super::ChannelOptions)): with the layer off, the peer may send
    /// again, and end again.
    ///
    /// What hinders it ends the channel: [`End::Truncated`] where the transport ends instead, whatever
    /// [`ChannelOptions::eof`](super::ChannelOptions) says; [`End::TimedOut`] where neither the peer's farewell has come nor
    /// anything of ours has left for as long as [`ChannelOptions::close`](super::ChannelOptions) says; and any failure.
    ///
    /// Call it when the handler has returned.
    ///
    /// # Errors
    /// [`LayerError`]; nothing has changed then.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelEvent};
    ///
    /// /// As FTP's CCC (RFC 2228): the answer leaves sealed, and what follows in plain text.
    /// fn serve(channel: &mut Channel) -> Result<(), Box<dyn std::error::Error>> {
    ///     while let Some((event, out)) = channel.next_event() {
    ///         match event {
    ///             ChannelEvent::Data(b"CCC\r\n") => {
    ///                 out.push(b"200 going on in plain text\r\n")?;
    ///                 channel.end_layer()?;
    ///             }
    ///             ChannelEvent::Unwrapped => out.push(b"220 everybody reads this\r\n")?,
    ///             _ => {}
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// # use standpipe_core::dispatch::{ChannelOptions, LayerError};
    /// # serve(&mut Channel::connected(ChannelOptions::default())).unwrap();
    /// # assert_eq!(Channel::connected(ChannelOptions::default()).end_layer(), Err(LayerError::Clear));
    /// ```
    pub fn end_layer(&mut self) -> Result<(), LayerError> {
        // Whoever answers the peer's end so does not close.
        let end_given = core::mem::take(&mut self.end_given);
        self.release();
        if let Err(error) = self.may_end_layer() {
            self.end_given = end_given;
            return Err(error);
        }
        self.receiving = None;
        self.take_news_of(News::Ended);
        let was_full = self.out.is_full();
        self.carrier.unwrap(&mut self.out.queue);
        self.out.unwrapping = true;
        self.look_for_room(was_full);
        Ok(())
    }

    fn may_end_layer(&self) -> Result<(), LayerError> {
        let Some(layer) = self.carrier.layer() else { return Err(LayerError::Clear) };
        let has_parted = layer.peer_end() == Some(PeerEnd::CloseNotify) && self.receiving == Some(End::Clean);
        let ends = self.out.is_closing() || self.sending.is_some() || self.receiving.is_some() && !has_parted;
        match (&self.carrier, self.phase) {
            _ if self.carrier.is_unwrapping() => Err(LayerError::Unwrapping),
            (_, Phase::Connecting | Phase::Open) if !self.agreed && !ends => Err(LayerError::NotAgreed),
            (Carrier::Layer(_), Phase::Open) if !ends => Ok(()),
            // What was pushed before the layer was put there has not left.
            (Carrier::Turning(_), Phase::Open) if !ends => Err(LayerError::NotAgreed),
            _ => Err(LayerError::Closing),
        }
    }

    /// Goes on without the layer once both sides have said their farewell in it, and all that came by it is taken.
    pub(super) fn part(&mut self) {
        if !self.carrier.is_unwrapping() {
            return;
        }
        if !self.delivers() {
            self.drop_data();
        }
        if !self.carrier.part() {
            return;
        }
        self.out.unwrapping = false;
        self.close_until = Deadline::NONE;
        if self.delivers() {
            self.tell(News::Unwrapped);
        }
        self.wait_for_peer();
    }
}
