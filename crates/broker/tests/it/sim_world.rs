//! A broker on a simulated machine: no real time passes, and no port is taken.

use std::collections::BTreeMap;

use io::Io;
use io::sim::{Faults, Sim};
use vltava_broker::{Broker, BrokerConfig, StartError};

use super::WireClient;

const ADDRESS: &str = "localhost:9092";

/// Runs `story` on a simulated machine.
pub fn run<F: Future>(story: impl FnOnce(SimWorld) -> F) -> F::Output {
    let mut sim = Sim::new(1);
    let world = SimWorld {
        io: sim.io(),
        faults: sim.faults().clone(),
    };
    sim.block_on(story(world))
}

/// A simulated machine.
pub struct SimWorld {
    pub io: Io,
    pub faults: Faults,
}

impl SimWorld {
    /// Starts a broker with these properties.
    pub async fn start(&self, properties: &[(&str, &str)]) -> Broker {
        self.try_start(properties).await.unwrap()
    }

    /// As [`SimWorld::start`].
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub async fn try_start(&self, properties: &[(&str, &str)]) -> Result<Broker, StartError> {
        let given = [
            ("listeners", "PLAINTEXT://localhost:9092"),
            ("log.dirs", "/data"),
        ];
        let all: BTreeMap<String, String> = given
            .iter()
            .chain(properties)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (config, _) = BrokerConfig::from_properties(&all).unwrap();
        Broker::start(self.io.clone(), config).await
    }

    pub async fn connect(&self) -> WireClient {
        WireClient::connect(&self.io, ADDRESS).await
    }
}
