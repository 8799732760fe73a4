//! Where each port of a relay is in its life.

use crate::{Duty, Port};

/// The most ports that a relay has beside a child's exit.
const CAPACITY: usize = 3;

/// Where one port is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    Connecting { candidate: u16, count: u16 },
    Open,
    Closing(Duty),
    Closed,
}

impl Line {
    /// With no candidate the port is connected already.
    pub(super) fn connecting(count: u16) -> Self {
        if count == 0 { Self::Open } else { Self::Connecting { candidate: 0, count } }
    }

    /// The duty that is due whatever the directions want.
    pub(super) fn duty(self) -> Option<Duty> {
        match self {
            Self::Connecting { candidate, .. } => Some(Duty::Connect(candidate)),
            Self::Closing(duty) => Some(duty),
            Self::Open | Self::Closed => None,
        }
    }
}

/// The ports of a relay, but for a child's exit.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    lines: [Line; CAPACITY],
    count: u8,
}

impl Lines {
    pub(super) fn new(lines: &[Line]) -> Self {
        let mut all = [Line::Closed; CAPACITY];
        all[..lines.len()].copy_from_slice(lines);
        Self { lines: all, count: lines.len() as u8 }
    }

    pub(super) fn count(&self) -> u8 {
        self.count
    }

    pub(super) fn get(&self, port: Port) -> Line {
        self.lines.get(port.index()).copied().unwrap_or(Line::Closed)
    }

    pub(super) fn is_open(&self, port: Port) -> bool {
        self.get(port) == Line::Open
    }

    pub(super) fn set(&mut self, port: Port, line: Line) {
        self.lines[port.index()] = line;
    }

    pub(super) fn is_connecting(&self) -> bool {
        self.lines.iter().any(|line| matches!(line, Line::Connecting { .. }))
    }

    pub(super) fn all_closed(&self) -> bool {
        self.lines.iter().all(|line| *line == Line::Closed)
    }

    /// Makes closing due at a port that is not closing already.
    pub(super) fn close(&mut self, port: Port, duty: Duty) {
        if matches!(self.get(port), Line::Open | Line::Connecting { .. }) {
            self.set(port, Line::Closing(duty));
        }
    }

    pub(super) fn close_all(&mut self, duty: Duty) {
        Port::first(self.count).for_each(|port| self.close(port, duty));
    }
}
