"""Random queries over the corpus demo: a grammar that knows names, scopes and types, with attacks here and there.

All are deterministic: windows rank and sum over ranges, and LIMIT comes after ORDER BY ALL.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

TABLES: dict[str, dict[str, str]] = {
    "shops": {"shop_id": "int", "name": "str", "city": "str", "country": "str", "opened": "date", "area": "int"},
    "customers": {"customer_id": "int", "first_name": "str", "country": "str", "segment": "str", "joined": "date",
                  "region": "str", "note": "str", "level": "int", "email": "str", "income": "dec", "born": "date",
                  "nick": "str", "factor": "int", "profile": "str"},
    "sales": {"sale_id": "int", "customer_id": "int", "shop_id": "int", "sold_at": "ts", "sold_on": "date",
              "amount": "dec", "discount": "dec", "quantity": "int", "channel": "str", "remark": "str", "card": "str"},
    "tickets": {"ticket_id": "int", "customer_id": "int", "opened_at": "ts", "closed_at": "ts", "priority": "int",
                "tags": "str", "body": "str", "payload": "str"},
    "north": {"customer_id": "int", "note": "str", "email": "str", "region": "str"},
}  # fmt: skip
_TEXTS = ("'a'", "'it''s'", "'it\\'s'", '"say ""so"""', "r'\\d+'", "'${x}'", "'Köln'", "''", "'-- no'", "'/* no */'",
          "'north'", "'%a%'", "'one' ' two'", "'\\u0041'", "':as_of'", "'FROM vault'")  # fmt: skip
_UNITS = ("YEAR", "month", "DAY", "Quarter", "week", "DOW")
# What no masked principal may get through; `{e}` is a harmless expression.
EXPRESSION_ATTACKS = (
    "reflect('java.lang.System', 'getProperty', 'corpus.secret')", "java_method('java.lang.System', 'getenv', 'PATH')",
    "input_file_name()", "_metadata.file_path", "(SELECT max(secret) FROM vault)", "(SELECT secret FROM deep LIMIT 1)",
    "(SELECT max(email) FROM spark_catalog.shop.customers)", "(SELECT max(email) FROM customers VERSION AS OF 0)",
    "extract(\"year FROM DATE'2026-01-01'), (SELECT max(secret) FROM vault), extract(year\" FROM DATE'2026-01-01')",
    "system.builtin.reflect('java.lang.System', 'getenv', 'PATH')", "IDENTIFIER('email')", "raise_error({e})",
    "(SELECT max(value) FROM text.`/etc/hostname`)", "is_account_group_member('seers')", "'\\', {e}, '",
    "datediff(`day, {e}, (SELECT max(secret) FROM vault)`, DATE'2026-01-01', DATE'2026-01-01')", "session.x", ":x",
    "(SELECT to_json(struct(*)) FROM customers LIMIT 1)", "(WITH vault AS (SELECT 1 AS x) SELECT max(x) FROM vault)",
)  # fmt: skip
RELATION_ATTACKS = (
    "vault", "deep", "corpus_demo.shop.vault", "spark_catalog.shop.customers", "`customers@v0`", "IDENTIFIER('vault')",
    "customers VERSION AS OF 0", "text.`/etc/hostname`", "(SELECT TRANSFORM(1) USING 'cat' AS (x))", "readings",
    "(SELECT * FROM vault)", "read_files('/etc')", "information_schema.tables", "customers@v0", "VALUES (1)",
    "(FROM customers |> SELECT email)", "shop.customers", "`corpus_demo`.`shop`.`CUSTOMERS`", "global_temp.vault",
)  # fmt: skip


@dataclass
class Query:
    """A query's text, the columns it gives, and whether an attack is in it."""

    text: str
    columns: dict[str, str]


