//! One output on its way to the caller: [`Collector`].

use super::output::StreamEnd;
use crate::flow::Capture;
use crate::{Duty, Moment, Wants};

#[derive(Debug)]
pub(super) struct Collector {
    pub(super) capture: Capture,
    pub(super) end: Option<StreamEnd>,
    pub(super) open: bool,
    pub(super) limit_told: bool,
    /// When it was last looked into, if nothing came of it.
    pub(super) looked: Option<Moment>,
}

impl Collector {
    pub(super) fn new(piped: bool, limit: usize) -> Self {
        Self { capture: Capture::new(limit), end: None, open: piped, limit_told: false, looked: None }
    }

    pub(super) fn wants(&self) -> Wants {
        match self.end {
            _ if !self.open => Wants::NOTHING,
            Some(_) => Wants { duty: Some(Duty::Close), ..Wants::NOTHING },
            None => Wants { read: !self.capture.is_over(), ..Wants::NOTHING },
        }
    }

    /// Whether it was looked into at this moment or later, and nothing came of it; also where nobody reads it.
    pub(super) fn is_dry(&self, since: Moment) -> bool {
        !self.wants().read || self.looked >= Some(since)
    }

    pub(super) fn finish(&mut self, end: StreamEnd) {
        self.end.get_or_insert(end);
    }

    pub(super) fn owes_event(&self) -> bool {
        self.open && self.capture.is_over() && !self.limit_told
    }
}
