//! Which known name a misspelt one was meant to be.
//!
//! Only near misses are told: other separators or capitals, or at most two letters wrong in a
//! name long enough for that to be a slip.

/// The known name nearest to `name`, if it is near enough to be a slip.
pub(super) fn of<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = plain(name);
    let allowed = match plain.len() {
        0..=5 => 0,
        6..=10 => 1,
        _ => 2,
    };
    known
        .map(|candidate| (distance(plain.as_bytes(), candidate.as_bytes()), candidate))
        .min()
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, candidate)| candidate)
}

fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(['_', '-'], ".")
}

/// Insertions, deletions, substitutions and swaps of neighbours between two texts.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = last;
        last = row;
    }
    last[b.len()]
}
