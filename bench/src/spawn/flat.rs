//! Small and big parents beside each other, each row twice: what does not depend on them is the same in both.

use super::method::Method;
use super::parent::Parent;
use super::peer;
use super::spawning::Spawning;
use crate::options::Options;
use crate::rounds;
use crate::sample::Sample;
use crate::table::{Cpu, Ratio, Table, Unit};

const SMALL: Parent = Parent::new(20, 10);
const BIG: Parent = Parent::new(4096, 10_000);

pub(super) fn table(options: &Options) -> Table {
    let title = "spawn /bin/true: from a small parent and from a big one".to_owned();
    let spawns = options.amount(10, 100);
    let parents = [SMALL, BIG].map(|parent| parent.in_a(options));
    let parents = parents.map(|parent| (parent, Spawning::new(parent)));
    let peers = Method::FLAT.iter().flat_map(|method| {
        parents.each_ref().map(|(parent, spawning)| {
            peer(&format!("{}, {parent}", method.name()), *method, "plain", spawning, spawns)
        })
    });
    let rows = rounds::run(&title, options, peers.collect());
    Table { title, unit: Unit::MicrosecondsPer("spawn"), cpu: Cpu::PROCESSES, rows, ratios: ratios() }
}

/// What the small parent of each kind is compared with is the big one's.
fn ratios() -> Vec<Ratio> {
    let to = |to, label| Ratio { to, label, of: Sample::wall_per_unit };
    let ours =
        ["**standpipe blocking**, 20", "**standpipe mio**, 20", "**standpipe smol**, 20", "std Command, 20"];
    let labels = ["x blocking, small", "x mio, small", "x smol, small", "x std, small"];
    ours.into_iter().zip(labels).map(|(name, label)| to(name, label)).collect()
}
