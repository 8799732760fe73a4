//! A TLS server and its client, each in a thread, on a certificate made for the occasion.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use standpipe_blocking::tls::{Context, ContextOptions, Identity, Provider, Roots, SystemClock, Trust};
use standpipe_blocking::{Listener, connect};

fn options() -> ContextOptions {
    #[cfg(feature = "aws-lc-rs")]
    let provider = Provider::AwsLcRs;
    #[cfg(not(feature = "aws-lc-rs"))]
    let provider = Provider::Ring;
    ContextOptions::new(provider, Arc::new(SystemClock))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()])?;
    let identity = Identity::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der())?;
    let mut roots = Roots::default();
    roots.add_der(made.cert.der().to_vec())?;
    let client = Context::client(Trust::Roots(roots), None, options())?;

    let listener = Listener::bind(&"127.0.0.1:0".parse()?)?.tls(Context::server(identity, None, options())?);
    let address = listener.local().to_string().parse()?;
    let server = thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _peer) = listener.accept()?; // before its handshake, which the first read performs
        let mut question = String::new();
        stream.read_to_string(&mut question)?;
        write!(stream, "you said: {question}")?;
        stream.close()
    });

    let mut stream = connect(&address)?.tls(&client, "localhost")?;
    stream.write_all(b"hello")?;
    stream.close_write()?; // the server reads to its end, and may still answer
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    assert_eq!(answer, "you said: hello");
    server.join().expect("the server does not panic")?;
    Ok(())
}
