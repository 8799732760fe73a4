//! Loops of either kind run by the thread that tests them: [`Drive`].

#![allow(dead_code, reason = "not every test runs a loop in each way")]

use std::io;
use std::time::Duration;

use standpipe_sys::dispatch::{Awaited, EventLoop, Wait};

/// A way to wait for a loop, and how this thread has its passes made by it.
pub(crate) trait Drive: Wait {
    fn run(event_loop: &mut EventLoop<'_, Self>) -> io::Result<()>;

    fn run_count(
        event_loop: &mut EventLoop<'_, Self>,
        timeout: Option<Duration>,
        count: usize,
    ) -> io::Result<()>;

    fn run_once(event_loop: &mut EventLoop<'_, Self>, timeout: Option<Duration>) -> io::Result<bool>;
}

macro_rules! drive {
    ($wait:ty, $run:expr) => {
        impl Drive for $wait {
            fn run(event_loop: &mut EventLoop<'_, Self>) -> io::Result<()> {
                $run(event_loop.run())
            }

            fn run_count(
                event_loop: &mut EventLoop<'_, Self>,
                timeout: Option<Duration>,
                count: usize,
            ) -> io::Result<()> {
                $run(event_loop.run_count(timeout, count))
            }

            fn run_once(event_loop: &mut EventLoop<'_, Self>, timeout: Option<Duration>) -> io::Result<bool> {
                $run(event_loop.run_once(timeout))
            }
        }
    };
}

drive!(standpipe_blocking::dispatch::Polling, std::convert::identity);
drive!(standpipe_mio::dispatch::Watching, std::convert::identity);
drive!(Awaited<standpipe_smol::dispatch::Watching>, smol::block_on);
