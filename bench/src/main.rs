//! standpipe beside its peers and the physical limits, in the same run.
//!
//! `standpipe-bench WORKLOAD|all [short] [rounds=N] [only=WORD,WORD] [out=FOLDER] [standpipe=PATH]`
//! `standpipe-bench plots|page [out=FOLDER] [into=FOLDER]`

mod allocations;
mod communicate;
mod echo;
mod epoll;
mod figure;
mod goals;
mod held;
mod idle;
mod link;
mod machine;
mod memory;
mod options;
mod page;
mod pattern;
mod plots;
mod process;
mod raw;
mod relay;
mod report;
mod rounds;
mod sample;
mod scan;
mod spawn;
mod table;
mod tls;

use std::process::ExitCode;
use std::time::Instant;

use machine::Machine;
use options::Options;
use report::Report;
use table::Table;

const OPTIONS: &str = "[short] [rounds=N] [only=WORD,WORD] [out=FOLDER] [standpipe=PATH]";

type Workload = (&'static str, fn(&Options) -> Vec<Table>);

const WORKLOADS: [Workload; 17] = [
    ("spawn", spawn::run),
    ("communicate", communicate::run),
    ("relay", relay::run),
    ("tcp-link", link::run),
    ("echo", echo::run),
    ("echo-among-idle", echo::among_idle),
    ("echo-growth", echo::growth),
    ("idle", idle::run),
    ("scan", scan::run),
    ("tls-exec", tls::exec),
    ("tls-link", tls::link),
    ("tls-bulk", tls::bulk),
    ("tls-memory", tls::memory),
    ("tls-handshake", tls::handshake),
    ("tls-handshake-memory", tls::handshake_memory),
    ("tls-idle", tls::idle),
    ("tls-idle-many", tls::many_idle),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((first, rest)) if first == "helper" => help(rest),
        Some((first, rest)) if first == "plots" => plots::run(rest),
        Some((first, rest)) if first == "page" => page::run(rest),
        Some((first, rest)) => measure(first, rest),
        None => Err(usage()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn usage() -> String {
    let names: String = WORKLOADS.iter().map(|(name, _)| format!("{name}|")).collect();
    format!(
        "usage: standpipe-bench ({names}all) {OPTIONS}\n       standpipe-bench plots|page [out=FOLDER] [into=FOLDER]"
    )
}

fn measure(name: &str, arguments: &[String]) -> Result<(), String> {
    let wanted = || WORKLOADS.iter().filter(|(workload, _)| name == "all" || *workload == name);
    if wanted().next().is_none() {
        return Err(usage());
    }
    for (workload, run) in wanted() {
        let options = Options::parse(workload, arguments)?;
        let (machine, start) = (Machine::look(), Instant::now());
        let report = Report::new(&options, machine, run(&options));
        eprintln!("{workload}: {} s in all", start.elapsed().as_secs());
        let report = report.with_what_is_there(&options.out.join(format!("{workload}.json")));
        println!("{}", report.markdown());
        report.write(workload, &options.out).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn help(arguments: &[String]) -> Result<(), String> {
    let (workload, rest) = arguments.split_first().ok_or_else(usage)?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match workload.as_str() {
        "spawn" => spawn::help(&rest),
        "communicate" => communicate::help(&rest),
        "relay" => relay::help(&rest),
        "link" => link::help(&rest),
        "echo" => echo::help(&rest),
        "tls" => tls::help(&rest),
        _ => Err(usage()),
    }
}
