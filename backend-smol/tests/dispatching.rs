//! A loop over handlers as futures: what is dropped, who has a turn, and what runs it.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use futures_lite::future;
use smol::LocalExecutor;
use standpipe_core::dispatch::Key;
use standpipe_core::{End, Moment};
use standpipe_smol::dispatch::{Channel, ConnectionOptions, Dispatcher, Loop};
use standpipe_sys::{Stream, fd};

/// Only to catch a hang.
const LIMIT: Duration = Duration::from_secs(60);

/// More than any socket holds.
const MUCH: usize = 8 << 20;

async fn hang() -> io::Result<()> {
    async_io::Timer::after(LIMIT).await;
    panic!("it hangs")
}

struct Echo;

impl Dispatcher for Echo {
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        channel.push(data)
    }
}

/// A loop that listens, and a client that says much, reads it back and stops the loop.
fn visited() -> (Loop<'static>, thread::JoinHandle<Vec<u8>>) {
    let mut event_loop = Loop::new().expect("there are descriptors");
    let address = "127.0.0.1:0".parse().expect("an address");
    let listener = event_loop.listen(&address, |_| Echo).expect("a port is free");
    let address = event_loop.local(listener).expect("it listens").to_string();
    let waker = event_loop.waker();
    let client = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).expect("it listens");
        let mut writer = stream.try_clone().expect("there are descriptors");
        let write = thread::spawn(move || {
            writer.write_all(&much()).expect("it is open");
            writer.shutdown(Shutdown::Write).expect("it is open");
        });
        let mut echoed = Vec::new();
        stream.read_to_end(&mut echoed).expect("a clean end");
        write.join().expect("no panic");
        waker.stop();
        echoed
    });
    (event_loop, client)
}

fn much() -> Vec<u8> {
    (0..MUCH).map(|n| (n % 251) as u8).collect()
}

#[test]
fn a_run_that_is_dropped_at_every_await_loses_nothing() {
    let (mut event_loop, client) = visited();
    let run = async {
        while !event_loop.is_empty() {
            // Dropped as soon as it waits, or gives others their turn.
            let _ = future::poll_once(event_loop.run()).await;
            future::yield_now().await;
        }
        Ok(())
    };
    smol::block_on(future::or(run, hang())).expect("it can wait");
    assert!(client.join().expect("no panic") == much());
}

/// What has woken the one is answered by the other.
#[test]
fn a_run_goes_on_in_another_executor() {
    let (mut event_loop, client) = visited();
    while event_loop.len() < 2 {
        smol::block_on(event_loop.run_once(Some(LIMIT))).expect("it can wait");
    }
    let executor = LocalExecutor::new();
    let task = executor.spawn(async move {
        let begun = event_loop.run_count(Some(LIMIT), 10).await;
        begun.map(|()| event_loop)
    });
    let mut event_loop = future::block_on(executor.run(task)).expect("it can wait");
    future::block_on(future::or(event_loop.run(), hang())).expect("it can wait");
    assert!(client.join().expect("no panic") == much());
}

#[test]
fn others_have_their_turn_after_each_pass() {
    fn again<'a>(event_loop: &mut Loop<'a>, passes: &'a Cell<usize>) {
        passes.set(passes.get() + 1);
        assert!(passes.get() < 100_000, "nobody else has a turn");
        event_loop.call_after(Duration::ZERO, |event_loop| again(event_loop, passes));
    }

    let (passes, turns) = (Cell::new(0), Cell::new(0));
    let mut event_loop = Loop::new().expect("there are descriptors");
    again(&mut event_loop, &passes);
    let others = async {
        while turns.get() < 100 {
            future::yield_now().await;
            turns.set(turns.get() + 1);
        }
        Ok(())
    };
    future::block_on(future::or(event_loop.run(), others)).expect("it can wait");
    assert_eq!(turns.get(), 100);
}

