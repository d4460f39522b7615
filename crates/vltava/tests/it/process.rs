//! A running `vltava`, and one-shot calls of it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The binary under test.
pub const VLTAVA: &str = env!("CARGO_BIN_EXE_vltava");

/// Generous: a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A process that runs until it is stopped; its standard output is kept line by line.
pub struct Running {
    child: Child,
    output: Arc<(Mutex<Vec<String>>, Condvar)>,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Running {
        let mut child = Command::new(VLTAVA)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let output = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let filled = Arc::clone(&output);
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                filled.0.lock().unwrap().push(line);
                filled.1.notify_all();
            }
        });
        Running { child, output }
    }

    /// What comes behind `start` in the first line that has it, once there is one.
    pub fn wait_for(&mut self, start: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.output.0.lock().unwrap();
        loop {
            let found = lines.iter().find_map(|line| line.split_once(start));
            if let Some((_, rest)) = found {
                return rest.trim().to_owned();
            }
            assert!(Instant::now() < deadline, "no {start:?} in:\n{}", lines.join("\n"));
            let wait = self.output.1.wait_timeout(lines, Duration::from_millis(200));
            lines = wait.unwrap().0;
        }
    }

    /// All lines so far that begin with `start`.
    pub fn lines(&self, start: &str) -> Vec<String> {
        let lines = self.output.0.lock().unwrap();
        lines.iter().filter(|line| line.starts_with(start)).cloned().collect()
    }

    /// The address that clients connect to.
    pub fn bootstrap(&mut self) -> String {
        self.wait_for("listening on PLAINTEXT://")
    }

    /// Ctrl-C, and the exit status that follows within ten seconds.
    pub fn interrupt(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "did not stop within ten seconds of Ctrl-C");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL: the process gets no chance to do anything.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A failed test leaves no server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end and gives its standard output.
pub fn run(arguments: &[&str]) -> String {
    run_with_input(arguments, "")
}

/// As [`run`], with text on standard input.
pub fn run_with_input(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(VLTAVA)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// A `serve` on a free port over this data directory.
pub fn serve(log_dir: &Path) -> Running {
    let log_dirs = format!("log.dirs={}", log_dir.display());
    Running::start(&["serve", "--set", &log_dirs, "--set", "listeners=PLAINTEXT://localhost:0"])
}
