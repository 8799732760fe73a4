//! The ledgers in `docs/parity`: every row of the originals is there once, and whatever a row claims is tested.

// The portable twins are tested with two packages alone, so most tests are not there to be named.
#![cfg(not(standpipe_force_portable))]

mod harnesses;
mod ledger;

use std::fs;
use std::path::Path;

#[test]
fn every_page_holds() {
    let tests = harnesses::listed();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/parity");
    let mut faults = Vec::new();
    for page in &ledger::PAGES {
        match fs::read_to_string(folder.join(page.name).with_extension("md")) {
            Ok(text) => faults.extend(ledger::faults(page, &text, &tests)),
            Err(error) => faults.push(format!("{}.md: {error}", page.name)),
        }
    }
    assert!(faults.is_empty(), "{} faults in docs/parity:\n{}", faults.len(), faults.join("\n"));
}
