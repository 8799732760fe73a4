//! The page of known faults: each row has its reports and its tests.

use std::collections::BTreeSet;

use crate::ledger::{cells, rows, unknown_test};

const HEADER: &str = "| what goes wrong | reports | what standpipe does | shown by |";

/// Whatever does not hold of the page, where `tests` are those that there are.
pub(crate) fn faults(text: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut count = 0;
    for (line, text) in rows(text, HEADER) {
        count += 1;
        let cells = cells(text);
        let fault = match &cells[..] {
            [_, reports, _, _] if !reports.contains("](https://") => Some("it has no report".to_owned()),
            [_, _, _, named] => unknown_test(named, tests),
            _ => Some(format!("{} columns instead of 4", cells.len())),
        };
        faults.extend(fault.map(|fault| format!("faults.md:{line}: {fault}")));
    }
    if count == 0 {
        faults.push("faults.md: it has no table".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is at fault in a page of this row.
    fn told(row: &str) -> String {
        let text = format!("# A page\n\n{HEADER}\n|---|---|---|---|\n{row}\n");
        faults(&text, &BTreeSet::from(["faults::one".into()])).join("; ")
    }

    #[test]
    fn a_row_has_reports_and_tests_that_there_are() {
        let row = "| it hangs | [a#1](https://a.test/1) | it does not | `faults::one` |";
        assert_eq!(told(row), "");
        assert_eq!(
            told(&row.replace("::one", "::two")),
            "faults.md:5: `faults::two` is no test that a harness lists"
        );
        assert_eq!(told(&row.replace("[a#1](https://a.test/1)", "")), "faults.md:5: it has no report");
        assert_eq!(told(&row.replace("it does not", "it | not")), "faults.md:5: 5 columns instead of 4");
        assert_eq!(told(""), "faults.md: it has no table");
    }
}
