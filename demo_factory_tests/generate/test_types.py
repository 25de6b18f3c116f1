"""Columns of every type that a blueprint may declare: the same in Spark, in Delta, in the contract and in print."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import types as T
from pyspark.sql.types import DataType

from demo_factory.blueprint.datatypes import PLAIN, read_type
from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.generate.carriers import frame_of
from demo_factory.generate.tables import write_table
from demo_factory.plan.compile import compile_demo
from demo_factory.quality.check import check_table
from demo_factory.quality.contract import Contract, schema_of
from demo_factory.quality.document import dtype_of
from demo_factory_tests.plan.demos import AS_OF

pytestmark = pytest.mark.spark
NAMES = st.sampled_from(["a", "B", "c_1", "Name"])
TYPES = st.recursive(
    st.sampled_from(PLAIN) | st.sampled_from(["decimal(10,2)", "decimal(38,0)"]),
    lambda inner: (
        inner.map(lambda kind: f"array<{kind}>")
        | inner.map(lambda kind: f"map<string,{kind}>")
        | st.dictionaries(NAMES, inner, min_size=1, max_size=3).map(
            lambda fields: f"struct<{','.join(f'{name}:{kind}' for name, kind in fields.items())}>"
        )
    ),
    max_leaves=5,
)

EVERY = """
demo: every
catalog: test_demo
schema: every
history: 10 days
tables:
  t:
    rows: 60
    contract: {unique: [[id, nums]]}
    columns:
      id: {key: integer}
      tiny: {uniform: {min: -128, max: 127}, type: tinyint, check: {min: -128, max: 127}}
      small: {poisson: {mean: 3}, type: smallint, check: {min: 0}}
      real: {normal: {mean: 0, std: 1}, type: float}
      naive: {expr: "timestamp_ntz'2026-01-01 10:30:00'", type: timestamp_ntz, check: {max: 2026-01-01}}
      raw: {expr: "encode(concat('n', id), 'UTF-8')", type: binary, check: {unique: true, required: true}}
      text_raw: {template: 'n{id}', type: binary}
      nums: {expr: 'array(id, id + 1)', type: 'array<bigint>', check: {required: true}}
      shorts: {expr: 'array(id, 7)', type: 'array<smallint>', nulls: 0.2}
      pair: {expr: "named_struct('Left', id, 'right', concat('r', id))", type: 'struct<Left:int,right:string>'}
      tags: {expr: "map('k', id, 'l', 0)", type: 'map<string,int>'}
      deep:
        expr: array(named_struct('m', map(id, array(1.5))))
        type: array<struct<m:map<bigint,array<decimal(4,1)>>>>
      fifth: {expr: 'pair.Left + element_at(nums, 2)', type: int}
"""


@given(TYPES)
def test_a_type_is_spelled_as_spark_spells_it(text):
    assert str(read_type(text)) == text
    assert dtype_of(text).type.simpleString() == text


@given(TYPES)
def test_spacing_case_and_missing_colons_make_no_difference(text):
    loose = text.replace(",", " , ").replace("<", " < ").replace("string", "STRING").replace("array", "Array")
    assert str(read_type(loose.replace(":", " "))) == text


def test_spark_itself_reads_every_name_as_we_do(spark):
    for text in (*PLAIN, "decimal(10,2)", "array<map<string,struct<Aa:int,b:binary>>>", "struct<x:timestamp_ntz>"):
        assert DataType.fromDDL(text).simpleString() == text
        assert DataType.fromDDL(text) == dtype_of(text).type


@pytest.fixture(scope="module")
def every():
    return compile_demo(loads(EVERY), as_of=AS_OF).steps["t"].plan


def test_both_carriers_give_the_declared_types_and_the_same_cells(spark, every):
    wanted = {column.name: column.type for column in every.visible}
    seen = []
    for carrier in ("spark", "dbldatagen"):
        frame = frame_of(spark, every, 0, every.rows, 2, carrier)
        assert dict(frame.dtypes) == wanted
        seen.append([row.asDict(recursive=True) for row in frame.orderBy("id").collect()])
    assert seen[0] == seen[1]
    row = seen[0][4]
    assert row["naive"] == dt.datetime(2026, 1, 1, 10, 30)
    assert row["raw"] == row["text_raw"] == b"n5"
    assert row["nums"] == [5, 6]
    assert row["pair"] == {"Left": 5, "right": "r5"}
    assert row["tags"] == {"k": 5, "l": 0}
    assert row["fifth"] == 11
    assert any(one["shorts"] is None for one in seen[0])
    assert {type(one["tiny"]) for one in seen[0]} == {int}


def test_delta_keeps_them_and_the_contract_judges_them(spark, every):
    spark.sql("CREATE SCHEMA IF NOT EXISTS test_demo.every")
    write_table(spark, every, {})
    table = spark.table(every.full_name.quoted)
    assert dict(table.dtypes) == {column.name: column.type for column in every.visible}
    results = check_table(spark, every, as_of=AS_OF)
    assert [result.message for result in results if not result.passed] == []
    assert {result.rule.kind for result in results} >= {"type", "unique", "required", "min"}


def test_a_contract_of_every_type_is_written_and_read_back(every):
    text = schema_of(every, AS_OF).to_yaml()
    assert Contract.from_yaml(text).to_yaml() == text
    assert "array<struct<m:map<bigint,array<decimal(4,1)>>>>" in text


def test_another_type_inside_breaks_the_contract(spark, every):
    frame = spark.createDataFrame([([1],)], T.StructType([T.StructField("nums", T.ArrayType(T.IntegerType()))]))
    found = {one.column: one for one in schema_of(every, AS_OF).report(frame).findings if one.label == "dtype"}
    assert not found["nums"].passed


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("{uniform: {min: 0, max: 1}, type: 'array<int>'}", "uniform gives numbers, which array<int> cannot hold"),
        ("{expr: id, type: long}", "did you mean 'bigint'?"),
        ("{expr: id, type: 'array<int'}", "is not a type; use string"),
        ("{expr: 'map(id, id)', type: 'map<map<int,int>,int>'}", "map inside a map's key"),
        ("{expr: 'map(id, id)', type: 'map<int,int>', check: {unique: true}}", "cannot compare maps"),
        ("{expr: 'array(id)', type: 'array<int>', check: {min: 1}}", "cannot bound a column of values with parts"),
        ("{expr: 'array(id)', type: 'array<int>', check: {allowed: [1]}}", "a list cannot judge"),
        ("{expr: 'array(id)', type: 'array<int>', check: {pattern: a}}", "a pattern cannot judge"),
    ],
)
def test_what_no_type_or_check_can_be_is_one_line(column, says):
    text = f"demo: d\nhistory: 10 days\ntables: {{t: {{rows: 5, columns: {{id: {{key: integer}}, x: {column}}}}}}}"
    with pytest.raises(BlueprintError) as error:
        loads(text)
    (line,) = str(error.value).splitlines()
    assert says in line
    assert line.startswith("<blueprint>:3: tables.t.columns.x")