/// It is told when others are given their turn, and ends the wait behind that.
#[test]
fn a_wake_that_others_have_a_turn_before_is_not_lost() {
    let mut event_loop = Loop::new().expect("there are descriptors");
    event_loop.listen(&"127.0.0.1:0".parse().expect("an address"), |_| Echo).expect("a port is free");
    let clock = standpipe_sys::Clock::start();
    let passes = async {
        event_loop.run_once(Some(Duration::ZERO)).await?;
        event_loop.waker().wake();
        event_loop.run_once(Some(LIMIT)).await
    };
    smol::block_on(passes).expect("it can wait");
    assert!(clock.now().since(Moment::ORIGIN) < LIMIT);
}

/// Tells what comes.
struct Told<'a>(&'a RefCell<Vec<String>>);

impl Dispatcher for Told<'_> {
    fn handle_expt(&mut self, channel: &mut Channel<'_>, byte: u8) -> io::Result<()> {
        self.0.borrow_mut().push(format!("urgent {}", char::from(byte)));
        channel.set_reading(true);
        Ok(())
    }

    fn handle_read(&mut self, _: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().push(format!("read {}", String::from_utf8_lossy(data)));
        Ok(())
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.0.borrow_mut().push(format!("{end:?}"));
    }
}

/// The reactor tells it no other way than data, which lies there unread all the time and must not keep the loop busy.
#[test]
fn an_urgent_byte_is_told_although_reading_is_paused() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let mut peer = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let ours = Stream::socket(listener.accept().expect("it was connected to").0.into());
    let told = RefCell::default();
    let mut event_loop = Loop::new().expect("there are descriptors");
    let key = event_loop.insert(ours, ConnectionOptions::default(), Told(&told));
    pause(&mut event_loop, key);
    peer.write_all(b"data").expect("it is open");
    let pass = |event_loop: &mut Loop<'_>, wait| smol::block_on(event_loop.run_once(Some(wait)));
    pass(&mut event_loop, LIMIT).expect("it can wait");
    for _ in 0..3 {
        pass(&mut event_loop, Duration::from_millis(1)).expect("it can wait");
    }
    let clock = standpipe_sys::Clock::start();
    let wait = Duration::from_millis(50);
    pass(&mut event_loop, wait).expect("it can wait");
    assert!(cfg!(standpipe_force_portable) || clock.now().since(Moment::ORIGIN) >= wait);
    assert!(told.borrow().is_empty());

    socket2::SockRef::from(&peer).send_out_of_band(b"!").expect("it is open");
    drop(peer);
    smol::block_on(future::or(event_loop.run(), hang())).expect("it can wait");
    drop(event_loop);
    assert_eq!(told.into_inner(), ["urgent !", "read data", "Clean"]);
}

fn pause(event_loop: &mut Loop<'_>, key: Key) {
    let mut channel = event_loop.channel(key).expect("it is there");
    channel.set_urgent(true);
    channel.set_reading(false);
}

/// The reactor holds a descriptor of what is written to, too.
#[test]
fn a_pair_is_half_closed() {
    let pipe = || fd::pipe().expect("a pipe can be made");
    let ((to_read, written), (read, to_write)) = (pipe(), pipe());
    let ours = |fd| Stream::pipe(fd).expect("it is a pipe");
    let stream = Stream::pair(ours(to_read), ours(to_write));
    let peer = thread::spawn(move || {
        let mut text = String::new();
        std::fs::File::from(read).read_to_string(&mut text).expect("it is open");
        std::fs::File::from(written).write_all(text.as_bytes()).expect("it is open");
    });
    let told = RefCell::default();
    let mut event_loop = Loop::new().expect("there are descriptors");
    let key = event_loop.insert(stream, ConnectionOptions::default(), Told(&told));
    let mut channel = event_loop.channel(key).expect("it is there");
    channel.push(b"hello").expect("there is room");
    channel.close_write();
    smol::block_on(future::or(event_loop.run(), hang())).expect("it can wait");
    drop(event_loop);
    peer.join().expect("no panic");
    assert_eq!(told.into_inner(), ["read hello", "Clean"]);
}
