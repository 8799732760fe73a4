//! OpenSSL's own programs, fed and read through pipes; what that costs this process is not counted.

use std::io::{self, Read, Write};
use std::process::{ChildStdout, Command, Stdio};
use std::time::Instant;

use rustix::event::PollFlags;

use crate::memory::peak;
use crate::pattern::{Check, LONGEST, piece};
use crate::process::{Process, free_port};
use crate::raw::{leashed, process_cpu};
use crate::sample::{Outcome, Sample};
use crate::tls::client::{told, wait_for};
use crate::tls::identity::{Identity, SUITE};

pub(super) const NAME: &str = "openssl s_client to s_server";

pub(super) fn measure(identity: &Identity, total: usize) -> Outcome {
    transfer(identity, total).map_err(|error| format!("{NAME}: {error}"))
}

fn transfer(identity: &Identity, total: usize) -> Result<Sample, String> {
    let failed = |error: io::Error| told(&error);
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-tls1_3", "-num_tickets", "0", "-ciphersuites", SUITE]);
    command.args(["-accept", &address]);
    command.arg("-cert").arg(identity.chain()).arg("-key").arg(identity.key());
    let (server, mut output) = Process::talking_on_port(&mut command, port)?;
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-tls1_3", "-ciphersuites", SUITE, "-connect", &address]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut client = leashed(&mut command).spawn().map_err(failed)?;
    let mut input = client.stdin.take().expect("stdin is a pipe");
    let before = server.cpu();
    let feed = std::thread::spawn(move || feed(&mut input, total).map(|()| input));
    let received = take(&mut output, total);
    let wall = start.elapsed().as_secs_f64();
    let own = process_cpu(client.id()).unwrap_or(f64::NAN);
    let children = server.cpu() - before;
    let peak = server.peak() + peak(&client.id().to_string());
    let _ = client.kill();
    let _ = client.wait();
    received.map_err(failed)?;
    feed.join().expect("the feeder ends").map_err(failed)?;
    Ok(Sample { wall, own, children, units: total as f64, peak, ..Sample::default() })
}

fn feed(input: &mut impl Write, total: usize) -> io::Result<()> {
    let mut sent = 0;
    while sent < total {
        let next = piece(sent, LONGEST.min(total - sent));
        input.write_all(next)?;
        sent += next.len();
    }
    Ok(())
}

fn take(output: &mut ChildStdout, total: usize) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    let mut check = Check::default();
    while check.received < total {
        wait_for(&*output, PollFlags::IN)?;
        match output.read(&mut buffer)? {
            0 => break,
            n => check.take(&buffer[..n]),
        }
    }
    check.verdict(total)
}
