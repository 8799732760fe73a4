//! Spawning and waiting, by the size of the parent, by its open descriptors and by what the child is asked for.

mod flat;
mod goals;
mod method;
mod ours;
mod parent;
mod peers;
mod python;
mod spawning;

use std::io;
use std::time::{Duration, Instant};

use crate::options::Options;
use crate::process::is_installed;
use crate::rounds::{self, Peer};
use crate::sample::Sample;
use crate::table::{Cpu, Ratio, Table, Unit};
use method::{Asked, Method, Spawner};
use parent::Parent;
use spawning::Spawning;

pub(crate) use goals::GOALS;

/// What is spawned.
const PROGRAM: &str = "/bin/true";

struct Case {
    parent: Parent,
    /// What each child is given, as its helper is told.
    asked: &'static str,
    methods: &'static [Method],
    spawns: usize,
    also: [Ratio; 2],
}

const LIMIT: Ratio = Ratio { to: Method::Clone.name(), label: "x limit", of: Sample::wall_per_unit };
const LIMIT_CPU: Ratio = Ratio { to: LIMIT.to, label: "x limit, CPU", of: Sample::cpu_per_unit };
const STD: Ratio = Ratio { to: Method::Std.name(), label: "x std", of: Sample::wall_per_unit };
const STD_CPU: Ratio = Ratio { to: STD.to, label: "x std, CPU", ..LIMIT_CPU };
const PRE_EXEC: Ratio = Ratio { to: Method::StdPreExec.name(), label: "x pre_exec", ..STD };
const PRE_EXEC_CPU: Ratio = Ratio { to: PRE_EXEC.to, label: "x pre_exec, CPU", ..LIMIT_CPU };

const CASES: [Case; 11] = [
    Case { parent: Parent::new(20, 10), spawns: 250, ..Case::PLAIN },
    Case { parent: Parent::new(20, 1000), spawns: 250, ..Case::PLAIN },
    Case { parent: Parent::new(20, 10_000), spawns: 120, ..Case::PLAIN },
    Case { parent: Parent::new(4096, 10), spawns: 100, ..Case::PLAIN },
    Case { parent: Parent::new(4096, 1000), spawns: 100, ..Case::PLAIN },
    Case { parent: Parent::new(4096, 10_000), spawns: 100, ..Case::PLAIN },
    Case { parent: Parent::new(20, 10), spawns: 250, ..Case::EVERYTHING },
    Case { parent: Parent::new(20, 10_000), spawns: 120, ..Case::EVERYTHING },
    Case { parent: Parent::new(4096, 10), spawns: 100, ..Case::EVERYTHING },
    Case { parent: Parent::new(20, 10_000), spawns: 120, asked: "low", ..Case::INHERITING },
    Case { parent: Parent::new(20, 10_000), spawns: 120, asked: "high", ..Case::INHERITING },
];

impl Case {
    const PLAIN: Self = Self {
        parent: Parent::new(0, 0),
        asked: "plain",
        methods: Method::PLAIN,
        spawns: 0,
        also: [STD, STD_CPU],
    };
    const EVERYTHING: Self = Self {
        asked: "everything",
        methods: Method::EVERYTHING,
        also: [PRE_EXEC, PRE_EXEC_CPU],
        ..Self::PLAIN
    };
    const INHERITING: Self = Self { methods: Method::INHERITING, ..Self::PLAIN };

    fn title(&self, parent: Parent) -> String {
        let asked = match self.asked {
            "everything" => " with every option (std: none)",
            "low" => " with a descriptor from a low number (std: none)",
            "high" => " with a descriptor from a high number (std: none)",
            _ => "",
        };
        format!("spawn {PROGRAM}{asked}: parent of {parent}")
    }

    fn table(&self, options: &Options) -> Table {
        let parent = self.parent.in_a(options);
        let title = self.title(parent);
        let spawns = options.amount(10, self.spawns);
        let spawning = Spawning::new(parent);
        let peers =
            self.methods.iter().map(|method| peer(method.name(), *method, self.asked, &spawning, spawns));
        let rows = rounds::run(&title, options, peers.collect());
        let ratios = [LIMIT, LIMIT_CPU].into_iter().chain(self.also).collect();
        Table { title, unit: Unit::MicrosecondsPer("spawn"), cpu: Cpu::PROCESSES, rows, ratios }
    }
}

fn peer<'a>(
    name: &str,
    method: Method,
    asked: &'static str,
    spawning: &'a Spawning,
    spawns: usize,
) -> Peer<'a> {
    match method.in_python() {
        Some(_) if !is_installed(python::INTERPRETER) => Peer::missing(name, "python3 is not installed"),
        _ => Peer::new(name, move || spawning.measure(method, asked, spawns)),
    }
}

pub(crate) fn run(options: &Options) -> Vec<Table> {
    CASES.iter().map(|case| case.table(options)).chain([flat::table(options)]).collect()
}

/// `MEBIBYTES DESCRIPTORS`, and then lines of `SPAWNS plain|everything|low|high METHOD`, each of which is answered by its sample.
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<usize>().ok());
    let (Some(mebibytes), Some(descriptors)) = (number(0), number(1)) else {
        return Err("two numbers are missing".to_owned());
    };
    let held = Parent::new(mebibytes, descriptors).hold()?;
    let numbers = held.numbers().ok_or("no descriptor to give")?;
    for line in io::stdin().lines() {
        answer(&line.map_err(|error| error.to_string())?, numbers)?;
    }
    Ok(())
}

/// Measures what a line says, with the lowest and the highest descriptor there is.
fn answer(line: &str, (low, high): (i32, i32)) -> Result<(), String> {
    let mut words = line.splitn(3, ' ');
    let spawns = words.next().and_then(|word| word.parse().ok()).ok_or("no number of spawns")?;
    let asked = match words.next() {
        Some("everything") => Asked::Everything(low),
        Some("low") => Asked::Descriptor(low),
        Some("high") => Asked::Descriptor(high),
        _ => Asked::Plain,
    };
    let method = words.next().and_then(Method::named).ok_or("no such method")?;
    let mut spawner = method.spawner(PROGRAM, asked).ok_or("that one is not in this program")?;
    repeat(&mut spawner, 3);
    Sample::of(|| repeat(&mut spawner, spawns)).print();
    Ok(())
}

/// How long one run lasts at most: a fork of a large parent is two hundred times slower than the rest.
const AT_MOST: Duration = Duration::from_millis(500);

/// How often it was done.
fn repeat(spawner: &mut Spawner, at_most: usize) -> f64 {
    let start = Instant::now();
    let mut done = 0;
    spawner(&mut || {
        let goes_on = done < at_most && start.elapsed() < AT_MOST;
        done += usize::from(goes_on);
        goes_on
    });
    done as f64
}
