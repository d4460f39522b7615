-- The demonstration's query, with a watermark short enough that aircraft are too late for it.
SELECT
  window.start AS hour,
  airports.name AS airport,
  airlines.name AS airline,
  count(*) AS departures,
  avg(dep_delay_min) AS mean_delay_min
FROM STREAM flights WATERMARK scheduled_at DELAY OF INTERVAL 1 HOUR
JOIN airports ON flights.origin = airports.faa
JOIN airlines ON flights.carrier = airlines.carrier
GROUP BY window(scheduled_at, '1 hour'), airports.name, airlines.name
