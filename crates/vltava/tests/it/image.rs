//! An ext4 file system in a file, to simulate power cuts and full disks.
//!
//! A helper process holds the mount namespace, so the mount disappears whatever happens to the test. A process
//! that uses the file system is started by [`Image::command`].

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::process::VLTAVA;

/// A mounted image.
pub struct Image {
    /// The process ends when its standard input is closed, and the namespace with it.
    holder: Child,
    directory: TempDir,
}

/// What a power cut does to the journal of the file system.
#[derive(Clone, Copy, Debug)]
pub enum Journal {
    /// The journal is written first: files may exist and be empty.
    Flushed,
    /// The journal is lost: files may be missing.
    Lost,
}

impl Image {
    /// An empty file system of this size. Returns `None` and prints the reason if that is not permitted, or a tool
    /// is missing.
    pub fn new(megabytes: u64) -> Option<Image> {
        match Image::try_new(megabytes) {
            Ok(image) => Some(image),
            Err(why) => {
                let test = std::thread::current();
                let name = test.name().unwrap_or("a test");
                // The test harness would capture `eprintln`.
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

    /// `cat` answers when the namespace exists.
    fn await_namespace(&mut self) -> Result<(), String> {
        use std::io::Read;
        let to = self.holder.stdin.as_mut().expect("it is piped");
        let from = self.holder.stdout.as_mut().expect("it is piped");
        let mut answer = [0];
        to.write_all(b".")
            .and_then(|()| from.read_exact(&mut answer))
            .map_err(|e| format!("unshare --mount is not permitted: {e}"))
    }

    /// The mount point, for processes started by [`Image::command`].
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("mount")
    }

    /// A command in the namespace of the file system.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--mount=/proc/{}/ns/mnt", self.holder.id()));
        command.args(["--", program]);
        command
    }

    /// `vltava` in the namespace of the file system.
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

    /// Cuts the power: nothing is written any more, and every call fails with `EIO`. Uses ext4's own test function,
    /// `EXT4_IOC_SHUTDOWN`.
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

    /// Restores the power. No process may use the file system at this time.
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
