//! Several byte strings to look for at once: [`Set`].

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;

use super::matcher::Match;
use super::patterns::{Death, Patterns, ROOT};

/// Several byte strings, none of them empty and none there twice. The leftmost match wins, and of those the longest.
///
/// The tree of their prefixes, as Aho and Corasick have it, with one more thing: what follows when a prefix ends that holds
/// a match of a shorter pattern. That is worked out here once, so that no byte has to be looked at again for it.
pub(super) struct Set {
    patterns: Box<[Bytes]>,
    nodes: Vec<Node>,
    first: First,
}

struct Node {
    depth: usize,
    /// A pattern that begins so.
    pattern: usize,
    /// The pattern that is just this.
    which: Option<usize>,
    children: Vec<(u8, usize)>,
    /// What the prefix comes to when it does not grow, in order; its last bytes are the prefix [`Node::to`] again.
    outputs: Vec<Output>,
    to: usize,
    /// Whether there is a match in it, should nothing follow.
    finds: bool,
}

/// A part of a prefix that did not grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Output {
    /// These bytes of it are data.
    Data { from: usize, to: usize },
    /// The bytes from here on are this pattern.
    Found { from: usize, which: usize },
}

/// Finds the bytes that patterns begin with.
enum First {
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Many(Box<[bool; 256]>),
}

impl Set {
    pub(super) fn new(patterns: Box<[Bytes]>) -> Self {
        let mut set = Self { nodes: alloc::vec![Node::new(0, 0)], first: First::One(0), patterns };
        for pattern in 0..set.patterns.len() {
            set.insert(pattern);
        }
        set.first = First::of(&set.nodes[ROOT].children);
        set.work_out_deaths();
        set
    }

    pub(super) fn patterns(&self) -> &[Bytes] {
        &self.patterns
    }

    /// A pattern that can be complete while another, which begins no later, may still become so.
    pub(super) fn undecided(&self) -> Option<(usize, usize)> {
        let growing = self.nodes.iter().filter(|node| !node.children.is_empty());
        growing.into_iter().find_map(|node| {
            let shorter = node.outputs.iter().find_map(|output| output.found())?;
            let (_, child) = node.children[0];
            Some((shorter, self.nodes[child].pattern))
        })
    }

    pub(super) fn outputs(&self, node: usize) -> &[Output] {
        &self.nodes[node].outputs
    }

    pub(super) fn to(&self, node: usize) -> usize {
        self.nodes[node].to
    }

    pub(super) fn finds(&self, node: usize) -> bool {
        self.nodes[node].finds
    }

    pub(super) fn found(&self, which: usize) -> Match {
        Match { which, len: self.patterns[which].len() }
    }

    fn insert(&mut self, pattern: usize) {
        let mut node = ROOT;
        let bytes = self.patterns[pattern].clone();
        for (at, byte) in bytes.iter().enumerate() {
            node = self.child(node, *byte).unwrap_or_else(|| {
                let child = self.nodes.len();
                self.nodes.push(Node::new(at + 1, pattern));
                self.nodes[node].children.push((*byte, child));
                child
            });
        }
        self.nodes[node].which = Some(pattern);
    }

    /// Shorter prefixes first, since those of longer ones are made of theirs.
    fn work_out_deaths(&mut self) {
        let mut due = VecDeque::from([ROOT]);
        while let Some(parent) = due.pop_front() {
            for (byte, child) in self.nodes[parent].children.clone() {
                let (outputs, to) = match self.nodes[child].which {
                    Some(which) => (alloc::vec![Output::Found { from: 0, which }], ROOT),
                    None if parent == ROOT => (alloc::vec![Output::Data { from: 0, to: 1 }], ROOT),
                    None => self.grow(parent, byte),
                };
                let finds = outputs.iter().any(|output| output.found().is_some()) || self.nodes[to].finds;
                let node = &mut self.nodes[child];
                (node.outputs, node.to, node.finds) = (outputs, to, finds);
                due.push_back(child);
            }
        }
    }

    /// What the parent's death comes to when one byte follows.
    fn grow(&self, parent: usize, byte: u8) -> (Vec<Output>, usize) {
        let mut outputs = self.nodes[parent].outputs.clone();
        let mut node = self.nodes[parent].to;
        let end = self.nodes[parent].depth;
        loop {
            let start = end - self.nodes[node].depth;
            match self.child(node, byte) {
                Some(child) => match self.decided(child) {
                    Some(which) => {
                        outputs.push(Output::Found { from: start, which });
                        return (outputs, ROOT);
                    }
                    None => return (outputs, child),
                },
                None if node == ROOT => {
                    add(&mut outputs, Output::Data { from: end, to: end + 1 });
                    return (outputs, ROOT);
                }
                None => {
                    for output in &self.nodes[node].outputs {
                        add(&mut outputs, output.after(start));
                    }
                    node = self.nodes[node].to;
                }
            }
        }
    }
}

/// Neighbouring data is one piece.
fn add(outputs: &mut Vec<Output>, output: Output) {
    if let (Some(Output::Data { to: end, .. }), Output::Data { to, .. }) = (outputs.last_mut(), output) {
        *end = to;
    } else {
        outputs.push(output);
    }
}

impl Patterns for Set {
    fn first(&self, input: &[u8]) -> Option<usize> {
        match &self.first {
            First::One(a) => memchr::memchr(*a, input),
            First::Two(a, b) => memchr::memchr2(*a, *b, input),
            First::Three(a, b, c) => memchr::memchr3(*a, *b, *c, input),
            First::Many(known) => input.iter().position(|byte| known[usize::from(*byte)]),
        }
    }

    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        let children = &self.nodes[node].children;
        children.iter().find(|(known, _)| *known == byte).map(|(_, child)| *child)
    }

    fn decided(&self, node: usize) -> Option<usize> {
        let node = &self.nodes[node];
        if node.children.is_empty() { node.which } else { None }
    }

    fn depth(&self, node: usize) -> usize {
        self.nodes[node].depth
    }

    fn pattern(&self, node: usize) -> usize {
        self.nodes[node].pattern
    }

    fn death(&self, node: usize) -> Death {
        match self.nodes[node].outputs[..] {
            [Output::Data { .. }] => Death::Fall(self.nodes[node].to),
            _ => Death::Outputs,
        }
    }
}

impl Node {
    const fn new(depth: usize, pattern: usize) -> Self {
        Self {
            depth,
            pattern,
            which: None,
            children: Vec::new(),
            outputs: Vec::new(),
            to: ROOT,
            finds: false,
        }
    }
}

impl Output {
    pub(super) const fn from(self) -> usize {
        match self {
            Self::Data { from, .. } | Self::Found { from, .. } => from,
        }
    }

    pub(super) const fn found(self) -> Option<usize> {
        match self {
            Self::Data { .. } => None,
            Self::Found { which, .. } => Some(which),
        }
    }

    /// The same, in a text in which other bytes come before.
    const fn after(self, before: usize) -> Self {
        match self {
            Self::Data { from, to } => Self::Data { from: from + before, to: to + before },
            Self::Found { from, which } => Self::Found { from: from + before, which },
        }
    }
}

impl First {
    fn of(children: &[(u8, usize)]) -> Self {
        match *children {
            [(a, _)] => Self::One(a),
            [(a, _), (b, _)] => Self::Two(a, b),
            [(a, _), (b, _), (c, _)] => Self::Three(a, b, c),
            _ => {
                let mut known = Box::new([false; 256]);
                children.iter().for_each(|(byte, _)| known[usize::from(*byte)] = true);
                Self::Many(known)
            }
        }
    }
}
