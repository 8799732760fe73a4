//! What a machine does at a glance: every state that can be seen of it, and where each fact leads from there.
//!
//! A machine is explored from its start, breadth first, by a small set of facts. Since machines are not copied, each
//! history is lived through from its beginning. Two histories are taken for the same when the machine looks the same
//! after them and each fact leads from there to what looks the same; where a count or a verdict that cannot be seen makes
//! a difference, one fact has several targets.
//!
//! [`SKETCHES`] names the machines, one line each. What comes of one is a [`Matrix`], printed as text and as a page with
//! a diagram.

mod life;
mod print;
mod sketches;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::laws::Subject;
use life::{Fact, Life};

pub use sketches::{Explore, SKETCHES};

/// Histories longer than this are not lived through.
const DEPTH: usize = 16;
/// Over so many facts a life goes on to what is new.
const DETOUR: usize = 4;
/// More histories that differ are too many for a machine that is to be looked at.
const MOST: usize = 2000;

/// A machine as it is to be explored.
#[derive(Debug)]
pub struct Sketch<'a, M> {
    /// What its ports are called.
    pub ports: &'a [&'a str],
    /// A new one.
    pub make: fn() -> M,
    /// What can be read at any port, by name, where there is so much room.
    pub inputs: &'a [Input],
    /// What its caller may do, by name.
    pub verbs: &'a [Verb<M>],
}

/// What can be read, by name, where there is so much room.
pub type Input = (&'static str, fn(usize) -> Vec<u8>);

/// What a caller may do, by name.
pub type Verb<M> = (&'static str, fn(&mut M));

/// Where facts lead from each of a machine's states.
#[derive(Debug, Default)]
pub struct Matrix {
    /// What can be seen in each, in the order in which they were found.
    states: Vec<String>,
    /// By state and fact.
    leads: BTreeMap<(usize, Fact), Lead>,
    /// One life in which all goes well: what happens, and where it leads.
    life: Vec<(String, usize)>,
}

/// Where one fact leads from one state.
#[derive(Debug)]
struct Lead {
    name: String,
    to: BTreeSet<usize>,
}

impl<M: Subject> Sketch<'_, M> {
    /// Explores the machine.
    ///
    /// # Panics
    /// When it has too many states for anybody to look at.
    pub fn matrix(&self) -> Matrix {
        let mut matrix = Matrix::default();
        let mut known = BTreeSet::new();
        let mut histories = VecDeque::from([Vec::new()]);
        while let Some(history) = histories.pop_front() {
            let life = Life::new(self, &history);
            let then = |fact: &Fact| [&history[..], &[*fact]].concat();
            let facts = life.facts();
            let row: Vec<String> = facts.iter().map(|fact| Life::new(self, &then(fact)).look()).collect();
            if !known.insert((life.look(), row.clone())) {
                continue;
            }
            assert!(known.len() < MOST, "too much to be looked at");
            let from = matrix.state(&life.look());
            for (fact, to) in facts.iter().zip(&row) {
                matrix.enter(from, *fact, life.name(*fact), to);
            }
            if history.len() < DEPTH {
                histories.extend(facts.iter().map(then));
            }
        }
        matrix.life = self.life().into_iter().map(|(fact, look)| (fact, matrix.state(&look))).collect();
        matrix
    }

    /// Port by port whatever is new happens, until the machine is done or nothing is new.
    fn life(&self) -> Vec<(String, String)> {
        let (mut history, mut told) = (Vec::new(), Vec::new());
        let mut looks = BTreeSet::from([Life::new(self, &[]).look()]);
        while let Some(way) = self.way_to_news(&history, &looks) {
            for fact in way {
                let name = Life::new(self, &history).name(fact);
                history.push(fact);
                let look = Life::new(self, &history).look();
                looks.insert(look.clone());
                told.push((name, look));
            }
        }
        told
    }

    /// What has to happen until the machine looks new: one thing, or a few where one leads only to what is known.
    fn way_to_news(&self, history: &[Fact], looks: &BTreeSet<String>) -> Option<Vec<Fact>> {
        let mut ways = VecDeque::from([Vec::new()]);
        while let Some(way) = ways.pop_front() {
            let life = Life::new(self, &[history, &way].concat());
            if !looks.contains(&life.look()) {
                return Some(way);
            }
            if way.len() < DETOUR {
                ways.extend(life.smooth().into_iter().map(|fact| [&way[..], &[fact]].concat()));
            }
        }
        None
    }
}

impl Matrix {
    fn state(&mut self, look: &str) -> usize {
        self.states.iter().position(|state| state == look).unwrap_or_else(|| {
            self.states.push(look.into());
            self.states.len() - 1
        })
    }

    fn enter(&mut self, from: usize, fact: Fact, name: String, to: &str) {
        let to = self.state(to);
        let lead = self.leads.entry((from, fact)).or_insert_with(|| Lead { name, to: BTreeSet::new() });
        lead.to.insert(to);
    }
}
