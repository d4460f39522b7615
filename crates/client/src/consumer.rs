//! The consumer: reads assigned partitions, or topics as a member of a group.
//!
//! [`Consumer::assign`] chooses partitions; [`Consumer::subscribe`] joins a group, which assigns them. In
//! both cases, [`Consumer::poll`] is called again and again. It returns records, rejoins when the group
//! rebalances, and commits the records that earlier polls returned (`enable.auto.commit`). So a record is
//! committed only when the caller polls again.

mod assignor;
mod buffer;
mod fetcher;
mod membership;

pub use fetcher::PartitionRecords;

use std::collections::BTreeMap;
use std::time::Duration;

use wire::{StrBytes, TopicPartition};

use crate::admin::{Committed, OffsetSpec, list_offsets};
use crate::{Client, ConsumerConfig, Error, Result};
use buffer::Position;
use fetcher::Fetcher;
use membership::{Membership, Step};

/// Consumes records.
#[derive(Debug)]
pub struct Consumer {
    client: Client,
    config: ConsumerConfig,
    fetcher: Fetcher,
    group: Option<Membership>,
    /// Time of the next automatic commit.
    commit_at: Duration,
    /// The last committed offsets, to commit only changed ones.
    committed: BTreeMap<TopicPartition, i64>,
}

impl Consumer {
    pub(crate) fn new(client: Client, config: ConsumerConfig) -> Consumer {
        Consumer {
            fetcher: Fetcher::new(client.clone(), config.clone()),
            commit_at: client.io().clock.elapsed() + config.auto_commit_interval,
            group: None,
            committed: BTreeMap::new(),
            client,
            config,
        }
    }

    /// Consumes these partitions, from the committed offsets of the group or as `auto.offset.reset` defines.
    /// Partitions that were assigned before keep their position. Ends a subscription.
    pub fn assign(&mut self, partitions: impl IntoIterator<Item = TopicPartition>) {
        self.group = None;
        self.fetcher.assign(partitions);
    }

