//! The process that spawns: [`Parent`].

use std::fmt;
use std::fs::File;
use std::os::fd::AsRawFd;

use crate::options::Options;
use crate::process::raise_descriptor_limit;

/// What a spawning process has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) mebibytes: usize,
    pub(super) descriptors: usize,
}

/// The most memory of a parent in a short run, in MiB.
const SHORT: usize = 256;

/// Keeps what was asked for.
pub(super) struct Held {
    _memory: Vec<u8>,
    descriptors: Vec<File>,
}

impl Held {
    /// The number of the lowest and of the highest descriptor that was asked for.
    pub(super) fn numbers(&self) -> Option<(i32, i32)> {
        Some((self.descriptors.first()?.as_raw_fd(), self.descriptors.last()?.as_raw_fd()))
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB, {} open descriptors", self.mebibytes, self.descriptors)
    }
}

impl Parent {
    pub(super) const fn new(mebibytes: usize, descriptors: usize) -> Self {
        Self { mebibytes, descriptors }
    }

    /// As it is in such a run.
    pub(super) fn in_a(self, options: &Options) -> Self {
        Self { mebibytes: options.amount(self.mebibytes.min(SHORT), self.mebibytes), ..self }
    }

    /// Whether it takes seconds to make it.
    pub(super) const fn is_big(self) -> bool {
        self.mebibytes > SHORT
    }

    /// Makes this process such a parent: the memory is resident, since every byte of it is written.
    pub(super) fn hold(self) -> Result<Held, String> {
        raise_descriptor_limit();
        let open = |_| File::open("/dev/null").map_err(|error| format!("cannot open a descriptor: {error}"));
        let descriptors = (0..self.descriptors).map(open).collect::<Result<_, _>>()?;
        Ok(Held { _memory: vec![1; self.mebibytes << 20], descriptors })
    }
}
