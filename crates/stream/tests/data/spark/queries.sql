SELECT count(*), count(1), avg(delay), sum(delay) AS total, max(x), min(carrier) FROM f
SELECT carrier, count(*) FROM f GROUP BY carrier ORDER BY carrier
SELECT window, count(*) FROM f GROUP BY window(at, '1 hour') ORDER BY window
SELECT window.start, window.end, carrier, avg(delay) FROM f GROUP BY window(at, '1 hour'), carrier ORDER BY 1, 3
SELECT window(at, '1 hour', '30 minutes') AS w, count(*) n FROM f GROUP BY window(at, '1 hour', '30 minutes') ORDER BY w
SELECT delay / 4, delay + 1, delay * 2.5, -delay, delay % 3, delay div 3 FROM f
SELECT 1, 1.5, 'a', 3000000000, 1e3, true, null, 1.5D, 10L
SELECT CARRIER, ORIGIN, place.lat, f.place.NAME FROM F WHERE DELAY > 0
SELECT CAST('12' AS INT), CAST(1.7 AS INT), CAST(delay AS STRING), CAST(x AS STRING), CAST(at AS STRING), CAST(at AS BIGINT), CAST(5 AS TIMESTAMP) FROM f
SELECT CAST('abc' AS INT)
SELECT CAST('  12 ' AS INT), CAST('1.5' AS DOUBLE), CAST('yes' AS BOOLEAN), CAST('2013-01-01' AS DATE), CAST('2013-01-01T05:00:00Z' AS TIMESTAMP)
SELECT CAST('x' AS TIMESTAMP)
SELECT CAST(300 AS TINYINT)
SELECT 1/0
SELECT 5 % 0
SELECT 2147483647 + 1
SELECT CASE WHEN delay > 0 THEN 'late' ELSE 'ok' END, coalesce(delay, 0), upper(carrier), concat(carrier, '-', origin) FROM f
SELECT delay IS NULL, NOT (delay > 0), delay IN (1, 10), delay BETWEEN 1 AND 20, carrier LIKE 'A%', carrier <> 'AA', x = 2.5 FROM f
SELECT date_trunc('HOUR', at), hour(at), year(at), to_date(at), date_format(at, 'yyyy-MM-dd HH'), unix_timestamp(at) FROM f
SELECT length(carrier), substring(carrier, 1, 1), round(x, 1), floor(x), ceil(x), abs(delay), split(carrier, 'A') FROM f
SELECT struct(carrier, delay), array(1,2), map('a', 1), named_struct('a', 1), to_json(struct(carrier, delay)), from_json('{"a":1}', 'a INT') FROM f LIMIT 1
SELECT * FROM f ORDER BY delay
SELECT * FROM f ORDER BY delay DESC
SELECT nope FROM f
SELECT * FROM nope
SELECT carrier, count(*) FROM f
SELEC 1
SELECT nofunc(1)
SELECT carrier, count(*) AS n FROM f GROUP BY carrier HAVING n > 1
SELECT a.carrier, b.delay FROM f a JOIN f b ON a.carrier = b.carrier WHERE a.delay > 1
SELECT if(delay > 0, 1, 0), nvl(delay, 5), nullif(delay, 10), greatest(1, delay), least(1, delay) FROM f
SELECT round(avg(delay), 2), count(distinct carrier), collect_list(carrier), first(carrier), stddev(delay), approx_count_distinct(carrier), count_if(delay > 0), sum(x) FROM f
SELECT at + INTERVAL 1 HOUR, at - INTERVAL 30 MINUTES, TIMESTAMP '2013-01-01 00:00:00', DATE '2013-01-01', INTERVAL 10 SECONDS FROM f LIMIT 1
SELECT CAST(delay AS DOUBLE)/2, delay = '10', delay || 'm' FROM f
SELECT current_timestamp() IS NOT NULL, now() > TIMESTAMP '2020-01-01'
SELECT explode(array(1,2)) AS e
SELECT get_json_object('{"a":{"b":2}}', '$.a.b'), CAST(CAST('abc' AS BINARY) AS STRING)
SELECT to_timestamp('2013-01-01 05:00:00'), timestamp_seconds(5), timestamp_millis(1500), unix_millis(at) FROM f LIMIT 1
