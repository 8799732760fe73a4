//! The simulated machine as a whole: [`World`].

use std::cell::RefCell;
use std::rc::Rc;

use standpipe_core::{Blocked, Machine, Moment, Ports, Progress, Wake, advance};

use super::client::Shared;
use super::{Client, Kernel, Readiness, SimIo};

/// Processes, clients and time.
#[derive(Debug)]
pub struct World {
    now: Moment,
    kernel: Rc<RefCell<Kernel>>,
    clients: Vec<Client>,
    shared: Shared,
    readiness: Readiness,
    /// Whether nobody could move when last asked.
    silent: bool,
    /// Turns in a row after which nothing had moved although a wake-up was due.
    spins: usize,
}

/// Why a run cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stuck {
    /// Nobody can move, and nobody waits for time.
    Deadlock,
    /// A wake-up is due again and again, and nothing comes of it.
    Spin(Wake),
    /// It goes on and on.
    Endless,
}

/// What a turn of one machine came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It can go on at once.
    Goes,
    /// It waits for somebody else, or for this.
    Waits(Option<Wake>),
    /// It is done.
    Done,
}

/// How often a due wake-up may come to nothing: a machine may look once more before it gives up.
const SPINS: usize = 8;

/// More turns than any run of the suite needs.
const TURNS: usize = 1 << 20;

impl World {
    /// A machine on which nothing runs, where processes and clients come on as `readiness` says.
    pub fn new(readiness: Readiness) -> Self {
        Self {
            now: Moment::from_nanos(1_000_000_000),
            kernel: Rc::default(),
            clients: Vec::new(),
            shared: Shared::default(),
            readiness,
            silent: false,
            spins: 0,
        }
    }

    /// The time.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The processes.
    pub fn kernel(&self) -> &Rc<RefCell<Kernel>> {
        &self.kernel
    }

    /// The clients, in the order in which they came.
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// Whether a client has told the server to finish.
    pub fn drains(&self) -> bool {
        self.shared.drain
    }

    /// Adds a client.
    pub fn add(&mut self, client: Client) {
        self.shared.missing += usize::from(client.will_meet());
        self.clients.push(client);
    }

    /// Advances a machine once, handing out its events, and checks what it says it waits for.
    ///
    /// # Panics
    /// When it waits for an operation that was not tried, or that did not block.
    pub fn turn<M: Machine>(
        &mut self,
        machine: &mut M,
        io: &mut SimIo,
        budget: usize,
        events: impl FnOnce(&mut M, Moment),
    ) -> Turn {
        let progress = advance(machine, io, self.now, budget);
        let tried = io.take_blocked();
        let withheld = io.take_withheld();
        match progress {
            Progress::Done => Turn::Done,
            Progress::Budget => Turn::Goes,
            Progress::Events => {
                events(machine, self.now);
                Turn::Goes
            }
            Progress::Blocked(Blocked { read, write, urgent, wake }) => {
                let all = [(tried.read, read), (tried.write, write), (tried.urgent, urgent)];
                let were_tried = all.into_iter().all(|(tried, named)| contains(tried, named));
                assert!(were_tried, "waits for what was not tried");
                if withheld { Turn::Goes } else { Turn::Waits(wake) }
            }
        }
    }

    /// Runs one machine to its end.
    ///
    /// # Errors
    /// When it cannot come to it.
    pub fn run<M: Machine>(
        &mut self,
        machine: &mut M,
        io: &mut SimIo,
        budget: usize,
        mut events: impl FnMut(&mut M, Moment),
    ) -> Result<(), Stuck> {
        for _ in 0..TURNS {
            match self.turn(machine, io, budget, &mut events) {
                Turn::Done => return Ok(()),
                Turn::Goes => drop(self.step()),
                Turn::Waits(wake) => self.wait(wake)?,
            }
        }
        Err(Stuck::Endless)
    }

    /// Lets everybody else move, or time pass.
    ///
    /// # Errors
    /// When neither is possible.
    pub fn wait(&mut self, wake: Option<Wake>) -> Result<(), Stuck> {
        if self.step() {
            (self.silent, self.spins) = (false, 0);
            return Ok(());
        }
        // What a machine did itself may have made ready what it tried before: a child that it killed has ended.
        if !std::mem::replace(&mut self.silent, true) {
            return Ok(());
        }
        let Some(at) = wake.map(|wake| wake.at).into_iter().chain(self.kernel.borrow().wake()).min() else {
            return Err(Stuck::Deadlock);
        };
        if let Some(wake) = wake.filter(|wake| wake.at <= self.now) {
            self.spins += 1;
            return if self.spins > SPINS { Err(Stuck::Spin(wake)) } else { Ok(()) };
        }
        (self.silent, self.spins) = (false, 0);
        self.now = self.now.max(at);
        Ok(())
    }

    /// Lets everybody else run to their ends, as far as they come.
    pub fn settle(&mut self) {
        while self.wait(None).is_ok() {}
    }

    /// Lets every process and every client do one thing. Whether anything moved, or will.
    pub(super) fn step(&mut self) -> bool {
        let mut moved = self.kernel.borrow_mut().step(self.now, &mut self.readiness);
        for client in &mut self.clients {
            moved |= client.step(&mut self.shared, &mut self.readiness);
        }
        self.readiness.take_withheld() || moved
    }
}

fn contains(all: Ports, some: Ports) -> bool {
    some.iter().all(|port| all.contains(port))
}
