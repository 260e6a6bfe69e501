//! What of a vendor folder must be to the byte what go.sum vouches for.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{MODULE, Project, VENDORED, with_files};
use crate::support::registry::FakeRegistry;

const REFUSED: &str = "error: [modules] vendor: what is vendored is not what go.sum vouches for";

/// Returns the folder of the module that is vendored.
fn folder(project: &Project) -> PathBuf {
    project.environment.work().join("vendor").join(MODULE)
}

/// Gives a vendored file the line ends of Windows.
fn rewrite(project: &Project, file: &str) {
    let file = folder(project).join(file);
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, text.replace('\n', "\r\n")).expect("a file");
}

#[test]
fn line_ends_of_windows_stop_a_push_only_where_a_program_would_hold_them() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    with_files(&project);
    rewrite(&project, "source.go");
    let pushed = project.push(&registry).success();
    assert!(!pushed.stderr.contains("warning"), "{pushed}");
    rewrite(&project, "LICENSE");
    project.edit(1);
    project
        .push(&registry)
        .success()
        .says(&format!("vendor/{MODULE}/LICENSE has other line ends"));
    rewrite(&project, "site/a.html");
    project.edit(2);
    project
        .push(&registry)
        .ends_with(1)
        .says(REFUSED)
        .says(&format!("vendor/{MODULE}/site/a.html has other line ends"))
        .says("hint: keep git from changing line ends there: echo 'vendor/** -text' >> .gitattributes");
    std::fs::write(folder(&project).join("site/a.html"), "b\r\n").expect("a file");
    project.edit(3);
    project.push(&registry).ends_with(1).says(&format!(
        "vendor/{MODULE}/site/a.html is not {MODULE}@v1.0.0/site/a.html"
    ));
}

#[test]
fn what_is_embedded_or_assembled_is_held_to_go_sum_whatever_it_is_called() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    let code = "package dep\n\nimport \"embed\"\n\n//go:embed *.md LICENSE *.go\nvar Texts embed.FS\n\nconst Text = \"x\"\n";
    let published = project.proxy.publish_files(
        MODULE,
        "v1.0.0",
        &[
            ("go.mod", &format!("module {MODULE}\n\ngo 1.26\n")),
            ("source.go", code),
            ("README.md", "x\n"),
            ("README", "x\n"),
            ("README_amd64.s", "// x\n"),
            ("LICENSE", "x\n"),
        ],
    );
    project.environment.write("go.sum", published.go_sum);
    project.go(&["mod", "vendor"]);
    let pushed = project.push(&registry).success();
    assert!(!pushed.stderr.contains("warning"), "{pushed}");
    let held = ["README.md", "LICENSE", "README_amd64.s", "source.go"];
    for (number, file) in held.into_iter().enumerate() {
        let path = folder(&project).join(file);
        let text = std::fs::read(&path).expect("a file");
        rewrite(&project, file);
        project.edit(number);
        project
            .push(&registry)
            .ends_with(1)
            .says(REFUSED)
            .says(&format!("vendor/{MODULE}/{file} has other line ends"));
        std::fs::remove_file(&path).expect("a file");
        project
            .push(&registry)
            .ends_with(1)
            .says(REFUSED)
            .says(&format!("vendor/{MODULE}/{file} is missing"));
        std::fs::write(&path, text).expect("a file");
    }
    std::fs::remove_file(folder(&project).join("README")).expect("a file");
    project.edit(100);
    project.push(&registry).success().says(&format!(
        "warning: [modules] 1 of 1 vendored modules are not known to be what go.sum says: vendor/{MODULE}/README is missing"
    ));
}

#[test]
fn a_link_in_a_vendor_folder_that_is_of_no_module_stops_a_push() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    let environment = &project.environment;
    let published = project.proxy.publish_files(
        MODULE,
        "v1.0.0",
        &[
            ("go.mod", &format!("module {MODULE}\n\ngo 1.21\n")),
            ("source.go", "package dep\n\nconst Text = \"x\"\n"),
        ],
    );
    environment.write("go.sum", published.go_sum);
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    environment.write("go.mod", go_mod.replace("go 1.26", "go 1.22"));
    project.go(&["mod", "vendor"]);
    environment.write("elsewhere/stray.go", "package stray\n");
    environment.write(
        "stray.go",
        "package main\n\nimport _ \"git.example.invalid/stray\"\n",
    );
    let link = environment.work().join("vendor/git.example.invalid/stray");
    symlink("../../elsewhere", &link).expect("a link");
    // Go itself takes the package from there.
    environment.run(["build"]).success();
    project
        .push(&registry)
        .ends_with(1)
        .says(REFUSED)
        .says("vendor/git.example.invalid/stray is a link, and is of no module that vendor/modules.txt has packages of")
        .says("hint: what is of no module is taken out by: rm 'vendor/git.example.invalid/stray'");
}

#[test]
fn a_vendored_file_that_is_a_link_out_of_the_project_stops_a_push() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    let environment = &project.environment;
    let elsewhere = environment.root().join("elsewhere.go");
    let file = environment.work().join(VENDORED);
    std::fs::copy(&file, &elsewhere).expect("a copy");
    std::fs::remove_file(&file).expect("a file");
    symlink(&elsewhere, &file).expect("a link");
    project
        .push(&registry)
        .ends_with(1)
        .says(REFUSED)
        .says(&format!("{VENDORED} cannot be read"));
}

#[test]
fn a_vendored_file_that_is_added_while_it_is_compiled_stops_a_push() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    let environment = &project.environment;
    let added = environment.work().join("vendor/added.txt");
    environment.write_go(&format!(
        "if [ \"$1\" = build ]; then : > {}; fi",
        added.display()
    ));
    project.push(&registry).ends_with(1).says(
        "vendor/added.txt was changed after it was compared with go.sum, and before it was compiled",
    );
}

/// Returns the address of somebody who hangs up at once, and how often somebody called.
fn hangs_up() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for call in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(call);
        }
    });
    (format!("http://{address}"), calls)
}

#[test]
fn a_proxy_that_gives_no_answer_is_called_for_one_module_and_not_for_each() {
    let registry = FakeRegistry::start();
    let mut project = Project::new();
    let (mut go_sum, mut go_mod, mut imports) = Default::default();
    for number in 0..6 {
        let module = format!("{MODULE}{number}");
        let published = project.proxy.publish(&module, "v1.0.0", "package dep\n");
        go_sum = format!("{go_sum}{}", published.go_sum);
        go_mod = format!("{go_mod}require {module} v1.0.0\n");
        imports = format!("{imports}import _ \"{module}\"\n");
    }
    let environment = &project.environment;
    let head = "module example.com/hello\n\ngo 1.26\n\n";
    environment.write("go.sum", &go_sum);
    environment.write("go.mod", format!("{head}{go_mod}"));
    environment.write(
        "main.go",
        format!("package main\n\n{imports}\nfunc main() {{}}\n"),
    );
    project.go(&["mod", "vendor"]);
    project.forget_modules();
    let (proxy, calls) = hangs_up();
    project.environment.set("GOPROXY", proxy);
    let repository = registry.repository("team/hello");
    let push = ["push", "--repo", &repository, "--set", "network.retries=1"];
    project
        .environment
        .run(push)
        .success()
        .says("warning: [modules] 6 of 6 vendored modules are not known to be what go.sum says");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
