//! [`SendQueue`]: what goes in comes out, in order, and the marks say when to stop.

use std::collections::VecDeque;

use arbitrary::Arbitrary;
use standpipe_core::Bytes;
use standpipe_core::flow::{More, Producer, SendQueue};

#[derive(Arbitrary, Clone, Debug)]
enum Op {
    Push(u8),
    /// Copied, into a lent buffer as far as there is room.
    PushSlice(u8),
    Lend(u8),
    GiveBack,
    /// Chunks of these lengths.
    Produce(Vec<u8>),
    Consume(u16),
    Clear,
}

/// A stretch of bytes, or a producer's stretches that are still to come.
#[derive(Debug)]
enum Entry {
    Bytes(Vec<u8>),
    Later(VecDeque<Vec<u8>>),
}

#[derive(Debug)]
struct Model {
    entries: VecDeque<Entry>,
    high: usize,
    low: usize,
    full: bool,
}

impl Model {
    fn visible(&self) -> Vec<u8> {
        let stretches = self.entries.iter().map_while(|entry| match entry {
            Entry::Bytes(bytes) => Some(&bytes[..]),
            Entry::Later(_) => None,
        });
        stretches.collect::<Vec<_>>().concat()
    }

    fn len(&self) -> usize {
        let lengths = self.entries.iter().map(|entry| match entry {
            Entry::Bytes(bytes) => bytes.len(),
            Entry::Later(_) => 0,
        });
        lengths.sum()
    }

    fn grown(&mut self) {
        self.full |= self.len() >= self.high;
    }

    /// A producer is asked when everything before it has gone.
    fn ask(&mut self) {
        while let Some(Entry::Later(chunks)) = self.entries.front_mut() {
            match chunks.pop_front() {
                None => drop(self.entries.pop_front()),
                Some(chunk) if chunk.is_empty() => {}
                Some(chunk) => {
                    self.entries.push_front(Entry::Bytes(chunk));
                    self.grown();
                }
            }
        }
    }

    fn consume(&mut self, mut n: usize) {
        while let Some(Entry::Bytes(bytes)) = self.entries.front_mut() {
            let gone = n.min(bytes.len());
            bytes.drain(..gone);
            n -= gone;
            if !bytes.is_empty() {
                break;
            }
            self.entries.pop_front();
        }
        self.full &= self.len() > self.low;
        self.ask();
    }
}

struct Chunks(VecDeque<Vec<u8>>);

impl Producer for Chunks {
    fn more(&mut self) -> More {
        self.0.pop_front().map_or(More::End, |chunk| More::Bytes(chunk.into()))
    }
}

/// Checks any history under any marks.
pub fn check(bytes: &[u8]) {
    let Some(((high, gap), ops)) = super::read::<(u8, u8), Op>(bytes) else { return };
    let (high, low) = (usize::from(high) + 1, usize::from(high.saturating_sub(gap)));
    let mut queue = SendQueue::new(high, low);
    let mut model = Model { entries: VecDeque::new(), high, low, full: false };
    let mut next = 0;
    for op in ops {
        apply(&mut queue, &mut model, op, &mut next);
        assert_eq!(queue.chunks().collect::<Vec<_>>().concat(), model.visible());
        assert!(queue.chunks().all(|chunk| !chunk.is_empty()), "no empty chunk");
        assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.entries.is_empty()));
        assert_eq!(queue.is_full(), model.full, "{model:?}");
    }
}

fn apply(queue: &mut SendQueue, model: &mut Model, op: Op, next: &mut u8) {
    let mut make = |len: u8| -> Vec<u8> {
        *next = next.wrapping_add(1);
        vec![*next; len.into()]
    };
    match op {
        Op::Push(len) => {
            let bytes = make(len);
            queue.push(Bytes::from(bytes.clone()));
            if len > 0 {
                model.entries.push_back(Entry::Bytes(bytes));
                model.grown();
            }
        }
        Op::PushSlice(len) => {
            let bytes = make(len);
            queue.push_slice(&bytes);
            if len > 0 {
                model.entries.push_back(Entry::Bytes(bytes));
                model.grown();
            }
        }
        Op::Lend(size) => {
            let had = queue.has_buffer();
            let returned = queue.give_buffer(vec![0; usize::from(size) + 1].into());
            assert_eq!((returned.is_some(), queue.has_buffer()), (had, true));
        }
        Op::GiveBack => {
            let had = queue.has_buffer();
            assert_eq!(queue.take_buffer().is_some(), had && !queue.has_buffer());
            assert!(!queue.is_empty() || !queue.has_buffer(), "an empty queue keeps no buffer");
        }
        Op::Produce(lengths) => {
            let chunks: VecDeque<_> = lengths.into_iter().map(make).collect();
            queue.push_producer(Chunks(chunks.clone()));
            model.entries.push_back(Entry::Later(chunks));
            model.ask();
        }
        Op::Consume(n) => {
            let n = usize::from(n).min(model.visible().len());
            queue.consume(n);
            model.consume(n);
        }
        Op::Clear => {
            queue.clear();
            model.entries.clear();
            model.full = false;
        }
    }
}
