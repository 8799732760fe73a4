//! Measuring in rounds: in each, every peer runs once, so that a ratio is taken between neighbours in time.

use serde::{Deserialize, Serialize};

use crate::figure::median;
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
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) samples: Vec<Option<Sample>>,
    pub(crate) failures: Vec<String>,
    /// Allocations for each unit of work, which are counted in a run of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allocations: Option<f64>,
}

/// Runs a round of warm-up, where there is one, and then the counted ones. The first peer is the limit and is always kept.
///
/// Each round starts with another peer, so that none always runs in the same one's wake.
pub(crate) fn run(title: &str, options: &Options, mut peers: Vec<Peer<'_>>) -> Vec<Series> {
    let mut index = 0;
    peers.retain(|peer| {
        index += 1;
        index == 1 || options.keeps(&peer.name)
    });
    let mut all: Vec<Series> = peers.iter().map(|peer| Series::new(&peer.name)).collect();
    for round in usize::from(!options.warms_up())..=options.rounds {
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
    all.iter_mut().for_each(Series::count);
    all
}

impl Series {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), samples: vec![], failures: vec![], allocations: None }
    }

    fn add(&mut self, outcome: Outcome) {
        self.samples.push(outcome.as_ref().ok().copied());
        self.failures.extend(outcome.err());
    }

    fn count(&mut self) {
        let counted = self.samples.iter().flatten();
        let counts: Vec<f64> =
            counted.filter_map(|sample| Some(sample.allocations? / sample.units)).collect();
        self.allocations = (!counts.is_empty()).then(|| median(&counts));
    }

    pub(crate) fn values(&self, of: impl Fn(&Sample) -> f64) -> Vec<f64> {
        self.samples.iter().flatten().map(of).collect()
    }

    /// The ratio to another peer: the median of those of single rounds, which a drifting machine does not touch; `None`
    /// where no round has both.
    pub(crate) fn ratio(&self, base: &Self, of: impl Fn(&Sample) -> f64) -> Option<f64> {
        let paired = self.samples.iter().zip(&base.samples);
        let both = paired.filter_map(|(ours, base)| Some((ours.as_ref()?, base.as_ref()?)));
        let ratio = median(&both.map(|(ours, base)| of(ours) / of(base)).collect::<Vec<_>>());
        ratio.is_finite().then_some(ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_paired_by_round() {
        let sample = |wall| Some(Sample { wall, units: 1.0, ..Sample::default() });
        let series = |samples| Series { samples, ..Series::new("") };
        let ours = series(vec![sample(2.0), sample(40.0), None, sample(6.0)]);
        let base = series(vec![sample(1.0), sample(10.0), sample(1.0), None]);
        assert_eq!(ours.ratio(&base, Sample::wall_per_unit), Some(3.0));
        assert_eq!(ours.ratio(&series(vec![]), Sample::wall_per_unit), None);
    }
}
