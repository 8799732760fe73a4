//! An echo server and its client as futures: the first examples of Python's socket (17.2.2).
//!
//! `cargo run --example smol_echo -- serve ADDRESS`, and `-- say ADDRESS TEXT`. An address is `127.0.0.1:7007`, `[::1]:7007` or
//! `unix:/path`.

use std::error::Error;
use std::io;

use smol::io::{AsyncReadExt, AsyncWriteExt};
use standpipe_smol::{Address, Listener, connect};

/// Sends back what comes from the next connection, to its end. How many bytes that was.
async fn serve_one(listener: &Listener) -> io::Result<u64> {
    let (mut stream, _peer) = listener.accept().await?;
    let (mut buffer, mut all) = ([0; 1024], 0);
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(all);
        }
        stream.write_all(&buffer[..n]).await?;
        all += n as u64;
    }
}

/// What comes back of a text.
async fn say(address: &Address, text: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(address).await?;
    stream.write_all(text).await?;
    stream.close().await?; // half-close: the server may still answer
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => {
            let listener = Listener::bind(&address.parse()?)?;
            println!("{}", listener.local());
            loop {
                match smol::block_on(serve_one(&listener)) {
                    Ok(bytes) => println!("{bytes} bytes"),
                    Err(error) => eprintln!("{error}"),
                }
            }
        }
        ["say", address, text] => {
            let answer = smol::block_on(say(&address.parse()?, text.as_bytes()))?;
            println!("{}", String::from_utf8_lossy(&answer));
            Ok(())
        }
        _ => Err("usage: smol_echo serve ADDRESS | say ADDRESS TEXT".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::{Listener, say, serve_one};

    #[test]
    fn every_family_gets_back_what_it_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = format!("unix:{}/echo", folder.path().display());
        for address in ["127.0.0.1:0", "[::1]:0", &path] {
            let listener = Listener::bind(&address.parse().expect("a good address")).expect("it is free");
            let local = listener.local().to_string().parse().expect("an address");
            let both = smol::future::try_zip(serve_one(&listener), say(&local, b"Hello, world"));
            let (served, answer) = smol::block_on(both).expect("both go to their ends");
            assert_eq!((served, &answer[..]), (12, &b"Hello, world"[..]), "{address}");
        }
    }

    /// Python's own pair (17.2.2).
    const PYTHON: &str = "\
import socket, sys
role, where = sys.argv[1:]
if role == 'server':
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(('127.0.0.1', 0))
    bound.listen(1)
    print('127.0.0.1:%d' % bound.getsockname()[1], flush=True)
    conn, addr = bound.accept()
    while 1:
        data = conn.recv(1024)
        if not data: break
        conn.sendall(data)
    conn.close()
else:
    host, port = where.split(':')
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect((host, int(port)))
    s.sendall(b'Hello, world')
    print(s.recv(1024).decode())
    s.close()
";

    fn python(arguments: [&str; 2]) -> Option<Command> {
        if !Command::new("python3").args(["-c", ""]).status().is_ok_and(|status| status.success()) {
            eprintln!("skipped Python's sockets: there is no python3");
            return None;
        }
        let mut python = Command::new("python3");
        python.args(["-c", PYTHON]).args(arguments);
        Some(python)
    }

    #[test]
    fn it_answers_pythons_own_client() {
        let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("it is free");
        let local = listener.local().to_string();
        let Some(mut client) = python(["client", &local]) else { return };
        let client = std::thread::spawn(move || client.output().expect("it runs"));
        assert_eq!(smol::block_on(serve_one(&listener)).expect("a clean end"), 12);
        let output = client.join().expect("no panic");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "Hello, world\n", "{output:?}");
    }

    #[test]
    fn it_is_answered_by_pythons_own_server() {
        let Some(mut server) = python(["server", ""]) else { return };
        let mut server = server.stdout(Stdio::piped()).spawn().expect("it runs");
        let mut address = String::new();
        let mut said = BufReader::new(server.stdout.take().expect("it is a pipe"));
        said.read_line(&mut address).expect("it says where it listens");
        let answer = smol::block_on(say(&address.trim().parse().expect("an address"), b"Hello, world"));
        assert_eq!(answer.expect("somebody answers"), b"Hello, world");
        assert!(server.wait().expect("it is ours").success());
    }
}
