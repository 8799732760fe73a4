//! Machines that live in a loop beside its connections, in any backend's.

use std::cell::RefCell;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use standpipe_core::dispatch::Key;
use standpipe_core::process::{Child, Command, Exit, Stop};
use standpipe_core::signal::Signal;
use standpipe_core::{Done, Machine, Moment, Target};
use standpipe_sys::dispatch::{Channel, ConnectionOptions, Dispatcher, EventLoop, Resident, Wait};
use standpipe_sys::{ChildHandle, Ends, Stream, launch};

use drive::Drive;

mod drive;

/// Only to catch a hang.
const LIMIT: Duration = Duration::from_secs(60);

type Told = Rc<RefCell<Vec<String>>>;

type Act<'a, W> = Box<dyn FnMut(&str, &mut EventLoop<'a, W>, Key) + 'a>;

/// A child whose life is written down.
struct Life<'a, W: Wait> {
    child: Child,
    ends: Ends,
    told: Told,
    act: Act<'a, W>,
    in_background: bool,
    wake: Option<Moment>,
}

impl<'a, W: Wait> Life<'a, W> {
    fn new(script: &str, told: &Told) -> Self {
        let exit = launch(&Command::shell(script)).expect("there is a shell").exit;
        let (child, ends) = (Child::new(), Ends::default().with(Child::EXIT, exit));
        let act = Box::new(|_: &str, _: &mut _, _| {});
        Self { child, ends, told: told.clone(), act, in_background: false, wake: None }
    }

    fn acting(self, act: impl FnMut(&str, &mut EventLoop<'a, W>, Key) + 'a) -> Self {
        Self { act: Box::new(act), ..self }
    }

    fn handle(&self) -> ChildHandle {
        self.ends.child(Child::EXIT).expect("it is there")
    }

    fn told(&mut self, told: &str, event_loop: &mut EventLoop<'a, W>, key: Key) {
        self.told.borrow_mut().push(told.to_owned());
        (self.act)(told, event_loop, key);
    }
}

impl<'a, W: Wait> Resident<'a, W> for Life<'a, W> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.child, &mut self.ends)
    }

    fn ends(&self) -> &Ends {
        &self.ends
    }

    fn as_any(&mut self) -> Option<&mut dyn std::any::Any> {
        Some(&mut self.child)
    }

    fn attend(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key) -> bool {
        let mut touched = false;
        if self.wake.take().is_some() {
            self.told("woken", event_loop, key);
        }
        while let Some(event) = self.child.next_event() {
            self.told(&format!("{event:?}"), event_loop, key);
            touched = true;
        }
        touched
    }

    fn wake(&self) -> Option<Moment> {
        self.wake
    }

    fn is_background(&self) -> bool {
        self.in_background
    }

    fn stop(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key) {
        self.told("stop", event_loop, key);
        self.child.stop(&Stop::kill());
    }

    fn abort(&mut self) {
        self.told.borrow_mut().push("abort".to_owned());
        self.child.stop(&Stop::kill());
    }

    fn finish(self: Box<Self>, _: &mut EventLoop<'a, W>) {
        self.told.borrow_mut().push(format!("finish {:?}", self.child.exit()));
    }

    fn close(self: Box<Self>, _: &mut EventLoop<'a, W>) {
        self.told.borrow_mut().push("close".to_owned());
    }
}

fn event_loop<'a, W: Wait>() -> EventLoop<'a, W> {
    EventLoop::new().expect("there are descriptors")
}

fn pass<W: Drive>(event_loop: &mut EventLoop<'_, W>) -> bool {
    W::run_once(event_loop, Some(LIMIT)).expect("it can wait")
}

/// Ends it in due course.
fn kill<W: Wait>(event_loop: &mut EventLoop<'_, W>, key: Key) {
    event_loop.resident::<Child>(key).expect("it is there").stop(&Stop::kill());
}

const KILL: &str = "Step(Signal(SIGKILL))";

fn killed() -> String {
    format!("finish {:?}", Some(Exit::Signal { signal: Signal::KILL, core_dumped: false }))
}

fn is_told_with_the_loop<W: Drive>() {
    struct Last(Told);
    impl Dispatcher for Last {
        fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
            self.0.borrow_mut().push(String::from_utf8_lossy(data).into_owned());
            channel.close();
            Ok(())
        }
    }
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    let (reader, mut writer) = io::pipe().expect("a pipe");
    writer.write_all(b"hello").expect("it is open");
    let (mut reader, log) = (Some(reader), told.clone());
    let life = Life::new("exec sleep 60", &told).acting(move |_, event_loop, _| {
        let reader = Stream::from_fd(reader.take().expect("one step").into()).expect("a pipe");
        event_loop.insert(reader, ConnectionOptions::default(), Last(log.clone()));
    });
    let key = event_loop.adopt(life).expect("it is watched");
    assert!(event_loop.resident::<String>(key).is_none(), "it is no text");
    kill(&mut event_loop, key);
    W::run(&mut event_loop).expect("it can wait");
    let mut told = told.take();
    told.sort();
    assert_eq!(told, [KILL.to_owned(), killed(), "hello".to_owned()]);
    assert!(event_loop.resident::<Child>(key).is_none());
}

