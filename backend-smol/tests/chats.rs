//! Dialogues in messages whose futures are dropped, and that others run beside.

mod limited;

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use futures_lite::StreamExt;
use futures_lite::future;
use futures_lite::stream::iter;
use futures_sink::Sink;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use smol::LocalExecutor;
use standpipe_smol::{Bytes, Chat, ChatOptions, Command, Exit, Received, Stdio, Stream, Terminator};

use limited::{LIMIT, within_limit};

fn stream(socket: UnixStream) -> Stream {
    Stream::new(standpipe_sys::Stream::socket(socket.into())).expect("it can be watched")
}

fn chat(socket: UnixStream) -> Chat {
    Chat::new(stream(socket), Terminator::LF)
}

fn pair() -> (Chat, UnixStream) {
    let (ours, peer) = UnixStream::pair().expect("two sockets");
    (chat(ours), peer)
}

/// How much a peer gets up to the end, read in a thread of its own.
fn reading(mut peer: UnixStream) -> thread::JoinHandle<usize> {
    thread::spawn(move || {
        let mut all = Vec::new();
        peer.read_to_end(&mut all).expect("a clean end")
    })
}

fn chats() -> (Chat, Chat) {
    let (ours, peer) = pair();
    (ours, chat(peer))
}

/// Polls it so many times at most, and drops it then.
async fn polled<T>(times: usize, run: impl Future<Output = T>) -> Option<T> {
    let give_up = async {
        for _ in 1..times.max(1) {
            future::yield_now().await;
        }
        None
    };
    future::or(async { Some(run.await) }, give_up).await
}

fn message(n: usize, length: usize) -> Bytes {
    format!("{n} {}\n", "x".repeat(length)).into()
}

/// How many polls each future gets, again and again.
struct Patience {
    polls: Vec<usize>,
    next: usize,
}

impl Patience {
    fn next(&mut self) -> usize {
        self.next += 1;
        self.polls[self.next % self.polls.len()]
    }

    /// Begins a future of it again until one of them is ready.
    async fn insist<T>(&mut self, mut begin: impl AsyncFnMut() -> T) -> T {
        loop {
            if let Some(ready) = polled(self.next(), begin()).await {
                return ready;
            }
            // The other side has its turn, however few polls this one gets.
            future::yield_now().await;
        }
    }
}

/// Sends them by futures that are dropped. Gives back the numbers of those that were sent for sure.
async fn send_all(mut chat: Chat, lengths: &[(usize, bool)], mut patience: Patience) -> (Chat, Vec<usize>) {
    let mut sure = Vec::new();
    for (n, (length, is_sure)) in lengths.iter().enumerate() {
        let message = message(n, *length);
        if !is_sure {
            let sent = polled(patience.next(), chat.send(message)).await;
            sent.iter().for_each(|sent| assert!(sent.is_ok()));
            sure.extend(sent.map(|_| n));
            continue;
        }
        let chat = &mut chat;
        patience
            .insist(async || future::poll_fn(|context| Pin::new(&mut *chat).poll_ready(context)).await)
            .await
            .expect("the peer is there");
        Pin::new(&mut *chat).start_send(message).expect("there is room");
        sure.push(n);
        // What is left of it leaves with the next.
        let _ = polled(patience.next(), chat.flush()).await;
    }
    patience.insist(async || chat.close_write().await).await.expect("the peer is there");
    (chat, sure)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_arrive_whole_and_once_and_in_order_whatever_is_dropped(
        lengths in vec((0_usize..60_000, any::<bool>()), 1..40),
        sending in vec(1_usize..5, 1..32),
        receiving in vec(1_usize..5, 1..32),
    ) {
        let (ours, mut peer) = chats();
        let mut patience = Patience { polls: receiving, next: 0 };
        let receive = async {
            let mut messages = Vec::new();
            while let Some(message) = patience.insist(async || peer.try_next().await).await.expect("a clean end") {
                messages.push(message);
            }
            messages
        };
        let sending = send_all(ours, &lengths, Patience { polls: sending, next: 0 });
        let ((_open, sure), messages) = within_limit(future::zip(sending, receive));
        let mut arrived = Vec::new();
        for received in messages {
            let number = received.split(|byte| *byte == b' ').next().expect("at least one part");
            let n: usize = String::from_utf8_lossy(number).parse().expect("its number");
            let whole = message(n, lengths[n].0);
            assert_eq!(&received[..], &whole[..whole.len() - 1], "whole");
            arrived.push(n);
        }
        assert!(arrived.is_sorted_by(|a, b| a < b), "once, in order: {arrived:?}");
        assert!(sure.iter().all(|n| arrived.contains(n)), "{sure:?} of {arrived:?}");
    }
}

