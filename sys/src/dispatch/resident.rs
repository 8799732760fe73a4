//! Whatever else lives in a loop: [`Resident`].

use std::any::Any;

use standpipe_core::dispatch::Key;
use standpipe_core::{Machine, Moment};

use super::{EventLoop, Wait};
use crate::Ends;

/// A machine that lives in a loop beside its connections and listeners, with whoever is told of it: a child, a dialogue with one, a
/// relay, or a machine of the program's own. [`EventLoop::adopt`] takes it in.
///
/// The loop advances its machine as it does a connection's: turns of a bounded number of bytes, and nobody has a second one before
/// all others. After each turn it is asked to [`attend`](Self::attend), with the loop at its disposal. One that panics
/// is dropped, and the panic leaves the loop, which can be run again.
///
/// ```
/// use standpipe_core::dispatch::Key;
/// use standpipe_core::process::Child;
/// use standpipe_core::Machine;
/// use standpipe_sys::Ends;
/// use standpipe_sys::dispatch::{EventLoop, Resident, Wait};
///
/// /// A child in the loop; the loop is to stop when it has ended.
/// struct Leading {
///     child: Child,
///     ends: Ends,
/// }
///
/// impl<'a, W: Wait> Resident<'a, W> for Leading {
///     fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
///         (&mut self.child, &mut self.ends)
///     }
///
///     fn ends(&self) -> &Ends {
///         &self.ends
///     }
///
///     fn abort(&mut self) {
///         self.child.stop(&standpipe_core::process::Stop::kill());
///     }
///
///     fn finish(self: Box<Self>, event_loop: &mut EventLoop<'a, W>) {
///         event_loop.stop();
///     }
/// }
/// ```
pub trait Resident<'a, W: Wait> {
    /// The machine that is advanced, and what stands behind its ports. It may be another one from one turn to the next, but what
    /// stands behind a port stays there until the machine has it closed.
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends);

    /// What stands behind its ports.
    fn ends(&self) -> &Ends;

    /// What [`EventLoop::resident`] gives out to who asks for it by its type: the machine, most often. `None` where it is
    /// nobody's business.
    fn as_any(&mut self) -> Option<&mut dyn Any> {
        None
    }

    /// Tells what the last turn has brought about. All events of the machine are to be taken here. `key` is its own.
    ///
    /// Whether the machine or its ends were touched: it has another turn before the loop waits then, and what has come behind its
    /// ports is watched. One that was touched and does not say so may be waited for in vain.
    fn attend(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key) -> bool {
        let _ = (event_loop, key);
        false
    }

    /// When it wants a turn although neither its ports nor its machine ask for one.
    fn wake(&self) -> Option<Moment> {
        None
    }

    /// Whether the loop may end while it is there, as it may with signals that are still caught. Asked when it is adopted, and when
    /// it was touched.
    fn is_background(&self) -> bool {
        false
    }

    /// Whether it has come to its end.
    fn is_done(&mut self) -> bool {
        self.parts().0.is_done()
    }

    /// The loop was asked to stop; it has a turn afterwards. By default it is aborted.
    fn stop(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key) {
        let _ = (event_loop, key);
        self.abort();
    }

    /// It is to end at once, since a drain is over or was cut short; it has a turn afterwards.
    fn abort(&mut self);

    /// It has come to its end, and the loop has forgotten it; nobody watches its descriptors any more.
    fn finish(self: Box<Self>, event_loop: &mut EventLoop<'a, W>) {
        let _ = event_loop;
    }

    /// The loop was closed at once ([`EventLoop::close_all`]) and has forgotten it, which was aborted and has had a turn, but has not come
    /// to its end. By default it is dropped.
    fn close(self: Box<Self>, event_loop: &mut EventLoop<'a, W>) {
        let _ = event_loop;
    }
}
