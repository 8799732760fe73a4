//! An echo server with a task for each client: the second example of Python's asyncore (17.6.2).
//!
//! Try `cargo run --example smol_echo_server 127.0.0.1:8007`, and `nc 127.0.0.1 8007`, as often as you like.

use std::error::Error;
use std::io;
use std::rc::Rc;

use smol::LocalExecutor;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use standpipe_smol::{Listener, Stream};

/// Sends back what comes, to its end.
async fn echo(mut stream: Stream) -> io::Result<()> {
    let mut buffer = vec![0; 8192];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return stream.close().await;
        }
        stream.write_all(&buffer[..n]).await?;
    }
}

/// Serves whoever connects. One thread has all of them; none waits for another.
async fn serve(listener: Listener, executor: Rc<LocalExecutor<'static>>) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        let served = async move {
            if let Err(error) = echo(stream).await {
                eprintln!("{peer}: {error}");
            }
        };
        executor.spawn(served).detach();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8007".into());
    let listener = Listener::bind(&address.parse()?)?;
    let executor = Rc::new(LocalExecutor::new());
    smol::block_on(executor.run(serve(listener, executor.clone())))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpStream};
    use std::rc::Rc;
    use std::thread;

    use super::{Listener, LocalExecutor, serve};

    /// The first is served to its end although others came before it and say nothing.
    #[test]
    fn nobody_waits_for_another() {
        let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("it is free");
        let address = listener.local().to_string();
        let client = thread::spawn(move || {
            let connect = || TcpStream::connect(&address).expect("it listens");
            let _silent = [connect(), connect()];
            let mut client = connect();
            client.write_all(b"hello").expect("it is open");
            client.shutdown(Shutdown::Write).expect("it is open");
            let mut text = String::new();
            client.read_to_string(&mut text).expect("a clean end");
            text
        });
        let executor = Rc::new(LocalExecutor::new());
        let answered = smol::unblock(move || client.join().expect("no panic"));
        let serving = async {
            serve(listener, executor.clone()).await.expect("there are descriptors");
            unreachable!("it goes on for ever")
        };
        let text = smol::block_on(executor.run(smol::future::or(answered, serving)));
        assert_eq!(text, "hello");
    }
}
