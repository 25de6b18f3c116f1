--- doubled_quote
SELECT 'shop''s' AS label, 'a''''b' AS two, '''' AS one, '' AS none
--- doubled_quote_in_filter
SELECT shop_id, name FROM shops WHERE name = 'King''s Gate'
--- backslash_escapes
SELECT 'a\'b' AS a, 'tab\there' AS t, 'line\nend' AS n, 'back\\slash' AS b, '\u0041\x42\103' AS u, '\0' AS z, 'a\%b' AS p, 'a\_b' AS q, '\q' AS odd
--- raw_strings
SELECT r'C:\temp\new' AS a, R"a\'b" AS b, r'\d+' AS c
--- double_quoted
SELECT "it's" AS a, "say ""hi""" AS b, "a\"b" AS c, "" AS d
--- adjacent_strings
SELECT 'one' ' two' AS a, "x" 'y' AS b, 'a'
'b' AS c
--- unicode_text
SELECT 'Grüße' AS g, '日本語' AS j, '😀' AS e, length('😀é') AS n, upper('straße') AS s, 'Größe' = 'GRÖSSE' AS same FROM tickets WHERE body LIKE '%Köln%'
--- dollar_text
SELECT 'pay ${amount}' AS a, "${env:HOME}" AS b, '$${x}' AS c, '{amount}' AS d, '{{x}}' AS e, '$1' AS f
--- dollar_filter
SELECT ticket_id FROM tickets WHERE body = 'pay ${amount} now'
--- question_and_colon_text
SELECT '?' AS q, ':as' AS c, ':: x' AS d, '--no comment' AS e, '/* nor this */' AS f, ';' AS g
--- percent_text
SELECT sale_id, remark FROM sales WHERE remark LIKE '50\% off' OR remark LIKE 'a\_b' OR remark LIKE '%!%%' ESCAPE '!'
--- like_escape
SELECT remark FROM sales WHERE remark LIKE 'a#_b' ESCAPE '#'
--- ilike_rlike
SELECT sale_id FROM sales WHERE remark ILIKE '%HI%' OR remark RLIKE '^g[a-z]+t$' OR remark REGEXP "late$" OR NOT remark LIKE '%'
--- regexp_functions
SELECT ticket_id, regexp_extract(body, '#(\\d+)', 1) AS a, regexp_extract(body, r'#(\d+)') AS b, regexp_replace(body, '[aeiou]', '*') AS c, regexp_count(body, 'e') AS d, regexp_instr(body, r'\d') AS e, regexp_substr(body, '[A-Z]\\w+') AS f, regexp_like(body, 'call') AS g, regexp_extract_all(body, '([a-z]+)', 1) AS h, regexp(body, '\\+49') AS i FROM tickets
--- regexp_backreference
SELECT regexp_replace('2026-11-24', '(\\d+)-(\\d+)-(\\d+)', '$3.$2.$1') AS d, regexp_replace('aab', r'(a)\1', 'x') AS b
--- split_functions
SELECT split(tags, ',') AS a, split('a.b.c', '\\.', 2) AS b, split('a|b', '[|]') AS c, split_part('x-y-z', '-', -1) AS d, substring_index('www.example.org', '.', 2) AS e FROM tickets
--- substring_forms
SELECT substring(body, 5) AS a, substring(body FROM 5 FOR 3) AS b, substr(body, -4, 2) AS c, left(body, 3) AS d, right(body, 3) AS e, overlay(body PLACING '##' FROM 2 FOR 3) AS f, overlay(body, 'X', 1) AS g FROM tickets
--- trim_forms
SELECT trim('  a ') AS a, trim(BOTH 'x' FROM 'xxaxx') AS b, trim(LEADING FROM '  a') AS c, trim(TRAILING 'z' FROM 'azz') AS d, ltrim('x', 'xxa') AS e, btrim('__a__', '_') AS f, rtrim('a  ') AS g
--- position_forms
SELECT position('r' IN body) AS a, position('e', body, 5) AS b, locate('e', body, 3) AS c, instr(body, 'e') AS d, find_in_set('refund', tags) AS f, contains(body, 'is') AS g, startswith(body, 'The') AS h, endswith(body, 'now') AS i FROM tickets
--- concat_forms
SELECT first_name || ' ' || last_name AS full, concat_ws('-', first_name, NULL, city) AS w, concat(first_name, NULL) AS n, first_name || customer_id AS c, elt(2, 'a', 'b') AS e, field FROM (SELECT *, repeat('ab', 2) AS field FROM customers)
--- case_and_pad
SELECT initcap(body) AS a, lower(body) AS b, ucase('x') AS c, lpad(CAST(ticket_id AS STRING), 6, '0') AS d, rpad('a', 3, '.') AS e, reverse(body) AS f, repeat('ab', 3) AS g, space(2) AS h, char_length(body) AS i, octet_length('é') AS j, translate(body, 'aei', 'xyz') AS k, soundex('Robert') AS l, levenshtein('kitten', 'sitting') AS m, ascii('A') AS n, chr(66) AS o FROM tickets
--- to_char_numbers
SELECT to_char(amount, '999.99') AS a, to_char(-amount, 'S9999.99') AS b, to_char(amount, '$999,999.99') AS c, to_char(quantity, '000') AS d, to_varchar(amount, '999D99') AS e, to_char(12454, '99G999') AS f FROM sales
--- to_char_dates
SELECT to_char(sold_on, 'yyyy/MM') AS a, to_char(sold_at, 'dd.MM.yyyy HH:mm') AS b, to_varchar(sold_on, "EEE") AS c, to_char(x'537061726b', 'hex') AS d, to_char(x'537061726b', 'base64') AS e FROM sales
--- to_number_formats
SELECT to_number('454', '999') AS a, to_number('$78.12', '$99.99') AS b, to_number('12,454.8-', '99,999.9S') AS c, try_to_number('x', '999') AS d
--- format_functions
SELECT format_number(1234567.891, 2) AS a, format_number(0.5, '0.00%') AS b, format_string('%05d|%-5s|%.2f%%', shop_id, country, rating) AS c, printf('%s', name) AS d FROM shops
--- encode_hash
SELECT md5(name) AS a, sha1(name) AS b, sha2(name, 256) AS c, sha(name) AS d, crc32(name) AS e, hash(name, shop_id) AS f, xxhash64(name) AS g, base64(encode(name, 'UTF-8')) AS h, decode(unbase64('YQ=='), 'utf-8') AS i, hex(name) AS j, unhex('4142') AS k, bin(shop_id) AS l, conv('ff', 16, 10) AS m, encode('é', 'ISO-8859-1') AS n FROM shops
--- conditional_functions
SELECT decode(channel, 'web', 1, 'app', 2, 0) AS a, nvl2(discount, 'less', 'full') AS b, nvl(remark, '-') AS c, ifnull(discount, 0) AS d, nullif(channel, 'web') AS e, zeroifnull(quantity) AS f, nullifzero(quantity) AS g, if(quantity > 3, 'm', 'f') AS h FROM sales
--- case_forms
SELECT CASE channel WHEN 'web' THEN 'online' WHEN 'app' THEN 'online' ELSE 'shop' END AS a, CASE WHEN amount > 100 THEN 3 WHEN amount > 50 THEN 2 END AS b, CASE WHEN remark IS NULL THEN 'none' WHEN remark = '' THEN 'empty' ELSE remark END AS c FROM sales
--- collations
SELECT 'a' COLLATE UTF8_LCASE = 'A' AS same, collation('x' COLLATE UNICODE_CI) AS c, count(DISTINCT city COLLATE UTF8_LCASE) AS n FROM shops
--- collation_order ordered
SELECT name FROM shops ORDER BY name COLLATE UNICODE, shop_id
--- url_and_mask
SELECT parse_url('https://example.org/p?q=1#f', 'QUERY', 'q') AS a, url_encode('a b&c') AS b, url_decode('a%20b') AS c, mask('AbCd-12', 'X', 'x', 'n') AS d, luhn_check('4111111111111111') AS e, quote('it''s') AS f
--- sentences
SELECT sentences('Hi there! Bye.') AS s
--- text_with_sql_inside
SELECT 'SELECT * FROM vault' AS a, 'FROM sales' AS b, "JOIN shops" AS c, 'sales' AS sales, name AS `FROM vault` FROM shops
--- comments_everywhere
SELECT /* a comment */ shop_id, -- the id; with 'quotes'
  /* nested /* comment */ ends */ name /* FROM vault */
FROM /* here */ shops -- FROM vault
WHERE shop_id > 2 /* AND 1 = 0 */
--- trailing_semicolon guard
SELECT shop_id FROM shops WHERE shop_id = 2;
--- odd_spaces
SELECT	shop_id

  ,name
FROM
shops
