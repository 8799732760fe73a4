//! The process that spawns: [`Parent`].

use std::fs::File;

use crate::process::raise_descriptor_limit;

/// What a spawning process has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) mebibytes: usize,
    pub(super) descriptors: usize,
}

/// Keeps what was asked for.
pub(super) struct Held {
    _memory: Vec<u8>,
    _descriptors: Vec<File>,
}

impl Parent {
    pub(super) const fn new(mebibytes: usize, descriptors: usize) -> Self {
        Self { mebibytes, descriptors }
    }

    /// Makes this process such a parent: the memory is resident, since every byte of it is written.
    pub(super) fn hold(self) -> Result<Held, String> {
        raise_descriptor_limit();
        let open = |_| File::open("/dev/null").map_err(|error| format!("cannot open a descriptor: {error}"));
        let descriptors = (0..self.descriptors).map(open).collect::<Result<_, _>>()?;
        Ok(Held { _memory: vec![1; self.mebibytes << 20], _descriptors: descriptors })
    }
}
