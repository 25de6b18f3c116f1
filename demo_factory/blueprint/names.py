"""Identifiers: what a table, column or demo may be called, so that it works in every place the same."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

LONGEST_NAME = 120  # Unity Catalog takes 255; file paths and MLflow names want room for prefixes
_SHAPE = re.compile(r"[a-z][a-z0-9_]*")

# Words that Spark SQL (ANSI) or PostgreSQL refuse as a bare identifier. Our own SQL quotes every name, but a demo is
# for people who type queries, so a name must work unquoted.
RESERVED = frozenset(
    """
    all and anti any array as asc authorization between both by case cast check collate column constraint create
    cross current_date current_time current_timestamp current_user default delete desc describe distinct drop
    else end escape except exists false fetch filter for foreign from full grant group having in inner insert
    intersect into is join lateral leading left like limit map minus natural not null of offset on only or order
    outer overlaps primary references right row rows select semi session_user set some struct table then time to
    trailing true union unique unknown update user using values view when where window with
    """.split()
)


def check_identifier(value: str) -> str:
    """The value itself when it is a usable identifier.

    Raises:
        ValueError: says which rule the name breaks, and behind ` -> ` a name that would do.
    """
    if len(value) > LONGEST_NAME:
        raise ValueError(f"{value[:20]}... is {len(value)} characters long: at most {LONGEST_NAME} are allowed")
    if not _SHAPE.fullmatch(value):
        rule = "use lower-case letters, digits and _, starting with a letter"
        raise ValueError(f"{value!r} is not a name: {rule} -> for example {suggest_identifier(value)}")
    if value in RESERVED:
        raise ValueError(f"{value!r} is a reserved word of SQL -> pick another, for example {value}_value")
    return value


def is_identifier(value: str) -> bool:
    """Whether the value is a usable identifier."""
    try:
        check_identifier(value)
    except ValueError:
        return False
    return True


def suggest_identifier(value: str) -> str:
    """The usable identifier nearest to the value: `Customer Id` -> customer_id."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value)
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if not name or not name[0].isalpha():
        name = f"n_{name}".rstrip("_")
    return f"{name}_value" if name in RESERVED else name


PLACEHOLDERS = ("{env}", "{demo}", "{user}")


def fill(template: str, **values: str) -> str:
    """A template of a name with its placeholders filled."""
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def check_template(value: str) -> str:
    """The value itself when it is a usable identifier once its placeholders are filled.

    Raises:
        ValueError: says what is wrong with it, and what to write.
    """
    if "{" not in value:
        return check_identifier(value)
    for placeholder in re.findall(r"\{[^{}]*\}", value):
        if placeholder not in PLACEHOLDERS:
            raise ValueError(f"unknown placeholder {placeholder} -> use {{env}}, {{demo}} and {{user}}")
    if not is_identifier(fill(value, env="dev", demo="demo", user="ada")):
        raise ValueError(f"{value!r} is not a name -> write for example '{{env}}_{{demo}}_demo'")
    return value


_NAME_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": LONGEST_NAME})
Name = Annotated[str, AfterValidator(check_identifier), _NAME_SCHEMA]
_TEMPLATE_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^([a-z0-9_]|{env}|{demo}|{user})+$"})
NameTemplate = Annotated[str, AfterValidator(check_template), _TEMPLATE_SCHEMA]