/// All of them lie in what one read takes, so there is nothing to wait for.
#[test]
fn a_peer_that_always_has_messages_lets_others_run() {
    const MANY: usize = 100_000;
    let (mut chat, mut peer) = pair();
    peer.write_all(&vec![b'\n'; MANY]).expect("there is room");
    drop(peer);
    let (told, told_when_other_ran) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(None)));
    let executor = LocalExecutor::new();
    let (counter, seen, at) = (told.clone(), told.clone(), told_when_other_ran.clone());
    let reading = executor.spawn(async move {
        while chat.try_next().await.expect("a clean end").is_some() {
            counter.set(counter.get() + 1);
        }
    });
    // It is asked for once the other has begun, or it might be first.
    executor.spawn(async move { at.set(Some(seen.get())) }).detach();
    within_limit(executor.run(reading));
    assert_eq!(told.get(), MANY);
    let ran_at = told_when_other_ran.get().expect("it has run");
    assert!(ran_at < MANY / 2, "{ran_at}");
}

#[test]
fn who_half_closes_after_the_peer_has_ended_is_told_of_no_failure() {
    let (mut chat, peer) = pair();
    peer.shutdown(std::net::Shutdown::Write).expect("it is open");
    within_limit(async {
        assert_eq!(chat.next_message().await?, None);
        chat.send("last words\n").await?;
        chat.close_write().await?;
        assert!(chat.send("more").await.is_err());
        chat.close().await
    })
    .expect("a clean end");
}

/// Both sides send much more than anything between them holds, and listen meanwhile.
fn send_at_once(ours: Chat, peer: Chat) {
    const MANY: usize = 2000;
    let line = Bytes::from([vec![b'x'; 2000], vec![b'\n']].concat());
    let side = async |chat: Chat| {
        let (mut reader, mut writer) = chat.split();
        let send = async {
            for _ in 0..MANY {
                writer.send(line.clone()).await?;
            }
            writer.close_write().await?;
            Ok::<_, io::Error>(writer)
        };
        let receive = async {
            let mut count = 0;
            while reader.try_next().await?.is_some() {
                count += 1;
            }
            Ok((reader, count))
        };
        let (writer, (reader, count)) = future::try_zip(send, receive).await?;
        reader.join(writer).expect("they are of one chat").close().await?;
        Ok::<usize, io::Error>(count)
    };
    let counts = within_limit(future::try_zip(side(ours), side(peer))).expect("both go to their ends");
    assert_eq!(counts, (MANY, MANY));
}

#[test]
fn halves_of_both_sides_send_at_once_without_end() {
    let (ours, peer) = chats();
    send_at_once(ours, peer);
}

/// The handshake is whoever's comes first; neither half waits for the other.
#[cfg(feature = "ring")]
#[test]
fn halves_behind_tls_send_at_once_as_well() {
    use standpipe_smol::tls::{
        Context, ContextOptions, Identity, Provider, Roots, Session, SystemClock, Trust,
    };

    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
    let identity = Identity::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der());
    let options = || ContextOptions::new(Provider::Ring, std::sync::Arc::new(SystemClock));
    let mut roots = Roots::default();
    roots.add_der(made.cert.der().to_vec()).expect("a certificate");
    let client = Context::client(Trust::Roots(roots), None, options()).expect("a client's context");
    let server = Context::server(identity.expect("a pair"), None, options()).expect("a server's context");
    let (ours, peer) = UnixStream::pair().expect("two sockets");
    let layered = |socket, session: Session| {
        Chat::layered(stream(socket), Box::new(session), Terminator::LF, ChatOptions::default())
    };
    send_at_once(
        layered(ours, Session::client(&client, "localhost").expect("a name")),
        layered(peer, Session::server(&server).expect("a server's context")),
    );
}

