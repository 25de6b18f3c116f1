--- cte_simple
WITH big AS (SELECT * FROM sales WHERE amount > 80) SELECT channel, count(*) AS n FROM big GROUP BY channel
--- cte_shadows_table
WITH sales AS (SELECT sale_id, amount FROM sales WHERE amount > 100) SELECT * FROM sales
--- cte_shadows_other_table
WITH shops AS (SELECT 1 AS shop_id, 'only' AS name) SELECT s.sale_id, h.name FROM sales s JOIN shops h ON h.shop_id = s.shop_id
--- cte_shadow_mixed_case
with SHOPS as (select 3 as shop_id) select * from shops join Sales using (shop_id)
--- cte_shadow_and_full_name guard
WITH shops AS (SELECT 99 AS shop_id) SELECT a.shop_id AS fake, b.shop_id AS true_id FROM shops a CROSS JOIN shop.shops b
--- cte_uses_former
WITH a AS (SELECT shop_id, sum(amount) AS total FROM sales GROUP BY shop_id), b AS (SELECT avg(total) AS mean FROM a) SELECT a.shop_id FROM a, b WHERE a.total > b.mean
--- cte_nested
WITH outside AS (WITH inside AS (SELECT city FROM shops) SELECT upper(city) AS city FROM inside) SELECT * FROM outside
--- cte_nested_same_name
WITH a AS (WITH a AS (SELECT shop_id FROM shops WHERE shop_id > 3) SELECT shop_id * 10 AS shop_id FROM a) SELECT * FROM a
--- cte_inner_with_subquery
SELECT * FROM (WITH x AS (SELECT max(amount) AS m FROM sales) SELECT m * 2 AS twice FROM x)
--- cte_inner_with_scalar
SELECT shop_id, (WITH x AS (SELECT count(*) AS n FROM sales) SELECT n FROM x) AS n FROM shops
--- cte_inner_with_exists
SELECT shop_id FROM shops h WHERE EXISTS (WITH x AS (SELECT shop_id FROM sales WHERE amount > 90) SELECT 1 FROM x WHERE x.shop_id = h.shop_id)
--- cte_column_list
WITH t (a, b) AS (SELECT shop_id, city FROM shops) SELECT b, a FROM t WHERE a < 5
--- cte_scope_ends
WITH x AS (SELECT 1 AS n) SELECT * FROM (WITH x AS (SELECT 2 AS n) SELECT n FROM x) a CROSS JOIN (SELECT n AS m FROM x) b
--- cte_twice_used
WITH d AS (SELECT customer_id, count(*) AS n FROM sales GROUP BY customer_id) SELECT a.customer_id, b.customer_id AS other FROM d a JOIN d b ON a.n = b.n AND a.customer_id < b.customer_id
--- cte_unused
WITH never AS (SELECT 1 / 0 AS boom), used AS (SELECT 1 AS one) SELECT * FROM used
--- cte_in_union
WITH a AS (SELECT 1 AS n), b AS (SELECT 2 AS n) SELECT * FROM a UNION ALL SELECT * FROM b UNION ALL SELECT shop_id FROM shops
--- cte_shadows_view
WITH takings AS (SELECT sum(amount) AS all_of_it FROM takings) SELECT * FROM takings
--- cte_quoted_name
WITH `odd name` AS (SELECT shop_id AS `a b` FROM shops) SELECT `odd name`.`a b` AS ab FROM `odd name`
--- recursive_numbers
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT i, i * i AS square FROM n
--- recursive_over_table
WITH RECURSIVE chain AS (SELECT sale_id, customer_id, 1 AS depth FROM sales WHERE sale_id = 1 UNION ALL SELECT s.sale_id, s.customer_id, c.depth + 1 FROM sales s JOIN chain c ON s.sale_id = c.sale_id + 60 WHERE c.depth < 5) SELECT * FROM chain
--- recursive_dates ordered
WITH RECURSIVE days AS (SELECT DATE'2026-11-01' AS d UNION ALL SELECT date_add(d, 1) FROM days WHERE d < DATE'2026-11-10') SELECT d, coalesce(n, 0) AS n FROM days LEFT JOIN (SELECT sold_on, count(*) AS n FROM sales GROUP BY sold_on) ON sold_on = d ORDER BY d
--- recursive_max_level
WITH RECURSIVE r (a) MAX RECURSION LEVEL 5 AS (SELECT 1 UNION ALL SELECT a + 1 FROM r WHERE a < 4) SELECT * FROM r
--- from_first
FROM sales SELECT channel, sum(amount) AS amount WHERE quantity > 2 GROUP BY channel
--- table_statement guard
TABLE shops
--- from_alone guard
FROM shops
--- values_statement
VALUES (1, 'a'), (2, 'b')
--- values_named
SELECT * FROM VALUES (1, 'a'), (2, NULL) AS t(n, s)
--- values_in_join
SELECT s.channel, v.label, count(*) AS n FROM sales s JOIN (VALUES ('web', 'online'), ('app', 'online'), ('store', 'shop')) v(channel, label) ON v.channel = s.channel GROUP BY ALL
--- values_in_subquery
SELECT * FROM shops WHERE shop_id IN (SELECT * FROM VALUES (1), (3), (5))
--- range_plain
SELECT * FROM range(5)
--- range_named
SELECT id * 2 AS twice FROM range(1, 20, 3) AS r WHERE r.id > 3
--- range_join
SELECT h.shop_id, r.id FROM shops h JOIN range(0, 3) r ON h.shop_id % 3 = r.id
--- range_partitions
SELECT sum(id) AS s FROM range(0, 100, 1, 2)
--- no_from
SELECT 1 AS one, 'a' AS a, DATE'2026-01-31' AS d, NULL AS nothing, 2.50 AS dec, 1e3 AS dbl, 5L AS long, 3S AS short, 7Y AS tiny, 1.5F AS flt, 2BD AS big
--- no_from_where
SELECT 1 AS one WHERE 1 = 0
--- star_except
SELECT * EXCEPT (email, income, born, nick, factor, profile) FROM customers
--- star_except_qualified
SELECT c.* EXCEPT (c.email, city), h.city AS shop_city FROM customers c JOIN shops h ON c.customer_id = h.shop_id
--- star_twice guard
SELECT a.*, b.* FROM shops a JOIN shops b ON a.shop_id = b.shop_id
--- star_in_struct
SELECT shop_id, to_json(struct(*)) AS j FROM shops
--- star_in_count
SELECT count(*) AS a, count(discount, remark) AS b FROM sales
--- star_in_function
SELECT coalesce(*) AS c FROM (SELECT CAST(NULL AS INT) AS a, 2 AS b)
--- order_by_all ordered
SELECT channel, quantity, sale_id FROM sales WHERE sale_id < 50 ORDER BY ALL
--- order_by_all_desc ordered
SELECT humidity, reading_id FROM readings WHERE reading_id < 40 ORDER BY ALL DESC NULLS LAST
--- order_nulls ordered
SELECT reading_id, humidity FROM readings ORDER BY humidity ASC NULLS LAST, reading_id DESC
--- order_by_hidden ordered
SELECT name FROM shops ORDER BY area, shop_id
--- order_by_expression ordered
SELECT sale_id FROM sales ORDER BY amount * quantity DESC, sale_id LIMIT 15
--- limit_all
SELECT shop_id FROM shops LIMIT ALL
--- limit_offset ordered
SELECT sale_id FROM sales ORDER BY sale_id LIMIT 5 OFFSET 10
--- offset_only ordered
SELECT shop_id FROM shops ORDER BY shop_id OFFSET 9
--- limit_expression ordered
SELECT shop_id FROM shops ORDER BY shop_id LIMIT 2 + 3
--- sort_by_distribute
SELECT shop_id, sale_id FROM sales DISTRIBUTE BY shop_id SORT BY sale_id
--- cluster_by
SELECT sale_id FROM sales CLUSTER BY sale_id
--- lateral_alias
SELECT amount * quantity AS gross, gross * coalesce(discount, 0) AS off, gross - off AS net FROM sales
--- lateral_alias_in_aggregate
SELECT shop_id, sum(amount) AS total, count(*) AS n, total / n AS mean FROM sales GROUP BY shop_id
--- alias_without_as
SELECT s.amount money, s.quantity `how many` FROM sales s
--- alias_shadows_column
SELECT quantity * 10 AS quantity FROM sales WHERE quantity > 5
--- table_alias_columns
SELECT b, a FROM (SELECT shop_id, city FROM shops) AS t(a, b)
--- select_distinct
SELECT DISTINCT segment, country FROM customers
--- select_all_keyword
SELECT ALL channel FROM sales
--- any_case
sElEcT SHOP_ID, Name FrOm SHOPS wHeRe Shop_Id BeTwEeN 2 aNd 4
--- quoted_identifiers guard
SELECT `s`.`amount` AS `the ``amount```, `s`.`sale_id` AS `select` FROM `corpus_demo`.`shop`.`sales` AS `s`
--- reserved_words_as_names
SELECT shop_id AS `from`, name AS `order`, city AS date, country AS timestamp, area AS `group` FROM shops
--- view_of_view
SELECT t.shop_id, t.amount, n.region FROM takings t JOIN north n ON n.customer_id = t.shop_id
--- deep_nesting
SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT shop_id + 1 AS a FROM shops) WHERE a > 2) WHERE a > 3) WHERE a > 4)
--- tablesample_percent
SELECT count(*) AS n FROM sales TABLESAMPLE (100 PERCENT)
--- tablesample_repeatable
SELECT sale_id FROM sales TABLESAMPLE (30 PERCENT) REPEATABLE (42)
--- tablesample_alias
SELECT s.sale_id FROM sales TABLESAMPLE (25 PERCENT) REPEATABLE (7) AS s WHERE s.amount > 10
--- tablesample_bucket
SELECT sale_id FROM sales TABLESAMPLE (BUCKET 1 OUT OF 4) REPEATABLE (3)
--- tablesample_rows_all
SELECT count(*) AS n FROM shops TABLESAMPLE (1000 ROWS)
