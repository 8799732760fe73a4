//! What spawning is to come to: [`GOALS`].

use crate::goals::Goal;
use crate::sample::Sample;

const WORKLOAD: &str = "spawn";
const OURS: &str = "**standpipe";
const CLONE: &str = "clone VM+VFORK, execve";
const STD: &str = "std Command";
const PRE_EXEC: &str = "std Command + pre_exec";

const PLAIN: Goal = Goal {
    text: "plain spawn against clone and execve, 20 MiB, 10 descriptors",
    workload: WORKLOAD,
    table: "/bin/true: parent of 20 MiB, 10 open",
    rows: OURS,
    to: CLONE,
    of: Sample::cpu_per_unit,
    at_most: 1.05,
    note: "64 dispositions of signals and a copy of the environment, which bare calls do without; std and posix_spawn are as far above",
};

const EVERYTHING: Goal = Goal {
    text: "spawn with every option against clone and execve with the same",
    table: "every option (std: none): parent of 20 MiB, 10 open",
    ..PLAIN
};

const FLAT: Goal = Goal {
    text: "flat in the parent's memory and descriptors: big parent against small one, blocking",
    note: "the bare calls grow as much",
    table: "from a small parent and from a big one",
    rows: "**standpipe blocking**, 4096",
    to: "**standpipe blocking**, 20",
    at_most: 1.1,
    ..PLAIN
};

pub(crate) const GOALS: &[Goal] = &[
    PLAIN,
    Goal {
        text: "plain spawn against clone and execve, 20 MiB, 1,000 descriptors",
        table: "/bin/true: parent of 20 MiB, 1000 open",
        ..PLAIN
    },
    Goal {
        text: "plain spawn against clone and execve, 20 MiB, 10,000 descriptors",
        table: "/bin/true: parent of 20 MiB, 10000 open",
        ..PLAIN
    },
    Goal {
        text: "plain spawn against clone and execve, 4 GiB, 10 descriptors",
        table: "/bin/true: parent of 4096 MiB, 10 open",
        ..PLAIN
    },
    Goal {
        text: "plain spawn against clone and execve, 4 GiB, 1,000 descriptors",
        table: "/bin/true: parent of 4096 MiB, 1000 open",
        ..PLAIN
    },
    Goal {
        text: "plain spawn against clone and execve, 4 GiB, 10,000 descriptors",
        table: "/bin/true: parent of 4096 MiB, 10000 open",
        ..PLAIN
    },
    EVERYTHING,
    Goal {
        text: "spawn with every option against clone and execve with the same, 10,000 descriptors",
        table: "every option (std: none): parent of 20 MiB, 10000 open",
        ..EVERYTHING
    },
    Goal {
        text: "spawn with every option from 4 GiB against Command and pre_exec with the same",
        table: "every option (std: none): parent of 4096 MiB, 10 open",
        to: PRE_EXEC,
        at_most: 1.0 / 150.0,
        note: "a fork of 4 GiB takes less here than where that was set: the bare calls are above it as well",
        ..EVERYTHING
    },
    Goal {
        text: "10,000 descriptors, nothing inherited, against std",
        table: "/bin/true: parent of 20 MiB, 10000 open",
        to: STD,
        at_most: 0.45,
        ..PLAIN
    },
    Goal {
        text: "10,000 descriptors, one inherited from a low number, against std without it",
        table: "low number (std: none): parent of 20 MiB, 10000 open",
        to: STD,
        at_most: 0.45,
        ..PLAIN
    },
    Goal {
        text: "10,000 descriptors, one inherited from a high number, against std without it",
        table: "high number (std: none): parent of 20 MiB, 10000 open",
        to: STD,
        at_most: 1.0,
        ..PLAIN
    },
    FLAT,
    Goal {
        text: "flat in the parent's memory and descriptors: big parent against small one, mio",
        rows: "**standpipe mio**, 4096",
        to: "**standpipe mio**, 20",
        ..FLAT
    },
    Goal {
        text: "flat in the parent's memory and descriptors: big parent against small one, smol",
        rows: "**standpipe smol**, 4096",
        to: "**standpipe smol**, 20",
        ..FLAT
    },
];
