//! A matrix as text, and as a page with a diagram.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::life::Fact;
use super::{Lead, Matrix};

/// Facts that lead from one state to another.
type Edge = ((usize, usize), Vec<String>);

/// More states than these are too many for a diagram.
const MOST_DRAWN: usize = 16;

impl Matrix {
    /// Every state with its number, and under it what leads where.
    pub fn text(&self, name: &str) -> String {
        let mut text = format!(
            "{name}: each state that can be seen, and what leads where. A fact that leads to one of several\n\
             states (1|2) does so by what cannot be seen. What is not wanted changes nothing and is left out.\n\n"
        );
        for (from, state) in self.states.iter().enumerate() {
            let _ = writeln!(text, "{from}: {state}");
            for (to, facts) in self.leading(from, |_| true) {
                let to: Vec<String> = to.iter().map(usize::to_string).collect();
                let _ = writeln!(text, "  -> {:<8} {}", to.join("|"), facts.join("; "));
            }
        }
        text
    }

    /// A page with a diagram: of all, or as much as can be looked at.
    pub fn page(&self, name: &str) -> String {
        let (says, edges) = self.drawing();
        let mut page = format!(
            "# `{name}`\n\n{says}\n\nThe numbers are those of the whole matrix, which is in\n\
             [{name}.txt](../../tests/snapshots/{name}.txt) with its {} states. Both are drawn from the machine itself\n\
             by `tests/tests/matrix.rs`, which says how to draw them anew.\n\n\
             ```mermaid\nstateDiagram-v2\n    [*] --> s0\n",
            self.states.len(),
        );
        let drawn: BTreeSet<usize> = edges.iter().flat_map(|((from, to), _)| [*from, *to]).collect();
        for state in drawn.into_iter().filter(|state| !self.is_end(*state)) {
            let _ = writeln!(page, "    state \"{state}: {}\" as s{state}", self.states[state]);
        }
        for ((from, to), facts) in edges {
            let to = if self.is_end(to) { "[*]".into() } else { format!("s{to}") };
            let _ = writeln!(page, "    s{from} --> {to}: {}", facts.join(" / "));
        }
        page + "```\n"
    }

    /// What a diagram shows, and what it says of that.
    fn drawing(&self) -> (&'static str, Vec<Edge>) {
        if self.states.len() <= MOST_DRAWN {
            return (
                "Every state that can be seen of it, and every fact that leads to another one.",
                self.edges(|_| true),
            );
        }
        let edges = self.edges(Fact::is_smooth);
        let met: BTreeSet<usize> = edges.iter().flat_map(|((from, to), _)| [*from, *to]).collect();
        if met.len() <= MOST_DRAWN {
            return ("What comes of it without failures, time limits and calls of its owner.", edges);
        }
        let starts = std::iter::once(0).chain(self.life.iter().map(|(_, to)| *to));
        let life = starts.zip(&self.life).map(|(from, (fact, to))| ((from, *to), vec![fact.clone()]));
        (
            "One life in which all goes well. Many others differ in the order of what happens at different ports.",
            life.collect(),
        )
    }

    /// Which facts that are wished for lead from a state to another one, of those that are reached by them.
    fn edges(&self, wished: fn(Fact) -> bool) -> Vec<Edge> {
        let mut edges: BTreeMap<_, Vec<String>> = BTreeMap::new();
        let (mut reached, mut open) = (BTreeSet::new(), vec![0]);
        while let Some(from) = open.pop() {
            if !reached.insert(from) {
                continue;
            }
            for (targets, facts) in self.leading(from, wished) {
                for to in targets.iter().filter(|to| **to != from) {
                    edges.entry((from, *to)).or_default().extend(facts.iter().cloned());
                    open.push(*to);
                }
            }
        }
        edges.into_iter().collect()
    }

    fn is_end(&self, state: usize) -> bool {
        self.states[state] == "done"
    }

    /// What leads from a state, by where it leads. A duty that leads to the same whether it fails is named once.
    fn leading(&self, from: usize, wished: fn(Fact) -> bool) -> BTreeMap<&BTreeSet<usize>, Vec<String>> {
        let mut leading: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for ((_, fact), Lead { name, to }) in self.leads.range((from, Fact::FIRST)..(from + 1, Fact::FIRST)) {
            if !wished(*fact) {
                continue;
            }
            let facts = leading.entry(to).or_default();
            let done = name.strip_suffix(" fails").map(|duty| format!("{duty} ok"));
            match facts.iter_mut().find(|fact| Some(&**fact) == done.as_ref()) {
                Some(fact) => *fact = format!("{fact} or not"),
                None => facts.push(name.clone()),
            }
        }
        leading
    }
}
