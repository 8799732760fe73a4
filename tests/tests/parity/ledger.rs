//! A ledger as data, and what must hold of it.

use std::collections::{BTreeMap, BTreeSet};

/// A page, and what the reference of its module counts.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) rows: u32,
    pub(crate) traps: u32,
}

const fn page(name: &'static str, prefix: &'static str, rows: u32, traps: u32) -> Page {
    Page { name, prefix, rows, traps }
}

/// Every page.
pub(crate) const PAGES: [Page; 7] = [
    page("asynchat", "ACH", 48, 14),
    page("asyncore", "ACO", 77, 15),
    page("popen2", "POP", 40, 12),
    page("signal", "SIG", 53, 14),
    page("socket", "SOC", 92, 20),
    page("ssl", "SSL", 121, 18),
    page("subprocess", "SUB", 85, 17),
];

/// How every table of a ledger begins.
const HEADER: &str = "| id | original | ours | status | what differs, and why | test |";

/// What a row may link to, and be planned for.
const CRATES: [&str; 6] =
    ["standpipe-core", "standpipe-sys", "standpipe-blocking", "standpipe-mio", "standpipe-smol", "standpipe"];

impl Page {
    /// What the reference numbers: the rows, then the traps.
    fn ids(&self) -> impl Iterator<Item = String> {
        let rows = (1..=self.rows).map(|n| format!("{}-{n:02}", self.prefix));
        rows.chain((1..=self.traps).map(|n| format!("{}-T{n}", self.prefix)))
    }
}

/// Whatever does not hold of a page, where `tests` are those that there are.
pub(crate) fn faults(page: &Page, text: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<String, u32> = page.ids().map(|id| (id, 0)).collect();
    for (line, text) in rows(text, HEADER) {
        let mut say = |fault: String| faults.push(format!("{}.md:{line}: {fault}", page.name));
        let cells = cells(text);
        let [id, original, ours, status, why, test] = &cells[..] else {
            say(format!("{} columns instead of 6 (a bar within one is written \\|)", cells.len()));
            continue;
        };
        match seen.get_mut(id) {
            None => say(format!("{id} is no number of this page's reference")),
            Some(times) => *times += 1,
        }
        let row = Row { original, ours, status, why, test };
        row.faults(tests).into_iter().for_each(|fault| say(format!("{id}: {fault}")));
    }
    for (id, times) in seen.into_iter().filter(|(_, times)| *times != 1) {
        faults.push(format!("{}.md: {id} is there {times} times", page.name));
    }
    faults
}

/// The lines of the tables that begin so, with their numbers.
pub(crate) fn rows<'a>(text: &'a str, header: &'static str) -> impl Iterator<Item = (usize, &'a str)> {
    let mut within = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let begins = line == header;
        within = begins || within && line.starts_with('|');
        let is_row = within && !begins && !line.starts_with("|---");
        is_row.then_some((index + 1, line))
    })
}

/// What stands between the bars of a line.
pub(crate) fn cells(line: &str) -> Vec<String> {
    const BAR: &str = "\0";
    let line = line.replace("\\|", BAR);
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().replace(BAR, "|")).collect()
}

struct Row<'a> {
    original: &'a str,
    ours: &'a str,
    status: &'a str,
    why: &'a str,
    test: &'a str,
}

/// What a row names as ours.
#[derive(Default)]
struct Ours {
    links: usize,
    crates: usize,
}

impl Row<'_> {
    fn faults(&self, tests: &BTreeSet<String>) -> Vec<String> {
        let mut faults = Vec::new();
        let ours = self.ours().unwrap_or_else(|fault| {
            faults.push(fault);
            Ours { links: 1, crates: 1 }
        });
        faults.extend(unknown_test(self.test, tests).filter(|_| self.test != "none"));
        let mut must = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.into());
            }
        };
        must(!self.original.is_empty(), "it is not said what the original has");
        let planned_for = CRATES.iter().any(|name| self.why.contains(&format!("`{name}`")));
        match self.status {
            "same" | "better" => {
                must(ours.links > 0, "what is built is linked to");
                must(self.test != "none", "what is built has a test");
                must(self.status == "same" || !self.why.is_empty(), "it is not said what is better");
            }
            "refused" => must(!self.why.is_empty(), "it is not said why, and what there is instead"),
            "planned" => {
                must(!self.why.is_empty(), "it is not said what is planned");
                must(ours.crates > 0 || planned_for, "it is not said which crate it is planned for");
            }
            status => faults.push(format!("'{status}' is no status: same, better, refused, planned")),
        }
        faults
    }

    fn ours(&self) -> Result<Ours, String> {
        let mut ours = Ours::default();
        for item in self.ours.split(", ").filter(|_| self.ours != "none") {
            match quoted(item) {
                Some(name) if CRATES.contains(&name) => ours.crates += 1,
                _ if is_link(item) => ours.links += 1,
                _ => return Err(format!("'{item}' is neither [`name`](path), a crate of ours, nor none")),
            }
        }
        Ok(ours)
    }
}

