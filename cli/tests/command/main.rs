//! The command as its users see it, beside the tools that they use it with, on each of the three runtimes.

#![forbid(unsafe_code)]

mod support;

mod crowd;
mod endings;
mod exchange;
mod limits;
mod logs;
mod peers;
mod run;
mod splice;
mod stdio;
mod streams;
mod terminal;
mod tls;
mod tls_crowd;
mod tls_endings;
mod tls_many;
mod tls_names;
mod tls_peers;
mod tls_reload;
mod tls_trouble;
mod tree;
mod trouble;
mod usage;
mod workers;