@dataclass
class Grammar:
    """Makes queries from one seed: the same seed, the same queries."""

    seed: int
    attack_rate: float = 0.03
    attacked: bool = False
    _ctes: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def statement(self) -> str:
        """One statement; `attacked` says afterwards whether an attack is in it."""
        self.attacked, self._ctes = False, []
        return self.query(self.rng.choice((1, 2, 2, 3))).text

    # -- queries -------------------------------------------------------------------------------------------------------

    def query(self, depth: int) -> Query:
        """A query; names of WITH above are known."""
        before = list(self._ctes)
        head = self._with(depth) if depth > 1 and self._one_in(4) else ""
        kind = self.rng.choices(("select", "union", "aggregate", "window", "pipe", "values"), (8, 2, 4, 2, 3, 1))[0]
        made: Query = getattr(self, f"_{kind}")(depth)
        self._ctes = before
        return Query(head + made.text, made.columns)

    def _with(self, depth: int) -> str:
        parts, recursive = [], self._one_in(5)
        for name in self.rng.sample(["a", "shops", "Sales", "`odd name`", "vault", "t"], self.rng.choice((1, 1, 2))):
            inner = self.query(depth - 1)
            parts.append(f"{name} AS ({inner.text})")
            self._ctes.append((name, inner.columns))
        if recursive:
            parts.append("n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4)")
            self._ctes.append(("n", {"i": "int"}))
        return f"{self._word('WITH')} {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "

    def _select(self, depth: int) -> Query:
        source, scope = self._from(depth)
        items, columns = self._items(scope, depth, self.rng.randint(1, 4))
        hint = self.rng.choice(("", "", "", "/*+ COALESCE(1) */ ", "/*+ BROADCAST(x1) */ ", "/* a 'comment */ "))
        distinct = "DISTINCT " if self._one_in(6) else ""
        text = f"{self._word('SELECT')} {hint}{distinct}{items} {self._word('FROM')} {source}"
        if self._one_in(2):
            text += f" {self._word('WHERE')} {self.boolean(scope, depth)}"
        if self._one_in(4):
            text += f" ORDER BY ALL LIMIT {self.rng.randint(0, 30)}"
        return Query(text, columns)

    def _aggregate(self, depth: int) -> Query:
        source, scope = self._from(depth)
        key, kind = self._column(scope, None)
        value, of = self._column(scope, None)
        call = self.rng.choice(("count({0})", "max({0})", "min({0})", "count(DISTINCT {0})", "any_value({1})",
                                "size(collect_set({0}))", "max({0}) FILTER (WHERE {2})", "bool_or({2})"))  # fmt: skip
        total = call.format(value, "1", self.boolean(scope, 0))
        # only what keeps its type has one for what stands above
        kinds = of if call.startswith(("max", "min")) else "bool" if call.startswith("bool") else "int"
        group = self.rng.choice((f"GROUP BY {key}", "GROUP BY ALL", f"GROUP BY ROLLUP ({key})", "GROUP BY 1"))
        if group in ("GROUP BY ALL", "GROUP BY 1") or self._one_in(2):
            text = f"SELECT {key} AS k, {total} AS v FROM {source} {group}"
        else:
            text = f"SELECT {key} AS k, {total} AS v FROM {source} {group} HAVING count(*) > {self.rng.randint(0, 4)}"
        return Query(text, {"k": kind, "v": kinds})

    def _window(self, depth: int) -> Query:
        source, scope = self._from(depth)
        key, kind = self._column(scope, None)
        by, _ = self._column(scope, None)
        part, _ = self._column(scope, None)
        call = self.rng.choice(("rank()", "dense_rank()", f"count({by})", f"max({by})", "count(*)"))
        over = self.rng.choice((f"PARTITION BY {part} ORDER BY {by}", f"ORDER BY {by} DESC NULLS LAST", ""))
        named = over and self._one_in(3)
        text = f"SELECT {key} AS k, {call} OVER {'w' if named else f'({over})'} AS r FROM {source}"
        if call in ("rank()", "dense_rank()") and not over:
            text = f"SELECT {key} AS k, count(*) OVER () AS r FROM {source}"
        elif named:
            text += f" WINDOW w AS ({over})"
        return Query(text, {"k": kind, "r": "any"})

    def _union(self, depth: int) -> Query:
        kind = self.rng.choice(("int", "str", "date"))
        word = self.rng.choice(("UNION ALL", "UNION", "EXCEPT", "INTERSECT", "MINUS", "EXCEPT ALL"))
        sides = []
        for _ in range(2):
            source, scope = self._from(max(depth - 1, 0))
            sides.append(f"SELECT {self.expression(scope, kind, depth - 1)} AS u FROM {source}")
        return Query(f"{sides[0]} {word} {sides[1]}", {"u": kind})

    def _pipe(self, depth: int) -> Query:
        source, scope = self._from(min(depth, 1))
        items, columns = self._items(scope, 0, 3)
        text = f"FROM {source} |> SELECT {items}"
        inside = {name: kind for name, kind in columns.items() if kind != "any"}
        if inside and self._one_in(2):
            text += f" |> WHERE {self.boolean(inside, 0)}"
        if inside and self._one_in(3):
            text += f" |> EXTEND {self.expression(inside, 'str', 1)} AS more"
            columns = {**columns, "more": "str"}
        return Query(text, columns)

    def _values(self, depth: int) -> Query:
        rows = ", ".join(
            f"({self.rng.randint(0, 9)}, {self.rng.choice(_TEXTS)})" for _ in range(self.rng.randint(1, 3))
        )
        return Query(f"SELECT * FROM VALUES {rows} AS v(n, s)", {"n": "int", "s": "str"})

    # -- FROM ----------------------------------------------------------------------------------------------------------

    def _from(self, depth: int) -> tuple[str, dict[str, str]]:
        text, scope = self._relation(depth)
        for _ in range(self.rng.choices((0, 1, 2), (6, 3, 1))[0] if depth else 0):
            more, its = self._relation(depth - 1)
            join = self.rng.choice(
                ("JOIN", "LEFT JOIN", "INNER JOIN", "FULL OUTER JOIN", "LEFT SEMI JOIN", "CROSS JOIN")
            )
            mine = [name for name, kind in scope.items() if kind == "int"]
            theirs = [name for name, kind in its.items() if kind == "int"]
            if join == "CROSS JOIN" or not mine or not theirs:
                text += f" CROSS JOIN (SELECT * FROM {more} ORDER BY ALL LIMIT 3) AS {self._fresh()}"
                continue
            text += f" {join} {more} ON {self.rng.choice(mine)} = {self.rng.choice(theirs)}"
            if join != "LEFT SEMI JOIN":
                scope = {**scope, **its}
        if self._one_in(8):
            alias = self._fresh()
            text += f" LATERAL VIEW explode(array({self.expression(scope, 'int', 0)}, 7)) {alias} AS {alias}_x"
            scope = {**scope, f"{alias}_x": "int"}
        return text, scope

    def _relation(self, depth: int) -> tuple[str, dict[str, str]]:
        """A relation with an alias of its own, and its columns under that."""
        alias = self._fresh()
        if self.rng.random() < self.attack_rate:
            self.attacked = True
            return f"{self.rng.choice(RELATION_ATTACKS)} AS {alias}", {"1": "int"}
        if self._ctes and self._one_in(2):
            name, columns = self.rng.choice(self._ctes)
            return f"{self._cased(name)} AS {alias}", self._under(alias, columns)
        if depth > 0 and self._one_in(4):
            inner = self.query(depth - 1)
            return f"({inner.text}) AS {alias}", self._under(alias, inner.columns)
        if self._one_in(12):
            return f"range({self.rng.randint(1, 9)}) AS {alias}", {f"{alias}.id": "int"}
        name = self.rng.choice([one for one in TABLES if one not in [c.strip("`").lower() for c, _ in self._ctes]])
        sample = " TABLESAMPLE (100 PERCENT) REPEATABLE (1)" if self._one_in(15) else ""
        shown = self.rng.choice((name, name, name, self._cased(name), f"`{name}`", f"shop.{name}"))
        return f"{shown}{sample} {self.rng.choice(('AS ', ''))}{alias}", self._under(alias, TABLES[name])

    @staticmethod
    def _under(alias: str, columns: dict[str, str]) -> dict[str, str]:
        return {f"{alias}.{name}": kind for name, kind in columns.items()}

    # -- expressions ---------------------------------------------------------------------------------------------------

    def _items(self, scope: dict[str, str], depth: int, count: int) -> tuple[str, dict[str, str]]:
        items, columns = [], {}
        for number in range(count):
            kind = self.rng.choice(("int", "str", "str", "date", "bool"))
            name = f"c{number}"
            quoted = self.rng.choice((name, name, f"`{name}`", name.upper()))
            items.append(f"{self.expression(scope, kind, depth)} AS {quoted}")
            columns[name] = kind
        return ", ".join(items), columns

    def expression(self, scope: dict[str, str], kind: str, depth: int) -> str:
        """An expression of a type."""
        if self.rng.random() < self.attack_rate / 2:
            self.attacked = True
            return self.rng.choice(EXPRESSION_ATTACKS).replace("{e}", self._leaf(scope, kind))
        if depth <= 0 or self._one_in(3):
            return self._leaf(scope, kind)
        make: dict[str, Sequence[Callable[[], str]]] = {"str": self._texts(scope, depth - 1),
            "int": self._numbers(scope, depth - 1), "date": self._dates(scope, depth - 1),
            "bool": (lambda: self.boolean(scope, depth - 1),)}  # fmt: skip
        return self.rng.choice(make[kind])()

    def _texts(self, scope: dict[str, str], depth: int) -> Sequence[Callable[[], str]]:
        def one() -> str:
            return self.expression(scope, "str", depth)

        return (
            lambda: f"upper({one()})", lambda: f"concat({one()}, '-', {one()})", lambda: f"coalesce({one()}, {one()})",
            lambda: f"CASE WHEN {self.boolean(scope, depth)} THEN {one()} ELSE {one()} END",
            lambda: f"CAST({self.expression(scope, 'int', depth)} AS STRING)", lambda: f"({one()} || {one()})",
            lambda: f"substring({one()} FROM 1 FOR 3)", lambda: f"trim(BOTH 'x' FROM {one()})",
            lambda: f"date_format({self.expression(scope, 'date', depth)}, 'yyyy-MM')",
            lambda: f"array_join(transform(array({one()}, {one()}), e -> lower(e)), ',')",
            lambda: f"named_struct('f', {one()}).f", lambda: f"map('k', {one()})['k']",
            lambda: f"get_json_object(to_json(struct({one()} AS j)), '$.j')", lambda: f"{one()}::string",
            lambda: f"(SELECT max({self._scalar(depth, 'str')})", lambda: f"md5({one()})",
            lambda: f"regexp_replace({one()}, r'[aeiou]\\w', '$0')", lambda: f"element_at(split({one()}, ','), 1)",
        )  # fmt: skip

    def _numbers(self, scope: dict[str, str], depth: int) -> Sequence[Callable[[], str]]:
        def one() -> str:
            return self.expression(scope, "int", depth)

        def day() -> str:
            return self.expression(scope, "date", depth)

        unit = self.rng.choice(_UNITS)
        return (
            lambda: f"try_add({one()}, {one()})", lambda: f"pmod({one()}, 7)", lambda: f"-({one()})",
            lambda: f"length({self.expression(scope, 'str', depth)})", lambda: f"datediff({day()}, {day()})",
            lambda: f"extract({unit} FROM {day()})", lambda: f"datediff(MONTH, {day()}, {day()})",
            lambda: f"size(filter(array({one()}, 1, 2), (e, i) -> e > i))",
            lambda: f"aggregate(array({one()}, 1), 0L, (a, e) -> a + coalesce(e % 9, 0))",
            lambda: f"if({self.boolean(scope, depth)}, {one()}, {one()})", lambda: f"({one()} & 15)",
            lambda: f"(SELECT max({self._scalar(depth, 'int')})", lambda: f"nvl({one()}, 0)",
            lambda: f"timestampdiff(DAY, {day()}, {day()})", lambda: f"hash({one()})",
            lambda: f"try_cast({one()} AS INT)",
        )  # fmt: skip

    def _dates(self, scope: dict[str, str], depth: int) -> Sequence[Callable[[], str]]:
        def one() -> str:
            return self.expression(scope, "date", depth)

        return (
            lambda: f"date_add({one()}, {self.rng.randint(-40, 40)})",
            lambda: f"CAST(date_trunc('MONTH', {one()}) AS DATE)",
            lambda: f"last_day({one()})",
            lambda: f"({one()} - {self.rng.randint(1, 9)})",
            lambda: f"trunc({one()}, 'YY')",
            lambda: f"greatest({one()}, {one()})",
            lambda: f"add_months({one()}, -1)",
            lambda: f"next_day({one()}, 'MON')",
        )

    def boolean(self, scope: dict[str, str], depth: int) -> str:
        """A condition."""
        kind = self.rng.choice(("int", "str", "date"))
        one, other = self.expression(scope, kind, depth), self.expression(scope, kind, depth)
        choices: list[Callable[[], str]] = [
            lambda: f"{one} {self.rng.choice(('=', '<', '>=', '<>', '<=>'))} {other}", lambda: f"{one} IS NOT NULL",
            lambda: f"{one} IN ({other}, {self._leaf(scope, kind)})", lambda: f"{one} BETWEEN {other} AND {other}",
            lambda: f"{one} IS DISTINCT FROM {other}",
        ]  # fmt: skip
        if kind == "str":
            choices.append(lambda: f"{one} LIKE {self.rng.choice(_TEXTS)}")
        if depth > 0:
            choices += [
                lambda: f"(NOT ({self.boolean(scope, depth - 1)}) OR {self.boolean(scope, depth - 1)})",
                lambda: f"EXISTS ({self.query(depth - 1).text})",
                lambda: f"{one} IN (SELECT {self._scalar(depth, kind, close=False)})",
            ]
        return self.rng.choice(choices)()

    def _scalar(self, depth: int, kind: str, close: bool = True) -> str:
        """The inside of `SELECT max(`: an expression over a table, and the rest of the query."""
        source, scope = self._relation(0)
        return f"{self.expression(scope, kind, 0)}{')' if close else ''} FROM {source}"

    def _leaf(self, scope: dict[str, str], kind: str) -> str:
        fitting = [name for name, of in scope.items() if of == kind]
        if fitting and not self._one_in(5):
            return self._quoted(self.rng.choice(fitting))
        return {
            "int": str(self.rng.randint(0, 99)), "str": self.rng.choice(_TEXTS), "dec": "1.50", "bool": "true",
            "date": f"DATE'2026-0{self.rng.randint(1, 9)}-1{self.rng.randint(0, 9)}'",
            "ts": "TIMESTAMP'2026-01-02 03:04:05'",
        }.get(kind, "NULL")  # fmt: skip

    def _column(self, scope: dict[str, str], kind: str | None) -> tuple[str, str]:
        fitting = [(name, of) for name, of in scope.items() if kind in (None, of)]
        name, of = self.rng.choice(fitting)
        return self._quoted(name), of

    # -- how it is written ---------------------------------------------------------------------------------------------

    def _quoted(self, name: str) -> str:
        if name == "1":
            return name
        alias, column = name.split(".", 1) if "." in name else ("", name)
        shown = self.rng.choice((column, column, column.upper(), f"`{column}`"))
        return f"{alias}.{shown}" if alias else shown

    def _cased(self, name: str) -> str:
        return name if name.startswith("`") else self.rng.choice((name, name.upper(), name.title()))

    def _word(self, word: str) -> str:
        return self.rng.choice((word, word, word.lower(), word.title()))

    def _fresh(self) -> str:
        self._count += 1
        return f"x{self._count}"

    def _one_in(self, count: int) -> bool:
        return self.rng.randrange(count) == 0
