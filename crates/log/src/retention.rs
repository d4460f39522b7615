//! Which segments have had their time: pure planning.

/// What retention needs to know of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentFacts {
    /// Offset of its first record, which names it.
    pub base_offset: i64,
    /// Offset after its last record.
    pub next_offset: i64,
    /// Bytes of record batches.
    pub size: u64,
    /// Largest record timestamp in ms; -1 if no record has one.
    pub max_timestamp: i64,
    /// When it was last written, in ms.
    pub modified_ms: i64,
}

/// How long and how much to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `retention.ms`; negative keeps for ever.
    pub retention_ms: i64,
    /// `retention.bytes`; negative keeps everything.
    pub retention_bytes: i64,
}

/// When a segment's newest record was made, for retention.
///
/// A timestamp from the future says nothing of age and would keep the segment as long as it
/// pleases; then, and without any timestamp, the time of the last write counts.
pub fn newest_ms(segment: &SegmentFacts, now_ms: i64) -> i64 {
    if segment.max_timestamp < 0 || segment.max_timestamp > now_ms {
        segment.modified_ms
    } else {
        segment.max_timestamp
    }
}

/// How many of the oldest segments may be deleted.
///
/// `segments` are all of the log, oldest first, the active one last; it is never counted. A
/// segment with records at or above `bound` (what is committed) stays, whatever its age.
pub fn expired(
    segments: &[SegmentFacts],
    policy: Retention,
    log_start_offset: i64,
    bound: i64,
    now_ms: i64,
) -> usize {
    let Some((_, closed)) = segments.split_last() else {
        return 0;
    };
    let mut excess = if policy.retention_bytes < 0 {
        0
    } else {
        let total: u64 = segments.iter().map(|segment| segment.size).sum();
        total.saturating_sub(policy.retention_bytes as u64)
    };
    for (count, segment) in closed.iter().enumerate() {
        let before_start = segment.next_offset <= log_start_offset;
        let too_old = policy.retention_ms >= 0
            && now_ms.saturating_sub(newest_ms(segment, now_ms)) > policy.retention_ms;
        let too_much = excess > 0 && excess >= segment.size;
        if segment.next_offset > bound || !(before_start || too_old || too_much) {
            return count;
        }
        excess = excess.saturating_sub(segment.size);
    }
    closed.len()
}

/// Whether the active segment should be closed so that retention can take it.
pub fn active_expired(active: &SegmentFacts, policy: Retention, bound: i64, now_ms: i64) -> bool {
    active.size > 0
        && active.next_offset <= bound
        && policy.retention_ms >= 0
        && now_ms.saturating_sub(newest_ms(active, now_ms)) > policy.retention_ms
}

