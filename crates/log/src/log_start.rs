//! The log start offset: DeleteRecords raises it, and so does retention.

use crate::error::ReadError;
use crate::partition_log::Log;

impl Log {
    /// Deletes the records below `offset`, or all below `high_watermark` for -1. Returns the new
    /// log start offset.
    ///
    /// The next retention removes the files. The caller makes the new log start offset durable in
    /// its checkpoint before it answers.
    ///
    /// # Errors
    /// [`ReadError::OffsetOutOfRange`] above `high_watermark`.
    pub fn delete_records(&mut self, offset: i64, high_watermark: i64) -> Result<i64, ReadError> {
        let offset = if offset == -1 { high_watermark } else { offset };
        if offset < 0 || offset > high_watermark {
            return Err(ReadError::OffsetOutOfRange {
                log_start_offset: self.log_start_offset,
                log_end_offset: high_watermark,
            });
        }
        self.raise_log_start(offset);
        Ok(self.log_start_offset)
    }

    /// Raises the log start offset. Opening the log shortens the leader epochs in the same way, so
    /// their file need not be written.
    pub(crate) fn raise_log_start(&mut self, offset: i64) {
        if offset > self.log_start_offset {
            self.log_start_offset = offset;
            self.epochs_changed |= self.epochs.truncate_from_start(offset);
        }
    }
}
