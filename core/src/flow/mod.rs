//! Flow control: queues, pipes, relays, and the buffers that bytes lie in.

mod capture;
mod held;
mod pipe;
mod queue;
mod relay;

pub use capture::Capture;
pub use held::Held;
pub use pipe::{Pipe, SourceEnd};
pub use queue::{More, Producer, SendQueue};
pub use relay::{Relay, RelayEvent, RelayOptions, Report};
