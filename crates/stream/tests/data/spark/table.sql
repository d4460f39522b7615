CREATE OR REPLACE TEMPORARY VIEW f AS SELECT * FROM VALUES
  ('AA', 'JFK', TIMESTAMP '2013-01-01 05:15:00', 10, CAST(2.5 AS DOUBLE), named_struct('Lat', 1, 'name', 'x')),
  ('UA', 'EWR', TIMESTAMP '2013-01-01 05:45:00', -3, NULL, named_struct('Lat', 2, 'name', 'y')),
  ('AA', 'LGA', TIMESTAMP '2013-01-01 06:10:00', NULL, CAST(7.25 AS DOUBLE), NULL)
  AS t(carrier, Origin, at, delay, x, place)
