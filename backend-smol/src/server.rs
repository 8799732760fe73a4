//! A server with a task for each connection: [`serve`].

use std::io;

use futures_lite::FutureExt;
use smol::Executor;
use smol::channel::{Receiver, Sender, unbounded};
use standpipe_core::Machine;
use standpipe_sys::socket::Endpoint;
use standpipe_sys::{Front, Served, Verdict};

use crate::Waiter;

/// Serves every connection in a task of its own on the executor, until the front was asked to stop and the connections
/// have drained.
///
/// Dropping the future aborts nothing: the tasks of its connections go on for as long as the executor is run.
///
/// # Errors
/// The reactor cannot watch a descriptor.
pub async fn serve(front: Front<'_>, executor: &Executor<'_>) -> io::Result<()> {
    let (ended, reports) = unbounded();
    let (abort, aborted) = unbounded();
    Server { front, executor, ended, reports, abort, aborted }.run().await
}

struct Server<'a, 'e> {
    front: Front<'a>,
    executor: &'a Executor<'e>,
    ended: Sender<Ended>,
    reports: Receiver<Ended>,
    /// Closing it is what aborts the connections.
    abort: Sender<()>,
    aborted: Receiver<()>,
}

type Ended = (Endpoint, io::Result<Verdict>);

impl Server<'_, '_> {
    async fn run(mut self) -> io::Result<()> {
        let mut waiter = Waiter::default();
        // The reactor makes descriptors of its own for the first one, and panics where connections have taken them all.
        waiter.register(&self.front.ends)?;
        while !self.front.listen.is_done() {
            let Front { listen, ends, .. } = &mut self.front;
            let attend = async { waiter.run(listen, ends).await.map(|()| None) };
            let collect = async { Ok(self.reports.recv().await.ok()) };
            match attend.or(collect).await? {
                Some((_, Ok(verdict))) => self.front.ended(verdict),
                Some((peer, Err(error))) => self.front.lost(peer, error),
                None => self.attend(),
            }
        }
        Ok(())
    }

    fn attend(&mut self) {
        if self.front.must_abort() {
            self.abort.close();
        }
        while let Some(served) = self.front.next_served() {
            let (ended, aborted) = (self.ended.clone(), self.aborted.clone());
            self.executor.spawn(connection(served, ended, aborted)).detach();
        }
    }
}

async fn connection(served: Served, ended: Sender<Ended>, aborted: Receiver<()>) {
    let peer = served.peer.clone();
    let result = run_to_its_end(served, aborted).await;
    // Nobody is told where the server was dropped.
    let _ = ended.try_send((peer, result));
}

async fn run_to_its_end(mut served: Served, aborted: Receiver<()>) -> io::Result<Verdict> {
    let mut waiter = Waiter::with_budget(served.budget);
    let mut is_aborted = false;
    while !served.relay.is_done() {
        let run = async { waiter.run(&mut served.relay, &mut served.ends).await.map(|()| false) };
        let abort = async {
            let _closed = aborted.recv().await;
            Ok(true)
        };
        if is_aborted {
            run.await?;
        } else if run.or(abort).await? {
            is_aborted = true;
            served.relay.abort();
        }
        served.attend();
    }
    served.verdict().ok_or(io::ErrorKind::UnexpectedEof.into())
}
