//! How far a batch goes when it may not take everything: a decision over offsets.

use super::offsets::PartitionOffsets;

/// The end of a batch of at most about `limit` records between `start` and `latest`, each
/// partition contributing in proportion to what it has.
///
/// A partition with anything contributes at least one record, so the sum may exceed the limit by
/// less than the number of partitions.
pub(super) fn pro_rata(
    limit: u64,
    start: &PartitionOffsets,
    latest: &PartitionOffsets,
) -> PartitionOffsets {
    let total = new_records(start, latest) as f64;
    if total < 1.0 {
        return latest.clone();
    }
    latest
        .iter()
        .map(|(topic, partition, end)| {
            let begin = start.get(topic, partition).unwrap_or(end);
            let size = (end - begin).max(0);
            let share = limit as f64 * (size as f64 / total);
            let share = if share < 1.0 {
                share.ceil()
            } else {
                share.floor()
            };
            let bounded = begin.saturating_add(share as i64).min(end);
            let end = if size == 0 { end } else { bounded };
            (topic.to_string(), partition, end)
        })
        .collect()
}

/// How many records lie between the offsets.
pub(super) fn new_records(start: &PartitionOffsets, latest: &PartitionOffsets) -> u64 {
    latest
        .iter()
        .map(|(topic, partition, end)| {
            let begin = start.get(topic, partition).unwrap_or(end);
            (end - begin).max(0) as u64
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(numbers: &[i64]) -> PartitionOffsets {
        numbers
            .iter()
            .enumerate()
            .map(|(partition, offset)| ("t".to_string(), partition as i32, *offset))
            .collect()
    }

    #[test]
    fn each_partition_gives_its_share() {
        let table = [
            // limit, start, latest, end
            (10, vec![0, 0], vec![30, 10], vec![7, 2]),
            (10, vec![0, 0], vec![3, 2], vec![3, 2]),
            (2, vec![0, 0, 0], vec![100, 1, 1], vec![1, 1, 1]),
            (5, vec![7, 7], vec![7, 107], vec![7, 12]),
            (5, vec![7, 7], vec![7, 7], vec![7, 7]),
            (u64::MAX, vec![0], vec![i64::MAX], vec![i64::MAX]),
        ];
        for (limit, start, latest, end) in table {
            assert_eq!(
                pro_rata(limit, &offsets(&start), &offsets(&latest)),
                offsets(&end),
                "{limit} of {start:?}..{latest:?}"
            );
        }
    }
}
