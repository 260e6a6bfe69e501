//! Tools in Python, pinned by a list of packages each and installed once.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use super::registry::digest_of;
use super::{folders, programs};

/// A folder of Python packages of its own.
#[derive(Debug)]
pub(crate) struct PythonPackages {
    folder: PathBuf,
}

impl PythonPackages {
    /// Returns the packages of `tests/tools/NAME/requirements.txt`, installed now if they were not before.
    pub(crate) fn get(name: &str) -> Self {
        let list = folders::project().join("tests/tools").join(name);
        let list = list.join("requirements.txt");
        let text = std::fs::read(&list).expect("the list of packages");
        let key = digest_of(&text).replace("sha256:", "");
        let folder = folders::tools().join(format!("{name}-{}", &key[..16]));
        std::fs::create_dir_all(folders::tools()).expect("a folder for tools");
        // Tests run in many processes and threads; one installs, the others wait.
        let lock = File::create(folder.with_extension("lock")).expect("a lock file");
        lock.lock().expect("the lock");
        let done = folder.join("done");
        if !done.is_file() {
            run(Command::new(programs::find("python3"))
                .args(["-m", "venv"])
                .arg(&folder));
            let pip = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ];
            run(Command::new(folder.join("bin/python")).args(pip).arg(list));
            std::fs::write(done, "").expect("a mark");
        }
        Self { folder }
    }

    /// Returns a program that one of the packages brings.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join("bin").join(name));
        // They fetch nothing.
        command
            .env_clear()
            .env("HOME", &self.folder)
            .env("LC_ALL", "C.UTF-8");
        command
    }

    /// Returns a file that one of the packages brings.
    pub(crate) fn file(&self, package: &str, path: &str) -> PathBuf {
        let code = format!("import {package}, os; print(os.path.dirname({package}.__file__))");
        let output = self.program("python").args(["-c", &code]).output();
        let output = output.expect("python starts");
        let folder = String::from_utf8(output.stdout).expect("a path");
        PathBuf::from(folder.trim()).join(path)
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("python starts");
    assert!(
        output.status.success(),
        "cannot install Python packages, which the tests need: python3 with venv and pip (Debian's python3-venv) must \
         be there, and Python's package index be reachable\n{command:?}\n{}",
        String::from_utf8_lossy(&output.stderr),
    );
}
