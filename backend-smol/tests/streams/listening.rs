//! Listeners: limits, several tasks, and futures that are dropped.

use futures_lite::future::{or, poll_once, try_zip, yield_now};
use futures_lite::{AsyncReadExt, StreamExt};
use smol::LocalExecutor;
use standpipe_smol::{Address, Admitted, ListenOptions, Listener, Stream, connect};

use crate::support::within_limit;

fn listener(options: ListenOptions) -> (Listener, Address) {
    let listener = Listener::bind_with(&"127.0.0.1:0".parse().expect("an address"), options);
    let listener = listener.expect("a port is free");
    let address = listener.local().to_string().parse().expect("an address");
    (listener, address)
}

/// Above the limit of all of them the system queues what comes, until a slot is given back.
#[test]
fn a_slot_that_is_given_back_wakes_who_waits() {
    let (mut listener, address) = listener(ListenOptions { max_connections: 1, ..ListenOptions::default() });
    let executor = LocalExecutor::new();
    within_limit(executor.run(async {
        let (_clients, first) =
            try_zip(async { Ok([connect(&address).await?, connect(&address).await?]) }, async {
                listener.next().await.expect("it goes on")
            })
            .await
            .expect("both go on");
        let second = executor.spawn(async move { listener.next().await.expect("it goes on") });
        while executor.try_tick() {}
        for _ in 0..100 {
            yield_now().await;
        }
        assert!(!second.is_finished(), "there is a slot for one");
        drop(first.slot);
        second.await.expect("it goes on");
    }));
}

/// One whose address has as many as it may have is closed at once.
#[test]
fn an_address_has_its_limit() {
    let (mut listener, address) = listener(ListenOptions { max_per_address: 1, ..ListenOptions::default() });
    within_limit(async {
        let mut clients = Vec::new();
        for _ in 0..2 {
            clients.push(connect(&address).await.expect("it listens"));
        }
        let _first: Admitted = listener.next().await.expect("it goes on").expect("there is one");
        let refused = async {
            let mut refused = clients.pop().expect("there are two");
            refused.read(&mut [0]).await.map(|n| assert_eq!(n, 0))
        };
        let none = async {
            let _ = listener.next().await;
            unreachable!("the limit is one")
        };
        // The end, or the reset of a connection that was closed.
        let _ = or(refused, none).await;
    });
}

#[test]
fn a_future_that_is_dropped_takes_no_connection() {
    let (listener, address) = listener(ListenOptions::default());
    within_limit(async {
        let mut accepted: Vec<Stream> = Vec::new();
        for _ in 0..20 {
            let client = connect(&address).await.expect("it listens");
            let mut given_up = 0;
            loop {
                match poll_once(listener.accept()).await {
                    Some(next) => break accepted.push(next.expect("there is one").0),
                    None => given_up += 1,
                }
                yield_now().await;
                assert!(given_up < 1_000_000, "it never comes");
            }
            drop(client);
        }
        assert_eq!(accepted.len(), 20);
    });
}

#[test]
fn several_tasks_accept() {
    let (listener, address) = listener(ListenOptions::default());
    let executor = LocalExecutor::new();
    within_limit(executor.run(async {
        let listener = std::rc::Rc::new(listener);
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let listener = listener.clone();
                executor.spawn(async move { listener.accept().await.map(drop) })
            })
            .collect();
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(connect(&address).await.expect("it listens"));
        }
        for task in tasks {
            task.await.expect("there is one for each");
        }
    }));
}
