--- group_by_rollup
SELECT channel, shop_id, sum(quantity) AS q, grouping(channel) AS gc, grouping_id() AS gid FROM sales GROUP BY ROLLUP (channel, shop_id)
--- group_by_cube
SELECT channel, quantity, count(*) AS n, grouping_id(channel, quantity) AS gid FROM sales GROUP BY CUBE (channel, quantity)
--- grouping_sets
SELECT channel, shop_id, sold_on, sum(amount) AS amount FROM sales GROUP BY GROUPING SETS ((channel, shop_id), (sold_on), ())
--- group_by_with_rollup
SELECT channel, count(*) AS n FROM sales GROUP BY channel WITH ROLLUP
--- group_by_mixed_sets
SELECT channel, shop_id, quantity, count(1) AS n FROM sales GROUP BY channel, GROUPING SETS (ROLLUP (shop_id), (quantity))
--- group_by_all
SELECT channel, year(sold_on) AS y, month(sold_on) AS m, sum(amount) AS amount FROM sales GROUP BY ALL
--- group_by_ordinal ordered
SELECT channel, quantity, count(*) AS n FROM sales GROUP BY 1, 2 ORDER BY 1, 2
--- group_by_alias ordered
SELECT date_trunc('MONTH', sold_at) AS month_start, count(*) AS n FROM sales GROUP BY month_start ORDER BY month_start
--- having_alias
SELECT shop_id, sum(amount) AS amount FROM sales GROUP BY shop_id HAVING amount > 1200
--- having_without_group
SELECT count(*) AS n FROM sales HAVING count(*) > 10
--- filter_clause
SELECT shop_id, count(*) FILTER (WHERE discount IS NULL) AS full_price, sum(amount) FILTER (WHERE channel IN ('web', 'app')) AS online FROM sales GROUP BY shop_id
--- percentile_cont_within
SELECT channel, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS mid FROM sales GROUP BY channel
--- percentile_cont_array
SELECT percentile_cont(array(0.1, 0.5, 0.9)) WITHIN GROUP (ORDER BY amount DESC) AS p FROM sales
--- percentile_disc_within
SELECT channel, percentile_disc(0.25) WITHIN GROUP (ORDER BY amount) AS quarter FROM sales GROUP BY channel
--- percentile_plain
SELECT percentile(amount, 0.5) AS mid, percentile(quantity, array(0.25, 0.75), quantity) AS weighted FROM sales
--- percentile_filter
SELECT shop_id, percentile_cont(0.9) WITHIN GROUP (ORDER BY amount) FILTER (WHERE quantity > 2) AS p90 FROM sales GROUP BY shop_id
--- percentile_approx_exact_here
SELECT percentile_approx(quantity, 0.5, 10000) AS a, approx_percentile(quantity, array(0.1, 0.9)) AS b FROM sales
--- median_mode
SELECT channel, median(amount) AS mid, mode(quantity, true) AS usual FROM sales GROUP BY channel
--- mode_within_group
SELECT shop_id, mode() WITHIN GROUP (ORDER BY channel) AS usual FROM sales GROUP BY shop_id
--- listagg_within
SELECT shop_id, listagg(DISTINCT channel, ', ') WITHIN GROUP (ORDER BY channel) AS channels FROM sales GROUP BY shop_id
--- string_agg_within
SELECT string_agg(city, '|') WITHIN GROUP (ORDER BY city DESC) AS cities FROM shops
--- listagg_no_separator
SELECT segment, listagg(first_name) WITHIN GROUP (ORDER BY customer_id) AS names FROM customers GROUP BY segment
--- collect_sorted
SELECT channel, sort_array(collect_set(quantity)) AS q, array_sort(collect_list(DISTINCT shop_id)) AS s FROM sales GROUP BY channel
--- array_agg_sorted
SELECT array_sort(array_agg(quantity)) AS q FROM sales WHERE shop_id = 3
--- count_distinct_many
SELECT count(DISTINCT channel, remark) AS pairs, count(DISTINCT customer_id) AS people, count(remark) AS told, count_if(remark = '') AS empty FROM sales
--- approx_count_distinct
SELECT approx_count_distinct(channel) AS few, approx_count_distinct(shop_id, 0.01) AS shops FROM sales
--- statistics
SELECT round(stddev(amount), 4) AS s, round(var_pop(amount), 4) AS v, round(corr(amount, quantity), 6) AS c, round(covar_samp(amount, quantity), 4) AS cs, round(skewness(amount), 4) AS sk, round(kurtosis(amount), 4) AS k FROM sales
--- regression
SELECT round(regr_slope(temperature, reading_id), 9) AS slope, round(regr_r2(temperature, reading_id), 9) AS r2, regr_count(temperature, humidity) AS n FROM readings
--- max_by_min_by
SELECT shop_id, max_by(sale_id, (amount, sale_id)) AS dearest, min_by(channel, sale_id) AS earliest FROM sales GROUP BY shop_id
--- any_every
SELECT shop_id, bool_and(ok) AS all_ok, some(ok) AS some_ok, every(temperature > 5) AS warm FROM readings GROUP BY shop_id
--- bit_aggregates
SELECT bit_and(quantity) AS a, bit_or(quantity) AS o, bit_xor(quantity) AS x FROM sales
--- histogram
SELECT histogram_numeric(quantity, 3) AS h FROM sales
--- try_sum_avg
SELECT try_sum(amount) AS s, try_avg(discount) AS a FROM sales
--- decimal_average ordered
SELECT channel, avg(amount) AS a, sum(amount * quantity) AS total, sum(amount * (1 - coalesce(discount, 0))) AS net FROM sales GROUP BY channel ORDER BY channel
--- first_last_any_value
SELECT shop_id, first(country) AS f, last(country, true) AS l, any_value(country) AS a FROM shops GROUP BY shop_id
--- map_agg
SELECT map_from_entries(array_sort(collect_list(struct(shop_id, name)))) AS names FROM shops
--- pivot_simple
SELECT * FROM (SELECT shop_id, channel, amount FROM sales) PIVOT (sum(amount) FOR channel IN ('store', 'web', 'app'))
--- pivot_two_aggregates
SELECT * FROM (SELECT shop_id, channel, amount, quantity FROM sales) PIVOT (sum(amount) AS total, max(quantity) AS most FOR channel IN ('store' AS s, 'web' AS w))
--- pivot_two_columns
SELECT * FROM (SELECT channel, quantity, shop_id, amount FROM sales) PIVOT (count(amount) FOR (channel, quantity) IN (('web', 1) AS web_1, ('app', 2) AS app_2))
--- pivot_quoted_names
SELECT * FROM (SELECT channel, year(sold_on) AS y, amount FROM sales) PIVOT (avg(amount) AS `the mean` FOR y IN (2026 AS `this year`))
--- unpivot_simple
SELECT * FROM (SELECT shop_id, area, CAST(rating AS INT) AS rating FROM shops) UNPIVOT (value FOR what IN (area, rating))
--- unpivot_include_nulls
SELECT * FROM (SELECT reading_id, temperature, humidity FROM readings) UNPIVOT INCLUDE NULLS (v FOR kind IN (temperature AS `t °C`, humidity AS h))
--- unpivot_many
SELECT * FROM (SELECT shop_id, city, country, name, name AS other FROM shops) UNPIVOT ((a, b) FOR pair IN ((city, country) AS place, (name, other) AS title))
--- pivot_then_order ordered
SELECT * FROM (SELECT segment, country FROM customers) PIVOT (count(*) FOR country IN ('US' AS us, 'DE' AS de)) ORDER BY segment
--- unnamed_count guard
SELECT count(*), sum(amount), max(sold_on) FROM sales
--- unnamed_expressions guard
SELECT amount * 2, upper(channel), amount + quantity, CASE WHEN quantity > 3 THEN 'many' END, sold_on - INTERVAL 1 DAY, CAST(amount AS INT) FROM sales WHERE sale_id < 9
--- duplicate_names guard
SELECT sale_id, sale_id, s.shop_id, h.shop_id FROM sales s JOIN shops h ON s.shop_id = h.shop_id
