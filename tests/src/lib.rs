//! The suite that holds core and every backend to the same behaviour.
//!
//! * [`sim`]: a simulated machine to drive standpipe's machines on, and the suite's first backend.
//! * [`model`]: for each machine a reference model and a generator of histories, for property tests and fuzzers alike.
//! * [`laws`]: what holds of every machine.
//! * [`matrix`]: what every machine does at a glance.
//! * [`harness`]: what scenarios are written against, once for every backend.
//! * [`program`], [`client`]: what children and clients do, as data.
//! * [`place()`]: the group, session and terminal of whoever asks.
//! * [`python`]: the originals, to be asked where they are installed.
//! * `peer`: programs of other makes, to be talked to, with the feature of the name `peers`.
//! * [`bounded()`]: tests that wait for others.
//! * [`skip()`]: checks that are left out, visibly.
//! * [`tls`]: sessions over a provider that hides nothing, and all that is known of them.
//! * `parity`: the pages for readers who come from Python, with the feature of that name.
//! * [`log`](mod@log): what happened, in a form that compares.

#![forbid(unsafe_code)]

mod bounded;
pub mod client;
pub mod harness;
pub mod laws;
pub mod log;
pub mod matrix;
pub mod model;
#[cfg(feature = "parity")]
pub mod parity;
#[cfg(feature = "peers")]
pub mod peer;
mod place;
pub mod program;
pub mod python;
pub mod sim;
mod skip;
pub mod tls;

pub use bounded::bounded;
pub use place::place;
pub use skip::skip;
