"""Every mistake in governance is one line: file, line, path, what was found and what is right."""

# ruff: noqa: E501 - a case is one line: what is changed, and what is said
from __future__ import annotations

import pytest

from demo_factory.blueprint.load import loads
from demo_factory.blueprint.masks import masks_of
from demo_factory_tests.blueprint.small import SMALL, complaints

GOVERNED = SMALL.replace("segment: {choice", "born: {date: {min: 1950-01-01, max: 2005-12-31}, classification: pii}\n      segment: {choice").replace(
    "mail: {email: example.com}", "mail: {email: example.com, classification: pii}"
) + (
    """\
governance:
  groups:
    readers: {members: [anna@example.com, members_too]}
    members_too: {members: [robot]}
    bosses: {}
  service_principals: {robot: {comment: runs it}}
  runs_as: robot
  grants:
    - {to: [readers, robot], privileges: [SELECT], on: [customers, by_segment]}
    - {to: [bosses], privileges: [EXECUTE], on: [plus]}
    - {to: [bosses], privileges: [SELECT, MODIFY, CREATE TABLE], on: [schema]}
  masks:
    - {classification: pii, except: [bosses]}
    - {columns: [customers.born], show: year}
  row_filters:
    customers: {keep: "segment = 'Plus' or is_account_group_member('bosses')", except: [bosses]}
  secrets: {keys: {password: {env: SHOP_PASSWORD}}, readers: [robot]}
  audit: 7 days
"""
)  # fmt: skip
FIRST = GOVERNED[: GOVERNED.index("governance:")].count("\n") + 1  # the line of `governance:`
KEEP = "segment = 'Plus' or is_account_group_member('bosses')"


def test_right_governance_is_right():
    assert complaints(GOVERNED) == []


