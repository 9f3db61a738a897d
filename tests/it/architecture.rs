//! Who may import whom (ARCHITECTURE.md). A wrong arrow is named with its file and line.

use std::path::Path;

use crate::support::repository;

/// Module, and what it may import of the crate.
const ARROWS: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("connector", &["model"]),
    ("extract", &["model"]),
    ("exchange", &["model"]),
    ("normalize", &["model", "connector", "exchange"]),
    ("matching", &["model"]),
    ("reconcile", &["model"]),
    ("store", &["model"]),
    ("profile", &["model", "connector", "normalize", "matching"]),
    ("draft", &["model", "connector", "profile"]),
    ("pipeline", &["model", "connector", "extract", "normalize", "matching", "store", "reconcile", "profile"]),
    ("report", &["model", "pipeline", "matching", "profile"]),
    ("generate", &[]),
    ("template", &["connector"]),
];

/// What pure modules do not touch.
const PURE: [&str; 7] = ["model", "exchange", "normalize", "matching", "reconcile", "profile", "draft"];
const EFFECTS: [&str; 8] = ["std::fs", "std::env", "std::net", "std::time", "SystemTime", "sqlx", "rusqlite", "tokio"];

fn sources(module: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let file = repository(&format!("src/{module}.rs"));
    found.push((file.display().to_string(), std::fs::read_to_string(&file).expect("a module")));
    collect(&repository(&format!("src/{module}")), &mut found);
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a file")));
        }
    }
}

/// Lines of code: no comments, nothing of the tests at a file's end.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for (module, allowed) in ARROWS {
        for (file, text) in sources(module) {
            for (number, line) in code(&text) {
                for used in line.split("crate::").skip(1) {
                    let name: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                    if name != module && !allowed.contains(&name.as_str()) && !name.is_empty() {
                        wrong.push(format!("{file}:{}: {module} must not import {name}", number + 1));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_modules_have_no_effects() {
    let mut wrong = Vec::new();
    for module in PURE {
        for (file, text) in sources(module) {
            for (number, line) in code(&text) {
                for effect in EFFECTS.iter().filter(|effect| line.contains(*effect)) {
                    wrong.push(format!("{file}:{}: {module} is pure and must not use {effect}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_imports_the_command_line() {
    for (module, _) in ARROWS {
        for (file, text) in sources(module) {
            assert!(!text.contains("crate::cli"), "{file} imports cli");
        }
    }
}