fn one_that_panics_is_lost_alone<W: Drive>() {
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    let bad = Life::new("exec sleep 60", &told).acting(|_, _, _| resume_unwind(Box::new("the handler")));
    let handle = bad.handle();
    let bad = event_loop.adopt(bad).expect("it is watched");
    let good = event_loop.adopt(Life::new("exit 3", &told)).expect("it is watched");
    kill(&mut event_loop, bad);
    let panic = catch_unwind(AssertUnwindSafe(|| W::run(&mut event_loop))).expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"the handler"));
    assert!(handle.into_kept().is_some(), "it is reaped");
    assert!(event_loop.keys().all(|key| key != bad));
    assert!(event_loop.keys().any(|key| key == good) || told.borrow().len() == 2);
    W::run(&mut event_loop).expect("it can wait");
    assert_eq!(told.borrow().last(), Some(&format!("finish {:?}", Some(Exit::Code(3)))));
}

fn one_that_stops_the_loop_is_stopped_as_well<W: Drive>() {
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    let life = Life::new("exec sleep 60", &told).acting(|told, event_loop, _| {
        if told.contains("SIGURG") {
            event_loop.stop();
        }
    });
    let key = event_loop.adopt(life).expect("it is watched");
    let stop = Stop::signal(Signal::URG); // which ends nobody
    event_loop.resident::<Child>(key).expect("it is there").stop(&stop);
    W::run(&mut event_loop).expect("it can wait");
    let urgent = "Step(Signal(SIGURG))".to_owned();
    assert_eq!(told.take(), [urgent, "stop".into(), KILL.into(), killed()]);
}

fn a_second_stop_aborts<W: Drive>() {
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    event_loop.adopt(Life::new("exec sleep 60", &told)).expect("it is watched");
    event_loop.stop();
    event_loop.stop();
    W::run(&mut event_loop).expect("it can wait");
    assert_eq!(told.take(), ["stop".to_owned(), "abort".into(), KILL.into(), killed()]);
}

fn one_that_is_dismissed_is_told_nothing<W: Drive>() {
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    let life = Life::new("exec sleep 60", &told);
    let handle = life.handle();
    let key = event_loop.adopt(life).expect("it is watched");
    assert!(event_loop.dismiss(key));
    assert!(!event_loop.dismiss(key));
    assert!(handle.into_kept().is_some(), "it is reaped");
    W::run(&mut event_loop).expect("it can wait");
    assert!(told.borrow().is_empty());
}

fn the_loop_ends_over_one_in_the_background<W: Drive>() {
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    let life = Life { in_background: true, ..Life::new("exec sleep 60", &told) };
    event_loop.adopt(life).expect("it is watched");
    W::run(&mut event_loop).expect("it can wait");
    event_loop.stop();
    assert_eq!((event_loop.len(), told.borrow().len()), (1, 0));
    event_loop.adopt(Life::new("exit 3", &told)).expect("it is watched");
    W::run(&mut event_loop).expect("it can wait");
    assert_eq!(told.take(), [format!("finish {:?}", Some(Exit::Code(3)))]);
}

fn closing_all_closes_it_too<W: Drive>() {
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    let life = Life { in_background: true, ..Life::new("exec sleep 60", &told) };
    let handle = life.handle();
    event_loop.adopt(life).expect("it is watched");
    event_loop.close_all();
    assert!(event_loop.is_empty() && handle.into_kept().is_some());
    let told = told.take();
    assert!(told == ["abort".to_owned(), "close".into()] || told == ["abort".to_owned(), killed()]);
    assert!(!pass(&mut event_loop));
}

/// What has come for a handler while it had the word, and ran the loop itself, is not lost.
fn one_that_runs_the_loop_loses_nothing<W: Drive>() {
    let (mut event_loop, told) = (event_loop::<W>(), Told::default());
    let life = Life::new("exec sleep 60", &told);
    let handle = life.handle();
    let life = Life { wake: Some(Moment::ORIGIN), ..life }.acting(move |_, event_loop, key| {
        let _ = handle.signal(Target::Child, Signal::KILL.into());
        while handle.observe() == Done::Blocked {
            W::run_once(event_loop, Some(Duration::from_millis(1))).expect("it can wait");
        }
        // A wait that is told of changes alone has seen its end by now, and will see nothing more.
        W::run_once(event_loop, Some(Duration::ZERO)).expect("it can wait");
        assert!(event_loop.resident::<Child>(key).is_none());
    });
    event_loop.adopt(life).expect("it is watched");
    W::run(&mut event_loop).expect("it can wait");
    assert_eq!(told.take(), ["woken".to_owned(), killed()]);
}

macro_rules! in_each {
    ($($name:ident)*) => {
        mod blocking {
            $(#[test] fn $name() { super::$name::<standpipe_blocking::dispatch::Polling>() })*
        }

        mod mio {
            $(#[test] fn $name() { super::$name::<standpipe_mio::dispatch::Watching>() })*
        }

        mod smol {
            type Watching = standpipe_sys::dispatch::Awaited<standpipe_smol::dispatch::Watching>;

            $(#[test] fn $name() { super::$name::<Watching>() })*
        }
    };
}

in_each! {
    is_told_with_the_loop
    one_that_panics_is_lost_alone
    one_that_stops_the_loop_is_stopped_as_well
    a_second_stop_aborts
    one_that_is_dismissed_is_told_nothing
    the_loop_ends_over_one_in_the_background
    closing_all_closes_it_too
    one_that_runs_the_loop_loses_nothing
}
