//! What a process writes, collected while it runs: [`Collected`].

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::LIMIT;

/// What comes from a source, read by a thread of its own so that nobody is held up.
#[derive(Clone, Default)]
pub(crate) struct Collected(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
}

impl Collected {
    pub(crate) fn of(source: Option<impl Read + Send + 'static>) -> Self {
        let collected = Self::default();
        match source {
            Some(source) => {
                let collected = collected.clone();
                thread::spawn(move || collected.collect(source));
            }
            None => collected.add(&[]),
        }
        collected
    }

    fn collect(&self, mut source: impl Read) {
        let mut buffer = vec![0; 64 << 10];
        loop {
            // A terminal or a connection that was reset ends with an error.
            let n = source.read(&mut buffer).unwrap_or(0);
            self.add(&buffer[..n]);
            if n == 0 {
                return;
            }
        }
    }

    /// Nothing more is the end.
    fn add(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.bytes.extend_from_slice(bytes);
        state.ended = bytes.is_empty();
        self.0.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has come by now.
    pub(crate) fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.state().bytes).into_owned()
    }

    /// All that has come, once it is enough.
    #[track_caller]
    pub(crate) fn once(&self, enough: impl Fn(&str) -> bool) -> String {
        let is_short = |state: &mut State| !state.ended && !enough(&String::from_utf8_lossy(&state.bytes));
        drop(self.0.changed.wait_timeout_while(self.state(), LIMIT, is_short));
        let text = self.so_far();
        assert!(enough(&text), "what was waited for did not come, but:\n{text}");
        text
    }

    /// All that has come, once it contains this text.
    #[track_caller]
    pub(crate) fn once_it_has(&self, text: &str) -> String {
        self.once(|all| all.contains(text))
    }

    /// Everything, once the source has ended.
    #[track_caller]
    pub(crate) fn whole(&self) -> Vec<u8> {
        let waited = self.0.changed.wait_timeout_while(self.state(), LIMIT, |state| !state.ended);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(state.ended, "the output has no end after {} bytes", state.bytes.len());
        std::mem::take(&mut state.bytes)
    }
}
