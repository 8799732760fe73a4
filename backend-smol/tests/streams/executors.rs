//! One echo over plain text and one over TLS, wherever futures are polled.

use std::io;

use futures_lite::future::{block_on, try_zip};
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt};
use smol::{Executor, LocalExecutor};
use standpipe_smol::{Admitted, Listener, connect};

use crate::support::{MADE, bounded, pattern};

const LEN: usize = 300_000;

async fn echo<S: futures_lite::AsyncRead + futures_lite::AsyncWrite + Unpin>(
    mut stream: S,
) -> io::Result<()> {
    let mut came = Vec::new();
    stream.read_to_end(&mut came).await?;
    stream.write_all(&came).await?;
    stream.close().await
}

async fn ask<S: futures_lite::AsyncRead + futures_lite::AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    stream.write_all(&pattern(LEN)).await?;
    stream.close().await?;
    let mut back = Vec::new();
    stream.read_to_end(&mut back).await?;
    assert!(back == pattern(LEN));
    Ok(())
}

async fn plain() -> io::Result<()> {
    let mut listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address"))?;
    let address = listener.local().to_string().parse().expect("an address");
    let serve = async {
        let Admitted { stream, slot: _slot, .. } = listener.next().await.expect("it goes on")?;
        echo(stream).await
    };
    try_zip(serve, async { ask(connect(&address).await?).await }).await.map(drop)
}

async fn secured() -> io::Result<()> {
    let mut listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address"))?.tls(MADE.server.clone());
    let address = listener.local().to_string().parse().expect("an address");
    let serve = async {
        let Admitted { stream, slot: _slot, .. } = listener.next().await.expect("it goes on")?;
        echo(stream).await
    };
    let client = async {
        let stream = connect(&address).await?;
        ask(stream.tls(&MADE.client, "localhost").map_err(io::Error::other)?).await
    };
    try_zip(serve, client).await.map(drop)
}

async fn both() {
    let run = async {
        plain().await?;
        secured().await
    };
    bounded(run).await.expect("nothing fails");
}

#[test]
fn on_the_global_executor() {
    block_on(smol::spawn(both()));
}

#[test]
fn on_an_executor_of_its_own() {
    let executor = Executor::new();
    block_on(executor.run(executor.spawn(both())));
}

#[test]
fn on_a_local_executor() {
    let executor = LocalExecutor::new();
    block_on(executor.run(executor.spawn(both())));
}

#[test]
fn without_any() {
    block_on(both());
}

#[test]
fn in_a_thread_of_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async { tokio::spawn(both()).await.expect("no panic") });
}

#[test]
fn in_threads_of_tokio() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async { tokio::spawn(both()).await.expect("no panic") });
}
