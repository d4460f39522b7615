//! Counters of the operating system, and percentiles.

use std::fs::read_to_string;
use std::io::{Error, Result};
use std::os::linux::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// Clock ticks per second: `sysconf(_SC_CLK_TCK)` on Linux.
const TICKS_PER_SECOND: f64 = 100.0;
const SECTOR_BYTES: u64 = 512;

/// CPU seconds of the process so far, user and system.
pub fn cpu_seconds() -> Result<f64> {
    let stat = read_to_string("/proc/self/stat")?;
    // The name of the command may hold blanks. Fields 14 and 15 are utime and stime.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let field = |at| number(after_name.split_whitespace().nth(at));
    Ok((field(11)? + field(12)?) as f64 / TICKS_PER_SECOND)
}

/// Bytes this process has written to files so far: pages as they became dirty, and direct writes.
pub fn bytes_written() -> Result<u64> {
    let counters = read_to_string("/proc/self/io")?;
    let line = |line: &'_ str| line.strip_prefix("write_bytes: ").map(str::to_owned);
    number(counters.lines().find_map(line).as_deref())
}

/// Bytes that all processes have written so far to the device of `path`.
pub fn device_bytes_written(path: &Path) -> Result<u64> {
    let device = std::fs::metadata(path)?.st_dev();
    // As glibc's major() and minor(), for small numbers.
    let (major, minor) = (
        (device >> 8) & 0xfff,
        (device & 0xff) | ((device >> 12) & !0xff),
    );
    let ids = [major.to_string(), minor.to_string()];
    let stats = read_to_string("/proc/diskstats")?;
    let is_ours = |line: &&str| line.split_whitespace().take(2).eq(ids.iter());
    let line = stats.lines().find(is_ours);
    let sectors = number(line.and_then(|line| line.split_whitespace().nth(9)))?;
    Ok(sectors * SECTOR_BYTES)
}

fn number(text: Option<&str>) -> Result<u64> {
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::other("/proc has an unexpected format"))
}

/// The percentile `share` of `sorted`, in milliseconds.
pub fn percentile_ms(sorted: &[Duration], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .map_or(f64::NAN, |value| value.as_secs_f64() * 1e3)
}
