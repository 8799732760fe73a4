//! What a loop runs: [`Task`], and how it is named: [`Key`].

use mio::Token;
use standpipe_core::{Machine, Port};
use standpipe_sys::{Ends, Front, Served};

/// What a loop runs: a machine and what stands behind its ports.
pub trait Task {
    /// Both.
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends);
}

impl<M: Machine> Task for (M, Ends) {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.0, &mut self.1)
    }
}

impl Task for Served {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.relay, &mut self.ends)
    }
}

impl Task for Front<'_> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.listen, &mut self.ends)
    }
}

/// Names a task of one loop. The slot of a task that was removed is used again under another key, so an old key, or an
/// event that was on its way, never reaches the new task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// A token holds the port in 5 bits, the index in 32 and of the generation what is left.
const PORT_BITS: u32 = 5;
const INDEX_BITS: u32 = 32;
const GENERATION_BITS: u32 = usize::BITS - PORT_BITS - INDEX_BITS;

impl Key {
    pub(crate) fn next_generation(generation: u32) -> u32 {
        (generation + 1) % (1 << GENERATION_BITS)
    }

    pub(crate) fn token(self, port: Port) -> Token {
        let key = (self.generation as usize) << INDEX_BITS | self.index as usize;
        Token(key << PORT_BITS | port.index())
    }

    pub(crate) fn of(token: Token) -> (Self, Port) {
        let port = Port::new((token.0 & ((1 << PORT_BITS) - 1)) as u8);
        let key = token.0 >> PORT_BITS;
        (Self { index: key as u32, generation: (key >> INDEX_BITS) as u32 }, port)
    }
}

/// What a loop's turn came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turned {
    /// The task's machine has events to take.
    Events(Key),
    /// The task's machine has come to its end; the task is to be removed.
    Done(Key),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_back_its_key_and_port() {
        let last = (1 << GENERATION_BITS) - 1;
        assert_eq!(Key::next_generation(last), 0);
        for (index, generation) in [(0, 0), (7, 3), (u32::MAX, last)] {
            let key = Key { index, generation };
            for port in Port::first(32) {
                assert_eq!(Key::of(key.token(port)), (key, port));
            }
        }
    }
}
