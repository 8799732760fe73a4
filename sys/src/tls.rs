//! What TLS asks of the system: [`SystemClock`].

use std::time::UNIX_EPOCH;

use standpipe_core::tls::WallClock;

/// The system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl WallClock for SystemClock {
    fn unix_seconds(&self) -> Option<u64> {
        UNIX_EPOCH.elapsed().ok().map(|since| since.as_secs())
    }
}
