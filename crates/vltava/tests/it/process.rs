//! Starts `vltava`, as a server and as single commands.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The binary under test.
pub const VLTAVA: &str = env!("CARGO_BIN_EXE_vltava");

/// Long enough for a debug build on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(90);

/// A running process. Its output is collected by line.
pub struct Running {
    child: Child,
    output: Lines,
    errors: Lines,
    /// Ends when the process has closed its standard error.
    collector: Option<JoinHandle<()>>,
}

/// Lines of output, collected by a thread.
type Lines = Arc<(Mutex<Vec<String>>, Condvar)>;

impl Running {
    /// Starts a command.
    pub fn start_by(command: &mut Command) -> Running {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (output, _) = collect(child.stdout.take().expect("standard output is piped"));
        let (errors, collector) = collect(child.stderr.take().expect("standard error is piped"));
        Running {
            child,
            output,
            errors,
            collector: Some(collector),
        }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The standard error so far.
    pub fn errors(&self) -> String {
        self.errors.0.lock().unwrap().join("\n")
    }

    /// Waits for the first line that begins with `start`, and returns its rest.
    pub fn wait_for(&mut self, start: &str) -> String {
        let deadline = Instant::now() + TIMEOUT;
        let mut lines = self.output.0.lock().unwrap();
        loop {
            let found = lines.iter().find_map(|line| line.split_once(start));
            if let Some((_, rest)) = found {
                return rest.trim().to_owned();
            }
            assert!(
                Instant::now() < deadline,
                "no {start:?} in:\n{}\n{}",
                lines.join("\n"),
                self.errors()
            );
            let wait = self
                .output
                .1
                .wait_timeout(lines, Duration::from_millis(200));
            lines = wait.unwrap().0;
        }
    }

    /// All lines so far that begin with `start`.
    pub fn lines(&self, start: &str) -> Vec<String> {
        let lines = self.output.0.lock().unwrap();
        lines
            .iter()
            .filter(|line| line.starts_with(start))
            .cloned()
            .collect()
    }

    /// The address that clients connect to.
    pub fn bootstrap(&mut self) -> String {
        self.wait_for("listening on PLAINTEXT://")
    }

    /// Sends SIGINT and returns the exit status, which must come within ten seconds.
    pub fn interrupt(self) -> ExitStatus {
        self.interrupt_with_errors().0
    }

    /// As [`Running::interrupt`], with the whole standard error.
    pub fn interrupt_with_errors(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if self.child.try_wait().unwrap().is_some() {
                return self.ended();
            }
            assert!(
                Instant::now() < deadline,
                "did not stop within ten seconds of Ctrl-C"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The address that clients connect to; `None` if the process ends instead.
    pub fn started(&mut self) -> Option<String> {
        loop {
            let ended = self.child.try_wait().unwrap().is_some();
            if !self.lines("listening on ").is_empty() {
                return Some(self.bootstrap());
            }
            if ended {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the process ends by itself. Returns its exit status and its standard error.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        let collector = self.collector.take().expect("joined only here");
        collector.join().unwrap();
        (status, self.errors())
    }

    /// Sends SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A failed test must not leave a server running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Collects lines in a thread until the end of the stream.
fn collect(from: impl Read + Send + 'static) -> (Lines, JoinHandle<()>) {
    let lines = Lines::default();
    let filled = Arc::clone(&lines);
    let collector = std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            filled.0.lock().unwrap().push(line);
            filled.1.notify_all();
        }
    });
    (lines, collector)
}

/// The output of `vltava consume` for a whole topic, with further arguments.
pub fn consume(bootstrap: &str, topic: &str, more: &[&str]) -> String {
    let arguments = [
        "consume",
        topic,
        "-b",
        bootstrap,
        "--from-beginning",
        "--until-end",
    ];
    run(&[&arguments, more].concat())
}

/// Runs a command to its end and returns its standard output.
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
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{arguments:?}: {}\n{stderr}",
        output.status
    );
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Starts `serve` on a free port with this data directory.
pub fn serve(log_dir: &Path) -> Running {
    serve_with(log_dir, &[])
}

/// As [`serve`], with further settings (`key=value`).
pub fn serve_with(log_dir: &Path, settings: &[&str]) -> Running {
    Running::start_by(&mut serve_command(Command::new(VLTAVA), log_dir, settings))
}

/// As [`serve_with`], with `vltava serve` appended to `command`.
pub fn serve_command(mut command: Command, log_dir: &Path, settings: &[&str]) -> Command {
    let log_dirs = format!("log.dirs={}", log_dir.display());
    command.arg("serve");
    for setting in [&*log_dirs, "listeners=PLAINTEXT://localhost:0"]
        .iter()
        .chain(settings)
    {
        command.args(["--set", setting]);
    }
    command
}
