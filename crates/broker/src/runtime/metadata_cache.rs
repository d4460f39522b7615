//! The metadata image that this node has published: its handlers answer from it, and its partitions
//! are hosted by it. As Kafka's `MetadataCache`.

use std::sync::Arc;

use metadata::MetadataImage;
use parking_lot::RwLock;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct MetadataCache {
    image: RwLock<Arc<MetadataImage>>,
}

impl MetadataCache {
    /// Begins with an image.
    pub(crate) fn new(image: Arc<MetadataImage>) -> MetadataCache {
        MetadataCache {
            image: RwLock::new(image),
        }
    }

    /// The newest published image.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        Arc::clone(&self.image.read())
    }

    /// Replaces the image. The caller publishes images in the order of their offsets.
    pub(crate) fn publish(&self, image: Arc<MetadataImage>) {
        *self.image.write() = image;
    }
}
