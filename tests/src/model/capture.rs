//! [`Capture`]: what is taken out, piece by piece, is what came.

use arbitrary::Arbitrary;
use standpipe_core::Window;
use standpipe_core::flow::Capture;

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Read(u8),
    Limit(u8),
    Take,
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    let Some((limit, ops)) = super::read::<u8, Op>(bytes) else { return };
    let mut limit = usize::from(limit);
    let mut capture = Capture::new(limit);
    let (mut came, mut taken) = (Vec::new(), Vec::new());
    for op in ops {
        match op {
            Op::Read(n) => read(&mut capture, &mut came, n.into()),
            Op::Limit(new) => {
                limit = new.into();
                capture.set_limit(limit);
            }
            Op::Take => {
                let piece = capture.take();
                assert!(piece.len() <= limit);
                taken.extend(piece);
            }
        }
        let held = &came[taken.len()..];
        assert_eq!(taken, came[..taken.len()], "what is taken is what came");
        assert_eq!(capture.bytes(), &held[..held.len().min(limit)]);
        assert_eq!(capture.is_over(), held.len() > limit);
        assert_eq!(capture.window().room() > 0, !capture.is_over(), "one byte past the limit is looked at");
    }
}

fn read(capture: &mut Capture, came: &mut Vec<u8>, n: usize) {
    let Window::Append { into, max } = capture.window() else { panic!("a capture grows") };
    let n = n.min(max);
    let new: Vec<u8> = (came.len()..came.len() + n).map(|at| at as u8).collect();
    into.extend_from_slice(&new);
    came.extend(new);
}
