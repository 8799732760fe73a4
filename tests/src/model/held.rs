//! [`Held`]: bytes come out as they went in, and a buffer is held only while bytes lie in it.

use arbitrary::Arbitrary;
use standpipe_core::flow::Held;
use standpipe_core::{LENT_SIZE, Lend};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Fill(u16),
    FillAll,
    Drain(u16),
    DrainAll,
    Clear,
    Settle,
}

#[derive(Default)]
struct Lender {
    out: usize,
}

impl Lend for Lender {
    fn take(&mut self) -> Box<[u8]> {
        self.out += 1;
        vec![0; LENT_SIZE].into()
    }

    fn give(&mut self, _: Box<[u8]>) {
        self.out -= 1;
    }
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    let Some(((), ops)) = super::read::<(), Op>(bytes) else { return };
    let (mut held, mut lender, mut model) = (Held::default(), Lender::default(), Vec::new());
    let mut next = 0_u8;
    for op in ops {
        match op {
            Op::Fill(n) => fill(&mut held, &mut lender, &mut model, n.into(), &mut next),
            Op::FillAll => fill(&mut held, &mut lender, &mut model, LENT_SIZE, &mut next),
            Op::Drain(n) => drain(&mut held, &mut model, n.into()),
            Op::DrainAll => drain(&mut held, &mut model, LENT_SIZE),
            Op::Clear => {
                held.clear();
                model.clear();
            }
            Op::Settle => {
                held.settle(&mut lender);
                assert_eq!(lender.out, usize::from(!model.is_empty()), "held exactly while bytes lie in it");
            }
        }
        assert_eq!(held.bytes(), model);
        assert!(lender.out <= 1);
        assert!(held.has_room() || !model.is_empty(), "who is empty has room");
    }
}

fn fill(held: &mut Held, lender: &mut Lender, model: &mut Vec<u8>, n: usize, next: &mut u8) {
    let has_room = held.has_room();
    let window = held.window(lender);
    assert_eq!(!window.is_empty(), has_room);
    let n = n.min(window.len());
    for byte in &mut window[..n] {
        *next = next.wrapping_add(1);
        *byte = *next;
    }
    model.extend_from_slice(&window[..n]);
    held.filled(n);
}

fn drain(held: &mut Held, model: &mut Vec<u8>, n: usize) {
    let n = n.min(model.len());
    held.drained(n);
    model.drain(..n);
}
