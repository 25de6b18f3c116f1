--- datediff_dates
SELECT sale_id, datediff(DATE'2026-11-24', sold_on) AS days_ago, date_diff(sold_on, DATE'2026-01-01') AS day_of FROM sales
--- datediff_timestamps
SELECT sale_id, datediff(TIMESTAMP'2026-11-24 23:59:59', sold_at) AS days_ago, datediff(sold_at, '2026-01-01') AS text FROM sales
--- datediff_units
SELECT ticket_id, datediff(HOUR, opened_at, closed_at) AS h, datediff(day, opened_at, closed_at) AS d, dateDiff(MINUTE, opened_at, closed_at) AS m, date_diff(MONTH, opened_at, TIMESTAMP'2027-02-01 00:00:00') AS mo FROM tickets
--- timestampdiff_units
SELECT timestampdiff(SECOND, opened_at, closed_at) AS s, timestampdiff(WEEK, opened_at, closed_at) AS w, timestampdiff(QUARTER, opened_at, TIMESTAMP'2028-01-01 00:00:00') AS q, timestampdiff(YEAR, DATE'2000-02-29', DATE'2026-02-28') AS y FROM tickets
--- timestampadd_units
SELECT timestampadd(MONTH, 1, TIMESTAMP'2026-01-31 10:00:00') AS a, dateadd(DAY, -3, DATE'2026-03-01') AS b, date_add(HOUR, 5, opened_at) AS c, dateadd(opened_at, 2) AS d, timestampadd(MICROSECOND, 7, opened_at) AS e FROM tickets
--- date_add_sub
SELECT sale_id, date_add(sold_on, 30) AS later, date_sub(sold_on, quantity) AS before, sold_on + 7 AS week, sold_on - 1 AS yesterday, sold_on - DATE'2026-01-01' AS span FROM sales
--- add_months_between
SELECT add_months(DATE'2026-01-31', 1) AS a, add_months(sold_on, -12) AS b, months_between(sold_at, TIMESTAMP'2026-01-15 12:00:00') AS m, months_between(DATE'2026-03-31', DATE'2026-02-28', false) AS n FROM sales
--- extract_parts
SELECT extract(YEAR FROM sold_on) AS y, EXTRACT(week FROM sold_at) AS w, extract(DOW FROM sold_on) AS dow, extract(dayofweek_iso FROM sold_on) AS iso, extract(DOY FROM sold_on) AS doy, extract(QUARTER FROM sold_at) AS q, extract(SECOND FROM sold_at) AS s, extract(yearofweek FROM sold_on) AS yow FROM sales
--- extract_interval
SELECT extract(DAY FROM INTERVAL '3 4:05:06' DAY TO SECOND) AS d, extract(MONTH FROM INTERVAL '2-7' YEAR TO MONTH) AS m, extract(MINUTE FROM closed_at - opened_at) AS mi FROM tickets
--- date_part_valid
SELECT date_part('MONTH', sold_at) AS m, date_part("days", sold_on) AS d, datepart('hours', sold_at) AS h, date_part('seconds', sold_at) AS s FROM sales
--- date_trunc_units
SELECT date_trunc('QUARTER', sold_at) AS q, date_trunc('week', sold_at) AS w, DATE_TRUNC("HOUR", sold_at) AS h, trunc(sold_on, 'MM') AS m, trunc(sold_on, 'year') AS y, date_trunc('DD', sold_on) AS d FROM sales
--- weekday_functions
SELECT sale_id, dayofweek(sold_on) AS dow, weekday(sold_on) AS wd, dayofyear(sold_on) AS doy, weekofyear(sold_on) AS woy, dayname(sold_on) AS dn, monthname(sold_on) AS mn, last_day(sold_on) AS ld, next_day(sold_on, 'Monday') AS nd FROM sales
--- timestamp_ntz_arithmetic
SELECT CAST(sold_at AS TIMESTAMP_NTZ) AS n, CAST(sold_at AS TIMESTAMP_NTZ) + INTERVAL 90 MINUTES AS later, datediff(HOUR, CAST(sold_at AS TIMESTAMP_NTZ), TIMESTAMP_NTZ'2026-12-01 00:00:00') AS h, datediff(TIMESTAMP_NTZ'2026-12-01 01:00:00', CAST(sold_at AS TIMESTAMP_NTZ)) AS d FROM sales
--- timestamp_ntz_literals
SELECT TIMESTAMP_NTZ'2026-03-29 02:30:00' AS n, TIMESTAMP_LTZ'2026-03-29 02:30:00+02:00' AS l, to_timestamp_ntz('2026-01-02 03:04:05') AS t, make_timestamp_ntz(2026, 1, 2, 3, 4, 5.678) AS m, TIMESTAMP'2026-06-01 12:00:00 Europe/Berlin' AS z
--- timestamp_difference
SELECT ticket_id, closed_at - opened_at AS took, CAST(closed_at AS TIMESTAMP_NTZ) - CAST(opened_at AS TIMESTAMP_NTZ) AS same, unix_timestamp(closed_at) - unix_timestamp(opened_at) AS seconds FROM tickets
--- interval_literals
SELECT INTERVAL '1' YEAR AS y, INTERVAL '2-3' YEAR TO MONTH AS ym, INTERVAL '4 05:06:07.8' DAY TO SECOND AS ds, INTERVAL 3 DAYS AS d, INTERVAL '10:20' HOUR TO MINUTE AS hm, -INTERVAL '5' MONTH AS neg, INTERVAL 2 HOURS * 3 AS six
--- interval_arithmetic
SELECT sold_at + INTERVAL 1 MONTH AS a, sold_at - INTERVAL '1 2:03:04' DAY TO SECOND AS b, sold_on + INTERVAL '1' YEAR AS c, sold_on + make_interval(0, 1, 0, 10, 0, 0, 0) AS d, sold_at + make_dt_interval(1, 2, 3, 4.5) AS e, sold_on + make_ym_interval(1, 2) AS f FROM sales
--- interval_mixed_text
SELECT sold_at + INTERVAL '1 week 2 days' AS a, sold_at - INTERVAL 1 day 3 hours AS b FROM sales
--- interval_compare
SELECT ticket_id FROM tickets WHERE closed_at - opened_at > INTERVAL '2' DAY AND closed_at - opened_at <= INTERVAL '100' HOUR
--- make_date_time
SELECT make_date(2026, 2, quantity) AS d, make_timestamp(2026, 1, 2, 3, 4, 5.5) AS t, make_timestamp(2026, 1, 2, 3, 4, 5, 'Asia/Tokyo') AS z, try_make_timestamp(2026, 13, 1, 0, 0, 0) AS none, date_from_unix_date(20000) AS u, unix_date(DATE'2026-01-01') AS ud FROM sales
--- date_format_patterns
SELECT date_format(sold_at, 'yyyy-MM-dd HH:mm:ss') AS a, date_format(sold_at, 'EEEE, d MMMM yyyy') AS b, date_format(sold_on, "D 'day' Q") AS c, date_format(sold_at, 'hh:mm a') AS d, date_format(sold_at, 'yyyy''W''') AS e FROM sales
--- to_date_formats
SELECT to_date('24.11.2026', 'dd.MM.yyyy') AS a, to_date('2026-11-24 10:11:12') AS b, to_timestamp('24/11/26 7:05', 'dd/MM/yy H:mm') AS c, try_to_timestamp('nope') AS d, CAST('2026-11-24' AS DATE) AS e, try_to_date('x') AS f
--- unix_times
SELECT unix_timestamp('2026-01-02', 'yyyy-MM-dd') AS a, from_unixtime(1700000000, 'yyyy/MM/dd HH:mm') AS b, timestamp_seconds(1700000000) AS c, timestamp_millis(1700000000123) AS d, unix_micros(sold_at) AS e, unix_seconds(sold_at) AS f, to_unix_timestamp('2026-01-02 00:00:00') AS g FROM sales
--- time_zones
SELECT from_utc_timestamp(sold_at, 'America/New_York') AS ny, to_utc_timestamp(sold_at, 'Asia/Kolkata') AS back, convert_timezone('UTC', 'Europe/Paris', CAST(sold_at AS TIMESTAMP_NTZ)) AS paris FROM sales
--- date_compare_text
SELECT sale_id FROM sales WHERE sold_on >= '2026-10-01' AND sold_at < '2026-11-01 12:00:00' AND sold_on BETWEEN DATE'2026-09-01' AND '2026-12-31'
--- date_bounds
SELECT greatest(sold_on, DATE'2026-10-10') AS g, least(sold_at, TIMESTAMP'2026-10-10 00:00:00') AS l FROM sales
--- quarter_labels ordered
SELECT concat(year(sold_on), '-Q', quarter(sold_on)) AS q, count(*) AS n FROM sales GROUP BY 1 ORDER BY 1
--- calendar_spine
SELECT c.d, count(s.sale_id) AS n FROM (SELECT explode(sequence(trunc(DATE'2026-11-24', 'MM'), DATE'2026-11-24')) AS d) c LEFT JOIN sales s ON s.sold_on = c.d GROUP BY c.d
--- as_of_date
SELECT sale_id, datediff(:as_of, sold_on) AS days_ago, date_sub(:as_of, 30) AS since FROM sales WHERE sold_on > date_sub(:as_of, 60)
--- plain
SELECT sale_id, datediff(DATE'2026-11-24', sold_on) AS days_ago, date_sub(DATE'2026-11-24', 30) AS since FROM sales WHERE sold_on > date_sub(DATE'2026-11-24', 60)
--- as_of_timestamp
SELECT sale_id, datediff(:as_of, sold_at) AS days_ago, months_between(:as_of, sold_at) AS months FROM sales
--- plain
SELECT sale_id, datediff(DATE'2026-11-24', sold_at) AS days_ago, months_between(DATE'2026-11-24', sold_at) AS months FROM sales
--- as_of_in_text
SELECT shop_id, ':as_of' AS text, :as_of AS d, 'a' /* :as_of */ AS a -- :as_of
FROM shops
--- plain
SELECT shop_id, ':as_of' AS text, DATE'2026-11-24' AS d, 'a' AS a FROM shops
--- as_of_in_lambda_and_case
SELECT shop_id, transform(array(1, 7), d -> date_sub(:as_of, d)) AS days, CASE WHEN opened<:as_of THEN 'old' END AS age FROM shops
--- plain
SELECT shop_id, transform(array(1, 7), d -> date_sub(DATE'2026-11-24', d)) AS days, CASE WHEN opened<DATE'2026-11-24' THEN 'old' END AS age FROM shops
