//! Several certificates, chosen by the name that a client asks for.

use crate::support::{
    Certificate, Ended, Server, command, connect, finish, finish_with, is_missing, on_every_runtime,
    standpipe,
};

on_every_runtime! {
    each_name_has_its_certificate openssl_asks_by_name chains_and_keys_that_are_not_as_many
    the_pair_that_is_none_is_named a_certificate_that_nobody_can_ask_for
}

/// For this machine, and for a name of its own.
fn two() -> (Certificate, Certificate) {
    (Certificate::new(), Certificate::bearing(&["other.test", "*.wild.test"]))
}

#[track_caller]
fn serve(runtime: &str, (first, second): (&Certificate, &Certificate)) -> Server {
    let options = [first.options(), second.options()].concat();
    Server::start(runtime, &[&options[..], &["--exec", "cat"]].concat())
}

/// Each is trusted alone, so that only the right one will do.
fn each_name_has_its_certificate(runtime: &str) {
    let (first, second) = two();
    let server = serve(runtime, (&first, &second));
    for (trusted, name) in [(&first, "localhost"), (&second, "other.test"), (&second, "any.wild.test")] {
        let client = connect(runtime, &server, &["--tls-ca", trusted.chain(), "--tls-name", name]);
        assert_eq!(finish_with(client, b"x".as_slice()).well(), b"x", "{name}");
    }
    // An address is no name to ask by: the first it is.
    let client = connect(runtime, &server, &["--tls-pin", server.pin()]);
    assert_eq!(finish_with(client, b"x".as_slice()).well(), b"x");
    server.stop();
}

fn openssl_asks_by_name(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let (first, second) = two();
    let server = serve(runtime, (&first, &second));
    for (trusted, name) in [(&first, "localhost"), (&first, "unknown.test"), (&second, "other.test")] {
        let mut client = command("openssl");
        client.args(["s_client", "-verify_return_error", "-CAfile", trusted.chain()]);
        client.args(["-servername", name, "-connect", server.address()]);
        let Ended { code, stderr, .. } = finish(client);
        assert_eq!(code, Some(0), "{name}: {stderr}");
    }
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn chains_and_keys_that_are_not_as_many(runtime: &str) {
    let (first, second) = two();
    let words = [&["127.0.0.1:0"], &first.options()[..], &["--tls-cert", second.chain(), "--echo"]].concat();
    finish(standpipe(runtime, "serve", &words)).failed(2, "2 --tls-cert and 1 --tls-key");
}

fn the_pair_that_is_none_is_named(runtime: &str) {
    let (first, second) = two();
    second.take_key(&first);
    let words = [&["127.0.0.1:0"], &first.options()[..], &second.options()[..], &["--echo"]].concat();
    let ended = finish(standpipe(runtime, "serve", &words));
    ended.failed(1, "cannot be used together");
    ended.failed(1, second.chain());
    assert!(!ended.stderr.contains(first.chain()), "the first one is well: {}", ended.stderr);
}

fn a_certificate_that_nobody_can_ask_for(runtime: &str) {
    let (first, nameless) = (Certificate::new(), Certificate::bearing(&["127.0.0.1"]));
    let words = [&["127.0.0.1:0"], &first.options()[..], &nameless.options()[..], &["--echo"]].concat();
    let ended = finish(standpipe(runtime, "serve", &words));
    ended.failed(1, "bears no DNS name");
    ended.failed(1, nameless.chain());
}