/// When there is something to do, in ms, if nothing is written until then: at once, or when the
/// oldest segment has had its time, which the others wait for; `i64::MAX` for never.
pub fn due_ms(
    segments: &[SegmentFacts],
    policy: Retention,
    log_start_offset: i64,
    bound: i64,
    now_ms: i64,
) -> i64 {
    let active = segments.last();
    if active.is_some_and(|active| active_expired(active, policy, bound, now_ms))
        || expired(segments, policy, log_start_offset, bound, now_ms) > 0
    {
        return now_ms;
    }
    match segments.first() {
        Some(oldest) if oldest.size > 0 && policy.retention_ms >= 0 => newest_ms(oldest, now_ms)
            .saturating_add(policy.retention_ms)
            .saturating_add(1),
        _ => i64::MAX,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const KEEP: Retention = Retention {
        retention_ms: -1,
        retention_bytes: -1,
    };
    pub(crate) const NOW: i64 = 10_000;

    /// Four segments of ten records and 100 bytes, made at 1000, 2000, 3000 and 4000.
    pub(crate) fn four() -> Vec<SegmentFacts> {
        (0..4)
            .map(|i| SegmentFacts {
                base_offset: i * 10,
                next_offset: i * 10 + 10,
                size: 100,
                max_timestamp: (i + 1) * 1000,
                modified_ms: NOW,
            })
            .collect()
    }

    fn count(policy: Retention) -> usize {
        expired(&four(), policy, 0, 40, NOW)
    }

    #[test]
    fn the_old_go_and_the_active_one_stays() {
        assert_eq!(count(KEEP), 0);
        assert_eq!(
            count(Retention {
                retention_ms: 7500,
                ..KEEP
            }),
            2
        );
        assert_eq!(
            count(Retention {
                retention_ms: 0,
                ..KEEP
            }),
            3
        );
    }

    #[test]
    fn size_counts_whole_segments() {
        let kept = [(400, 0), (399, 0), (300, 1), (299, 1), (200, 2), (0, 3)];
        for (retention_bytes, expected) in kept {
            let policy = Retention {
                retention_bytes,
                ..KEEP
            };
            assert_eq!(count(policy), expected, "{retention_bytes} bytes");
        }
    }

    #[test]
    fn a_young_segment_shields_those_behind_it() {
        let mut segments = four();
        segments[0].max_timestamp = 9_999;
        let policy = Retention {
            retention_ms: 5000,
            ..KEEP
        };
        assert_eq!(expired(&segments, policy, 0, 40, NOW), 0);
    }

    #[test]
    fn nothing_uncommitted_is_deleted() {
        let policy = Retention {
            retention_ms: 0,
            ..KEEP
        };
        assert_eq!(expired(&four(), policy, 0, 15, NOW), 1);
    }

    #[test]
    fn what_lies_before_the_log_start_goes_whatever_the_policy() {
        assert_eq!(expired(&four(), KEEP, 20, 40, NOW), 2);
        assert_eq!(expired(&four(), KEEP, 19, 40, NOW), 1);
    }

    #[test]
    fn a_timestamp_from_the_future_does_not_keep_for_ever() {
        let mut segments = four();
        segments[0].max_timestamp = i64::MAX;
        segments[0].modified_ms = 1000;
        let policy = Retention {
            retention_ms: 5000,
            ..KEEP
        };
        assert_eq!(expired(&segments, policy, 0, 40, NOW), 3);
    }

    #[test]
    fn retention_is_due_when_the_oldest_segment_has_had_its_time() {
        let by_time = |retention_ms| Retention {
            retention_ms,
            ..KEEP
        };
        let due = |policy| due_ms(&four(), policy, 0, 40, NOW);
        assert_eq!(due(KEEP), i64::MAX);
        // The oldest is of 1000.
        assert_eq!(due(by_time(8999)), NOW);
        assert_eq!(due(by_time(9000)), 10_001);
        assert_eq!(due(by_time(i64::MAX)), i64::MAX);
        let by_size = |retention_bytes| Retention {
            retention_bytes,
            ..KEEP
        };
        assert_eq!((due(by_size(300)), due(by_size(301))), (NOW, i64::MAX));
        assert_eq!(due_ms(&four(), KEEP, 10, 40, NOW), NOW);
        // Only the active one, whose timestamp says nothing: as when it was written.
        let active = SegmentFacts {
            max_timestamp: i64::MAX,
            modified_ms: 9000,
            ..four()[3]
        };
        let due = |retention_ms| due_ms(&[active], by_time(retention_ms), 0, 40, NOW);
        assert_eq!((due(999), due(1000)), (NOW, 10_001));
    }

    #[test]
    fn the_active_segment_is_closed_when_all_of_it_is_old() {
        let policy = Retention {
            retention_ms: 5000,
            ..KEEP
        };
        let active = four()[3];
        assert!(active_expired(&active, policy, 40, NOW));
        assert!(!active_expired(&active, policy, 39, NOW));
        assert!(!active_expired(
            &SegmentFacts { size: 0, ..active },
            policy,
            40,
            NOW
        ));
        assert!(!active_expired(&active, KEEP, 40, NOW));
    }
}
