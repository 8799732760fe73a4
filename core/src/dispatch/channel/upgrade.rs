//! A layer that is put over a connection which has begun without one.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Channel, Phase};
use crate::Layer;

/// Why a layer cannot be put over a channel.
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
    #[error("the channel is closing: a layer is put over it before it is asked to")]
    Closing,
    /// The connection is still to be made: [`Channel::connecting`] takes a layer as well.
    #[error("the channel is not connected yet: give it the layer when it is made")]
    Connecting,
    /// It has a layer.
    #[error("the channel has a layer already")]
    Layered,
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
            _ if self.carrier.layer().is_some() => Err(LayerError::Layered),
            Phase::Connecting => Err(LayerError::Connecting),
            Phase::Open if !ends => Ok(()),
            _ => Err(LayerError::Closing),
        }
    }
}
