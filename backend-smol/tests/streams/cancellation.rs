//! Futures that are dropped at any poll: what arrives is what was accepted, in order, once.

use std::io;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::Poll;

use futures_lite::future::{poll_fn, try_zip};
use futures_lite::io::split;
use futures_lite::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use standpipe_smol::Stream;

use crate::support::{pattern, pipes, tcp, tls, unix, within_limit};

/// The most that one history writes.
const MOST: usize = 1 << 20;

static DATA: LazyLock<Vec<u8>> = LazyLock::new(|| pattern(MOST));

/// What is begun at one end, with so many bytes; the future is dropped after so many polls.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: What,
    size: usize,
    polls: u8,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// A write, or a read.
    Move,
    /// A flush, or a look into the buffer, of which a part is taken.
    Other,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let what = prop_oneof![3 => Just(What::Move), 1 => Just(What::Other)];
    let size = prop_oneof![1..200_usize, 1..200_000_usize];
    let step = (what, size, 1..4_u8).prop_map(|(what, size, polls)| Step { what, size, polls });
    vec(step, 1..30)
}

/// The future's output, unless it takes more polls than that: it is dropped then.
async fn at_most<F: Future>(polls: u8, future: F) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}

/// Writes by these steps, and closes. How many bytes were accepted.
async fn write<W: AsyncWrite + Unpin>(mut to: W, steps: &[Step]) -> io::Result<usize> {
    let mut sent = 0;
    for Step { what, size, polls } in steps {
        let end = (sent + size).min(MOST);
        match what {
            What::Move if end == sent => {}
            What::Move => sent += at_most(*polls, to.write(&DATA[sent..end])).await.unwrap_or(Ok(0))?,
            What::Other => at_most(*polls, to.flush()).await.unwrap_or(Ok(()))?,
        }
    }
    if at_most(1, to.close()).await.is_none() {
        to.close().await?;
    }
    Ok(sent)
}

/// Reads by these steps, and then to the end.
async fn read<R: AsyncRead + Unpin>(
    mut from: R,
    steps: &[Step],
    look: impl AsyncFn(&mut R, usize, u8) -> io::Result<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    let (mut came, mut chunk) = (Vec::new(), vec![0; MOST]);
    for Step { what, size, polls } in steps {
        match what {
            What::Move => {
                let read = at_most(*polls, from.read(&mut chunk[..*size])).await;
                came.extend_from_slice(&chunk[..read.unwrap_or(Ok(0))?]);
            }
            What::Other => came.extend(look(&mut from, *size, *polls).await?),
        }
    }
    from.read_to_end(&mut came).await?;
    Ok(came)
}

/// Looks into the buffer, and takes as much at most.
async fn look<R: AsyncBufRead + Unpin>(from: &mut R, most: usize, polls: u8) -> io::Result<Vec<u8>> {
    let Some(buffer) = at_most(polls, from.fill_buf()).await else { return Ok(Vec::new()) };
    let taken = buffer.map(|buffer| buffer[..buffer.len().min(most)].to_vec())?;
    from.consume(taken.len());
    Ok(taken)
}

/// Where there is no buffer to look into.
async fn look_nowhere<R>(_: &mut R, _: usize, _: u8) -> io::Result<Vec<u8>> {
    Ok(Vec::new())
}

/// Both directions of a connection at once, by two histories each.
fn check<F: Future<Output = io::Result<[(usize, Vec<u8>); 2]>>>(exchange: impl Fn([Vec<Step>; 4]) -> F) {
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let histories = [steps(), steps(), steps(), steps()];
    let result = runner.run(&histories, |histories| {
        let [(sent, came), (answered, back)] = within_limit(exchange(histories)).expect("nothing fails");
        assert!(came == DATA[..sent], "{} came of {sent}", came.len());
        assert!(back == DATA[..answered], "{} came of {answered}", back.len());
        Ok(())
    });
    result.expect("nothing is lost or sent twice");
}

macro_rules! exchange {
    ($left:expr, $right:expr, $look:expr, $histories:expr) => {{
        let ((left_read, left_write), (right_read, right_write)) = ($left, $right);
        let [a, b, c, d] = $histories;
        let there = try_zip(write(left_write, &a), read(right_read, &b, $look));
        let back = try_zip(write(right_write, &c), read(left_read, &d, $look));
        let (there, back) = try_zip(there, back).await?;
        Ok([there, back])
    }};
}

fn check_halves(pair: fn() -> (Stream, Stream)) {
    check(|histories| async move {
        let (left, right) = pair();
        exchange!(left.split(), right.split(), look, histories)
    });
}

#[test]
fn halves_of_a_unix_stream() {
    check_halves(unix);
}

#[test]
fn halves_of_a_tcp_stream() {
    check_halves(tcp);
}

#[test]
fn halves_of_a_pair_of_pipes() {
    check_halves(pipes);
}

/// By the lock that everybody uses for that.
#[test]
fn a_whole_stream() {
    check(|histories| async move {
        let (left, right) = tcp();
        exchange!(split(left), split(right), look_nowhere, histories)
    });
}

/// From the first byte of the handshake on.
#[test]
fn a_whole_secured_stream() {
    check(|histories| async move {
        let (left, right) = tls(tcp());
        exchange!(split(left), split(right), look_nowhere, histories)
    });
}

#[test]
fn halves_of_a_secured_stream() {
    check(|histories| async move {
        let (left, right) = tls(unix());
        let (left, right) = try_zip(left.split(), right.split()).await?;
        exchange!(left, right, look_nowhere, histories)
    });
}
