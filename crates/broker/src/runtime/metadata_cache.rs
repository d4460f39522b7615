//! The metadata image that this node has published, as Kafka's `MetadataCache`. Requests are answered
//! from it, and it says which partitions this node hosts.

use std::sync::Arc;

use metadata::MetadataImage;
use parking_lot::RwLock;

/// The image that was published last.
#[derive(Debug)]
pub(crate) struct MetadataCache {
    image: RwLock<Arc<MetadataImage>>,
}

impl MetadataCache {
    /// A cache with `image`.
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
