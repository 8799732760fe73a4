//! Spawning and its children, against the real kernel. Built with `--cfg standpipe_force_portable` the same tests run
//! on the portable way.

mod descriptors;
mod exits;
mod failures;
mod fallback;
mod launching;
mod rights;
mod setup;
mod signals;
mod support;
mod system;
mod terminal;
mod threads;
