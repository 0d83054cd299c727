//! What holds for every page, template and handler.

use std::fs;
use std::path::{Path, PathBuf};

/// Files below a folder of the repository, by how their names end.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let text = fs::read_to_string(&path).expect("a file");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn every_form_of_a_template_carries_the_token() {
    for (path, template) in files("templates", "html") {
        for form in template.split("<form").skip(1) {
            let (tag, rest) = form.split_once('>').expect("a tag");
            if !tag.contains("method=\"post\"") {
                continue;
            }
            let field = "<input type=\"hidden\" name=\"csrf_token\" value=\"{{ ";
            let carries = rest.trim_start().starts_with(field);
            assert!(carries, "{}: <form{tag}>", path.display());
        }
    }
}

#[test]
fn every_handler_behind_a_form_looks_at_the_token() {
    let mut seen = 0;
    let own = |path: &Path| path.ends_with("src/http/pages/tests.rs");
    let sources = files("src/http/pages", "rs");
    for (path, code) in sources.iter().filter(|(path, _)| !own(path)) {
        let code = code.split("#[cfg(test)]").next().expect("code");
        for handler in handlers(code) {
            let begin = code.find(&format!("fn {handler}(")).expect("the handler");
            let whole = code[begin..].split("\n}\n").next().expect("its end");
            let looks = whole.contains(": PageForm<") || whole.contains("csrf_token::check(");
            assert!(looks, "{handler} in {}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} handlers are no longer all");
}

/// Names of the functions behind forms.
fn handlers(code: &str) -> Vec<&str> {
    let marked = code.split("#[post(").skip(1).map(|rest| {
        let rest = rest.split_once("async fn ").expect("a function").1;
        rest.split('(').next().expect("a name")
    });
    let routed = code.split("web::post()").skip(1).map(|rest| {
        let rest = rest.strip_prefix(".to(").expect("a handler");
        rest.split(')').next().expect("a name")
    });
    marked.chain(routed).collect()
}

#[test]
fn templates_do_without_inline_scripts_and_styles_and_never_trust_a_text() {
    for (path, template) in files("templates", "html") {
        for word in [
            "style=",
            "<style",
            "<script>",
            " onclick=",
            "|safe",
            "| safe",
        ] {
            assert!(!template.contains(word), "{word} in {}", path.display());
        }
        for script in template.split("<script").skip(1) {
            assert!(script.starts_with(" src="), "{}", path.display());
        }
    }
}
