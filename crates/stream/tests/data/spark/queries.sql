SELECT count(*), avg(delay), sum(delay) AS total, max(x), min(carrier) FROM f
SELECT carrier, count(*) FROM f GROUP BY carrier ORDER BY carrier
SELECT window, count(*) FROM f GROUP BY window(at, '1 hour') ORDER BY window
SELECT window.start, window.end, carrier, avg(delay) FROM f GROUP BY window(at, '1 hour'), carrier ORDER BY 1, 3
SELECT window(at, '1 hour', '30 minutes') AS w, count(*) n FROM f GROUP BY window(at, '1 hour', '30 minutes') ORDER BY w
SELECT window.start AS s, count(*) AS n FROM f GROUP BY window(at, '1 hour', '1 hour', '15 minutes') HAVING window.start > TIMESTAMP '2013-01-01 05:00:00'
SELECT delay / 4, delay + 1, delay * 2.5, -delay, delay % 3 FROM f
SELECT 1, 1.5, 'a', 3000000000, 1e3, true, null, 10L, 2.5D
SELECT CARRIER, ORIGIN, place.lat, f.place.NAME FROM F WHERE DELAY > 0
SELECT CAST('12' AS INT), CAST(1.7 AS INT), CAST(delay AS STRING), CAST(x AS STRING), CAST(at AS STRING), CAST(at AS BIGINT) AS s, CAST(5 AS TIMESTAMP) FROM f
SELECT CAST('abc' AS INT)
SELECT CAST('  12 ' AS INT), CAST('1.5' AS DOUBLE), CAST('yes' AS BOOLEAN), CAST('2013-01-01' AS DATE), CAST('2013-01-01T05:00:00Z' AS TIMESTAMP)
SELECT TRY_CAST('abc' AS INT) AS a, TRY_CAST('2013-13-01' AS DATE) AS b, TRY_CAST(300 AS TINYINT) AS c
SELECT CAST('x' AS TIMESTAMP)
SELECT CAST(300 AS TINYINT)
SELECT 1/0
SELECT 7/2, 1/4D
SELECT 5 % 0
SELECT 2147483647 + 1
SELECT CASE WHEN delay > 0 THEN 'late' ELSE 'ok' END, coalesce(delay, 0), upper(carrier), concat(carrier, '-', origin) FROM f
SELECT delay IS NULL, NOT (delay > 0), delay IN (1, 10), delay BETWEEN 1 AND 20, carrier LIKE 'A%', carrier <> 'AA', x = 2.5 FROM f
SELECT date_trunc('HOUR', at), hour(at), year(at), to_date(at), dayofmonth(at), minute(at) FROM f
SELECT length(carrier), substring(carrier, 1, 1), round(x, 1), floor(x), ceil(x), abs(delay) FROM f
SELECT struct(carrier, delay) AS s, array(1, 2) AS a, map('a', 1) AS m, named_struct('a', 1) AS n FROM f LIMIT 1
SELECT * FROM f ORDER BY delay
SELECT * FROM f ORDER BY delay DESC
SELECT nope FROM f
SELECT * FROM nope
SELECT carrier, count(*) FROM f
SELECT origin, count(*) FROM f GROUP BY carrier
SELECT nofunc(1)
SELECT carrier, count(*) AS n FROM f GROUP BY carrier HAVING n > 1
SELECT a.carrier, b.delay FROM f a JOIN f b ON a.carrier = b.carrier WHERE a.delay > 1
SELECT if(delay > 0, 1, 0), nvl(delay, 5), nullif(delay, 10), greatest(1, delay), least(1, delay) FROM f
SELECT round(avg(delay), 2), count(distinct carrier), stddev(delay), approx_count_distinct(carrier), count_if(delay > 0), sum(x) FROM f
SELECT at + INTERVAL 1 HOUR AS a, at - INTERVAL 30 MINUTES AS b, TIMESTAMP '2013-01-01 00:00:00', DATE '2013-01-01' FROM f LIMIT 1
SELECT CAST(delay AS DOUBLE)/2, delay = '10', delay || 'm' FROM f
SELECT current_timestamp() IS NOT NULL
SELECT explode(array(1, 2)) AS e
SELECT to_timestamp('2013-01-01 05:00:00'), timestamp_seconds(5) FROM f LIMIT 1
WITH Late AS (SELECT carrier, delay FROM f WHERE delay > 5) SELECT late.Carrier, max(DELAY) AS worst FROM LATE GROUP BY carrier
SELECT c, n FROM (SELECT carrier AS C, count(*) AS N FROM f GROUP BY carrier) ORDER BY n DESC
SELECT sum(delay) + count(*), avg(delay) * 2 AS d FROM f
SELECT carrier, max(struct(Origin, delay)).Origin AS o FROM f GROUP BY carrier ORDER BY carrier
