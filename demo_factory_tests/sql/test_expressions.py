"""Expressions of a blueprint: what is bound, what is refused."""

import pytest

from demo_factory.sql.expressions import ExpressionError, bind

TYPES = {"price": "decimal(10,2)", "n": "int", "day": "date", "p.name": "string"}


def resolve(text: str) -> str:
    return "`" + text.replace(".", "__") + "`"


@pytest.mark.parametrize(
    ("sql", "bound", "kind"),
    [
        ("price", "(`price`)", "decimal(10,2)"),
        ("day", "(`day`)", "date"),
        ("p.name", "(`p__name`)", "string"),
        ("n > 3 AND n < 9", "(`n` > 3 AND `n` < 9)", "boolean"),
        ("CAST(n AS DOUBLE)", "(CAST(`n` AS DOUBLE))", "double"),
        ("concat(p.name, 'x')", None, "string"),
        ("case when n > 1 then 'a' else 'b' end", None, "string"),
        ("n * price", "(`n` * `price`)", None),
    ],
)
def test_columns_are_bound_and_plain_types_are_known(sql, bound, kind):
    text, found = bind(sql, resolve, TYPES.get)
    assert found == kind
    if bound:
        assert text == bound


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("n +", "is not SQL"),
        ("rand()", "another value each time"),
        ("uuid()", "another value each time"),
        ("current_date()", "another value each time"),
        ("sum(n)", "looks at other rows"),
        ("row_number() over (order by n)", "looks at other rows"),
        ("(select 1)", "is a query"),
        ("drop table x", "is a query"),
    ],
)
def test_what_a_cell_cannot_have_is_refused(sql, says):
    with pytest.raises(ExpressionError) as error:
        bind(sql, resolve, TYPES.get)
    assert says in error.value.message
