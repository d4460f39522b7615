//! The newest metadata image of this broker (Kafka's `MetadataCache`).

use std::sync::Arc;

use metadata::MetadataImage;
use parking_lot::RwLock;

/// Shared by everything that reads cluster metadata; the controller publishes into it.
#[derive(Debug)]
pub(crate) struct MetadataCache {
    image: RwLock<Arc<MetadataImage>>,
}

impl MetadataCache {
    pub(crate) fn new(image: MetadataImage) -> MetadataCache {
        MetadataCache {
            image: RwLock::new(Arc::new(image)),
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