#[test]
fn halves_of_two_chats_are_not_joined() {
    let (one, other) = chats();
    let ((reader, _), (_, writer)) = (one.split(), other.split());
    assert!(reader.join(writer).is_err());
}

/// There is one timer, and each has its own deadline.
#[test]
fn each_half_has_its_own_time_limit() {
    let (ours, peer) = pair();
    let (mut reader, mut writer) = ours.split();
    reader.set_timeout(Some(Duration::from_millis(20)));
    writer.set_timeout(Some(LIMIT * 10));
    let much = vec![b'x'; 16 << 20];
    let expected = much.len();
    let silent = async {
        for _ in 0..3 {
            let error = reader.next_message().await.expect_err("nothing comes");
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        }
    };
    let unread = async {
        let _ = writer.send(much).await;
        panic!("nobody reads")
    };
    within_limit(future::or(silent, unread));
    let reading = reading(peer);
    let chat = reader.join(writer).expect("they are of one chat");
    within_limit(chat.close()).expect("all of it has left");
    assert_eq!(reading.join().expect("no panic"), expected);
}

#[test]
fn a_stream_is_asked_only_as_there_is_room() {
    const PIECES: usize = 10_000;
    let (mut chat, peer) = pair();
    let asked = Cell::new(0);
    let mut pieces = iter(0..PIECES).map(|_| {
        asked.set(asked.get() + 1);
        Ok(Bytes::from_static(&[b'x'; 1024]))
    });
    let polled = within_limit(polled(1000, chat.send_stream(&mut pieces)));
    assert!(polled.is_none() && asked.get() < PIECES / 5, "{}", asked.get());
    let reading = reading(peer);
    within_limit(async {
        chat.send_stream(&mut pieces).await?;
        chat.close().await
    })
    .expect("all of it leaves");
    assert_eq!(reading.join().expect("no panic"), PIECES * 1024);
}

#[test]
fn a_stream_that_fails_is_told_and_what_came_before_it_leaves() {
    let (mut chat, mut peer) = pair();
    let pieces = iter([Ok(Bytes::from_static(b"before")), Err(io::Error::other("no more"))]);
    let error = within_limit(chat.send_stream(pieces)).expect_err("it fails");
    assert_eq!(error.to_string(), "no more");
    drop(within_limit(chat.flush()));
    drop(chat);
    let mut all = String::new();
    peer.read_to_string(&mut all).expect("a clean end");
    assert_eq!(all, "before");
}

#[test]
fn a_peer_that_is_gone_is_told_to_whoever_sends() {
    let (mut chat, peer) = pair();
    drop(peer);
    let error = within_limit(chat.send("to nobody\n")).expect_err("nobody takes it");
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_stream_of_messages_ends_with_its_error() {
    let (chat, mut peer) = pair();
    let mut chat = chat.limit(4);
    peer.write_all(b"ok\ntoo long\n").expect("there is room");
    let all: Vec<_> = within_limit((&mut chat).collect());
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].as_ref().map(|_| ()).expect_err("it is too long").kind(), io::ErrorKind::InvalidData);
    assert!(within_limit(chat.next_message()).is_err(), "who asks again is told again");
}

#[test]
fn who_was_told_of_a_message_over_the_limit_may_still_answer() {
    let (chat, mut peer) = pair();
    let mut chat = chat.limit(4);
    peer.write_all(b"too long\n").expect("there is room");
    let error = within_limit(chat.next_message()).expect_err("it is too long");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    within_limit(chat.send("say less\n")).expect("it leaves");
    assert!(within_limit(chat.send("and less\n")).is_err(), "it closes");
    drop(chat);
    let mut all = Vec::new();
    // Its close over unread bytes is a reset, which comes after what was sent.
    let _ = peer.read_to_end(&mut all);
    assert_eq!(all, b"say less\n");
}

