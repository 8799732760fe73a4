//! [`SendAll`]: what went and what did not are the whole, and one deadline is over all of it.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::socket::{SendAll, SendAllError, SendAllReason, TimeoutMode};
use standpipe_core::{Fault, FaultKind, Machine, Moment, Side};

use crate::laws::{self, Fact, Subject};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u16),
    Sent(u8),
    Blocked,
    Failed,
    Abort,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Mode {
    Blocking,
    NonBlocking,
    Timed(u16),
}

/// Checks any history, and the laws on it.
pub fn check(bytes: &[u8]) {
    let Some(((len, mode), ops)) = super::read::<(u8, Mode), Op>(bytes) else { return };
    let mode = match mode {
        Mode::Blocking => TimeoutMode::Blocking,
        Mode::NonBlocking => TimeoutMode::NonBlocking,
        Mode::Timed(millis) => TimeoutMode::Timed(Duration::from_millis(millis.into())),
    };
    let whole: Vec<u8> = (0..len).collect();
    if let Some((_, facts)) = super::read::<(u8, u8), Fact>(bytes) {
        laws::check(SendAll::new(whole.clone(), mode), &facts);
    }
    let mut send = SendAll::new(whole.clone(), mode);
    let (mut now, mut begun, mut sent, mut reason) = (Moment::ORIGIN, None, 0, None);
    for op in ops {
        let before = sent < whole.len() && reason.is_none();
        let came = match op {
            Op::Pass(millis) => {
                now = now + Duration::from_millis(millis.into());
                send.handle_now(now);
                let start = *begun.get_or_insert(now);
                let late = matches!(mode, TimeoutMode::Timed(wait) if now.since(start) >= wait);
                late.then_some(SendAllReason::TimedOut)
            }
            Op::Sent(n) => {
                let n = usize::from(n).min(whole.len() - sent);
                send.handle_written(SendAll::SOCKET, n);
                sent += if before { n } else { 0 };
                None
            }
            Op::Blocked => {
                send.handle_blocked();
                (mode == TimeoutMode::NonBlocking).then_some(SendAllReason::WouldBlock)
            }
            Op::Failed => {
                let fault = Fault::new(FaultKind::BrokenPipe, 32);
                send.handle_failed(SendAll::SOCKET, Side::Write, fault);
                Some(SendAllReason::Failed(fault))
            }
            Op::Abort => {
                send.abort();
                Some(SendAllReason::Aborted)
            }
        };
        reason = reason.or(came.filter(|_| before));
        let expected = match reason {
            Some(reason) => Some(Err(SendAllError { sent, reason })),
            None => (sent == whole.len()).then_some(Ok(())),
        };
        assert_eq!((send.sent(), send.result()), (sent, expected), "after {op:?}");
    }
    assert_eq!(send.into_unsent(), whole[sent..]);
}

impl Subject for SendAll {
    fn seen(&self) -> String {
        format!("{:?}", (self.sent(), self.result()))
    }

    fn call(&mut self, verb: u8) {
        match verb % 4 {
            0 => self.abort(),
            _ => self.handle_blocked(),
        }
    }
}
