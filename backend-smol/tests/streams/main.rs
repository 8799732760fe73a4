//! Streams as futures: dropped at any poll, always ready, and under executors of every kind.
#![cfg(any(feature = "aws-lc-rs", feature = "ring"))]

mod cancellation;
mod executors;
mod fairness;
mod listening;
mod posts;
mod sockets;
mod support;
