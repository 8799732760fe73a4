//! A TLS server that gives back what it gets, and its client, as futures: the examples of Python's ssl (17.3.5).
//!
//! `cargo run --features ring --example smol_tls_pair -- serve ADDRESS CERTIFICATE KEY`, and `-- say ADDRESS NAME ROOTS TEXT`, with files of PEM.

use std::error::Error;
use std::sync::Arc;
use std::{env, fs, io};

use smol::io::{AsyncReadExt, AsyncWriteExt};
use standpipe_smol::tls::{
    Context, ContextOptions, Identity, Provider, Roots, SystemClock, TlsListener, Trust,
};
use standpipe_smol::{Listener, TlsStream, connect};

fn options() -> ContextOptions {
    ContextOptions::new(Provider::Ring, Arc::new(SystemClock))
}

fn listen(address: &str, certificate: &[u8], key: &[u8]) -> Result<TlsListener, Box<dyn Error>> {
    let context = Context::server(Identity::from_pem(certificate, key)?, None, options())?;
    Ok(Listener::bind(&address.parse()?)?.tls(context))
}

/// Gives back what comes, to its end, and then says its own: whoever is cut off is told so.
async fn give_back(mut stream: TlsStream) -> io::Result<u64> {
    let (mut buffer, mut all) = (vec![0; 16 << 10], 0);
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return stream.finish().await.map(|()| all);
        }
        stream.write_all(&buffer[..n]).await?;
        all += n as u64;
    }
}

async fn serve(listener: TlsListener) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        let served = async move {
            match give_back(stream).await {
                Ok(bytes) => println!("{peer}: {bytes} bytes"),
                Err(error) => eprintln!("{peer}: {error}"),
            }
        };
        smol::spawn(served).detach();
    }
}

/// What comes back of a text.
async fn say(address: &str, name: &str, roots: &[u8], text: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut trusted = Roots::default();
    trusted.add_pem(roots)?;
    let context = Context::client(Trust::Roots(trusted), None, options())?;
    let mut stream = connect(&address.parse()?).await?.tls(&context, name)?;
    stream.write_all(text).await?;
    stream.close().await?; // half-close: the server may still answer
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address, certificate, key] => {
            let listener = listen(address, &fs::read(certificate)?, &fs::read(key)?)?;
            println!("{}", listener.local());
            smol::block_on(serve(listener))?;
            Ok(())
        }
        ["say", address, name, roots, text] => {
            let answer = smol::block_on(say(address, name, &fs::read(roots)?, text.as_bytes()))?;
            println!("{}", String::from_utf8_lossy(&answer));
            Ok(())
        }
        _ => Err("usage: smol_tls_pair serve ADDRESS CERTIFICATE KEY | say ADDRESS NAME ROOTS TEXT".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    use std::thread;

    use super::{give_back, listen, say};

    /// Python's own pair (17.3.5), whose server ends by close_notify as `unwrap` says it.
    const PYTHON: &str = "\
import socket, ssl, sys
role, where, certificate, key = sys.argv[1:]
if role == 'server':
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    bound = socket.create_server(('127.0.0.1', 0))
    print('127.0.0.1:%d' % bound.getsockname()[1], flush=True)
    stream = context.wrap_socket(bound.accept()[0], server_side=True)
    data = stream.read()
    while data:
        stream.write(data)
        data = stream.read()
    stream.unwrap().close()
else:
    context = ssl.create_default_context(cafile=certificate)
    host, port = where.split(':')
    stream = context.wrap_socket(socket.create_connection((host, int(port))), server_hostname='localhost')
    stream.write(b'hello')
    print(stream.read(5).decode(), stream.version())
    stream.unwrap().close()
";

    /// A folder with a certificate and its key.
    fn made() -> (tempfile::TempDir, String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name| folder.path().join(name).to_str().expect("text").to_string();
        let (certificate, key) = (path("certificate"), path("key"));
        fs::write(&certificate, made.cert.pem()).expect("there is room");
        fs::write(&key, made.signing_key.serialize_pem()).expect("there is room");
        (folder, certificate, key)
    }

    fn python(arguments: [&str; 4]) -> Option<Command> {
        let has_ssl = Command::new("python3").args(["-c", "import ssl"]).status();
        if !has_ssl.is_ok_and(|status| status.success()) {
            eprintln!("skipped Python's ssl: there is none");
            return None;
        }
        let mut python = Command::new("python3");
        python.args(["-c", PYTHON]).args(arguments);
        Some(python)
    }

    /// Serves one connection: where, and how many bytes it gave back.
    fn serving(certificate: &str, key: &str) -> (String, thread::JoinHandle<std::io::Result<u64>>) {
        let read = |path| fs::read(path).expect("it is there");
        let listener = listen("127.0.0.1:0", &read(certificate), &read(key)).expect("a port is free");
        let address = listener.local().to_string();
        let served = async move { give_back(listener.accept().await?.0).await };
        (address, thread::spawn(move || smol::block_on(served)))
    }

    #[test]
    fn each_answers_the_other() {
        let (_folder, certificate, key) = made();
        let (address, server) = serving(&certificate, &key);
        let roots = fs::read(&certificate).expect("it is there");
        let text = vec![b'x'; 1 << 20];
        assert!(smol::block_on(say(&address, "localhost", &roots, &text)).expect("somebody answers") == text);
        assert_eq!(server.join().expect("no panic").expect("a clean end"), 1 << 20);
    }

    #[test]
    fn it_answers_pythons_own_client() {
        let (_folder, certificate, key) = made();
        let (address, server) = serving(&certificate, &key);
        let Some(mut client) = python(["client", &address, &certificate, &key]) else { return };
        let output = client.output().expect("it runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "hello TLSv1.3\n", "{output:?}");
        assert_eq!(server.join().expect("no panic").expect("a clean end"), 5);
    }

    #[test]
    fn it_is_answered_by_pythons_own_server() {
        let (_folder, certificate, key) = made();
        let Some(mut server) = python(["server", "", &certificate, &key]) else { return };
        let mut server = server.stdout(Stdio::piped()).spawn().expect("it runs");
        let mut address = String::new();
        let mut said = BufReader::new(server.stdout.take().expect("it is a pipe"));
        said.read_line(&mut address).expect("it says where it listens");
        let roots = fs::read(&certificate).expect("it is there");
        let answer = smol::block_on(say(address.trim(), "localhost", &roots, b"hello"));
        assert_eq!(answer.expect("somebody answers"), b"hello");
        assert!(server.wait().expect("it is ours").success());
    }

    #[test]
    fn a_name_that_the_certificate_does_not_bear_is_refused() {
        let (_folder, certificate, key) = made();
        let (address, server) = serving(&certificate, &key);
        let roots = fs::read(&certificate).expect("it is there");
        let error = smol::block_on(say(&address, "elsewhere.example", &roots, b"secret"));
        let error = error.expect_err("it is another's");
        assert!(error.to_string().contains("name"), "{error}");
        assert!(server.join().expect("no panic").is_err());
    }
}
