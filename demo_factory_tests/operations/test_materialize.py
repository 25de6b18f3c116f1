"""The work of a step without Dagster."""

import pytest

from demo_factory.blueprint.load import loads
from demo_factory.operations.materialize import make
from demo_factory.plan.compile import compile_demo
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory_tests.plan.demos import AS_OF

pytestmark = pytest.mark.spark
KEPT = """
demo: kept
catalog: test_demo
history: 10 days
tables:
  t: {{rows: 20, columns: {{k: {{key: integer}}}}}}
optimize:
  t: {{vacuum: {hours} hours}}
"""


def test_vacuum_keeps_deleted_files_as_long_as_the_blueprint_says(spark, state):
    workspace = LocalWorkspace(state, carrier="spark")

    def retained(hours: int) -> tuple[dict[str, str], int]:
        """The table's Delta properties, and the hours of the retention that VACUUM used."""
        plan = compile_demo(loads(KEPT.format(hours=hours)), as_of=AS_OF)
        if not workspace.records.states(plan.demo):
            make(plan, plan.steps["t"], workspace)
        make(plan, plan.steps["optimize_t"], workspace)
        name = plan.full_name("t").quoted
        shown = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {name}").collect()}
        vacuums = spark.sql(f"DESCRIBE HISTORY {name}").where("operation = 'VACUUM START'")
        used = vacuums.orderBy("version", ascending=False).first()["operationParameters"]["defaultRetentionMillis"]
        return {key: value for key, value in shown.items() if key.endswith("Duration")}, int(used) // 3_600_000

    deleted, log = "delta.deletedFileRetentionDuration", "delta.logRetentionDuration"
    assert retained(1000) == ({deleted: "interval 1000 hours", log: "interval 1000 hours"}, 1000)
    assert retained(168) == ({deleted: "interval 168 hours", log: "interval 1000 hours"}, 168)