#[test]
fn a_chat_that_cannot_be_given_back_is_as_it_was() {
    let (mut chat, mut peer) = pair();
    chat.set_timeout(Some(Duration::from_millis(1)));
    let mut chat = chat.limit(2);
    within_limit(chat.close_write()).expect("nobody is gone");
    let mut chat = *chat.into_inner().expect_err("it was closed");
    assert_eq!(within_limit(chat.next_message()).expect_err("nothing comes").kind(), io::ErrorKind::TimedOut);
    peer.write_all(b"long\n").expect("there is room");
    chat.set_timeout(Some(LIMIT));
    assert_eq!(within_limit(chat.next_message()).expect_err("too long").kind(), io::ErrorKind::InvalidData);
}

fn text(message: Option<Received>) -> String {
    String::from_utf8(message.expect("there is one").into()).expect("text")
}

#[test]
fn a_child_on_a_terminal_is_talked_to() {
    let command = Command::shell("stty -echo; echo ready; read -r name; echo hello $name; cat >/dev/null");
    let command = command.stdin(Stdio::Terminal).stdout(Stdio::Terminal).stderr(Stdio::Terminal);
    within_limit(async {
        let child = command.spawn().expect("it runs");
        let mut shell = Chat::with_child(child, Terminator::CRLF, ChatOptions::default())?;
        assert_eq!(text(shell.try_next().await?), "ready");
        shell.send("world\n").await?;
        assert_eq!(text(shell.try_next().await?), "hello world");
        shell.close_write().await?;
        assert!(shell.try_next().await?.is_none());
        assert_eq!(shell.child().expect("it is there").wait().await?, Exit::Code(0));
        Ok::<_, io::Error>(())
    })
    .expect("it goes on to its end");
}

#[test]
fn a_child_that_is_closed_comes_to_its_own_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "exec 3>&1 1>&-; cat >/dev/null; exec 3>&-; : >ended";
    let command = Command::shell(line).current_dir(folder.path()).stdin(Stdio::Pipe).stdout(Stdio::Pipe);
    for _ in 0..10 {
        let child = command.spawn().expect("it runs");
        let chat = Chat::with_child(child, Terminator::LF, ChatOptions::default());
        let mut chat = chat.expect("it has both pipes");
        within_limit(chat.send("word\n")).expect("it reads");
        within_limit(chat.close()).expect("all of it leaves");
        std::fs::remove_file(folder.path().join("ended")).expect("it has come to its end");
    }
}

#[test]
fn a_child_that_is_no_partner_is_refused() {
    let child = Command::new("cat").stdout(Stdio::Pipe).stdin(Stdio::Null).spawn().expect("it runs");
    let error = Chat::with_child(child, Terminator::LF, ChatOptions::default());
    assert_eq!(error.expect_err("there is nothing to write to").kind(), io::ErrorKind::NotConnected);
}

/// What one half receives is what the other one sends: neither holds anything that the other needs.
#[test]
fn what_one_half_receives_the_other_one_sends() {
    let (ours, mut theirs) = UnixStream::pair().expect("there are descriptors");
    let (reader, mut writer) =
        Chat::new(Stream::try_from(ours).expect("it can be watched"), Terminator::LF).split();
    let peer = thread::spawn(move || {
        theirs.write_all(b"one\ntwo\n").expect("it listens");
        theirs.shutdown(std::net::Shutdown::Write).expect("it is open");
        let mut echoed = String::new();
        theirs.read_to_string(&mut echoed).expect("it answers");
        echoed
    });
    let lines = reader.map(|line| line.map(|line| Bytes::from([&line[..], b"\n"].concat())));
    within_limit(async {
        writer.send_stream(lines).await?;
        writer.close_write().await
    })
    .expect("it goes on to its end");
    assert_eq!(peer.join().expect("no panic"), "one\ntwo\n");
}
