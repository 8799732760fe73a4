//! What happened, in a form that compares: [`Log`].

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

/// The event log of one run in normal form: for each port the bytes by length and digest, then the end. How the bytes
/// were cut and when they came is not in it, so two runs of one scenario compare by `==`, whatever drove them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Log {
    lines: BTreeMap<String, Line>,
}

#[derive(Clone, PartialEq, Eq)]
struct Line {
    len: usize,
    digest: [u8; 32],
    end: String,
}

impl Log {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same log with what came at a port, and how that ended.
    ///
    /// # Panics
    /// When the port is in the log already.
    #[must_use]
    pub fn with(mut self, port: impl Into<String>, bytes: &[u8], end: impl fmt::Debug) -> Self {
        let line = Line { len: bytes.len(), digest: Sha256::digest(bytes).into(), end: format!("{end:?}") };
        assert!(self.lines.insert(port.into(), line).is_none(), "each port ends once");
        self
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (port, line) in &self.lines {
            let digest: String = line.digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            writeln!(f, "{port}: {} bytes {digest}, then {}", line.len, line.end)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}
