//! `vltava dev`: runs broker and streaming engine on this machine, with a demonstration.
//!
//! Two weeks of real departures are replayed into the topic `flights`, and the queries of `examples/flights/flights.sql` run
//! over it. All files are in one directory; a second start continues where the first one stopped.

mod replay;

use std::path::{Path, PathBuf};

use broker::Broker;
use client::{Client, ClientConfig, NewTopic};
use io::{Io, ShutdownSignal, Task};
use stream::{Parameters, Session};
use tokio::sync::oneshot;
use wire::ErrorCode;

use crate::Failure;
use crate::cli::sql::run_script;
use crate::cli::{Output, key_value};
use crate::config::{self, Properties};
use crate::serve::{broker_config, cores, start};

/// The queries of the demonstration. A user can run the same file.
const QUERIES: &str = include_str!("../../../../examples/flights/flights.sql");

/// The tables that the queries join with, by file name.
const TABLES: [(&str, &str); 2] = [
    (
        "airports.csv",
        include_str!("../../../../examples/flights/airports.csv"),
    ),
    (
        "airlines.csv",
        include_str!("../../../../examples/flights/airlines.csv"),
    ),
];

/// Partitions of each topic of the demonstration.
const PARTITIONS: i32 = 4;

/// Memory that sorts, joins and aggregations of the engine's queries may take, in bytes.
const ENGINE_MEMORY: usize = 1 << 30;

#[derive(clap::Args)]
pub struct Arguments {
    /// Directory of topics, checkpoints and results.
    #[arg(long, default_value = "vltava-data")]
    data_dir: PathBuf,
    /// How many times faster than real time the flights are replayed; 3600 replays one hour in one second.
    #[arg(long, default_value_t = 3600.0, value_parser = positive)]
    speed: f64,
    /// Set a broker property. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Set a session configuration of the engine, such as spark.sql.shuffle.partitions=2. Can be repeated.
    #[arg(long = "conf", value_name = "KEY=VALUE", value_parser = key_value)]
    conf: Vec<(String, String)>,
}

fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number")?;
    if number > 0.0 && number.is_finite() {
        Ok(number)
    } else {
        Err("must be more than 0".into())
    }
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut properties = Properties::new();
    properties.insert(
        "log.dirs".to_owned(),
        arguments.data_dir.join("log").display().to_string(),
    );
    properties.extend(config::load(None, std::env::vars(), &arguments.set)?);
    let config = broker_config(&properties)?;
    io::raise_descriptor_limit();
    let (io, executors) = Io::real(cores());
    let done = executors.block_on(async {
        let mut signal = io.shutdown_signal();
        let Some(broker) = start(&io, config, &mut signal).await? else {
            return Ok(());
        };
        let done = demonstrate(&io, &broker, arguments, signal).await;
        broker.shutdown().await;
        done
    });
    executors.shutdown();
    done
}

/// Runs replay and queries until a signal arrives or one of them fails.
async fn demonstrate(
    io: &Io,
    broker: &Broker,
    arguments: Arguments,
    mut signal: ShutdownSignal,
) -> Result<(), Failure> {
    let client = Client::connect(io, ClientConfig::new(&in_process())).await?;
    for topic in ["flights", "delays"] {
        let created = client
            .admin()
            .create_topic(&NewTopic::new(topic, PARTITIONS))
            .await;
        if let Err(error) = created
            && error.code() != Some(ErrorCode::TopicAlreadyExists)
        {
            return Err(error.into());
        }
    }
    explain(broker, &arguments);
    let (stop_engine, stopped) = oneshot::channel();
    let mut engine = engine(io, &arguments, stopped);
    let mut replay = io
        .tasks
        .spawn("replay", replay::run(io.clone(), client, arguments.speed));
    let mut replaying = true;
    let done = loop {
        tokio::select! {
            biased;
            signal = &mut signal => {
                tracing::info!("{signal}: stopping");
                break Ok(());
            }
            ended = &mut engine => return ended.unwrap_or_else(|panic| Err(panic.into())),
            ended = &mut replay, if replaying => {
                replaying = false;
                match ended.unwrap_or_else(|panic| Err(panic.into())) {
                    Ok(()) => println!("replay complete: all departures of the two weeks are in the topic flights"),
                    Err(failure) => break Err(failure),
                }
            }
        }
    };
    replay.abort();
    // The engine ends by itself only when it fails.
    let _ = stop_engine.send(());
    engine.await.unwrap_or_else(|panic| Err(panic.into()))?;
    done
}

/// The address of the broker inside this process.
fn in_process() -> String {
    format!("pipe:{}", broker::PIPE)
}

/// Runs the engine on a thread with a low priority, so that it does not slow producers down.
fn engine(
    io: &Io,
    arguments: &Arguments,
    stopped: oneshot::Receiver<()>,
) -> Task<Result<(), Failure>> {
    let (engine_io, data_dir) = (io.clone(), arguments.data_dir.clone());
    let conf = arguments.conf.clone();
    io.tasks.spawn_thread("engine", async move {
        engine_io.tasks.lower_priority();
        let session = Session::builder(engine_io)
            .memory_limit(ENGINE_MEMORY)
            .build()?;
        // There are few keys: more state partitions would only cost more.
        session.conf().set("spark.sql.shuffle.partitions", "4");
        for (name, value) in conf {
            session.conf().set(name, value);
        }
        let tables = data_dir.join("tables");
        write_tables(&tables)?;
        session.conf().set("bootstrap", in_process());
        session.conf().set("data", tables.display().to_string());
        session.conf().set("out", data_dir.display().to_string());
        run_script(&session, QUERIES, &Parameters::default(), Output::Text).await?;
        let queries = session.streams();
        tokio::select! {
            biased;
            _ = stopped => {}
            ended = queries.await_any_termination() => ended?,
        }
        for query in queries.active() {
            query.stop().await;
        }
        Ok(())
    })
}

fn write_tables(directory: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(directory)
        .map_err(|e| format!("cannot create {}: {e}", directory.display()))?;
    for (name, content) in TABLES {
        let path = directory.join(name);
        std::fs::write(&path, content)
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    Ok(())
}

/// Prints where everything is and which commands to try.
fn explain(broker: &Broker, arguments: &Arguments) {
    let address = broker
        .listeners()
        .first()
        .map(|l| l.advertised.clone())
        .unwrap_or_default();
    let data = arguments.data_dir.display();
    let vltava = std::env::args()
        .next()
        .unwrap_or_else(|| "vltava".to_owned());
    println!(
        "
Vltava: a broker and a streaming engine on this machine.

  broker      {address}, for any Kafka client
  flights     a topic: departures from New York in January 2013, {speed} times faster than real time
  delays      departures and mean delay per hour, airport and airline: printed here while they change,
              and written to the topic \"delays\" and to Parquet files in {data}/delays when final
  checkpoints {data}/checkpoints
  tables      {data}/tables
  log         {data}/log

Try, in another terminal:

  kcat -b {address} -C -t flights -o end
  {vltava} consume delays -b {address} --from-beginning
  {vltava} sql -b {address} -e 'SELECT airline, sum(departures) AS departures FROM parquet.`{data}/delays` GROUP BY airline'

Ctrl-C stops it; the next start continues from here. To begin again, remove {data}.
",
        speed = arguments.speed,
    );
}
