//! An echo server and its client over any family: the address says which.
//!
//! `cargo run --example socket_echo -- serve ADDRESS`, and `-- say ADDRESS TEXT`. An address is `127.0.0.1:7007`, `[::1]:7007`,
//! `unix:/path` or `unix:@name`.

use std::error::Error;
use std::net::Shutdown;
use std::time::Duration;

use standpipe_blocking::socket::{
    Family, OptionValue, Received, Socket, SocketAddress, SocketOption, TimeoutMode, constants::SOCK_STREAM,
};

/// Nobody may take longer than this to send or to take something.
const PATIENCE: TimeoutMode = TimeoutMode::Timed(Duration::from_secs(60));

fn listen(address: &SocketAddress) -> Result<Socket, Box<dyn Error>> {
    let mut server = Socket::new(address.family(), SOCK_STREAM, 0)?;
    if address.family() != Family::UNIX {
        // Or a restart would have to wait for the connections of the last run to be forgotten.
        server.set_option(SocketOption::by_name("SO_REUSEADDR")?, &OptionValue::Bool(true))?;
    }
    server.bind(address)?;
    server.listen(16)?;
    Ok(server)
}

/// Sends back what comes from the next connection, to its end. How many bytes that was.
fn serve_one(server: &Socket) -> Result<usize, Box<dyn Error>> {
    let (mut peer, _) = server.accept()?;
    peer.set_timeout(PATIENCE);
    let (mut buffer, mut all) = ([0; 1024], 0);
    loop {
        match peer.recv(&mut buffer)? {
            Received::Eof => return Ok(all),
            received => {
                peer.send_all(&buffer[..received.len()])?;
                all += received.len();
            }
        }
    }
}

/// What comes back of a text.
fn say(address: &SocketAddress, text: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut client = Socket::new(address.family(), SOCK_STREAM, 0)?;
    client.set_timeout(PATIENCE);
    client.connect(address)?;
    client.send_all(text)?;
    client.shutdown(Shutdown::Write)?;
    Ok(client.reader().read_to_end()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => {
            let server = listen(&address.parse()?)?;
            println!("{}", server.local()?);
            loop {
                match serve_one(&server) {
                    Ok(bytes) => println!("{bytes} bytes"),
                    Err(error) => eprintln!("{error}"),
                }
            }
        }
        ["say", address, text] => {
            println!("{}", String::from_utf8_lossy(&say(&address.parse()?, text.as_bytes())?));
            Ok(())
        }
        _ => Err("usage: socket_echo serve ADDRESS | say ADDRESS TEXT".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::{listen, say, serve_one};

    #[test]
    fn every_family_gets_back_what_it_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = format!("unix:{}/echo", folder.path().display());
        for address in ["127.0.0.1:0", "[::1]:0", "unix:", &path] {
            let server = listen(&address.parse().expect("a good address")).expect("it is free");
            let local = server.local().expect("it has an address");
            let (served, answer) = std::thread::scope(|scope| {
                let serving = scope.spawn(|| serve_one(&server).map_err(|error| error.to_string()));
                let answer = say(&local, b"Hello, world").expect("somebody answers");
                (serving.join().expect("no panic"), answer)
            });
            assert_eq!((served, &answer[..]), (Ok(12), &b"Hello, world"[..]), "{address}");
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
        let server = listen(&"127.0.0.1:0".parse().expect("a good address")).expect("it is free");
        let local = server.local().expect("it has an address").to_string();
        let Some(mut client) = python(["client", &local]) else { return };
        let serving = std::thread::spawn(move || serve_one(&server).map_err(|error| error.to_string()));
        let output = client.output().expect("it runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "Hello, world\n", "{output:?}");
        assert_eq!(serving.join().expect("no panic"), Ok(12));
    }

    #[test]
    fn it_is_answered_by_pythons_own_server() {
        let Some(mut server) = python(["server", ""]) else { return };
        let mut server = server.stdout(Stdio::piped()).spawn().expect("it runs");
        let mut address = String::new();
        let mut said = BufReader::new(server.stdout.take().expect("it is a pipe"));
        said.read_line(&mut address).expect("it says where it listens");
        let answer = say(&address.trim().parse().expect("an address"), b"Hello, world");
        assert_eq!(answer.expect("somebody answers"), b"Hello, world");
        assert!(server.wait().expect("it is ours").success());
    }

    /// Who closes first keeps the port for a while, which a restart does not wait for.
    #[test]
    fn a_restart_takes_the_same_address() {
        let server = listen(&"127.0.0.1:0".parse().expect("a good address")).expect("it is free");
        let local = server.local().expect("it has an address");
        let mut client = super::Socket::new(local.family(), super::SOCK_STREAM, 0).expect("a socket");
        client.connect(&local).expect("it listens");
        drop(server.accept().expect("one waits"));
        drop(server);
        listen(&local).expect("it is free again");
    }
}