def test_a_named_column_stands_before_its_classification():
    masks = masks_of(loads(GOVERNED))
    assert {column: mask.show for column, mask in masks.items()} == {
        ("customers", "mail"): "hidden",
        ("customers", "born"): "year",
    }


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "words"),
    [
        # principals
        ("to: [readers, robot]", "to: [reader, robot]", 8, "grants.0.to.0", "there is no group or service principal 'reader'; did you mean 'readers'?"),
        ("runs_as: robot", "runs_as: readers", 6, "runs_as", "there is no service principal 'readers'; use robot"),
        ("members_too: {members: [robot]}", "members_too: {members: [readers]}", 2, "groups.readers.members", "in a circle: readers -> members_too -> readers"),
        ("bosses: {}", "bosses: {members: [bosses]}", 4, "groups.bosses.members", "in a circle: bosses -> bosses"),
        ("members: [robot]", "members: [robt]", 3, "groups.members_too.members.0", "no group or service principal 'robt'; did you mean 'robot'?"),
        ("{robot: {comment: runs it}}", "{robot: {comment: runs it}, members_too: {}}", 5, "service_principals.members_too", "has the name of a group; rename one"),
        ("readers: [robot]}", "readers: [robots]}", 16, "secrets.readers.0", "did you mean 'robot'?"),
        # grants
        ("on: [customers, by_segment]", "on: [custmers, by_segment]", 8, "grants.0.on.0", "there is no table, view, model or volume 'custmers'; did you mean 'customers'?"),
        ("privileges: [EXECUTE], on: [plus]", "privileges: [EXECUTE], on: [orders]", 9, "grants.1.privileges.0", "EXECUTE does not fit orders, which is a table; use SELECT or MODIFY"),
        ("privileges: [EXECUTE], on: [plus]", "privileges: [MODIFY], on: [by_segment]", 9, "grants.1.privileges.0", "MODIFY does not fit by_segment, which is a view; use SELECT"),
        ("privileges: [EXECUTE], on: [plus]", "privileges: [SELECT], on: [plus]", 9, "grants.1.privileges.0", "SELECT does not fit plus, which is a model; use EXECUTE"),
        ("privileges: [EXECUTE], on: [plus]", "privileges: [CREATE TABLE], on: [guesses]", 9, "grants.1.privileges.0", "CREATE TABLE does not fit guesses, which is a predictions table"),
        ("privileges: [EXECUTE], on: [plus]", "privileges: [SELCT], on: [orders]", 9, "grants.1.privileges.0", "did you mean 'SELECT'?"),
        # masks
        ("customers.born", "customer.born", 13, "masks.1.columns.0", "there is no table 'customer'; did you mean 'customers'?"),
        ("customers.born", "customers.burn", 13, "masks.1.columns.0", "customers has no column 'burn'; did you mean 'born'?"),
        ("customers.born", "customers.mail", 13, "masks.1.columns.0", "year is for dates, and customers.mail is not a date"),
        ("[customers.born]", "[customers.born, customers.born]", 13, "masks.1.columns.1", "customers.born is masked already by mask 2; a column has one mask"),
        ("{columns: [customers.born], show: year}", "{classification: pii}", 13, "masks.1.classification", "pii columns are masked already by mask 1"),
        ("{columns: [customers.born], show: year}", "{classification: confidential}", 13, "masks.1.classification", "no column is confidential"),
        ("{columns: [customers.born], show: year}", "{columns: [customers.born], classification: pii}", 13, "masks.1", "give either columns or classification"),
        ("{classification: pii, except: [bosses]}", "{classification: pii, show: year}", 12, "masks.0.show", "year is for dates, and customers.mail is not a date"),
        ("[customers.born], show: year", "[customers.born], show: hash", 13, "masks.1.columns.0", "hash is for text, and customers.born is not text"),
        ("[customers.born], show: year", "[orders.day], show: year", 13, "masks.1.columns.0", "orders is partitioned by day"),
        ("pii, except: [bosses]", "pii, except: [robot]", 12, "masks.0.except.0", "'robot' is a service principal, and only groups can be exempt"),
        ("pii, except: [bosses]", "pii, except: [boss]", 12, "masks.0.except.0", "there is no group 'boss'; did you mean 'bosses'?"),
        # row filters
        ("    customers: {keep", "    custmers: {keep", 15, "row_filters.custmers", "there is no table 'custmers'; did you mean 'customers'?"),
        ("    customers: {keep", "    by_segment: {keep", 15, "row_filters.by_segment", "a view shows what its tables' filters keep"),
        (KEEP, "segmnt = 'Plus'", 15, "row_filters.customers.keep", "customers has no column 'segmnt'; did you mean 'segment'?"),
        (KEEP, "orders.day = 'x'", 15, "row_filters.customers.keep", "orders.day is no column of customers; a filter sees its own table only"),
        (KEEP, "segment in (select segment from by_segment)", 15, "row_filters.customers.keep", "a filter is one condition without a query in it"),
        (KEEP, "exists (select 1)", 15, "row_filters.customers.keep", "a filter is one condition without a query in it"),
        (KEEP, "max(segment) = 'Plus'", 15, "row_filters.customers.keep", "a filter sees one row at a time"),
        (KEEP, "1 = 1", 15, "row_filters.customers.keep", "a filter names at least one column"),
        (KEEP, "segment = ", 15, "row_filters.customers.keep", "not SQL"),
        (KEEP, "segment = 'a'; drop table customers", 15, "row_filters.customers.keep", "a filter is one condition"),
        (KEEP, "segment = current_user()", 15, "row_filters.customers.keep", "CURRENT_USER() is not supported in a filter"),
        (KEEP, "segment = 'x' or is_account_group_member('boss')", 15, "row_filters.customers.keep", "there is no group 'boss'; did you mean 'bosses'?"),
        (KEEP, "is_account_group_member(segment)", 15, "row_filters.customers.keep", "takes one group's name in quotes"),
        # secrets
        ("env: SHOP_PASSWORD", "env: not_loud", 16, "secrets.keys.password.env", "^[A-Z][A-Z0-9_]*$"),
    ],
)  # fmt: skip
def test_each_mistake_is_one_line(old, new, line, path, words):
    assert GOVERNED.count(old) == 1, f"{old!r} stands {GOVERNED.count(old)} times"
    lines = complaints(GOVERNED.replace(old, new))
    assert len(lines) == 1, lines
    assert f"b.yaml:{FIRST + line}" in lines[0], lines[0]
    assert f"governance.{path}" in lines[0].replace("'", ""), lines[0]
    assert words in lines[0], lines[0]


VOLUME = 'volumes: {papers: {files: {a.txt: "x\\n"}}}\n'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("a.txt", "../a.txt", "volumes.papers.files"),
        ("a.txt", "in/a.txt", "volumes.papers.files"),
        ("a.txt", ".hidden", "volumes.papers.files"),
        ("papers", "orders", "volume 'orders' has the name of a table; rename one of them"),
        (
            "[EXECUTE], on: [plus]",
            "[SELECT], on: [papers]",
            "SELECT does not fit papers, which is a volume; use READ VOLUME or",
        ),
        ('"x\\n"', "1", "volumes.papers.files.a.txt"),
    ],
)
def test_each_mistake_in_a_volume_is_one_line(old, new, words):
    assert complaints(VOLUME + GOVERNED) == []
    lines = complaints((VOLUME + GOVERNED).replace(old, new, 1))
    assert len(lines) == 1, lines
    assert words in lines[0].replace("'a.txt'", "a.txt")


def test_a_file_keeps_its_blanks_and_line_ends():
    text = "volumes:\n  papers:\n    files:\n      a.csv: |2\n          two  \n\n        end\n\n"
    assert loads(text + GOVERNED).volumes["papers"].files == {"a.csv": "  two  \n\nend\n"}


def test_a_broken_table_is_not_said_twice():
    text = GOVERNED.replace("mail: {email: example.com, classification: pii}", "mail: {emial: example.com}")
    assert [line for line in complaints(text) if "governance" in line] == []
