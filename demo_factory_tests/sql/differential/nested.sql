--- lateral_view_explode
SELECT ticket_id, tag FROM tickets LATERAL VIEW explode(split(tags, ',')) t AS tag
--- lateral_view_outer
SELECT ticket_id, tag FROM tickets LATERAL VIEW OUTER explode(filter(split(tags, ','), x -> x <> '')) t AS tag
--- lateral_view_posexplode
SELECT ticket_id, p, tag FROM tickets LATERAL VIEW posexplode(split(tags, ',')) t AS p, tag
--- lateral_view_twice
SELECT ticket_id, a, b FROM tickets LATERAL VIEW explode(array(1, 2)) x AS a LATERAL VIEW explode(array(a, a * 10)) y AS b WHERE ticket_id < 4
--- lateral_view_json_tuple
SELECT ticket_id, i, p FROM tickets LATERAL VIEW json_tuple(payload, 'id', 'price') j AS i, p
--- explode_in_select
SELECT ticket_id, explode(split(tags, ',')) AS tag FROM tickets
--- posexplode_in_select
SELECT ticket_id, posexplode(split(tags, ',')) AS (position, tag) FROM tickets
--- explode_map
SELECT shop_id, explode(map('area', area, 'rating', CAST(rating AS INT))) AS (k, v) FROM shops
--- explode_table_function
SELECT h.shop_id, e.col FROM shops h, LATERAL explode(sequence(1, h.shop_id)) AS e
--- explode_from
SELECT * FROM explode(array(10, 20, 30))
--- explode_from_named
SELECT pos + 1 AS n, x FROM posexplode(array('a', 'b')) AS t(pos, x)
--- inline_structs
SELECT inline(array(struct(1 AS a, 'x' AS b), struct(2 AS a, 'y' AS b))) AS (n, s)
--- inline_from
SELECT t.* FROM inline(array(struct(1 AS a, 'x' AS b), struct(2 AS a, 'y' AS b))) t
--- stack_rows
SELECT stack(2, 'area', area, 'shop', CAST(shop_id AS INT)) AS (what, v) FROM shops
--- stack_lateral
SELECT h.shop_id, s.k, s.v FROM shops h, LATERAL stack(2, 'a', h.area, 'b', -h.area) AS s(k, v)
--- sequence_dates
SELECT explode(sequence(DATE'2026-11-01', DATE'2026-11-24', INTERVAL 1 WEEK)) AS week
--- sequence_timestamps
SELECT sequence(TIMESTAMP'2026-01-01 00:00:00', TIMESTAMP'2026-01-01 06:00:00', INTERVAL 2 HOURS) AS hours
--- lambda_transform
SELECT ticket_id, transform(split(tags, ','), t -> upper(t)) AS loud FROM tickets
--- lambda_transform_index
SELECT transform(array('a', 'b', 'c'), (x, i) -> concat(x, i)) AS numbered
--- lambda_filter_index
SELECT filter(array(5, 6, 7, 8), (x, i) -> i % 2 = 0 AND x > 5) AS kept
--- lambda_aggregate
SELECT sale_id, aggregate(sequence(1, quantity), 0, (acc, x) -> acc + x) AS triangle FROM sales
--- lambda_aggregate_finish
SELECT aggregate(array(1, 2, 3, 4), named_struct('s', 0, 'n', 0), (acc, x) -> named_struct('s', acc.s + x, 'n', acc.n + 1), acc -> acc.s / acc.n) AS mean
--- lambda_reduce
SELECT reduce(array(2, 3, 4), 1, (a, b) -> a * b) AS product
--- lambda_zip_with
SELECT zip_with(array(1, 2, 3), array(10, 20), (x, y) -> coalesce(x, 0) + coalesce(y, 0)) AS sums
--- lambda_exists_forall
SELECT ticket_id, exists(split(tags, ','), t -> t LIKE 'late%') AS late, forall(split(tags, ','), t -> length(t) > 0) AS tagged FROM tickets
--- lambda_map_functions
SELECT map_filter(map('a', 1, 'b', 2), (k, v) -> v > 1) AS f, transform_keys(map('a', 1), (k, v) -> upper(k)) AS tk, transform_values(map('a', 1, 'b', 2), (k, v) -> v * 10) AS tv, map_zip_with(map('a', 1), map('a', 5), (k, x, y) -> x + y) AS z
--- lambda_sort
SELECT array_sort(array(3, 1, NULL, 2), (l, r) -> CASE WHEN l IS NULL THEN -1 WHEN r IS NULL THEN 1 WHEN l > r THEN -1 WHEN l < r THEN 1 ELSE 0 END) AS down
--- lambda_outer_column
SELECT shop_id, transform(array(1, 2), x -> x * shop_id) AS times FROM shops
--- lambda_nested
SELECT transform(array(array(1, 2), array(3)), r -> transform(r, x -> x + size(r))) AS t
--- lambda_shadows_column
SELECT transform(array(7, 8), shop_id -> shop_id + 1) AS t, shop_id FROM shops
--- struct_access
SELECT s.a, s.b.c AS c, s.`odd key` AS k FROM (SELECT named_struct('a', shop_id, 'b', struct(city AS c), 'odd key', area) AS s FROM shops)
--- struct_star
SELECT s.* FROM (SELECT struct(shop_id, name, city) AS s FROM shops)
--- array_access
SELECT a[0] AS first, element_at(a, -1) AS last, try_element_at(a, 9) AS none, a[size(a) - 1] AS also_last, get(a, 5) AS n FROM (SELECT split(tags, ',') AS a FROM tickets)
--- map_access
SELECT m['k'] AS v, m.k AS w, element_at(m, 'k') AS x, map_keys(m) AS ks, map_contains_key(m, 'z') AS z FROM (SELECT map('k', 5, 'l', 6) AS m)
--- array_functions
SELECT array_distinct(array(1, 1, 2)) AS d, array_union(array(1), array(2)) AS u, array_except(array(1, 2), array(2)) AS e, array_position(array('a', 'b'), 'b') AS p, slice(array(1, 2, 3, 4), 2, 2) AS s, flatten(array(array(1), array(2, 3))) AS f, array_repeat('x', 3) AS r, arrays_zip(array(1, 2), array('a', 'b')) AS z, array_join(array('a', NULL, 'c'), '-', '?') AS j, array_compact(array(1, NULL)) AS c, array_insert(array(1, 3), 2, 2) AS i, arrays_overlap(array(1), array(1)) AS o
--- map_functions
SELECT map_from_arrays(array('a', 'b'), array(1, 2)) AS m, map_concat(map(1, 'a'), map(2, 'b')) AS c, map_entries(map('q', 1)) AS e, str_to_map('a:1,b:2', ',', ':') AS s
--- get_json_object
SELECT ticket_id, get_json_object(payload, '$.user.name') AS who, get_json_object(payload, '$.items[1]') AS second, get_json_object(payload, '$.nosuch') AS none FROM tickets
--- from_json_ddl
SELECT ticket_id, j.user.name AS who, j.items[0] AS one, j.price FROM (SELECT ticket_id, from_json(payload, 'id INT, price DOUBLE, items ARRAY<INT>, user STRUCT<name: STRING, vip: BOOLEAN>') AS j FROM tickets)
--- from_json_schema_of_json
SELECT from_json('{"a": 1, "b": [true]}', schema_of_json('{"a": 1, "b": [true]}')) AS j
--- from_json_options
SELECT from_json('{"d": "26/11/2026"}', 'd DATE', map('dateFormat', 'dd/MM/yyyy')) AS j, from_json('broken', 'a INT') AS bad
--- to_json
SELECT to_json(named_struct('a', 1, 'd', DATE'2026-01-02', 'n', NULL)) AS j, to_json(map('k', array(1, 2))) AS m, to_json(named_struct('t', TIMESTAMP'2026-01-02 03:04:05'), map('timestampFormat', 'dd/MM HH:mm')) AS t
--- json_helpers
SELECT ticket_id, json_array_length('[1,2,3]') AS n, json_object_keys(payload) AS ks FROM tickets
--- variant_parse
SELECT ticket_id, parse_json(payload) AS v FROM tickets
--- variant_get
SELECT ticket_id, variant_get(parse_json(payload), '$.price', 'double') AS price, variant_get(parse_json(payload), '$.user.name', 'string') AS who FROM tickets
--- variant_try_get
SELECT try_variant_get(parse_json('{"a": "x"}'), '$.a', 'int') AS none, try_parse_json('{') AS broken, is_variant_null(parse_json('null')) AS nul, typeof(parse_json('1')) AS t
--- variant_schema
SELECT schema_of_variant(parse_json('{"a": 1, "b": ["x"]}')) AS s, schema_of_variant_agg(parse_json(payload)) AS all_of_them FROM tickets
--- variant_explode
SELECT t.ticket_id, v.pos, v.key, v.value::string AS value FROM tickets t, LATERAL variant_explode(parse_json(t.payload)) v WHERE t.ticket_id < 5
--- variant_cast
SELECT parse_json('[1, 2]')::array<int> AS a, CAST(parse_json('{"x": 1.5}') AS STRUCT<x: DOUBLE>) AS s, to_variant_object(named_struct('k', 1)) AS o
--- json_path_colon
SELECT ticket_id, parse_json(payload):user.name::string AS who, parse_json(payload):items[0]::int AS first_item FROM tickets
--- json_path_colon_column
SELECT v:price::double AS price, v:user AS u, v:['user']['vip']::boolean AS vip FROM (SELECT parse_json(payload) AS v FROM tickets)
--- csv
SELECT from_csv('1,a,2026-01-02', 'n INT, s STRING, d DATE') AS c, to_csv(named_struct('a', 1, 'b', 'x,y')) AS t, schema_of_csv('1,abc') AS s
--- struct_update_and_compare
SELECT struct(1, 'a') = struct(1, 'a') AS same, struct(1, 2) < struct(1, 3) AS less, array(1, 2) < array(1, 3) AS below, named_struct('a', 1).a AS a
--- collections_of_rows
SELECT shop_id, sort_array(collect_list(struct(amount, sale_id)))[0].sale_id AS cheapest FROM sales GROUP BY shop_id
