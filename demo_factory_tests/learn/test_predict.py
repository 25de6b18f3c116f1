"""Predictions by the champion, for all and for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo_factory.blueprint.errors import DemoError, NotReady
from demo_factory.generate.tables import write_frame
from demo_factory.learn import predict
from demo_factory.learn.predict import predict_one, write_predictions
from demo_factory.learn.registry import Registry
from demo_factory.learn.train import train
from demo_factory.sql.query_columns import Source
from demo_factory_tests.learn.planted import AS_OF, CUSTOMERS, FEATURES, LABEL, PREDICTIONS, QUIET, ROWS, model_plan

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from demo_factory.sql.names import FullName

pytestmark = [pytest.mark.spark, *QUIET]
PLAN = model_plan()


@pytest.fixture(scope="module")
def registry(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    made = Registry.in_folder(Path(tmp_path_factory.mktemp("mlflow")), "planted")
    train(spark, PLAN, made, {}, as_of=AS_OF)
    return made


@pytest.fixture
def write(spark: SparkSession):
    spark.sql("CREATE SCHEMA IF NOT EXISTS test_demo.learn")

    def writer(frame: DataFrame, name: FullName) -> None:
        write_frame(frame, name, "Who will buy", {})

    yield writer
    spark.sql(f"DROP TABLE IF EXISTS {PREDICTIONS.full_name.quoted}")


def _rows(spark: SparkSession) -> list[Any]:
    return spark.table(PREDICTIONS.full_name.quoted).orderBy("customer").collect()


def _identity(spark: SparkSession) -> str:
    return str(spark.sql(f"DESCRIBE DETAIL {PREDICTIONS.full_name.quoted}").collect()[0]["id"])


def test_every_entity_gets_a_row(spark: SparkSession, registry: Registry, write) -> None:
    assert write_predictions(spark, PREDICTIONS, PLAN, registry, write, as_of=AS_OF) == ROWS
    table = spark.table(PREDICTIONS.full_name.quoted)
    assert [(field.name, field.dataType.simpleString()) for field in table.schema.fields] == [
        ("customer", "string"),
        ("prediction", "string"),
        ("probability", "double"),
        ("positive_chance", "double"),
        ("model_version", "int"),
        ("scored_at", "date"),
    ]
    rows = _rows(spark)
    truth = {row.customer: row.bought for row in spark.sql(LABEL).collect()}
    assert sum(truth[row.customer] == row.prediction for row in rows) > 0.95 * ROWS
    for row in rows:
        assert row.probability >= 0.5
        assert row.positive_chance == pytest.approx(row.probability if row.prediction == "yes" else 1 - row.probability)
    assert {(row.model_version, row.scored_at) for row in rows} == {(1, AS_OF)}


def test_workers_and_driver_give_the_same_rows(
    spark: SparkSession, registry: Registry, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with a masked label and a column that a row filter looks at, in the table that was there, not a new one."""
    copies = {name: Source("people", name) for name in ("customer", "country")}
    guarded = replace(PREDICTIONS, copies=copies, hides=(Source("people", "bought"),))
    spark.sql(f"CREATE TABLE test_demo.learn.people USING delta AS SELECT customer, 'DE' AS country FROM ({CUSTOMERS})")
    try:
        write_predictions(spark, guarded, PLAN, registry, write, as_of=AS_OF)
        here, table = _rows(spark), _identity(spark)
        assert set(here[0].asDict()) == {
            "customer",
            "country",
            "prediction",
            "probability",
            "model_version",
            "scored_at",
        }
        assert {row.country for row in here} == {"DE"}
        monkeypatch.setattr(predict, "DRIVER_ROWS", 10)
        assert write_predictions(spark, guarded, PLAN, registry, write, as_of=AS_OF) == ROWS
        assert _rows(spark) == here
        assert _identity(spark) == table, "masks and filters stay on it"
    finally:
        spark.sql("DROP TABLE test_demo.learn.people")


