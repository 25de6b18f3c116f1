--- cast_operators
SELECT amount::int AS a, '12'::int + 1 AS b, sold_at::date AS c, sold_on::string AS d, 1::boolean AS e, '1.25'::decimal(5,1) AS f, (amount::double)::string AS g FROM sales
--- try_casts
SELECT try_cast('x' AS INT) AS a, try_cast('2026-02-30' AS DATE) AS b, try_cast('1e3' AS DOUBLE) AS c, try_add(2147483647, 1) AS d, try_divide(1, 0) AS e, try_multiply(9223372036854775807, 2) AS f, try_subtract(-2147483648, 1) AS g, try_mod(5, 0) AS h, try_to_binary('!', 'base64') AS i
--- decimal_arithmetic
SELECT amount * 1.19 AS a, amount / 3 AS b, amount + 0.005 AS c, amount - quantity AS d, amount % 7 AS e, -amount AS f, amount * amount AS g, CAST(amount AS DECIMAL(20,6)) / CAST(3 AS DECIMAL(10,4)) AS h, div(CAST(amount AS INT), 7) AS i FROM sales
--- integer_arithmetic
SELECT 7 / 2 AS a, 7 div 2 AS b, 7 % -3 AS c, pmod(-7, 3) AS d, mod(7, 3) AS e, -7 div 2 AS f, 2 * 3 + 4 * -1 AS g, 10 - 2 - 3 AS h, sign(-2) AS i, abs(-5) AS j, negative(3) AS k, positive(4) AS l
--- rounding
SELECT round(amount, 1) AS a, bround(2.5) AS b, ceil(amount) AS c, floor(-amount) AS d, round(-1.5) AS e, round(1234.5, -2) AS f, ceil(3.14159, 2) AS g, floor(3.14159, 3) AS h, trunc(DATE'2026-05-06', 'Q') AS i, rint(2.5) AS j, width_bucket(amount, 0, 200, 5) AS k FROM sales
--- float_functions
SELECT sqrt(quantity) AS a, pow(2, 10) AS b, exp(0) AS c, ln(1) AS d, log(2, 8) AS e, log10(1000) AS f, cbrt(27) AS g, degrees(pi()) AS h, atan2(1, 1) AS i, isnan(CAST('NaN' AS DOUBLE)) AS j, nanvl(CAST('NaN' AS DOUBLE), 1) AS k, factorial(5) AS l, hypot(3, 4) AS m, CAST('Infinity' AS DOUBLE) AS n, e() > 2 AS o FROM sales
--- bit_operations
SELECT quantity & 3 AS a, quantity | 8 AS b, quantity ^ 5 AS c, ~quantity AS d, shiftleft(quantity, 2) AS e, shiftright(-16, 2) AS f, shiftrightunsigned(-1, 28) AS g, bit_count(quantity) AS h, getbit(quantity, 0) AS i, quantity << 1 AS j, quantity >> 1 AS k, -1 >>> 60 AS l, bit_get(11, 0) AS m FROM sales
--- literals_plain
SELECT 1L AS a, 2S AS b, 3Y AS c, 4.5BD AS d, 1.5E2 AS e, .5 AS f, 5. AS g, X'1F2E' AS i, 123456789012345678901234567890 AS j, 1.0D AS k, TRUE AS l, NULL AS m, -1 AS n, 1e-3BD AS o
--- comparisons_booleans
SELECT reading_id FROM readings WHERE ok IS TRUE AND humidity IS NOT NULL AND (temperature > 20) IS NOT FALSE AND NOT ok IS UNKNOWN AND reading_id NOT BETWEEN 5 AND 10 AND !(shop_id = 3)
--- comparison_is_distinct
SELECT sale_id FROM sales WHERE discount IS DISTINCT FROM 0.10 AND remark IS NOT DISTINCT FROM 'gift' AND quantity <> 3 AND amount != 1 AND channel == 'web'
--- in_list
SELECT sale_id FROM sales WHERE quantity IN (1, 2, 3 + 4) AND channel NOT IN ('app') AND (channel, quantity) IN (('web', 2), ('store', 7), ('x', 9))
--- greatest_least
SELECT greatest(quantity, 4) AS g, least(amount, 50) AS l, coalesce(discount, 0.00) AS c, nvl(discount, amount) AS n FROM sales
--- random_seeded
SELECT reading_id, round(temperature, 1) AS t, CAST(temperature AS DECIMAL(6,3)) AS d, CAST(temperature AS STRING) AS s, temperature::float AS f FROM readings
--- typeof
SELECT typeof(amount) AS a, typeof(amount * quantity) AS b, typeof(sold_at) AS c, typeof(array(1, 2L)) AS d, typeof(1.5) AS e, typeof(NULL) AS f, typeof(named_struct('x', 1)) AS g, typeof(sold_on - sold_on) AS h, typeof(map('a', 1.5)) AS i, typeof(amount / 2) AS j FROM sales LIMIT 1
--- type_widths
SELECT CAST(1 AS TINYINT) AS a, CAST(2 AS SMALLINT) AS b, CAST(3 AS BIGINT) AS c, CAST(4 AS FLOAT) AS d, CAST('x' AS BINARY) AS e, CAST('abc' AS VARCHAR(2)) AS f, CAST(5 AS DECIMAL) AS g, CAST('y' AS CHAR(3)) AS h, CAST(6 AS NUMERIC(8,3)) AS i, CAST(NULL AS MAP<STRING, ARRAY<INT>>) AS j, CAST(7 AS LONG) AS k, CAST(8 AS REAL) AS l, CAST(named_struct('a', 1) AS STRUCT<b: BIGINT>) AS m
--- pipe_basic
FROM sales |> WHERE amount > 50 |> SELECT sale_id, channel, amount |> ORDER BY sale_id
--- pipe_aggregate
FROM sales |> AGGREGATE sum(amount) AS amount, count(*) AS n GROUP BY channel |> WHERE n > 20
--- pipe_extend_set_drop
FROM sales |> SELECT sale_id, amount, quantity |> EXTEND amount * quantity AS gross |> SET amount = round(amount) |> DROP quantity |> WHERE gross > 100
--- pipe_join
FROM sales |> AS s |> JOIN shops h ON h.shop_id = s.shop_id |> SELECT s.sale_id, h.name |> LIMIT ALL
--- pipe_set_operation
SELECT city FROM shops |> UNION ALL SELECT city FROM customers |> AGGREGATE count(*) AS n GROUP BY city
--- pipe_pivot
FROM sales |> SELECT channel, quantity, amount |> PIVOT (sum(amount) FOR channel IN ('web', 'app'))
--- pipe_window
FROM sales |> EXTEND row_number() OVER (PARTITION BY shop_id ORDER BY amount DESC, sale_id) AS n |> WHERE n = 1 |> SELECT shop_id, sale_id
--- pipe_from_cte
WITH s AS (SELECT shop_id, count(*) AS n FROM sales GROUP BY shop_id) FROM s |> WHERE n > 30 |> EXTEND n * 2 AS twice
--- pipe_tablesample
FROM sales |> TABLESAMPLE (100 PERCENT) |> AGGREGATE count(*) AS n
--- pipe_subquery
SELECT * FROM (FROM shops |> WHERE area > 300 |> SELECT shop_id) WHERE shop_id IN (FROM sales |> WHERE amount > 90 |> SELECT shop_id)
--- pipe_join_lateral
FROM tickets |> JOIN LATERAL explode(split(tags, ',')) AS t(tag) |> AGGREGATE count(*) AS n GROUP BY tag
--- cohort_analysis
WITH first_buy AS (SELECT customer_id, date_trunc('MONTH', min(sold_at)) AS cohort FROM sales GROUP BY customer_id), activity AS (SELECT DISTINCT customer_id, date_trunc('MONTH', sold_at) AS m FROM sales)
SELECT f.cohort, CAST(months_between(a.m, f.cohort) AS INT) AS offset_months, count(DISTINCT a.customer_id) AS customers FROM first_buy f JOIN activity a USING (customer_id) GROUP BY ALL
--- rfm_scores
WITH r AS (SELECT customer_id, datediff(DATE'2026-11-24', max(sold_on)) AS recency, count(*) AS frequency, sum(amount) AS monetary FROM sales GROUP BY customer_id)
SELECT customer_id, ntile(5) OVER (ORDER BY recency DESC, customer_id) AS r, ntile(5) OVER (ORDER BY frequency, customer_id) AS f, ntile(5) OVER (ORDER BY monetary, customer_id) AS m FROM r
--- growth_month_over_month ordered
SELECT m, amount, round(100 * (amount / lag(amount) OVER (ORDER BY m) - 1), 1) AS growth FROM (SELECT date_format(sold_at, 'yyyy-MM') AS m, sum(amount) AS amount FROM sales GROUP BY 1) ORDER BY m
--- funnel
SELECT count(DISTINCT CASE WHEN s.sale_id IS NOT NULL THEN c.customer_id END) AS bought, count(DISTINCT CASE WHEN t.ticket_id IS NOT NULL THEN c.customer_id END) AS asked, count(DISTINCT c.customer_id) AS everybody FROM customers c LEFT JOIN sales s ON s.customer_id = c.customer_id LEFT JOIN tickets t ON t.customer_id = c.customer_id
--- gaps_and_islands
SELECT shop_id, min(d) AS first_day, max(d) AS last_day, count(*) AS days FROM (SELECT shop_id, d, date_sub(d, CAST(row_number() OVER (PARTITION BY shop_id ORDER BY d) AS INT)) AS island FROM (SELECT DISTINCT shop_id, sold_on AS d FROM sales)) GROUP BY shop_id, island
--- deduplicate_latest
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY opened_at DESC, ticket_id) AS rn FROM tickets) WHERE rn = 1
--- anomaly_bands
SELECT r.reading_id, r.temperature > b.m + 2 * b.s AS high FROM readings r JOIN (SELECT shop_id, avg(temperature) AS m, stddev_samp(temperature) AS s FROM readings GROUP BY shop_id) b ON b.shop_id = r.shop_id
--- basket_pairs
SELECT a.channel AS x, b.channel AS y, count(*) AS n FROM sales a JOIN sales b ON a.customer_id = b.customer_id AND a.channel < b.channel GROUP BY a.channel, b.channel
