//! The ledgers in `docs/parity`: every row of the originals is there once, and whatever a row claims is tested. The page of
//! known faults names tests as well.

// The portable twins are tested with two packages alone, so most tests are not there to be named.
#![cfg(not(standpipe_force_portable))]

mod harnesses;
mod known;
mod ledger;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Every test that there is.
static TESTS: LazyLock<BTreeSet<String>> = LazyLock::new(harnesses::listed);

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

#[test]
fn every_page_holds() {
    let folder = docs().join("parity");
    let mut faults = Vec::new();
    for page in &ledger::PAGES {
        match fs::read_to_string(folder.join(page.name).with_extension("md")) {
            Ok(text) => faults.extend(ledger::faults(page, &text, &TESTS)),
            Err(error) => faults.push(format!("{}.md: {error}", page.name)),
        }
    }
    assert!(faults.is_empty(), "{} faults in docs/parity:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_known_fault_is_shown() {
    let text = fs::read_to_string(docs().join("faults.md")).expect("the page");
    let faults = known::faults(&text, &TESTS);
    assert!(faults.is_empty(), "{} faults in docs/faults.md:\n{}", faults.len(), faults.join("\n"));
}
