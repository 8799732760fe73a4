//! What programs override: [`Dispatcher`].

use std::io;

use standpipe_core::End;
use standpipe_core::dispatch::TimerKey;

use super::Channel;

/// What happens at one connection: asyncore's `dispatcher` (ACO-32). Each method but the predicates is told once for what
/// has happened, in this order: accepted or connected, urgent data, data, the peer's end, room, closed.
///
/// A handler answers by its [`Channel`], and nothing is sent before it has returned. An error that it returns closes this channel
/// alone: [`handle_error`](Self::handle_error) is told, what was pushed leaves, and no more data is told. One that panics
/// has its channel reset, and the panic leaves the loop, which can be run again.
///
/// ```
/// use std::io;
/// use standpipe_sys::dispatch::{Channel, Dispatcher};
///
/// struct Echo;
///
/// impl Dispatcher for Echo {
///     fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
///         channel.push(data)
///     }
/// }
/// ```
pub trait Dispatcher {
    /// Whether data is wanted (ACO-39); while it is not, neither data nor the peer's end is told. Asked after each turn of this
    /// channel, so after whatever this handler was told, and where somebody has touched the channel from outside.
    fn readable(&self) -> bool {
        true
    }

    /// Whether [`handle_write`](Self::handle_write) is to be called because nothing is unsent (ACO-40), asked as
    /// [`readable`](Self::readable) is. One that pushes nothing then
    /// is not called again before something else has happened, so that nothing spins (ACO-T9).
    fn writable(&self) -> bool {
        false
    }

    /// Whether its predicates depend on more than what this handler is told, such as on what another channel has buffered. Then
    /// they are asked in every pass, as asyncore does of everybody, and each pass costs that call. Asked once, when the channel
    /// comes into its loop.
    fn follows_others(&self) -> bool {
        false
    }

    /// Whether the channel stays open for writing when its peer has ended. Otherwise it closes once what was pushed has
    /// left.
    fn is_half_open(&self) -> bool {
        false
    }

    /// It was accepted by a listener: the place for a greeting. With a layer such as TLS the handshake is still to come.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_accepted(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let _ = channel;
        Ok(())
    }

    /// It is connected, and the handshake of its layer over (ACO-56). Of one that was accepted without a layer this is not
    /// told.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let _ = channel;
        Ok(())
    }

    /// The layer that [`Channel::end_layer`] was to take off is off: what was told before came by it, what is told from here on is
    /// plain text, and so is what is pushed.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_unwrap(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let _ = channel;
        Ok(())
    }

    /// An urgent byte has come (ACO-55), where that was asked for by [`Channel::set_urgent`].
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_expt(&mut self, channel: &mut Channel<'_>, byte: u8) -> io::Result<()> {
        let _ = (channel, byte);
        Ok(())
    }

    /// This data has come (ACO-53), never none. It counts as taken.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        let _ = (channel, data);
        Ok(())
    }

    /// The peer has ended, cleanly, and all that came was told. What is pushed now still leaves.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_eof(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let _ = channel;
        Ok(())
    }

    /// There is room again after the channel was full, or nothing is unsent and [`writable`](Self::writable) asked for it
    /// (ACO-54).
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let _ = channel;
        Ok(())
    }

    /// A timer that was set by [`Channel::set_timer`] is due.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_timer(&mut self, channel: &mut Channel<'_>, timer: TimerKey) -> io::Result<()> {
        let _ = (channel, timer);
        Ok(())
    }

    /// Comes before everything else of a turn: for those that keep something back and go on with it when they may.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_turn(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let _ = channel;
        Ok(())
    }

    /// The loop was asked to stop. By default what was pushed leaves, what still comes is dropped, and the channel closes;
    /// what is open when the loop's drain is over is reset.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_stop(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.close();
        Ok(())
    }

    /// A handler of this channel has returned this error (ACO-58), and the channel is about to be closed.
    fn handle_error(&mut self, channel: &mut Channel<'_>, error: &io::Error) {
        let _ = (channel, error);
    }

    /// It is closed, and this is how it has ended (ACO-62): always last, and told once. A connection that could not be made
    /// ends so as well.
    fn handle_close(&mut self, channel: &mut Channel<'_>, end: End) {
        let _ = (channel, end);
    }
}

macro_rules! forward {
    ($($predicate:ident)*; $($handler:ident($($name:ident: $type:ty),*))*) => {
        impl<D: Dispatcher + ?Sized> Dispatcher for Box<D> {
            $(fn $predicate(&self) -> bool {
                (**self).$predicate()
            })*

            $(fn $handler(&mut self, channel: &mut Channel<'_>, $($name: $type),*) -> io::Result<()> {
                (**self).$handler(channel, $($name),*)
            })*

            fn handle_error(&mut self, channel: &mut Channel<'_>, error: &io::Error) {
                (**self).handle_error(channel, error);
            }

            fn handle_close(&mut self, channel: &mut Channel<'_>, end: End) {
                (**self).handle_close(channel, end);
            }
        }
    };
}

forward! {
    readable writable follows_others is_half_open;
    handle_accepted() handle_connect() handle_unwrap() handle_expt(byte: u8) handle_read(data: &[u8]) handle_eof() handle_write()
    handle_timer(timer: TimerKey) handle_turn() handle_stop()
}
