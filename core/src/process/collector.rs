//! One output on its way to the caller: [`Collector`].

use alloc::vec::Vec;

use super::output::StreamEnd;
use crate::flow::{Capture, Held};
use crate::{Duty, Lend, Moment, Wants, Window};

#[derive(Debug)]
pub(super) struct Collector {
    store: Store,
    pub(super) end: Option<StreamEnd>,
    pub(super) open: bool,
    limit_told: bool,
    /// When it was last looked into, if nothing came of it.
    pub(super) looked: Option<Moment>,
}

#[derive(Debug)]
enum Store {
    /// Kept until the caller takes it.
    Collected(Capture),
    /// Handed over as it comes, in one lent buffer.
    Delivered { piece: Held, told: bool },
}

impl Collector {
    pub(super) fn collecting(piped: bool, limit: usize) -> Self {
        Self::new(piped, Store::Collected(Capture::new(limit)))
    }

    pub(super) fn delivering(piped: bool) -> Self {
        Self::new(piped, Store::Delivered { piece: Held::default(), told: false })
    }

    fn new(piped: bool, store: Store) -> Self {
        Self { store, end: None, open: piped, limit_told: false, looked: None }
    }

    pub(super) fn wants(&self) -> Wants {
        match self.end {
            _ if !self.open => Wants::NOTHING,
            Some(_) => Wants { duty: Some(Duty::Close), ..Wants::NOTHING },
            None => Wants { read: self.has_room(), ..Wants::NOTHING },
        }
    }

    fn has_room(&self) -> bool {
        match &self.store {
            Store::Collected(capture) => !capture.is_over(),
            Store::Delivered { piece, .. } => piece.bytes().is_empty(),
        }
    }

    pub(super) fn window(&mut self, lend: &mut dyn Lend, now: Moment) -> Window<'_> {
        self.looked = Some(now);
        match &mut self.store {
            Store::Collected(capture) => capture.window(),
            Store::Delivered { piece, .. } => Window::Slice(piece.window(lend)),
        }
    }

    /// So much was read into the window.
    pub(super) fn came(&mut self, n: usize) {
        if let Store::Delivered { piece, told } = &mut self.store {
            piece.filled(n.min(piece.room()));
            *told = false;
        }
    }

    /// What was collected, or the piece that was delivered last.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.store {
            Store::Collected(capture) => capture.bytes(),
            Store::Delivered { piece, .. } => piece.bytes(),
        }
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        match &mut self.store {
            Store::Collected(capture) => {
                let bytes = capture.take();
                self.limit_told &= capture.is_over();
                bytes
            }
            Store::Delivered { piece, .. } => {
                let bytes = piece.bytes().to_vec();
                piece.clear();
                bytes
            }
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        if let Store::Collected(capture) = &mut self.store {
            capture.set_limit(limit);
            self.limit_told = false;
            self.looked = None;
        }
    }

    /// Forgets a piece that was told: its caller has had it.
    pub(super) fn let_go(&mut self) {
        if let Store::Delivered { piece, told: true } = &mut self.store {
            piece.clear();
        }
    }

    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        if let Store::Delivered { piece, .. } = &mut self.store {
            piece.settle(lend);
        }
    }

    /// Whether it was looked into at this moment or later, and nothing came of it; also where nobody reads it.
    pub(super) fn is_dry(&self, since: Moment) -> bool {
        !self.wants().read || self.looked >= Some(since)
    }

    pub(super) fn finish(&mut self, end: StreamEnd) {
        self.end.get_or_insert(end);
    }

    /// Whether it is over its limit and nobody was told.
    pub(super) fn owes_limit(&self) -> bool {
        let is_over = matches!(&self.store, Store::Collected(capture) if capture.is_over());
        self.open && is_over && !self.limit_told
    }

    pub(super) fn tell_limit(&mut self) {
        self.limit_told = true;
    }

    /// Whether there is a piece that nobody was told of.
    pub(super) fn owes_piece(&self) -> bool {
        matches!(&self.store, Store::Delivered { piece, told: false } if !piece.bytes().is_empty())
    }

    pub(super) fn tell_piece(&mut self) {
        if let Store::Delivered { told, .. } = &mut self.store {
            *told = true;
        }
    }
}
