//! A TLS server and its client as two tasks, on a certificate made for the occasion.

use std::sync::Arc;

use smol::io::{AsyncReadExt, AsyncWriteExt};
use standpipe_smol::tls::{Context, ContextOptions, Identity, Provider, Roots, SystemClock, Trust};
use standpipe_smol::{Listener, connect};

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

    smol::block_on(async {
        let server = Context::server(identity, None, options())?;
        let listener = Listener::bind(&"127.0.0.1:0".parse()?)?.tls(server);
        let address = listener.local().to_string().parse()?;
        let server = smol::spawn(async move {
            let (mut stream, _peer) = listener.accept().await?; // before its handshake, which the first read performs
            let mut question = String::new();
            stream.read_to_string(&mut question).await?;
            stream.write_all(format!("you said: {question}").as_bytes()).await?;
            stream.finish().await
        });

        let mut stream = connect(&address).await?.tls(&client, "localhost")?;
        stream.write_all(b"hello").await?;
        stream.close().await?; // half-close: the server reads to its end, and may still answer
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        assert_eq!(answer, "you said: hello");
        Ok(server.await?)
    })
}
