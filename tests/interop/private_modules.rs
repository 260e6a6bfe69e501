//! Private modules that come over ssh, from a real server of Debian's.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::running::until;
use crate::support::team::{files_of, go_sum, make_repository};
use crate::support::{Output, TestEnvironment, ports, programs};

/// A path that says by itself that it is a repository: no host is asked.
const MODULE: &str = "git.corp.internal/team/dep.git";

/// A server of one repository on loopback; it is gone when dropped.
struct SshServer {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl SshServer {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        for key in ["host", "user", "stranger"] {
            make_key(&folder.path().join(key));
        }
        make_repository(&folder.path().join("team/dep"), &files_of(MODULE));
        let port = ports::free();
        let config = folder.path().join("sshd_config");
        std::fs::write(&config, settings(folder.path(), port)).expect("sshd's settings");
        // Where sshd gives up its rights; Debian makes it when the system starts.
        std::fs::create_dir_all("/run/sshd").expect("a folder for sshd");
        let child = Command::new(sshd())
            .args(["-D", "-e", "-f"])
            .arg(config)
            .stderr(Stdio::null())
            .spawn()
            .expect("sshd starts");
        let server = Self {
            folder,
            port,
            child,
        };
        until("sshd answers", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
        server
    }

    /// Returns a project that needs the module, by ssh with the key of this name, on a machine that knows the server
    /// or does not.
    fn environment(&self, key: &str, known: Known) -> TestEnvironment {
        let mut environment = TestEnvironment::new().with_hello();
        let root = environment.root().to_owned();
        for program in ["ssh", "sh"] {
            environment.link_program(program, &programs::find(program));
        }
        environment.set("GOMODCACHE", root.join("go-mod"));
        environment.set("GOPROXY", "off");
        environment.set("GOSUMDB", "off");
        environment.set("GOPRIVATE", "git.corp.internal");
        let hosts = root.join("known_hosts");
        let line = match known {
            Known::Yes => self.known_hosts_line(),
            Known::No => String::new(),
        };
        std::fs::write(&hosts, line).expect("known hosts");
        let ssh = format!(
            "ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o UserKnownHostsFile={} -i {}",
            hosts.display(),
            self.folder.path().join(key).display()
        );
        environment.set("GIT_SSH_COMMAND", ssh);
        let rule = format!(
            "[url \"ssh://root@127.0.0.1:{}{}/\"]\n\tinsteadOf = https://git.corp.internal/\n",
            self.port,
            self.folder.path().display()
        );
        std::fs::write(environment.home().join(".gitconfig"), rule).expect("git's settings");
        environment.write("go.sum", go_sum(MODULE, &files_of(MODULE)));
        environment.write(
            "go.mod",
            format!("module example.com/hello\n\ngo 1.26\n\nrequire {MODULE} v1.0.0\n"),
        );
        environment.write(
            "main.go",
            format!("package main\n\nimport _ \"{MODULE}\"\n\nfunc main() {{}}\n"),
        );
        environment
    }

    fn known_hosts_line(&self) -> String {
        let key = std::fs::read_to_string(self.folder.path().join("host.pub")).expect("a key");
        format!("[127.0.0.1]:{} {key}", self.port)
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a machine knows who the server is.
#[derive(Clone, Copy)]
enum Known {
    Yes,
    No,
}

fn sshd() -> PathBuf {
    let usual = PathBuf::from("/usr/sbin/sshd");
    if usual.is_file() {
        return usual;
    }
    programs::find("sshd")
}

fn make_key(path: &Path) {
    let status = Command::new(programs::find("ssh-keygen"))
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status();
    assert!(status.expect("ssh-keygen starts").success());
}

fn settings(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n\
         PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n\
         SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*\n"
    )
}

#[track_caller]
fn doctor(environment: &TestEnvironment, code: i32, part: &str) -> Output {
    let output = environment.run(["doctor"]).ends_with(code);
    assert!(output.data().contains(part), "no {part:?} in\n{output}");
    output
}

#[test]
fn a_private_module_comes_over_ssh_as_doctor_says() {
    let server = SshServer::start();
    let environment = server.environment("user", Known::Yes);
    let well = "OK      git.corp.internal/team/dep.git v1.0.0  private (GOPRIVATE=git.corp.internal) https://git.corp.internal/team/dep (git uses ssh://…@127.0.0.1:";
    doctor(&environment, 0, well);
    environment.run(["build"]).success();
}

#[test]
fn a_key_that_opens_nothing_is_told() {
    let server = SshServer::start();
    let environment = server.environment("stranger", Known::Yes);
    let reason = format!("127.0.0.1:{} takes no ssh key of yours", server.port);
    doctor(&environment, 77, &reason);
    environment.run(["build"]).ends_with(1);
}

#[test]
fn a_server_that_the_machine_does_not_know_is_told() {
    let server = SshServer::start();
    let environment = server.environment("user", Known::No);
    let reason = format!("ssh does not know 127.0.0.1:{}", server.port);
    doctor(&environment, 1, &reason);
    environment.run(["build"]).ends_with(1);
}
