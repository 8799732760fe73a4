//! Measuring in rounds: in each, every peer runs once, so that a ratio is taken between neighbours in time.

use serde::Serialize;

use crate::options::Options;
use crate::sample::{Outcome, Sample};

/// Something that is measured.
pub(crate) struct Peer<'a> {
    name: String,
    run: Option<Box<dyn FnMut() -> Outcome + 'a>>,
}

impl<'a> Peer<'a> {
    pub(crate) fn new(name: impl Into<String>, run: impl FnMut() -> Outcome + 'a) -> Self {
        Self { name: name.into(), run: Some(Box::new(run)) }
    }

    /// A row without figures.
    pub(crate) fn missing(name: &str, why: &str) -> Self {
        Self { name: format!("{name} ({why})"), run: None }
    }
}

/// The samples of one peer, one for each counted round; `None` where it failed.
#[derive(Debug, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) samples: Vec<Option<Sample>>,
    pub(crate) failures: Vec<String>,
}

/// Runs one warm-up round and then the counted ones. The first peer is the limit and is always kept.
///
/// Each round starts with another peer, so that none always runs in the same one's wake.
pub(crate) fn run(title: &str, options: &Options, mut peers: Vec<Peer<'_>>) -> Vec<Series> {
    let mut index = 0;
    peers.retain(|peer| {
        index += 1;
        index == 1 || options.keeps(&peer.name)
    });
    let empty = |peer: &Peer<'_>| Series { name: peer.name.clone(), samples: vec![], failures: vec![] };
    let mut all: Vec<Series> = peers.iter().map(empty).collect();
    for round in 0..=options.rounds {
        eprintln!("{title}: round {round} of {}", options.rounds);
        for turn in 0..peers.len() {
            let index = (round + turn) % peers.len();
            let Some(run) = &mut peers[index].run else { continue };
            let outcome = run();
            if round > 0 {
                all[index].add(outcome);
            }
        }
    }
    all
}

impl Series {
    fn add(&mut self, outcome: Outcome) {
        self.samples.push(outcome.as_ref().ok().copied());
        self.failures.extend(outcome.err());
    }
}
