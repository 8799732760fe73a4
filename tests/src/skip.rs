//! Checks that are left out, visibly: [`skip`].

use std::env;
use std::fs::OpenOptions;
use std::io::{Result, Write};

/// Tells that a check is left out, to whoever watches and in the list that a run of all checks counts.
///
/// # Panics
/// When the list cannot be written.
pub fn skip(reason: &str) {
    eprintln!("skipped {reason}");
    let Some(list) = env::var_os("STANDPIPE_SKIPS") else { return };
    let append =
        || -> Result<()> { writeln!(OpenOptions::new().create(true).append(true).open(&list)?, "{reason}") };
    append().expect("the list of skips can be written");
}