    /// Consumes these topics as a member of the group `group.id`.
    ///
    /// # Errors
    /// [`Error::State`] without a group.
    pub fn subscribe<'a>(&mut self, topics: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let Some(group_id) = &self.config.group_id else {
            return Err(Error::State("subscribing needs a group.id".to_owned()));
        };
        let topics = topics.into_iter().map(StrBytes::from).collect();
        match &mut self.group {
            Some(group) => group.subscribe(topics),
            None => {
                let (client, config) = (self.client.clone(), self.config.clone());
                self.group = Some(Membership::new(client, config, group_id, topics));
                self.fetcher.assign([]);
            }
        }
        Ok(())
    }

    /// The partitions that are assigned now.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.fetcher
            .partitions()
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Returns at most `max.poll.records` records; none if none arrive within `timeout`.
    ///
    /// Cancelling the future loses no records.
    ///
    /// # Errors
    /// Errors of the brokers, about data, offsets or the group. The caller may continue to poll.
    pub async fn poll(&mut self, timeout: Duration) -> Result<Vec<PartitionRecords>> {
        let clock = self.client.io().clock.clone();
        let deadline = clock.elapsed().saturating_add(timeout);
        loop {
            self.do_group_step().await?;
            self.commit_if_due().await;
            self.find_positions().await?;
            self.fetcher.send_fetches();
            let records = self.fetcher.take(self.config.poll_records_max)?;
            if !records.is_empty() {
                // Fetch the next records while the caller works on these.
                self.fetcher.send_fetches();
                return Ok(records);
            }
            let now = clock.elapsed();
            if now >= deadline {
                return Ok(Vec::new());
            }
            let alarm = self
                .fetcher
                .next_attempt(now)
                .map_or(deadline, |attempt| attempt.min(deadline));
            let group_changed = async {
                match &self.group {
                    Some(group) => group.changed().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = group_changed => {}
                () = self.fetcher.next_response() => {}
                () = clock.sleep_until(alarm) => {}
            }
        }
    }

    /// The offset of the next record that [`Consumer::poll`] returns; `None` while it is not known.
    pub fn position(&self, partition: &TopicPartition) -> Option<i64> {
        let position = self.fetcher.partition(partition)?.position?;
        Some(position.offset)
    }

    /// Sets the position to `offset`.
    ///
    /// # Errors
    /// [`Error::State`] for a partition that is not assigned.
    pub fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<()> {
        self.fetcher.partition_mut(partition)?.seek(Position {
            offset,
            leader_epoch: -1,
        });
        Ok(())
    }

    /// Sets the position to the offset of `spec`; for a time after all records, to the end.
    ///
    /// # Errors
    /// [`Error::State`] for a partition that is not assigned. The next poll returns an error of the broker.
    pub fn seek_to(&mut self, partition: &TopicPartition, spec: OffsetSpec) -> Result<()> {
        self.fetcher.partition_mut(partition)?.unset(spec);
        Ok(())
    }

    /// Returns no records of a partition until [`Consumer::resume`].
    ///
    /// # Errors
    /// [`Error::State`] for a partition that is not assigned.
    pub fn pause(&mut self, partition: &TopicPartition) -> Result<()> {
        self.fetcher.partition_mut(partition)?.paused = true;
        Ok(())
    }

    /// Ends [`Consumer::pause`].
    ///
    /// # Errors
    /// [`Error::State`] for a partition that is not assigned.
    pub fn resume(&mut self, partition: &TopicPartition) -> Result<()> {
        self.fetcher.partition_mut(partition)?.paused = false;
        Ok(())
    }

    /// Commits the positions: all returned records count as processed.
    ///
    /// # Errors
    /// `ILLEGAL_GENERATION`, `UNKNOWN_MEMBER_ID`, `REBALANCE_IN_PROGRESS` if the group has rebalanced; other
    /// errors of the broker; [`Error::Timeout`]; [`Error::State`] without group.
    pub async fn commit(&mut self) -> Result<()> {
        let positions = self.positions();
        self.commit_offsets(&positions).await?;
        self.remember(&positions);
        Ok(())
    }

    /// Commits these offsets.
    ///
    /// # Errors
    /// As [`Consumer::commit`].
    pub async fn commit_offsets(
        &mut self,
        offsets: &BTreeMap<TopicPartition, Committed>,
    ) -> Result<()> {
        if offsets.is_empty() {
            return Ok(());
        }
        match &self.group {
            Some(group) => group.commit(offsets).await,
            None => {
                let admin = self.client.admin();
                admin.alter_group_offsets(self.group_id()?, offsets).await
            }
        }
    }

    /// The committed offsets of these partitions. Partitions without one are left out.
    ///
    /// # Errors
    /// Errors of the broker; [`Error::Timeout`]; [`Error::State`] without group.
    pub async fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Committed>> {
        match &self.group {
            Some(group) => group.committed(partitions).await,
            None => {
                let admin = self.client.admin();
                admin
                    .group_offsets(self.group_id()?, Some(partitions))
                    .await
            }
        }
    }

    /// Commits, if `enable.auto.commit` is on, and leaves the group.
    ///
    /// # Errors
    /// As [`Consumer::commit`]. The consumer leaves the group in any case.
    pub async fn close(mut self) -> Result<()> {
        let committed = match self.config.auto_commit {
            true => self.commit().await,
            false => Ok(()),
        };
        if let Some(mut group) = self.group.take() {
            group.leave().await;
        }
        committed
    }

    fn group_id(&self) -> Result<&str> {
        let id = self.config.group_id.as_deref();
        id.ok_or_else(|| Error::State("committing needs a group.id".to_owned()))
    }

    /// Does the next step of the group membership.
    async fn do_group_step(&mut self) -> Result<()> {
        let Some(group) = &mut self.group else {
            return Ok(());
        };
        match group.step().await? {
            Step::Continue | Step::Wait => {}
            Step::Assign(partitions) => {
                tracing::debug!(?partitions, "assigned");
                self.committed.clear();
                self.fetcher.assign(partitions);
            }
            Step::Revoke { lost } => {
                if self.config.auto_commit && !lost {
                    self.commit_or_warn().await;
                }
                self.fetcher.assign([]);
                if let Some(group) = &mut self.group {
                    group.join();
                }
            }
        }
        Ok(())
    }

    async fn commit_if_due(&mut self) {
        let now = self.client.io().clock.elapsed();
        let wanted = self.config.auto_commit && self.config.group_id.is_some();
        if wanted && now >= self.commit_at {
            self.commit_at = now + self.config.auto_commit_interval;
            self.commit_or_warn().await;
        }
    }

    /// Commits the changed positions. After a failure, the next commit includes them.
    async fn commit_or_warn(&mut self) {
        let mut positions = self.positions();
        positions.retain(|key, position| self.committed.get(key) != Some(&position.offset));
        match self.commit_offsets(&positions).await {
            Ok(()) => self.remember(&positions),
            Err(error) => tracing::warn!(%error, "cannot commit offsets"),
        }
    }

    fn remember(&mut self, committed: &BTreeMap<TopicPartition, Committed>) {
        for (key, position) in committed {
            self.committed.insert(key.clone(), position.offset);
        }
    }

    fn positions(&self) -> BTreeMap<TopicPartition, Committed> {
        self.fetcher
            .partitions()
            .filter_map(|(key, state)| {
                let position = state.position?;
                let committed = Committed {
                    leader_epoch: position.leader_epoch,
                    ..Committed::at(position.offset)
                };
                Some((key.clone(), committed))
            })
            .collect()
    }

    /// Looks up the first position: the committed offset, or the one that `auto.offset.reset` defines.
    async fn find_positions(&mut self) -> Result<()> {
        let unknown: Vec<TopicPartition> = self
            .fetcher
            .partitions()
            .filter(|(_, state)| state.position.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut by_spec = BTreeMap::new();
        let mut by_group = Vec::new();
        for key in unknown {
            match self.fetcher.partition(&key).and_then(|state| state.reset) {
                Some(spec) => {
                    by_spec.insert(key, spec);
                }
                None => by_group.push(key),
            }
        }
        let committed = match by_group.is_empty() || self.config.group_id.is_none() {
            true => BTreeMap::new(),
            false => self.committed(&by_group).await?,
        };
        for key in by_group {
            if let Some(position) = committed.get(&key) {
                self.committed.insert(key.clone(), position.offset);
                self.fetcher.partition_mut(&key)?.seek(Position {
                    offset: position.offset,
                    leader_epoch: position.leader_epoch,
                });
                continue;
            }
            let spec = self.config.reset_spec().ok_or_else(|| {
                Error::State(format!(
                    "no offset is committed for {key}, and auto.offset.reset is none"
                ))
            })?;
            by_spec.insert(key, spec);
        }
        self.reset(by_spec).await
    }

    async fn reset(&mut self, by_spec: BTreeMap<TopicPartition, OffsetSpec>) -> Result<()> {
        if by_spec.is_empty() {
            return Ok(());
        }
        let isolation = self.config.isolation_level;
        let mut found = list_offsets(&self.client, &by_spec, isolation).await?;
        let missing: BTreeMap<_, _> = found
            .iter()
            .filter(|(_, listed)| listed.offset.is_none())
            .map(|(key, _)| (key.clone(), OffsetSpec::Latest))
            .collect();
        if !missing.is_empty() {
            found.extend(list_offsets(&self.client, &missing, isolation).await?);
        }
        for (key, listed) in found {
            let Some(offset) = listed.offset else {
                continue;
            };
            self.fetcher.partition_mut(&key)?.seek(Position {
                offset,
                leader_epoch: -1,
            });
        }
        Ok(())
    }
}