/// What is at fault in a cell that names tests.
pub(crate) fn unknown_test(named: &str, tests: &BTreeSet<String>) -> Option<String> {
    let unknown = |test: &&str| !quoted(test).is_some_and(|name| tests.contains(name));
    let unknown = named.split(", ").find(unknown)?;
    Some(format!("{unknown} is no test that a harness lists"))
}

/// What stands between two backticks, where there is nothing else.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.strip_suffix('`').filter(|inner| !inner.contains('`'))
}

/// Whether this is [`name`](path) with the path of an item in a crate of ours. That there is such an item is for rustdoc
/// to say.
fn is_link(text: &str) -> bool {
    let parts = text.strip_prefix('[').and_then(|text| text.strip_suffix(')')?.split_once("]("));
    let Some((name, path)) = parts else { return false };
    let path = path.split_once('@').map_or(path, |(_kind, path)| path);
    let mut steps = path.trim_end_matches("()").trim_end_matches('!').split("::");
    let is_ours = steps.next().is_some_and(|first| CRATES.contains(&first.replace('_', "-").as_str()));
    let is_name =
        |step: &str| !step.is_empty() && step.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    quoted(name).is_some_and(|name| !name.is_empty()) && is_ours && steps.all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Page = page("page", "ABC", 2, 1);
    const FIRST: &str =
        "| ABC-01 | `f` | [`Child`](standpipe_core::process::Child) | same | | `models::child` |";
    const SECOND: &str = "| ABC-02 | `g` | `standpipe-mio` | planned | there is nothing like it yet | none |";
    const TRAP: &str = "| ABC-T1 | it hangs | none | refused | nobody wants that; use `f` | none |";

    /// What is at fault in a page of these rows.
    fn told(rows: &[&str]) -> String {
        let other = "| need | see |\n|---|---|\n| ABC-09 | a table of another kind |\n";
        let text = format!("# A page\n\n{other}\n{HEADER}\n|---|---|---|---|---|---|\n{}\n", rows.join("\n"));
        faults(&PAGE, &text, &BTreeSet::from(["models::child".into()])).join("; ")
    }

    /// What is at fault where this stands in the place of the first row's.
    fn changed(from: &str, to: &str) -> String {
        assert!(FIRST.contains(from));
        told(&[&FIRST.replace(from, to), SECOND, TRAP])
    }

    #[test]
    fn a_page_that_holds_has_no_fault() {
        assert_eq!(told(&[FIRST, SECOND, TRAP]), "");
    }

    #[test]
    fn a_number_is_there_once() {
        assert_eq!(told(&[FIRST, TRAP]), "page.md: ABC-02 is there 0 times");
        assert_eq!(told(&[FIRST, SECOND]), "page.md: ABC-T1 is there 0 times");
        assert_eq!(told(&[FIRST, SECOND, SECOND, TRAP]), "page.md: ABC-02 is there 2 times");
        let stray = FIRST.replace("ABC-01", "ABC-03");
        assert!(told(&[FIRST, SECOND, TRAP, &stray]).contains("page.md:12: ABC-03 is no number"));
    }

    #[test]
    fn a_status_is_one_of_four() {
        assert!(changed("same", "done").contains("'done' is no status"));
        assert!(changed("same", "Same").contains("'Same' is no status"));
    }

    #[test]
    fn a_status_asks_for_its_text() {
        assert!(changed("same | |", "better | |").contains("what is better"));
        assert!(told(&[FIRST, SECOND, &TRAP.replace("nobody wants that; use `f`", "")]).contains("why"));
        assert!(told(&[FIRST, &SECOND.replace("`standpipe-mio`", "none"), TRAP]).contains("which crate"));
        let named =
            SECOND.replace("`standpipe-mio`", "none").replace("there is", "`standpipe-smol`: there is");
        assert_eq!(told(&[FIRST, &named, TRAP]), "");
    }

    #[test]
    fn a_test_is_one_that_there_is() {
        assert!(changed("models::child", "models::nobody").contains("is no test"));
        assert!(changed("`models::child`", "models::child").contains("is no test"));
        assert!(
            changed("`models::child`", "`models::child`, `models::nobody`")
                .contains("`models::nobody` is no test")
        );
        assert!(changed("`models::child`", "none").contains("what is built has a test"));
    }

    #[test]
    fn a_link_is_well_formed() {
        for wrong in
            ["standpipe_core::process::Child", "[Child](standpipe_core::Child)", "[`Child`](child.html)"]
        {
            assert!(
                changed("[`Child`](standpipe_core::process::Child)", wrong).contains("neither"),
                "{wrong}"
            );
        }
        assert!(changed("[`Child`](standpipe_core::process::Child)", "none").contains("linked to"));
        let several =
            "[`Child`](struct@standpipe_core::process::Child), [`advance`](standpipe_core::advance())";
        assert_eq!(changed("[`Child`](standpipe_core::process::Child)", several), "");
    }

    #[test]
    fn a_row_has_its_columns() {
        assert!(changed("`f`", "`f | g`").contains("7 columns"));
        assert_eq!(changed("`f`", "`f \\| g`"), "");
    }
}
