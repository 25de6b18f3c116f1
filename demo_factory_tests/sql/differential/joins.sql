--- join_using
SELECT shop_id, s.sale_id, h.name FROM sales s JOIN shops h USING (shop_id)
--- join_using_star
SELECT * FROM (SELECT shop_id, name FROM shops) JOIN (SELECT shop_id, count(*) AS n FROM sales GROUP BY shop_id) USING (shop_id)
--- join_natural
SELECT * FROM (SELECT shop_id, city FROM shops) NATURAL JOIN (SELECT shop_id, sale_id FROM sales)
--- join_left_semi
SELECT * FROM shops LEFT SEMI JOIN sales ON shops.shop_id = sales.shop_id AND sales.amount > 120
--- join_semi_short
SELECT c.customer_id FROM customers c SEMI JOIN tickets t ON t.customer_id = c.customer_id
--- join_anti
SELECT c.customer_id, c.first_name FROM customers c LEFT ANTI JOIN tickets t ON c.customer_id = t.customer_id AND t.priority > 3
--- join_full_outer
SELECT coalesce(s.customer_id, t.customer_id) AS who, s.n AS sales, t.n AS tickets FROM (SELECT customer_id, count(*) AS n FROM sales GROUP BY 1) s FULL OUTER JOIN (SELECT customer_id, count(*) AS n FROM tickets GROUP BY 1) t ON s.customer_id = t.customer_id
--- join_cross_comma
SELECT a.shop_id AS a, b.shop_id AS b FROM shops a, shops b WHERE a.shop_id < b.shop_id
--- join_cross
SELECT h.name, v.n FROM shops h CROSS JOIN (VALUES (1), (2)) AS v(n)
--- join_non_equi
SELECT s.sale_id, t.ticket_id FROM sales s JOIN tickets t ON t.customer_id = s.customer_id AND t.opened_at BETWEEN s.sold_at AND s.sold_at + INTERVAL 20 DAYS
--- join_null_safe
SELECT a.sale_id, b.sale_id AS other FROM sales a JOIN sales b ON a.remark <=> b.remark AND a.sale_id + 1 = b.sale_id
--- join_three
SELECT c.first_name, h.name, sum(s.amount) AS amount FROM sales s INNER JOIN customers c ON c.customer_id = s.customer_id LEFT JOIN shops h ON h.shop_id = s.shop_id GROUP BY c.first_name, h.name
--- join_parenthesised
SELECT s.sale_id, x.name FROM sales s LEFT JOIN (shops x JOIN readings r ON r.shop_id = x.shop_id AND r.reading_id < 13) ON s.shop_id = x.shop_id
--- join_right
SELECT h.shop_id, s.sale_id FROM sales s RIGHT OUTER JOIN shops h ON s.shop_id = h.shop_id AND s.amount > 200
--- join_lateral_subquery
SELECT h.name, l.sale_id, l.amount FROM shops h, LATERAL (SELECT sale_id, amount FROM sales s WHERE s.shop_id = h.shop_id ORDER BY amount DESC, sale_id LIMIT 2) l
--- join_left_lateral
SELECT h.shop_id, l.n FROM shops h LEFT JOIN LATERAL (SELECT count(*) AS n FROM sales s WHERE s.shop_id = h.shop_id AND s.amount > 100) l ON true
--- join_lateral_chain
SELECT t.ticket_id, a.x, b.y FROM tickets t, LATERAL (SELECT t.priority + 1 AS x) a, LATERAL (SELECT a.x * 2 AS y) b
--- join_self_alias_case
SELECT A.SALE_ID, B.Amount FROM Sales a JOIN SALES b ON a.sale_id = B.sale_id + 1
--- join_two_part_columns guard
SELECT shop.shops.name, shop.sales.amount FROM shop.sales JOIN shop.shops ON shop.shops.shop_id = shop.sales.shop_id
--- join_full_names guard
SELECT h.name, sales.amount FROM corpus_demo.shop.sales JOIN `corpus_demo`.`shop`.SHOPS AS h ON h.shop_id = sales.shop_id
--- exists_correlated
SELECT customer_id FROM customers c WHERE EXISTS (SELECT 1 FROM sales s WHERE s.customer_id = c.customer_id AND s.amount > 100)
--- not_exists
SELECT customer_id FROM customers c WHERE NOT EXISTS (SELECT * FROM tickets WHERE customer_id = c.customer_id AND priority > 2)
--- in_subquery
SELECT sale_id FROM sales WHERE shop_id IN (SELECT shop_id FROM shops WHERE country = 'DE') AND channel NOT IN ('web')
--- in_tuple
SELECT sale_id FROM sales WHERE (shop_id, customer_id) IN (SELECT shop_id, customer_id FROM sales WHERE amount > 80)
--- not_in_with_nulls
SELECT count(*) AS n FROM sales WHERE remark NOT IN (SELECT remark FROM sales WHERE sale_id < 4)
--- scalar_correlated
SELECT c.customer_id, (SELECT max(amount) FROM sales s WHERE s.customer_id = c.customer_id) AS best FROM customers c
--- scalar_in_case
SELECT shop_id, CASE WHEN area > (SELECT avg(area) FROM shops) THEN 'large' ELSE 'small' END AS size FROM shops
--- scalar_in_having
SELECT shop_id, count(*) AS n FROM sales GROUP BY shop_id HAVING count(*) > (SELECT count(*) / 12 FROM sales)
--- scalar_nested_two_deep
SELECT (SELECT max(x) FROM (SELECT (SELECT count(*) FROM sales) + shop_id AS x FROM shops)) AS deep
--- any_list
SELECT sale_id FROM sales WHERE remark LIKE ANY ('%gift%', 'a\_b', '50\%%') OR channel LIKE ALL ('w%', '%b')
--- union_all
SELECT city FROM shops UNION ALL SELECT city FROM customers
--- union_distinct_order ordered
SELECT country FROM shops UNION SELECT country FROM customers ORDER BY country DESC
--- union_types
SELECT shop_id AS x, CAST(1 AS DECIMAL(4,1)) AS y FROM shops UNION ALL SELECT 7, 2.25D
--- intersect_except
(SELECT customer_id FROM sales INTERSECT SELECT customer_id FROM tickets) EXCEPT SELECT customer_id FROM customers WHERE country = 'US'
--- intersect_all_minus
SELECT quantity FROM sales INTERSECT ALL SELECT priority FROM tickets MINUS SELECT 1
--- except_all
SELECT customer_id FROM sales EXCEPT ALL SELECT customer_id FROM tickets
--- union_in_parentheses ordered
(SELECT sale_id AS id FROM sales ORDER BY amount DESC, sale_id LIMIT 3) UNION ALL (SELECT ticket_id FROM tickets ORDER BY ticket_id LIMIT 2) ORDER BY id
--- hint_broadcast
SELECT /*+ BROADCAST(h) */ h.name, s.amount FROM sales s JOIN shops h ON s.shop_id = h.shop_id
--- hint_merge
SELECT /*+ MERGE(s, h), SHUFFLE_HASH(h) */ count(*) AS n FROM sales s JOIN shops h ON s.shop_id = h.shop_id
--- hint_repartition
SELECT /*+ REPARTITION(3, shop_id) */ sale_id, shop_id FROM sales
--- hint_coalesce_lower
SELECT /*+ coalesce(1) */ sale_id FROM sales WHERE amount > 50
--- hint_table_name
SELECT /*+ BROADCAST(shops) */ shops.name FROM sales JOIN shops ON sales.shop_id = shops.shop_id
--- hint_many
SELECT /*+ REBALANCE, BROADCASTJOIN (h) , MAPJOIN(h) */ h.shop_id, s.sale_id FROM sales s JOIN shops h ON h.shop_id = s.shop_id
--- using_keys_by_their_sides
SELECT s.shop_id AS here, h.shop_id AS there, shop_id, count(DISTINCT h.shop_id) AS n FROM sales s LEFT JOIN shops h USING (shop_id) GROUP BY ALL
--- natural_keys_by_their_sides
SELECT max(a.shop_id) AS a, max(b.shop_id) AS b FROM (SELECT shop_id FROM sales) a NATURAL FULL JOIN (SELECT shop_id, name FROM shops) b
