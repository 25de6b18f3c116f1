"""Every mistake in a blueprint is one line: file, line, path, what was found and what is right."""

# ruff: noqa: E501 - a case is one line: what is changed, and what is said
from __future__ import annotations

import pytest

from demo_factory.blueprint.check import check
from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.load import loads
from demo_factory.blueprint.model import check_scale
from demo_factory_tests.blueprint.small import SMALL, changed, complaints

INCOME = "income: {normal: {mean: 50, std: 9}, correlate: {with: spend, r: 0.5}}"
SPEND = "spend: {lognormal: {median: 4, sigma: 1}, check: {min: 0, max: 1000}}"
CHANNEL = "{choice: {by: customers.segment, cases: {Basic: [web], Plus: {web: 0.5, app: 0.5}}}}"
CODE = "{template: '{day} {customers.segment}', check: {pattern: '^2'}}"
GIFT = "gift: {boolean: 0.1}"
C, T = "tables.customers", "tables.orders"


def test_the_small_blueprint_is_right():
    assert complaints(SMALL) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "words"),
    [
        # fields, types and ranges
        ("lognormal:", "lognorml:", 18, f"{C}.columns.spend.lognorml", "unknown field 'lognorml'; did you mean 'lognormal'?"),
        ("history:", "hystory:", 4, "hystory", "did you mean 'history'?"),
        ("schema: sales", "schema_name: sales", 2, "schema_name", "did you mean 'schema'?"),
        (GIFT, "gift: {boolean: 0.1, required: true}", 29, f"{T}.columns.gift.required", "it belongs under check"),
        ("    rows: 100\n", "", 6, C, "'rows' is missing; add `rows:` (at scale 1"),
        ("demo: shop", "title: shop", 1, "", "'demo' is missing; add `demo:`"),
        ("rows: 100\n", "rows: 0\n", 7, f"{C}.rows", "must be at least 1, not 0"),
        ("rows: 100\n", "rows: 1e2\n", 7, f"{C}.rows", "must be a whole number, not 100.0; write 100"),
        ("rows: 100\n", "rows: '1,000'\n", 7, f"{C}.rows", "not '1,000'; write 1000"),
        ("rows: 100\n", "rows: true\n", 7, f"{C}.rows", "must be a whole number, not true"),
        ("rows: 100\n", "rows: 11:30\n", 7, f"{C}.rows", "must be a whole number, not '11:30'"),
        ("seed: 7", "seed: -7", 3, "seed", "must be at least 0, not -7"),
        ("seed: 7", f"seed: {2**63}", 3, "seed", "must be at most 9,223,372,036,854,775,807"),
        ("history: 90 days", "history: soon", 4, "history", "write for example '36 hours', '90 days' or '2 years'"),
        ("history: 90 days", "history: 36 hours", 4, "history", "not a whole number of days"),
        ("history: 90 days", "history: 30 years", 4, "history", "must be at most 7,300"),
        ("schema: sales", "schema: 5", 2, "schema", "must be text, not 5; write '5' in quotes"),
        ("schema: sales", "schema: Sales Data", 2, "schema", "use lower-case letters, digits and _, starting with a letter; for example sales_data"),
        ("seed: 7", "title: yes\nseed: x", 4, "seed", "must be a whole number, not 'x'"),
        ("cache: true", "cache: yes", 38, "optimize.by_segment.cache", "must be true or false, not 'yes'; write true"),
        (GIFT, "gift: {boolean: [0.1]}", 29, f"{T}.columns.gift.boolean", "must be a number or text, not a list"),
        (GIFT, "gift: {boolean: 3}", 29, f"{T}.columns.gift", "boolean 3 must be a chance between 0 and 1"),
        (GIFT, "gift: {boolean: ' '}", 29, f"{T}.columns.gift", "boolean is empty"),
        (GIFT, "gift: 5", 29, f"{T}.columns.gift", "must be a mapping (lines of `name: value`), not 5"),
        (GIFT, "gift: {comment: x}", 29, f"{T}.columns.gift", "no formula says what fills this column; add one of key, ref"),
        (GIFT, "gift: {boolean: 0.1, cycle: [1]}", 29, f"{T}.columns.gift", "boolean and cycle fill this column at once; keep one"),
        (GIFT, "gift: {uniform: {min: 3, max: 2}}", 29, f"{T}.columns.gift.uniform", "min 3 must be below max 2"),
        (GIFT, "gift: {uniform: {min: 3}}", 29, f"{T}.columns.gift.uniform", "'max' is missing"),
        (GIFT, "gift: {date: {min: 2024-1-5, max: 2024-02-01}}", 29, f"{T}.columns.gift.date.min", "must be a date as 2024-01-31, not '2024-1-5'"),
        (GIFT, "gift: {date: {min: 2024-02-30, max: 2024-03-01}}", 29, f"{T}.columns.gift.date.min", "there is no day 2024-02-30"),
        (GIFT, "gift: {date: {min: 20240101, max: 2024-03-01}}", 29, f"{T}.columns.gift.date.min", "must be a date as 2024-01-31, not 20240101"),
        (GIFT, "gift: {date: {min: 2024-02-02, max: 2024-02-01}}", 29, f"{T}.columns.gift.date", "must not be after"),
        (GIFT, "gift: {cycle: []}", 29, f"{T}.columns.gift.cycle", "has 0 entries: at least 1 are needed"),
        (GIFT, "gift: {cycle: [[1]]}", 29, f"{T}.columns.gift.cycle.0", "must be true or false, a number or text, not a list"),
        (GIFT, "gift: {boolean: 0.1, type: integr}", 29, f"{T}.columns.gift.type", "did you mean 'int'?"),
        (GIFT, "gift: {expr: ''}", 29, f"{T}.columns.gift.expr", "is empty; write the text"),
        (GIFT, "gift: {choice: {a: 0.5, b: 0.6}}", 29, f"{T}.columns.gift.choice", "weights sum to 1.1: they must sum to 1 (or to 100)"),
        (GIFT, "gift: {choice: [a, a]}", 29, f"{T}.columns.gift.choice", "'a' stands twice; keep one"),
        (GIFT, "gift: {choice: {cases: {a: [x]}}}", 29, f"{T}.columns.gift.choice", "cases need `by`"),
        (GIFT, "gift: {choice: {by: at, case: {a: [x]}}}", 29, f"{T}.columns.gift.choice.case", "unknown field 'case'; did you mean 'cases'?"),
        ("{ref: customers}", "{ref: {table: customers, pick: parto}}", 26, f"{T}.columns.customer_id.ref.pick", "'parto' is not one of uniform, zipf or pareto; did you mean 'pareto'?"),
        ("11-29: 2", "13-01: 2", 21, f"{T}.arrives.peaks.13-01", "there is no day 13-01: write month-day, as 11-29"),
        ("11-29: 2", "x: 2", 21, f"{T}.arrives.peaks.x", "'x' is not a day of the year"),
        ("schema: sales", "catalog: '{env}_{dmo}'", 2, "catalog", "unknown placeholder {dmo}; use {env}, {demo} and {user}"),
        ("schema: sales", "catalog: My-Catalog", 2, "catalog", "use lower-case letters, digits and _, starting with a letter; for example my_catalog"),
        ("vacuum: 1 week", "vacuum: 1 day", 37, "optimize.orders", "below Delta's safe minimum of 168 hours"),
        ("{cache: true}", "{}", 38, "optimize.by_segment", "nothing to do: give zorder, vacuum or cache"),
        # names
        (GIFT, "table: {boolean: 0.1}", 29, f"{T}.columns.table", "'table' is a reserved word of SQL; pick another, for example table_value"),
        ("views:\n", "views:\n  Big Sales: {sql: SELECT 1}\n", 33, "views.Big Sales", "'Big Sales' is not a name: use lower-case letters, digits and _, starting with a letter; for example big_sales"),
        ("      spend:", "      Income: {cycle: [1]}\n      spend:", 18, f"{C}.columns.Income", "'income' is there already; names must differ by more than case"),
        ("views:\n", "views:\n  orders: {sql: SELECT 1}\n", 33, "views.orders", "view 'orders' has the name of a table; rename one"),
        ("{table: guesses}", "{table: by_segment}", 35, "models.plus.predictions.table", "has the name of a view"),
        ("{table: guesses}", "{table: optimize_orders}", 37, "optimize.orders", "optimization 'optimize_orders' has the name of a predictions table"),
        # references
        ("{ref: customers}", "{ref: customer}", 26, f"{T}.columns.customer_id.ref", "there is no table 'customer'; did you mean 'customers'?"),
        ("key: C-0000", "cycle: [a]", 26, f"{T}.columns.customer_id.ref", "table 'customers' has no key to refer to; give a column"),
        (SPEND, f"{SPEND}\n      last: {{ref: orders}}", 27, f"{T}.columns.customer_id.ref", "references go in a circle: customers -> orders -> customers"),
        (GIFT, "gift: {ref: orders, check: {required: true}}", 29, f"{T}.columns.gift.check.required", "the first row of orders has no earlier row to refer to; remove required"),
        ("{ref: customers}", "{ref: {table: customers, exponent: 2}}", 26, f"{T}.columns.customer_id.ref.exponent", "pick: uniform has no exponent; write pick: zipf"),
        # keys and arrivals
        (SPEND, f"{SPEND}\n      id: {{key: integer}}", 19, f"{C}.columns.id.key", "a second key: customer_id is one already; keep one"),
        (SPEND, f"{SPEND}\n      again: {{arrival: date}}", 19, f"{C}.columns.again.arrival", "a second arrival: joined is one already"),
        ("    arrives: {initial: 0.4}\n", "", 15, f"{C}.columns.joined.arrival", "add `arrives: {}` to the table"),
        ("joined: {arrival: date}", "joined: {date: {min: 2024-01-01, max: 2024-02-01}}", 8, f"{C}.arrives", "add a column with `arrival: date`"),
        ("{key: C-0000}", "{key: C-00}", 11, f"{C}.columns.customer_id.key", "'C-00' has room for 2 digits, and the table has 100 rows; write at least C-000"),
        ("{key: C-0000}", "{key: uuid}", 11, f"{C}.columns.customer_id.key", "'uuid' does not end in zeros; write CUST-0000000, or integer"),
        ("{key: C-0000}", "{key: C-0000, nulls: 0.1}", 11, f"{C}.columns.customer_id", "a key cannot have nulls; remove nulls"),
        # layout and contract
        ("partition_by: day", "partition_by: dey", 22, f"{T}.layout.partition_by", "orders has no column 'dey'; did you mean 'day'?"),
        ("partition_by: day", "partition_by: gift", 22, f"{T}.layout.partition_by", "gift is not a date; use at or day"),
        ("[[order_id, day]]", "[[order_id, dya]]", 23, f"{T}.contract.unique.0.1", "orders has no column 'dya'; did you mean 'day'?"),
        ("[[order_id, day]]", "[[]]", 23, f"{T}.contract.unique.0", "an empty combination"),
        ("[[order_id, day]]", "[[day, day]]", 23, f"{T}.contract.unique.0", "a column stands twice"),
        ("people: {US: 0.5, DE: 0.5}", "people: {US: 0.5, DE: 0.4}", 9, f"{C}.people", "weights sum to 0.9"),
        ("people: {US: 0.5, DE: 0.5}", "people: {US: 0.5, DEU: 0.5}", 9, f"{C}.people.DEU", "did you mean 'DE'?"),
        # persons
        ("      last_name: {person: last_name}\n", "", 13, f"{C}.columns.mail.email", "last_name is missing; add `last_name: {person: last_name}`"),
        ("email: example.com", "email: '@example.com'", 14, f"{C}.columns.mail.email", "is not a domain; write for example example.com"),
        # by, cases, placeholders
        ("by: customers.segment", "by: customers.segmnt", 31, f"{T}.columns.channel.choice.by", "customers has no column 'segmnt'; did you mean 'segment'?"),
        ("by: customers.segment", "by: client.segment", 31, f"{T}.columns.channel.choice.by", "orders has no ref that 'client' could mean; use customer_id or customers"),
        ("by: customers.segment", "by: channel", 31, f"{T}.columns.channel.choice.by", "channel cannot depend on itself"),
        ("Basic: [web]", "Basik: [web]", 31, f"{T}.columns.channel.choice.cases.Basik", "customers.segment is never 'Basik'; did you mean 'Basic'?"),
        ("Basic: [web], ", "", 31, f"{T}.columns.channel.choice.cases", "there is no case for customers.segment 'Basic'; add `Basic:`"),
        ("Basic: [web]", "Basic: {web: 0.5}", 31, f"{T}.columns.channel.choice", "case 'Basic': weights sum to 0.5"),
        ("{day}", "{dey}", 30, f"{T}.columns.code.template", "{dey}: orders has no column 'dey'; did you mean 'day'?"),
        ("{day}", "{code}", 30, f"{T}.columns.code.template", "{code} is the column itself"),
        ("{day}", "{day", 30, f"{T}.columns.code.template", "a brace is open"),
        ("{day}", "{}", 30, f"{T}.columns.code.template", "{} is no placeholder; write {column} or {parent.column}"),
        ("{customers.segment}'", "{customers.segmnt}'", 30, f"{T}.columns.code.template", "did you mean 'segment'?"),
        ("'{day} {customers.segment}'", "['{day}', '']", 30, f"{T}.columns.code.template.1", "the text is empty"),
        # correlations
        ("with: spend", "with: spnd", 17, f"{C}.columns.income.correlate.with", "customers has no column 'spnd'; did you mean 'spend'?"),
        ("with: spend", "with: segment", 17, f"{C}.columns.income.correlate.with", "segment is not drawn from a numeric distribution; use spend"),
        ("with: spend", "with: income", 17, f"{C}.columns.income.correlate.with", "income cannot correlate with itself"),
        (SPEND, "spend: {normal: {mean: 1, std: 1}, correlate: {with: income, r: 0.1}}", 18, f"{C}.columns.spend.correlate.with", "correlations go in a circle: income -> spend -> income"),
        (GIFT, "gift: {boolean: 0.1, correlate: {with: n, r: 0.1}}\n      n: {normal: {mean: 1, std: 1}}", 29, f"{T}.columns.gift.correlate", "boolean has no draw to correlate"),
        ("r: 0.5", "r: 1", 17, f"{C}.columns.income.correlate.r", "must be below 1"),
        # checks
        ("min: 0, max: 1000", "min: 2, max: 1", 18, f"{C}.columns.spend.check", "min 2 must not be above max 1"),
        ("min: 0, max: 1000", "min: 2, max: 2024-01-01", 18, f"{C}.columns.spend.check", "must both be numbers or both be dates"),
        ("min: 0, max: 1000", "min: 2024-01-01", 18, f"{C}.columns.spend.check.min", "2024-01-01 cannot bound a column of numbers; write a number"),
        ("min: 0, max: 1000", "min: low", 18, f"{C}.columns.spend.check.min", "must be a number or a date as 2024-01-31, not 'low'"),
        (GIFT, "gift: {boolean: 0.1, check: {max: 1}}", 29, f"{T}.columns.gift.check.max", "cannot bound a column of true or false; use allowed or pattern"),
        ("{arrival: date}", "{arrival: date, check: {min: 3}}", 16, f"{C}.columns.joined.check.min", "write a date as 2024-01-31"),
        ("min: 0, max: 1000", "allowed: [a]", 18, f"{C}.columns.spend.check.allowed", "'a' cannot be in a column of numbers"),
        ("Plus: 0.3}}", "Plus: 0.3}, check: {allowed: [1]}}", 15, f"{C}.columns.segment.check.allowed", "write text in quotes"),
        ("'^2'", "'^(2'", 30, f"{T}.columns.code.check.pattern", "'^(2' is not a regular expression: missing )"),
        ("min: 0, max: 1000", "pattern: x", 18, f"{C}.columns.spend.check.pattern", "a pattern cannot judge a column of numbers"),
        ("not_before: customers.joined", "not_before: customers.joind", 28, f"{T}.columns.day.check.not_before", "did you mean 'joined'?"),
        ("not_before: customers.joined", "not_before: at", 28, f"{T}.columns.day.check.not_before", "names no parent; write parent.column"),
        ("not_before: customers.joined", "not_before: customers.segment", 28, f"{T}.columns.day.check.not_before", "customers.segment is not a date"),
        (GIFT, "gift: {boolean: 0.1, check: {not_before: customers.joined}}", 29, f"{T}.columns.gift.check.not_before", "gift is not a date"),
        (GIFT, "gift: {boolean: 0.1, type: int}", 29, f"{T}.columns.gift.type", "boolean gives true or false, which int cannot hold"),
        (GIFT, "gift: {choice: [1.5, 2], type: int}", 29, f"{T}.columns.gift.type", "int cannot hold 1.5; use double or decimal"),
        # views, models, optimizations
        ("'SELECT segment FROM customers'", "''", 33, "views.by_segment.sql", "is empty"),
        ("'SELECT segment FROM customers'", "'-- later'", 33, "views.by_segment.sql", "the SQL holds comments only"),
        ("label: SELECT 2", "label: ' '", 35, "models.plus.label", "is empty"),
        ("target: segment", "target: customer_id", 35, "models.plus.target", "customer_id is the entity too"),
        ("  by_segment: {cache", "  by_segmnt: {cache", 38, "optimize.by_segmnt", "there is no table or view 'by_segmnt'; did you mean 'by_segment'?"),
        ("{cache: true}", "{zorder: [segment]}", 38, "optimize.by_segment.zorder", "by_segment is a view: only tables have files to zorder"),
        ("{cache: true}", "{vacuum: 2 weeks}", 38, "optimize.by_segment.vacuum", "only tables have files to vacuum"),
        ("zorder: [customer_id]", "zorder: [custmer_id]", 37, "optimize.orders.zorder.0", "did you mean 'customer_id'?"),
        ("zorder: [customer_id]", "zorder: [day, day]", 37, "optimize.orders.zorder.1", "'day' stands twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(old, new, line, path, words):
    said = complaints(changed((old, new)))
    assert len(said) == 1, said
    assert said[0].startswith(f"b.yaml:{line}: {path}: " if path else f"b.yaml:{line}: "), said
    assert words in said[0]
    for foreign in ("Input should", "Extra inputs", "pydantic", "valid dictionary", "[key]"):
        assert foreign not in said[0]


def test_a_parent_that_is_referred_to_twice_is_ambiguous():
    said = complaints(changed((GIFT, "gift: {ref: customers}")))
    assert [line.split(":")[1] for line in said] == ["28", "30", "31"]
    assert all("is ambiguous: customer_id and gift both refer to customers; write" in line for line in said)
    assert said[0].endswith("write customer_id.joined or gift.joined")
    advised = [(GIFT, "gift: {ref: customers}"), ("not_before: customers.joined", "not_before: gift.joined"),
               ("{customers.segment}'", "{gift.segment}'"), ("by: customers.segment", "by: customer_id.segment")]  # fmt: skip
    assert complaints(changed(*advised)) == []


@pytest.mark.parametrize(
    ("expression", "dated"),
    [
        ("to_date(nowhere)", True),
        ("customers.joined", True),
        ("at", True),
        ("order_id + 1", False),
        ("2 * again", False),
    ],
)
def test_an_expression_may_be_a_date_when_it_speaks_of_one(expression, dated):
    text = changed(("day: {expr: to_date(at)", f"again: {{expr: order_id}}\n      day: {{expr: '{expression}'"))
    assert [line.split(": ")[1] for line in complaints(text)] == (
        [] if dated else ["tables.orders.layout.partition_by", "tables.orders.columns.day.check.not_before"]
    )


def test_freshness_needs_an_arrival():
    said = complaints(
        changed(("    arrives: {growth: 0.1, peaks: {11-29: 2}}\n", ""), ("{arrival: timestamp}", "{expr: now()}"))
    )
    assert any(
        line.startswith("b.yaml:22: tables.orders.contract.fresh_within: freshness needs a column") for line in said
    )


def test_all_mistakes_of_a_file_come_at_once_in_the_order_of_their_lines():
    text = changed(
        ("seed: 7", "seed: x"),
        ("rows: 100\n", "rows:\n"),
        ("lognormal:", "lognorml:"),
        ("{ref: customers}", "{ref: custmers}"),
        ("partition_by: day", "partition_by: dey"),
        ("zorder: [customer_id]", "zorder: [custmer_id]"),
        ("  by_segment: {cache: true}", "  by_segment: {cache: 5}"),
    )
    said = complaints(text)
    assert [int(line.split(":")[1]) for line in said] == [3, 7, 18, 22, 26, 37, 38]
    assert "has no value" in said[1]


def test_what_follows_from_a_mistake_is_not_said_twice():
    assert len(complaints(changed(("joined: {arrival: date}", "joined: {arrival: dat}")))) == 1
    assert len(complaints(changed(("{key: C-0000}", "{kay: C-0000}")))) == 1
    assert len(complaints(changed(("{sql: 'SELECT segment FROM customers'}", "{sqll: x}")))) == 1
    assert len(complaints(changed(("segment: {choice: {Basic: 0.7", "segment: {choice: {Basic: .nan")))) == 1


def test_other_countries_may_be_passed():
    blueprint = loads(changed(("US: 0.5, DE: 0.5", "NO: 0.5, DE: 0.5")), countries=frozenset({"NO", "DE"}))
    assert check(blueprint, frozenset({"NO", "DE"})) == []
    assert [problem.where for problem in check(blueprint)] == ["tables.customers.people.NO"]


@pytest.mark.parametrize("scale", [0.0, -1.0, 1e9, float("nan")])
def test_scales_out_of_range_are_refused(scale):
    with pytest.raises(DemoError, match=r"not between 0.001 and 100,000"):
        check_scale(scale)
    assert check_scale(1.0) == 1.0
