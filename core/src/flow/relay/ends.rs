//! Where each port of a relay is in its life.

use super::layers::Layers;
use crate::{Duty, Port};

/// The most ports that a relay has beside a child's exit.
const CAPACITY: usize = 3;

/// Where one port is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    Connecting {
        candidate: u16,
        count: u16,
    },
    Open,
    /// The child whose pipe it is to be is not spawned yet.
    Unborn,
    /// The child has the connection itself.
    Away,
    /// What a layer has still to say is written; then it closes.
    Flushing(Duty),
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
            Self::Open | Self::Unborn | Self::Away | Self::Flushing(_) | Self::Closed => None,
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

    /// The pipes of the child are there.
    pub(super) fn bear(&mut self) {
        self.lines.iter_mut().filter(|line| **line == Line::Unborn).for_each(|line| *line = Line::Open);
    }

    pub(super) fn has_unborn(&self) -> bool {
        self.lines.contains(&Line::Unborn)
    }

    pub(super) fn is_flushing(&self, port: Port) -> bool {
        matches!(self.get(port), Line::Flushing(_))
    }

    pub(super) fn are_flushing(&self) -> bool {
        Port::first(self.count).any(|port| self.is_flushing(port))
    }

    /// Makes closing due at a port that is not closing already; what its layer has to say leaves first.
    pub(super) fn close(&mut self, port: Port, duty: Duty, layers: &Layers) {
        match self.get(port) {
            // Not by a reset, which would overtake it.
            Line::Open if layers.wants_write(port) => self.set(port, Line::Flushing(Duty::Close)),
            Line::Open | Line::Connecting { .. } => self.set(port, Line::Closing(duty)),
            Line::Unborn => self.set(port, Line::Closed),
            _ => {}
        }
    }

    pub(super) fn close_all(&mut self, duty: Duty, layers: &Layers) {
        Port::first(self.count).for_each(|port| self.close(port, duty, layers));
    }

    /// Something was written: a port whose layer has nothing more to say is closed.
    pub(super) fn flushed(&mut self, port: Port, layers: &Layers) {
        if !layers.wants_write(port) {
            self.give_up_flushing(port);
        }
    }

    /// Closes a port without what its layer has still to say.
    pub(super) fn give_up_flushing(&mut self, port: Port) {
        if let Line::Flushing(duty) = self.get(port) {
            self.set(port, Line::Closing(duty));
        }
    }
}
