//! Every public item of core has an example that runs: in its own documentation, or by its name in that of its neighbours,
//! such as its type.
//!
//! rustdoc's own lint (`missing_doc_code_examples`) looks at no item that a private module holds and its parent names, and
//! takes no type's example for its methods, so rustdoc is asked for what it knows. That is not stable, so `.ci/run` asks.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// Where rustdoc's JSON lies.
const DOCUMENTATION: &str = "STANDPIPE_DOCUMENTATION";

/// Enum variants, fields, modules and whatever a trait asks for in an impl need none.
const KINDS: &[&str] = &[
    "struct",
    "enum",
    "union",
    "trait",
    "function",
    "constant",
    "assoc_const",
    "static",
    "macro",
    "proc_macro",
    "type_alias",
];

/// What rustdoc knows of a crate.
struct Documentation {
    items: HashMap<String, Value>,
    /// The type or trait of what stands in an impl of its own or in a trait; `None` in an impl of a trait.
    parents: HashMap<String, Option<String>>,
}

impl Documentation {
    fn new(json: &str) -> Self {
        let mut all: Value = serde_json::from_str(json).expect("JSON");
        let Value::Object(items) = all["index"].take() else { panic!("rustdoc tells of no items") };
        let items: HashMap<String, Value> = items.into_iter().collect();
        let parents = items.iter().flat_map(|(id, item)| children(id, item)).collect();
        Self { items, parents }
    }

    /// The items without an example, as they are to be told. A list that a macro makes stands in one place, and is shown by
    /// any item of it.
    fn without(&self) -> Vec<String> {
        let shown: HashSet<_> =
            self.items.keys().filter(|id| self.is_shown(id)).map(|id| self.place(id)).collect();
        let lacking = self.items.keys().filter(|id| !shown.contains(&self.place(id)));
        let mut without: Vec<String> = lacking.filter_map(|id| self.lack(id)).collect();
        without.sort();
        without
    }

    fn place(&self, id: &str) -> Option<(&str, u64)> {
        let span = &self.items[id]["span"];
        Some((span["filename"].as_str()?, span["begin"][0].as_u64()?))
    }

    fn parent(&self, id: &str) -> Option<&Value> {
        self.items.get(self.parents.get(id)?.as_ref()?)
    }

    fn is_shown(&self, id: &str) -> bool {
        let item = &self.items[id];
        let by_others = self.place(id).zip(item["name"].as_str());
        !example(item).is_empty()
            || by_others.is_some_and(|((file, _), name)| names(&self.examples_of(file), name))
    }

    /// The examples of a file, and those of the module that it is a part of.
    fn examples_of(&self, file: &str) -> String {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let module = [format!("{folder}/mod.rs"), format!("{folder}.rs")];
        let is_near = |of: &str| of == file || module.iter().any(|module| module == of);
        let near = self.items.values().filter(|item| item["span"]["filename"].as_str().is_some_and(is_near));
        near.map(example).collect()
    }

    fn lack(&self, id: &str) -> Option<String> {
        let item = &self.items[id];
        let counts = KINDS.contains(&kind(item)) && item["crate_id"] == 0;
        if !counts || self.parents.get(id).is_some_and(Option::is_none) {
            return None;
        }
        let name = item["name"].as_str()?;
        let of = self.parent(id).and_then(|parent| parent["name"].as_str()).map(|of| format!("{of}::"));
        let (file, line) = self.place(id)?;
        Some(format!("{file}:{line}: {}{name}", of.unwrap_or_default()))
    }
}

fn kind(item: &Value) -> &str {
    item["inner"].as_object().and_then(|inner| inner.keys().next()).map_or("", String::as_str)
}

/// What stands in an impl or a trait, and whose it is.
fn children(id: &str, item: &Value) -> Vec<(String, Option<String>)> {
    let inner = &item["inner"][kind(item)];
    let parent = match kind(item) {
        "trait" => Some(id.to_string()),
        "impl" if inner["trait"].is_null() => Some(inner["for"]["resolved_path"]["id"].to_string()),
        "impl" => None,
        _ => return Vec::new(),
    };
    let items = inner["items"].as_array().into_iter().flatten();
    items.map(|child| (child.to_string(), parent.clone())).collect()
}

/// The code in an item's documentation that runs as a test.
fn example(item: &Value) -> String {
    let mut code = String::new();
    let (mut within, mut runs) = (false, false);
    for line in item["docs"].as_str().unwrap_or_default().lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            within = !within;
            runs = within && ["", "rust", "should_panic"].contains(&info.trim());
        } else if runs {
            code += line;
            code += "\n";
        }
    }
    code
}

/// Whether a word stands in some code.
fn names(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

#[test]
#[ignore = "what rustdoc knows is to be asked for first, as .ci/run does"]
fn every_public_item_of_core_has_one() {
    let path =
        std::env::var_os(DOCUMENTATION).expect("STANDPIPE_DOCUMENTATION says where rustdoc's JSON lies");
    let json = std::fs::read_to_string(path).expect("it can be read");
    let without = Documentation::new(&json).without();
    assert!(without.is_empty(), "{} items have no example that runs:\n{}", without.len(), without.join("\n"));
}

#[test]
fn one_that_has_none_is_found() {
    let mut line = 0;
    let mut item = |name: &str, docs: &str, inner: &str| {
        // What stands in one place counts as one.
        line += 1;
        format!(
            r#"{{"crate_id":0,"name":"{name}","docs":"{docs}","span":{{"filename":"f.rs","begin":[{line},1]}},"inner":{inner}}}"#
        )
    };
    let shown = r"```\nT::shown();\n```";
    let json = format!(
        r#"{{"index":{{"1":{},"2":{},"3":{},"4":{},"5":{},"6":{}}}}}"#,
        item("T", shown, r#"{"struct":{}}"#),
        item("", "", r#"{"impl":{"trait":null,"for":{"resolved_path":{"id":1}},"items":[3,4]}}"#),
        item("shown", "", r#"{"function":{}}"#),
        item("hidden", r"```text\nhidden\n```", r#"{"function":{}}"#),
        item("", "", r#"{"impl":{"trait":{},"for":{"resolved_path":{"id":1}},"items":[6]}}"#),
        item("fmt", "", r#"{"function":{}}"#),
    );
    assert_eq!(Documentation::new(&json).without(), ["f.rs:4: T::hidden"]);
}
