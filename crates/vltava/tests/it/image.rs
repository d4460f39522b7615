//! A file system of its own, ext4 in a file, that may lose its power or run full.
//!
//! It is mounted in a namespace that a process of ours holds, so that nothing of it is left on the
//! machine whatever happens to the test. What is to see it is started with [`Image::command`].

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::process::VLTAVA;

/// A mounted image.
pub struct Image {
    /// Ends with its standard input, and with it goes the namespace.
    holder: Child,
    directory: TempDir,
}

/// What a power cut leaves of what the file system's journal holds.
#[derive(Clone, Copy, Debug)]
pub enum Journal {
    /// It is written out first: files may be there that are empty.
    Flushed,
    /// It is lost: files may not be there.
    Lost,
}

impl Image {
    /// An empty file system of this size. Where that is not permitted, or what it takes is not
    /// installed, `None`, and the reason is said aloud.
    pub fn new(megabytes: u64) -> Option<Image> {
        match Image::try_new(megabytes) {
            Ok(image) => Some(image),
            Err(why) => {
                let test = std::thread::current();
                let name = test.name().unwrap_or("a test");
                // Not by `eprintln`, which the test harness keeps to itself.
                let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {why}");
                None
            }
        }
    }

    fn try_new(megabytes: u64) -> Result<Image, String> {
        let directory = tempfile::tempdir().map_err(|e| e.to_string())?;
        let file = directory.path().join("image");
        let sized = File::create(&file).and_then(|created| created.set_len(megabytes << 20));
        sized.map_err(|e| e.to_string())?;
        fs::create_dir(directory.path().join("mount")).map_err(|e| e.to_string())?;
        let mut format = Command::new("mkfs.ext4");
        done(format.args(["-q", "-F", "-m", "0"]).arg(&file))?;
        done(Command::new("perl").args(["-e", "1"]))?;
        let mut hold = Command::new("unshare");
        hold.args(["--mount", "--propagation", "private", "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let holder = hold.spawn().map_err(|e| format!("unshare: {e}"))?;
        let mut image = Image { holder, directory };
        image.await_namespace()?;
        image.mount()?;
        Ok(image)
    }

    /// `cat` answers once it runs, which is after the namespace was made.
    fn await_namespace(&mut self) -> Result<(), String> {
        use std::io::Read;
        let to = self.holder.stdin.as_mut().expect("it is piped");
        let from = self.holder.stdout.as_mut().expect("it is piped");
        let mut answer = [0];
        to.write_all(b".")
            .and_then(|()| from.read_exact(&mut answer))
            .map_err(|e| format!("unshare --mount is not permitted: {e}"))
    }

    /// Where it is mounted, for who is started with [`Image::command`].
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("mount")
    }

    /// A command that sees it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--mount=/proc/{}/ns/mnt", self.holder.id()));
        command.args(["--", program]);
        command
    }

    /// `vltava`, seeing it.
    pub fn vltava(&self) -> Command {
        self.command(VLTAVA)
    }

    fn mount(&self) -> Result<(), String> {
        let mut mount = self.command("mount");
        mount
            .args(["-o", "loop"])
            .arg(self.directory.path().join("image"));
        done(mount.arg(self.path()))
    }

    /// Cuts its power: nothing is written from now on, and every call to it fails with `EIO`. The
    /// file system's own means to test that, `EXT4_IOC_SHUTDOWN`.
    pub fn cut_power(&self, journal: Journal) {
        let flags = match journal {
            Journal::Flushed => 1,
            Journal::Lost => 2,
        };
        let script = "opendir(my $d, $ARGV[0]) or die $!; \
                      open(my $f, '<&', fileno($d)) or die $!; \
                      ioctl($f, 0x8004587D, pack('L', $ARGV[1])) or die $!";
        let mut cut = self.command("perl");
        cut.args(["-e", script])
            .arg(self.path())
            .arg(flags.to_string());
        done(&mut cut).unwrap();
    }

    /// Puts the power back. Nobody may use the file system meanwhile.
    pub fn restore_power(&self) {
        done(self.command("umount").arg(self.path())).unwrap();
        self.mount().unwrap();
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Runs a command to its end.
pub fn done(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("{name}: {}", said.trim()))
        }
        Err(e) => Err(format!("{name}: {e}")),
    }
}
