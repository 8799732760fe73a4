//! A client that is awaited before a context is chosen, and a server's certificate, as futures.

use std::io::ErrorKind;
use std::thread;
use std::time::Duration;

use smol::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use standpipe_core::socket::Address;
use standpipe_core::tls::pem;
use standpipe_smol::tls::get_server_certificate;
use standpipe_smol::{Listener, Stream, TlsStream};

use crate::side::{MADE, anybody, bounded, connection, stranger};

fn stream(socket: std::net::TcpStream) -> Stream {
    Stream::new(standpipe_sys::Stream::socket(socket.into())).expect("it can be watched")
}

/// A byte each way, which rustls' own client begins.
fn talk_to_a_stranger(client: std::net::TcpStream) -> thread::JoinHandle<()> {
    use std::io::{Read, Write};
    thread::spawn(move || {
        let mut client = stranger(client);
        client.write_all(b"?").expect("it is taken");
        let mut answer = [0];
        client.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"!");
    })
}

async fn answer(mut server: TlsStream) {
    let mut byte = [0];
    server.read_exact(&mut byte).await.expect("a question");
    assert_eq!(&byte, b"?");
    server.write_all(b"!").await.expect("it is taken");
    server.finish().await.expect("all has left");
}

#[test]
fn a_server_may_take_its_time_with_the_choice() {
    bounded(|| {
        let (client, server) = connection();
        let client = talk_to_a_stranger(client);
        smol::block_on(async {
            let greeted = stream(server).greeted(Some(Duration::from_secs(60))).await.expect("it speaks");
            assert_eq!(greeted.hello().server_name.as_deref(), Some("localhost"));
            answer(greeted.tls(&MADE.server).expect("a server's")).await;
        });
        client.join().expect("no panic");
    });
}

/// What a buffer has read ahead may be all of the message.
#[test]
fn a_message_that_was_read_ahead_is_none_the_less_a_greeting() {
    bounded(|| {
        let (mut client, server) = connection();
        std::io::Write::write_all(&mut client, b"STARTTLS\r\n").expect("it is taken");
        let client = talk_to_a_stranger(client);
        smol::block_on(async {
            let mut server = stream(server);
            let mut line = Vec::new();
            server.read_until(b'\n', &mut line).await.expect("a line");
            while server.read_ahead().is_empty() {
                server.fill_buf().await.expect("more comes");
            }
            let greeted = server.greeted(None).await.expect("it speaks");
            assert_eq!(greeted.hello().server_name.as_deref(), Some("localhost"));
            answer(greeted.tls(&MADE.server).expect("a server's")).await;
        });
        client.join().expect("no panic");
    });
}

#[test]
fn a_client_that_says_nothing_is_waited_for_only_so_long() {
    bounded(|| {
        let (silent, server) = connection();
        let late = smol::block_on(stream(server).greeted(Some(Duration::from_millis(30))));
        assert_eq!(late.expect_err("it is silent").kind(), ErrorKind::TimedOut);
        drop(silent);
        let (gone, server) = connection();
        drop(gone);
        let ended = smol::block_on(stream(server).greeted(None)).expect_err("it is gone");
        assert_eq!(ended.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn the_certificate_of_a_server_is_had_in_one_call() {
    bounded(|| {
        smol::block_on(async {
            let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a free port");
            let listener = listener.tls(MADE.server.clone());
            let address: Address = listener.local().to_string().parse().expect("an address");
            let serve = smol::spawn(async move {
                while let Ok((mut stream, _peer)) = listener.accept().await {
                    // Whoever does not trust it, goes.
                    let _ = stream.handshake().await;
                }
            });
            let text = get_server_certificate(&address, &anybody()).await.expect("it shows one");
            assert_eq!(pem::decode(text.as_bytes()).expect("a certificate"), MADE.der);
            // It is made for `localhost`, and asked for as what the address says.
            let refused = get_server_certificate(&address, &MADE.client).await.expect_err("another's name");
            assert_eq!(refused.kind(), ErrorKind::InvalidData);
            let refused = get_server_certificate(&address, &MADE.server).await.expect_err("the wrong side");
            assert_eq!(refused.kind(), ErrorKind::InvalidInput);
            serve.cancel().await;
        });
    });
}
