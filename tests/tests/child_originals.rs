//! A child is set up as Python's `subprocess` sets it up: by `preexec_fn` there, as far as that may be, and by the keywords
//! that Python 3 has for the same.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use standpipe_blocking::{ChildSignals, Command, Limit, Resource, Signal, SignalSet};
use standpipe_tests::python::Python;

/// The bound of every wait, reached only by a test that fails.
const LIMIT: Duration = Duration::from_secs(60);

/// What a child says of itself.
const ABOUT: &str = r#"
grep -E "^(Umask|Uid|Gid|Groups|SigBlk|SigIgn):" /proc/self/status
pwd; nice; ulimit -n; ulimit -Hn
stat=$(cat /proc/$$/stat); set -- ${stat##*) }
test $3 = $$ && echo leads a group; test $4 = $$ && echo leads a session
true"#;

/// What the child of ours says.
fn ours(change: impl FnOnce(Command) -> Command) -> Vec<String> {
    let command = change(Command::shell(ABOUT).current_dir("/")).timeout(LIMIT);
    let output = command.output().expect("it comes to its end");
    String::from_utf8(output.stdout).expect("text").lines().map(String::from).collect()
}

/// What the child of `call` with these keywords says, `setup` being the steps of its `preexec_fn`.
fn theirs(python: &Python, keywords: &str, setup: &[&str]) -> Vec<String> {
    let lines = python.lines(&format!(
        "import os, resource, signal, subprocess, sys\n\
         def setup():\n    {}\n\
         subprocess.call(['/bin/sh', '-c', '''{ABOUT}'''], cwd='/', {keywords})",
        setup.join("\n    ")
    ));
    lines.into_iter().map(without_reserved).collect()
}

/// A Python that was started by posix_spawn(3) ignores the two signals that the C library keeps for its threads, and the C
/// library does not let it reset them.
fn without_reserved(line: String) -> String {
    let Some(bits) = line.strip_prefix("SigIgn:\t") else { return line };
    let ignored = SignalSet::from_bits(u64::from_str_radix(bits, 16).expect("a set"));
    let reserved: SignalSet = [32, 33].into_iter().filter_map(Signal::new).collect();
    format!("SigIgn:\t{:016x}", (ignored - reserved).bits())
}

/// Unlike 3, 2.7 leaves its children what it ignores itself.
const RESTORE: &str = "for s in 'SIGPIPE', 'SIGXFSZ': signal.signal(getattr(signal, s), signal.SIG_DFL)";

/// Whether a child may become another user; what is not compared otherwise is told as skipped.
fn may_change_user() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        let reason = "children of another user: only root may have them";
        eprintln!("skipped: {reason}");
        let list = std::env::var_os("STANDPIPE_SKIPS")
            .and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
        let _ = list.map(|mut list| writeln!(list, "{reason}"));
    }
    is_root
}

/// SUB-23, SUB-31.
#[test]
fn what_a_function_between_fork_and_program_did_is_data() {
    let setup = [
        "os.setsid()",
        "os.umask(0o027)",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 96))",
        "os.nice(40)", // as much as it goes
        RESTORE,
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)",
    ];
    let child = ours(|command| {
        let command = command.session().umask(0o027).nice(19);
        command
            .resource_limit(Resource::Nofile, Limit { soft: 64, hard: 96 })
            .signals(ChildSignals { ignored: Signal::HUP.into(), ..ChildSignals::default() })
    });
    assert!(child.contains(&"SigIgn:\t0000000000000001".into()), "{child:?}");
    for python in Python::with_module("resource") {
        assert_eq!(theirs(&python, "preexec_fn=setup", &setup), child, "{python:?}");
    }
}

/// SUB-23.
#[test]
fn another_user_is_another_user() {
    if !may_change_user() {
        return;
    }
    let setup = ["os.setgroups([42, 4711])", "os.setgid(65533)", "os.setuid(65534)", RESTORE];
    let child = ours(|command| command.uid(65534).gid(65533).groups([42, 4711]));
    assert!(child.contains(&"Groups:\t42 4711 ".into()), "{child:?}");
    for python in Python::with_module("resource") {
        assert_eq!(theirs(&python, "preexec_fn=setup", &setup), child, "{python:?}");
    }
}

/// SUB-23: what Python 3 has instead of a function.
#[test]
fn keywords_mean_the_same() {
    let group = "**({'process_group': 0} if sys.version_info >= (3, 11) else {'preexec_fn': setup})";
    let by_keywords = |keywords: &str, child: Vec<String>| {
        for python in Python::with_module("resource").into_iter().filter(|python| python.version == 3) {
            let said = theirs(&python, &format!("{keywords}, {group}"), &["os.setpgid(0, 0)"]);
            assert_eq!(said, child, "{python:?}");
        }
    };
    by_keywords("umask=0o077", ours(|command| command.process_group().umask(0o077)));
    if may_change_user() {
        let child = ours(|command| command.process_group().uid(7).gid(8).groups([9]));
        by_keywords("user=7, group=8, extra_groups=[9]", child);
    }
}
