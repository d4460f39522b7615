SELECT window.start, k, count(*), avg(v), max(v) FROM STREAM events WATERMARK at DELAY OF INTERVAL 10 SECONDS GROUP BY window(at, '10 seconds'), k
SELECT window.start, window.end, count(v) AS n FROM STREAM events WATERMARK at DELAY OF INTERVAL 10 SECONDS GROUP BY window(at, '20 seconds', '10 seconds')
SELECT window.start, name, sum(v) AS total FROM STREAM events WATERMARK at DELAY OF INTERVAL 5 SECONDS JOIN names ON events.k = names.k GROUP BY window(at, '1 minute'), name
SELECT window.start, name, min(v) AS least FROM STREAM events WATERMARK at DELAY OF INTERVAL 0 SECONDS LEFT JOIN names ON events.k = names.k GROUP BY window(at, '30 seconds', '30 seconds', '5 seconds'), name
SELECT at, count(*) AS n FROM STREAM events WATERMARK at DELAY OF INTERVAL 20 SECONDS GROUP BY at
SELECT k, sum(v) AS total, stddev(v) AS spread FROM STREAM events GROUP BY k
SELECT count(*) AS n, avg(v) AS mean FROM STREAM events WATERMARK at DELAY OF INTERVAL 10 SECONDS
SELECT events.k, v, name FROM STREAM events JOIN names ON events.k = names.k WHERE v > 1
SELECT k, v FROM STREAM events LEFT ANTI JOIN names ON events.k = names.k
SELECT k, v * 2 AS twice FROM STREAM events WHERE k IN (SELECT k FROM names)
SELECT k, upper(k) AS up FROM STREAM events WHERE v > 1
SELECT k, v FROM STREAM events UNION ALL SELECT k, -v FROM STREAM events
SELECT window.start, k, count(*) AS n FROM STREAM events GROUP BY window(at, '10 seconds'), k
SELECT events.k, name FROM names RIGHT JOIN STREAM events ON events.k = names.k
SELECT events.k, v FROM STREAM events LEFT SEMI JOIN names ON events.k = names.k
SELECT k, count(*) AS n FROM STREAM events GROUP BY k ORDER BY n DESC, k
SELECT k, count(*) AS n FROM STREAM events GROUP BY k ORDER BY k LIMIT 2
