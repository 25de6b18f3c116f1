--- window_running_total ordered
SELECT sale_id, shop_id, amount, sum(amount) OVER (PARTITION BY shop_id ORDER BY sold_at, sale_id) AS running FROM sales ORDER BY sale_id
--- window_rows_frame ordered
SELECT sale_id, avg(amount) OVER (PARTITION BY channel ORDER BY sale_id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS moving FROM sales ORDER BY sale_id
--- window_range_frame
SELECT shop_id, sale_id, count(*) OVER (PARTITION BY shop_id ORDER BY sale_id RANGE BETWEEN 50 PRECEDING AND 50 FOLLOWING) AS near FROM sales
--- window_range_interval
SELECT sale_id, sum(amount) OVER (ORDER BY sold_at RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW) AS week FROM sales
--- window_unbounded_following
SELECT sale_id, last_value(amount) OVER (PARTITION BY shop_id ORDER BY sale_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_amount FROM sales
--- window_named
SELECT sale_id, rank() OVER w AS r, dense_rank() OVER w AS d, row_number() OVER w AS n FROM sales WINDOW w AS (PARTITION BY shop_id ORDER BY amount DESC, sale_id)
--- window_two_named
SELECT sale_id, sum(quantity) OVER a AS by_shop, sum(quantity) OVER (b) AS by_channel FROM sales WINDOW a AS (PARTITION BY shop_id), b AS (PARTITION BY channel)
--- window_lag_lead ordered
SELECT customer_id, sold_on, lag(sold_on) OVER w AS before, lead(sold_on, 2, DATE'2099-01-01') OVER w AS later,
  datediff(sold_on, lag(sold_on) OVER w) AS gap
FROM sales WINDOW w AS (PARTITION BY customer_id ORDER BY sold_at, sale_id)
ORDER BY customer_id, sold_at, sale_id
--- window_ntile
SELECT customer_id, ntile(4) OVER (ORDER BY income DESC) AS quarter, percent_rank() OVER (ORDER BY income) AS p, cume_dist() OVER (ORDER BY income) AS c FROM customers
--- window_nth_value
SELECT sale_id, nth_value(amount, 2) OVER (PARTITION BY shop_id ORDER BY sale_id) AS second FROM sales
--- window_ignore_nulls
SELECT reading_id, last_value(humidity) IGNORE NULLS OVER (PARTITION BY shop_id ORDER BY reading_id) AS filled FROM readings
--- window_first_ignore_nulls_argument
SELECT reading_id, first_value(humidity, true) OVER (PARTITION BY shop_id ORDER BY reading_id DESC) AS newest FROM readings
--- window_over_aggregate ordered
SELECT channel, sum(amount) AS amount, round(100 * sum(amount) / sum(sum(amount)) OVER (), 2) AS share FROM sales GROUP BY channel ORDER BY channel
--- window_rank_over_aggregate
SELECT shop_id, channel, count(*) AS n, rank() OVER (PARTITION BY channel ORDER BY count(*) DESC, shop_id) AS place FROM sales GROUP BY shop_id, channel
--- window_filter_clause
SELECT sale_id, count(*) FILTER (WHERE channel = 'web') OVER (PARTITION BY shop_id) AS web FROM sales
--- window_distinct_partition
SELECT DISTINCT shop_id, max(sold_on) OVER (PARTITION BY shop_id) AS newest FROM sales
--- window_in_subquery_top_n
SELECT * FROM (SELECT shop_id, sale_id, amount, row_number() OVER (PARTITION BY shop_id ORDER BY amount DESC, sale_id) AS n FROM sales) WHERE n <= 3
--- window_exclude_current_by_subtraction
SELECT sale_id, sum(amount) OVER (PARTITION BY shop_id) - amount AS others FROM sales
--- window_session_gap
SELECT customer_id, sale_id, sum(fresh) OVER (PARTITION BY customer_id ORDER BY sold_at, sale_id) AS session
FROM (SELECT *, CASE WHEN sold_at > lag(sold_at) OVER (PARTITION BY customer_id ORDER BY sold_at, sale_id) + INTERVAL '10' DAY THEN 1 ELSE 0 END AS fresh FROM sales)
--- window_function_time
SELECT window(sold_at, '7 days').start AS week, sum(amount) AS amount FROM sales GROUP BY window(sold_at, '7 days')
--- window_function_sliding
SELECT w.start, w.end, count(*) AS n FROM (SELECT window(at, '10 days', '5 days') AS w FROM readings) GROUP BY w
--- window_function_session
SELECT session_window(sold_at, '2 days').start AS s, count(*) AS n FROM sales GROUP BY session_window(sold_at, '2 days')
--- window_order_by_nulls
SELECT reading_id, row_number() OVER (ORDER BY humidity DESC NULLS FIRST, reading_id) AS n FROM readings
--- window_case_key
SELECT sale_id, count(*) OVER (PARTITION BY CASE WHEN amount > 50 THEN 'high' ELSE 'low' END) AS peers FROM sales
--- window_collect
SELECT sale_id, collect_list(quantity) OVER (PARTITION BY shop_id ORDER BY sale_id ROWS 3 PRECEDING) AS recent FROM sales
--- window_sort_by_distribute
SELECT sale_id, sum(amount) OVER (DISTRIBUTE BY shop_id SORT BY sale_id) AS running FROM sales
--- window_parenthesised_frame ordered
SELECT reading_id, min(temperature) OVER (ORDER BY reading_id ROWS BETWEEN 3 FOLLOWING AND 5 FOLLOWING) AS ahead FROM readings ORDER BY reading_id
--- window_keyword_names
SELECT sale_id AS `window`, rank() OVER (ORDER BY sale_id) AS `rank` FROM sales
