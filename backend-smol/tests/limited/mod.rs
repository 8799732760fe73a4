//! What a test waits for at most: [`within_limit`].

use std::time::Duration;

use async_io::Timer;
use futures_lite::future;

/// Only to catch a hang.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Waits for it, and fails where it takes too long.
pub(crate) fn within_limit<T>(run: impl Future<Output = T>) -> T {
    let hang = async {
        Timer::after(LIMIT).await;
        panic!("it hangs")
    };
    async_io::block_on(future::or(run, hang))
}
