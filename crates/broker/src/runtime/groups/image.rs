//! The metadata image as coordinators read it.

use std::sync::Arc;

use coordinator::CoordinatorMetadataImage;
use metadata::MetadataImage;
use wire::Uuid;

pub(super) struct ImageForCoordinator(pub(super) Arc<MetadataImage>);

impl CoordinatorMetadataImage for ImageForCoordinator {
    fn topic_id(&self, name: &str) -> Option<Uuid> {
        self.0.topics().by_name(name).map(|topic| topic.id)
    }
}
