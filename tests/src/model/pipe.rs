//! [`Pipe`]: every byte that came is held, delivered or dropped, and the end comes last.

use arbitrary::Arbitrary;
use standpipe_core::flow::{Pipe, SourceEnd};
use standpipe_core::{Fault, FaultKind};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Fill(u16),
    Drain(u16),
    End(u8),
    HalfClose,
    Discard,
}

#[derive(Default)]
struct Model {
    came: u64,
    delivered: u64,
    dropped: u64,
    end: Option<SourceEnd>,
    closed: bool,
    dropping: bool,
}

impl Model {
    fn held(&self) -> u64 {
        self.came - self.delivered - self.dropped
    }

    fn half_close_due(&self) -> bool {
        let clean = matches!(self.end, Some(SourceEnd::Eof | SourceEnd::Cut));
        clean && self.held() == 0 && !self.closed && !self.dropping
    }
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    let Some(((), ops)) = super::read::<(), Op>(bytes) else { return };
    let (mut pipe, mut model) = (Pipe::new(), Model::default());
    for op in ops {
        apply(&mut pipe, &mut model, op);
        compare(&pipe, &model);
    }
}

fn apply(pipe: &mut Pipe, model: &mut Model, op: Op) {
    match op {
        Op::Fill(n) => {
            pipe.filled(n.into());
            model.came += u64::from(n);
            model.dropped += if model.dropping { n.into() } else { 0 };
        }
        Op::Drain(n) => {
            let n = u64::from(n).min(model.held());
            pipe.drained(n as usize);
            model.delivered += n;
        }
        Op::End(kind) => {
            let end = match kind % 3 {
                0 => SourceEnd::Eof,
                1 => SourceEnd::Cut,
                _ => SourceEnd::Failed(Fault::new(FaultKind::Other, kind.into())),
            };
            pipe.source_ended(end);
            model.end = model.end.or(Some(end));
        }
        Op::HalfClose => {
            pipe.half_closed();
            model.closed |= !model.dropping;
        }
        Op::Discard => {
            pipe.discard();
            model.dropping = true;
            model.dropped += model.held();
        }
    }
}

fn compare(pipe: &Pipe, model: &Model) {
    assert_eq!(pipe.held() as u64, model.held());
    assert_eq!((pipe.delivered(), pipe.dropped()), (model.delivered, model.dropped));
    assert_eq!((pipe.source(), pipe.is_filling()), (model.end, model.end.is_none()));
    assert_eq!(pipe.is_dropping(), model.dropping);
    assert_eq!(pipe.half_close_due(), model.half_close_due());
    let gone = model.closed || model.dropping;
    assert_eq!(pipe.is_finished(), model.end.is_some() && model.held() == 0 && gone);
    assert_eq!(pipe.is_ending(), model.end.is_some() || gone);
}
