//! The topics of a Kafka cluster, as a stream or as a bounded table.
//!
//! The offset is, per topic and partition, the *next* record to read: `{"t":{"0":534,"1":134}}`.
//! Where the stream began is kept in the checkpoint (`sources/<i>/0`), because "latest" means
//! something else at every start. Partitions that appear later are read from their beginning.
//!
//! It is a plain client: any cluster will do, the one in this process too. It joins no group and
//! commits no offsets; the query's checkpoint is what remembers.

mod lane;
mod limit;
mod offsets;
mod options;
mod rows;
mod stream;

use arrow::datatypes::SchemaRef;
use io::Io;

use self::offsets::Cluster;
pub use self::options::client_config;
pub use self::rows::headers_type;
use crate::error::Result;
use crate::memory::Memory;
use crate::source::Lane;

pub use options::KafkaSpec;
pub use stream::KafkaSource;

impl KafkaSpec {
    pub(crate) fn schema(&self) -> SchemaRef {
        rows::schema(self.include_headers)
    }

    /// The rows between the configured beginning and end, a lane per partition.
    pub async fn read_batch(&self, io: &Io, memory: &Memory) -> Result<Vec<Lane>> {
        let cluster = Cluster::connect(io, self).await?;
        let partitions = cluster.partitions().await?;
        let start = cluster.resolve(&self.starting, &partitions).await?;
        let end = cluster.resolve(&self.ending, &partitions).await?;
        let readers = lane::Readers::new(io, memory, &cluster, self);
        readers.lanes(&start, &end)
    }
}
