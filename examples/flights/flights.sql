-- Departures from New York: joined with airports and airlines, counted per hour, airport and airline.
--
-- `vltava dev` runs this file. You can run it with any broker that has the topic:
--
--   vltava sql -d bootstrap=localhost:9092 -d data=examples/flights -d out=vltava-data -f examples/flights/flights.sql
--
-- The watermark delay is one day, because the latest aircraft of these two weeks left 21 hours late. So a window is
-- final, and is written to the topic and the files, when a departure one day after its end has arrived. The console, in
-- update mode, shows every window whenever it changes.

CREATE OR REPLACE TEMPORARY VIEW flights USING kafka
OPTIONS (`kafka.bootstrap.servers` '${bootstrap}', subscribe 'flights', startingOffsets 'earliest');

CREATE OR REPLACE TEMPORARY VIEW airports USING csv
OPTIONS (path '${data}/airports.csv', header 'true');

CREATE OR REPLACE TEMPORARY VIEW airlines USING csv
OPTIONS (path '${data}/airlines.csv', header 'true');

CREATE OR REPLACE TEMPORARY VIEW departures AS
SELECT f.scheduled_at, f.carrier, f.origin, f.dep_delay_min
FROM (
  SELECT from_json(
    CAST(value AS STRING),
    'scheduled_at TIMESTAMP, carrier STRING, origin STRING, dep_delay_min INT') AS f
  FROM STREAM flights);

CREATE OR REPLACE TEMPORARY VIEW hourly AS
SELECT
  window.start AS hour,
  airports.name AS airport,
  airlines.name AS airline,
  count(*) AS departures,
  avg(dep_delay_min) AS mean_delay_min
FROM STREAM departures WATERMARK scheduled_at DELAY OF INTERVAL 1 DAY
JOIN airports ON departures.origin = airports.faa
JOIN airlines ON departures.carrier = airlines.carrier
GROUP BY window(scheduled_at, '1 hour'), airports.name, airlines.name;

CREATE STREAMING QUERY delays_console OUTPUT MODE update TRIGGER PROCESSING TIME '2 seconds'
USING console OPTIONS (numRows '12', truncate 'false', checkpointLocation '${out}/checkpoints/console')
AS SELECT * FROM STREAM hourly;

CREATE STREAMING QUERY delays_topic OUTPUT MODE append
USING kafka OPTIONS (`kafka.bootstrap.servers` '${bootstrap}', topic 'delays', checkpointLocation '${out}/checkpoints/topic')
AS SELECT airport AS key, to_json(struct(*)) AS value FROM STREAM hourly;

CREATE STREAMING QUERY delays_files OUTPUT MODE append
USING parquet OPTIONS (path '${out}/delays', checkpointLocation '${out}/checkpoints/files')
AS SELECT * FROM STREAM hourly;
