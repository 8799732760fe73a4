//! What was read and not taken yet: [`Ahead`].

use standpipe_core::{Lend, Loan, Outcome, Window};
use standpipe_sys::{Stream, ThreadPool};

/// Bytes that were read and not taken, in a buffer that is lent for only as long as there are any.
#[derive(Debug, Default)]
pub(crate) struct Ahead(Option<Loan>);

impl Ahead {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], Loan::bytes)
    }

    /// One read into a buffer, of which there is none yet.
    pub(crate) fn fill(&mut self, stream: &mut Stream) -> Outcome {
        let mut buffer = ThreadPool.take();
        let outcome = stream.try_read(Window::Slice(&mut buffer));
        match outcome {
            Outcome::Ready(n) => self.0 = Some(Loan::new(buffer, 0..n)),
            _ => ThreadPool.give(buffer),
        }
        outcome
    }

    pub(crate) fn consume(&mut self, n: usize) {
        let Some(loan) = &mut self.0 else { return };
        loan.skip(n.min(loan.bytes().len()));
        if loan.bytes().is_empty() {
            self.give_back();
        }
    }

    /// As much as there is and fits.
    pub(crate) fn take(&mut self, into: &mut [u8]) -> usize {
        let n = self.bytes().len().min(into.len());
        into[..n].copy_from_slice(&self.bytes()[..n]);
        self.consume(n);
        n
    }

    /// What is left, for whoever reads next.
    pub(crate) fn into_left_over(mut self) -> Vec<u8> {
        let left = self.bytes().to_vec();
        self.give_back();
        left
    }

    fn give_back(&mut self) {
        if let Some(loan) = self.0.take() {
            ThreadPool.give(loan.into_parts().0);
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.give_back();
    }
}
