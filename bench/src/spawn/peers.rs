//! The bare calls, and other libraries.

use std::io;
use std::process::{Command, ExitStatus, Stdio};

use super::method::{Spawner, one_by_one};
use crate::raw::{Bare, Options, Setup, with_options};

pub(super) fn bare(program: &str, setup: Setup) -> Spawner {
    let mut bare = Bare::new(program, setup);
    one_by_one(move || bare.clone_and_wait())
}

pub(super) fn posix_spawn(program: &str) -> Spawner {
    let bare = Bare::new(program, Setup::default());
    one_by_one(move || bare.posix_spawn_and_wait())
}

fn expect(status: io::Result<ExitStatus>) {
    assert!(status.expect("it runs").success());
}

pub(super) fn std(program: &'static str) -> Spawner {
    one_by_one(move || expect(Command::new(program).status()))
}

/// What std has a method for is asked for by that, the rest in the closure.
pub(super) fn pre_exec(program: &'static str, options: Options) -> Spawner {
    one_by_one(move || {
        let mut command = Command::new(program);
        if options.everything {
            command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        }
        expect(with_options(&mut command, options).status());
    })
}

pub(super) fn tokio(program: &'static str) -> Spawner {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    Box::new(move |goes_on| {
        runtime.block_on(async {
            while goes_on() {
                expect(tokio::process::Command::new(program).status().await);
            }
        });
    })
}

pub(super) fn async_process(program: &'static str) -> Spawner {
    Box::new(move |goes_on| {
        smol::block_on(async {
            while goes_on() {
                expect(smol::process::Command::new(program).status().await);
            }
        });
    })
}

pub(super) fn subprocess(program: &'static str) -> Spawner {
    one_by_one(move || assert!(subprocess::Exec::cmd(program).join().expect("it runs").success()))
}

pub(super) fn duct(program: &'static str) -> Spawner {
    one_by_one(move || expect(duct::cmd(program, [""; 0]).run().map(|output| output.status)))
}
