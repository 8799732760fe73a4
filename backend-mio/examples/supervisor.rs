//! A supervisor of several services in one loop: it starts each again whenever it ends, after a wait that grows while it keeps
//! ending early. On SIGTERM or SIGINT it stops them one after the other, the last that was named first; a second signal kills
//! what is left.
//!
//! `cargo run --example supervisor_loop -- LINE…`, each of which a shell runs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use standpipe_mio::dispatch::{ChildHandler, Ended, Key, Life, Loop, TimerKey, Watching};
use standpipe_mio::standpipe_core::Moment;
use standpipe_mio::{Command, Group, Signal, Stop};

/// How long to wait before the next start: twice as long each time, and from the beginning again once it has run longer than
/// the longest wait.
#[derive(Clone)]
struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    fn after(&mut self, ran: Duration) -> Duration {
        if ran > self.longest {
            self.next = self.first;
        }
        let longer = (self.next * 2).min(self.longest);
        std::mem::replace(&mut self.next, longer)
    }
}

/// Who runs, in the order in which they are to be stopped from its end.
#[derive(Default)]
struct Running {
    children: Vec<Option<Key>>,
    /// When they are started again, by their place.
    starts: BTreeMap<usize, TimerKey>,
    is_stopping: bool,
}

impl Running {
    /// Stops the last one that runs; whoever hears of its end calls again.
    fn stop_last(&mut self, event_loop: &mut Loop<'_>) {
        self.is_stopping = true;
        for start in std::mem::take(&mut self.starts).into_values() {
            event_loop.cancel(start);
        }
        let last = self.children.iter().rev().find_map(|key| *key);
        if let Some(child) = last.and_then(|key| event_loop.child(key)) {
            child.stop_all(Stop::default());
        }
    }
}

type Shared = Rc<RefCell<Running>>;

/// One service, as whoever is told of its child.
struct Service {
    line: String,
    /// Its place among the others.
    place: usize,
    backoff: Backoff,
    begun: Moment,
    running: Shared,
}

impl Service {
    fn start(mut self, event_loop: &mut Loop<'_>) {
        if self.running.borrow().is_stopping {
            return;
        }
        let (place, running, line) = (self.place, self.running.clone(), self.line.clone());
        self.begun = event_loop.now();
        match event_loop.spawn(&Command::shell(line.clone()).group(Group::New), self) {
            Ok(spawned) => {
                println!("{}: {line}", spawned.pid());
                running.borrow_mut().children[place] = Some(spawned.key);
            }
            Err(error) => eprintln!("{line}: given up: {error}"),
        }
    }
}

impl<'a> ChildHandler<'a, Watching> for Service {
    /// Whoever stops the loop stops the services in their order.
    fn handle_stop(&mut self, _: &mut Loop<'a>, _: &mut Life) {}

    fn handle_exit(mut self: Box<Self>, event_loop: &mut Loop<'a>, ended: Ended) {
        let running = self.running.clone();
        running.borrow_mut().children[self.place] = None;
        println!("{}: {}", ended.pid, ended.exit);
        if running.borrow().is_stopping {
            return running.borrow_mut().stop_last(event_loop);
        }
        let wait = self.backoff.after(event_loop.now().since(self.begun));
        let place = self.place;
        let start = event_loop.call_after(wait, |event_loop| self.start(event_loop));
        running.borrow_mut().starts.insert(place, start);
    }
}

/// Starts them; they are stopped by a signal, or by the loop's own verb.
fn supervise(event_loop: &mut Loop<'_>, services: &[(String, Backoff)]) -> io::Result<()> {
    let running = Shared::default();
    running.borrow_mut().children.resize(services.len(), None);
    for (place, (line, backoff)) in services.iter().cloned().enumerate() {
        let running = running.clone();
        Service { line, place, backoff, begun: Moment::ORIGIN, running }.start(event_loop);
    }
    event_loop.signals([Signal::TERM, Signal::INT], move |event_loop: &mut Loop<'_>, _| {
        event_loop.stop();
        running.borrow_mut().stop_last(event_loop);
    })?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(30));
    let services: Vec<_> = std::env::args().skip(1).map(|line| (line, backoff.clone())).collect();
    if services.is_empty() {
        return Err("usage: supervisor_loop LINE…".into());
    }
    let mut event_loop = Loop::new()?;
    supervise(&mut event_loop, &services)?;
    Ok(event_loop.run()?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::Duration;

    use standpipe_mio::dispatch::Loop;

    use super::{Backoff, supervise};

    /// A folder that goes away again.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("supervisor-{}", std::process::id()));
            fs::create_dir(&path).expect("nobody else has this number");
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_begin_again() {
        let [a, b, c] = [1, 2, 3].map(Duration::from_secs);
        let mut backoff = Backoff::new(a, c);
        let waits = [Duration::ZERO; 3].map(|ran| backoff.after(ran));
        assert_eq!(waits, [a, b, c]);
        assert_eq!(backoff.after(Duration::from_secs(4)), a);
    }

    #[test]
    fn what_ends_is_started_again_and_all_are_stopped_in_order() {
        let folder = Folder::new();
        let here = folder.0.display();
        let stays = "while :; do sleep 0.01; done";
        let trap = |name: &str| format!("cd {here}; trap 'echo {name} stopped >>log; exit 0' TERM");
        // It ends twice before it stays, and has all stopped once the other one is there.
        let first = format!(
            "{}; echo started >>log; test $(grep -c started log) -lt 3 && exit 1; \
             until test -e there; do sleep 0.01; done; kill -TERM $PPID; {stays}",
            trap("first")
        );
        let second = format!("{}; : >there; {stays}", trap("second"));
        // That it ends badly is seen once; its next start is a long way off when all are stopped.
        let third = format!("cd {here}; echo third >>once; exit 1");
        let mut event_loop = Loop::new().expect("there are descriptors");
        let soon = Backoff::new(Duration::from_millis(1), Duration::from_millis(2));
        let late = Backoff::new(Duration::from_secs(600), Duration::from_secs(600));
        supervise(&mut event_loop, &[(first, soon.clone()), (second, soon), (third, late)])
            .expect("they can be caught");
        event_loop.run().expect("it can wait");
        let log = fs::read_to_string(folder.0.join("log")).expect("they have written");
        let lines: Vec<_> = log.lines().collect();
        assert_eq!(lines, ["started", "started", "started", "second stopped", "first stopped"]);
    }
}