def test_a_numeric_entity_keeps_its_type_on_both_ways(
    spark: SparkSession, registry: Registry, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = (
        f"SELECT CAST(substring(customer, 3) AS BIGINT) + 9007199254740993 AS customer, a, b, noise FROM ({CUSTOMERS})"
    )
    plan = model_plan(now_sql=now)
    for limit in (predict.DRIVER_ROWS, 10):
        monkeypatch.setattr(predict, "DRIVER_ROWS", limit)
        write_predictions(spark, PREDICTIONS, plan, registry, write, as_of=AS_OF)
        keys = [row.customer for row in _rows(spark)]
        assert keys == list(range(9007199254740993, 9007199254740993 + ROWS))


def test_no_entity_is_no_row(spark: SparkSession, registry: Registry, write) -> None:
    plan = model_plan(now_sql=f"{FEATURES} WHERE a > 2")
    assert write_predictions(spark, PREDICTIONS, plan, registry, write, as_of=AS_OF) == 0
    assert _rows(spark) == []


def test_one_entity_with_reasons(spark: SparkSession, registry: Registry) -> None:
    surest = spark.sql(f"{FEATURES} WHERE a > 0.8 AND b < 0.2 ORDER BY customer LIMIT 1").collect()[0]
    answer = predict_one(spark, PLAN, registry, surest.customer)
    assert answer["customer"] == surest.customer
    assert answer["prediction"] == "yes"
    assert answer["probability"] == answer["probabilities"]["yes"] > 0.8
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert answer["model_version"] == 1
    assert {reason["feature"] for reason in answer["reasons"][:1]} <= {"a", "b"}
    assert all(reason["effect"] > 0 for reason in answer["reasons"])


@pytest.mark.parametrize("wrong", ["C-999999", "", "'; DROP TABLE x"])
def test_an_unknown_entity_is_said_to_be_unknown(spark: SparkSession, registry: Registry, wrong: str) -> None:
    with pytest.raises(DemoError, match="knows no customer"):
        predict_one(spark, PLAN, registry, wrong)


def test_text_where_the_entity_is_a_number_is_unknown_too(spark: SparkSession, registry: Registry) -> None:
    plan = model_plan(now_sql=f"SELECT 1 AS customer, a, b, noise FROM ({CUSTOMERS}) LIMIT 1")
    assert predict_one(spark, plan, registry, "1")["prediction"] in ("yes", "no")
    with pytest.raises(DemoError, match="knows no customer 'one'"):
        predict_one(spark, plan, registry, "one")


def test_without_a_champion_the_remedy_is_to_train(spark: SparkSession, registry: Registry) -> None:
    untrained = Registry(
        registry.tracking_uri,
        registry.registry_uri,
        "planted",
        registry.artifact_root,
        lambda full: f"other_{full.name}",
    )
    with pytest.raises(DemoError, match=r"has no champion yet\. Train it first: build will_buy"):
        predict_one(spark, PLAN, untrained, "C-1")
    with pytest.raises(DemoError, match="has no champion yet"):
        write_predictions(spark, PREDICTIONS, PLAN, untrained, lambda *_: None, as_of=AS_OF)


def test_without_a_worthy_version_the_table_is_empty_and_the_reason_is_said(
    spark: SparkSession, registry: Registry, write
) -> None:
    other = Registry(
        registry.tracking_uri,
        registry.registry_uri,
        "planted",
        registry.artifact_root,
        lambda full: f"weak_{full.name}",
    )
    weak = model_plan(algorithm="logistic_regression", positive="yes")
    train(spark, weak, other, {}, as_of=AS_OF)
    with pytest.raises(NotReady, match=r"has no champion\. Version 1 is no champion, since it does not beat a guess"):
        predict_one(spark, weak, other, "C-1")
    said: list[str] = []
    assert write_predictions(spark, PREDICTIONS, weak, other, write, as_of=AS_OF, on_none=said.append) == 0
    assert "does not beat a guess" in said[0]
    empty = spark.table(PREDICTIONS.full_name.quoted)
    assert empty.count() == 0
    assert write_predictions(spark, PREDICTIONS, model_plan(positive="yes"), registry, write, as_of=AS_OF) == ROWS
    assert spark.table(PREDICTIONS.full_name.quoted).schema == empty.schema


def test_a_champion_that_wants_more_than_the_query_gives_is_refused(spark: SparkSession, registry: Registry) -> None:
    with pytest.raises(DemoError, match="wants b, which the query no longer gives"):
        predict_one(spark, model_plan(features=("a", "noise")), registry, "C-1")
