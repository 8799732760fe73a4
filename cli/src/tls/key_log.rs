//! The secrets of connections, for who decrypts a capture of them: [`KeyLogFile`].

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use standpipe_core::tls::KeyLog;

use super::failed;
use crate::outcome::Outcome;

/// Appends secrets to a file in the form of NSS's key log.
pub(super) struct KeyLogFile(Mutex<File>);

impl KeyLogFile {
    pub(super) fn open(path: &Path) -> Result<Self, Outcome> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file =
            file.map_err(|error| failed(format_args!("cannot write '{}': {error}", path.display())))?;
        Ok(Self(Mutex::new(file)))
    }
}

impl KeyLog for KeyLogFile {
    fn secret(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        // A full disk must not end connections.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}
