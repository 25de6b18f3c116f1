"""Tables that several threads make at once, in a process in which dbldatagen has made none yet."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.e2e
SCRIPT = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dbldatagen

from demo_factory.generate.carriers import bring_in, frame_of
from demo_factory.workspace.local.session import open_session
from demo_factory.workspace.local.layout import StateFolder
from demo_factory_tests.plan.demos import shop_plan

THREADS = 8
bring_in("dbldatagen")
spark = open_session(StateFolder(Path(sys.argv[1])), "test_demo", rows=1)
tables = [shop_plan().steps[name].plan for name in ("customers", "orders")]
sys.setswitchinterval(1e-6)  # seconds until another thread may go on: what a busy machine does now and then, always
together = threading.Barrier(THREADS)

def make(number):
    together.wait()
    table = tables[number % 2]
    return frame_of(spark, table, 0, table.rows).schema.simpleString()

with ThreadPoolExecutor(THREADS) as pool:
    made = list(pool.map(make, range(THREADS)))
assert len(set(made)) == 2, made
print(*sorted(set(made)), sep="\\n")
"""


@pytest.mark.e2e
def test_threads_that_make_the_first_tables_of_a_process_get_their_types(tmp_path):
    """The types are those that the blueprint writes; dbldatagen's own parser of them breaks when threads race."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    customers, orders = ran.stdout.splitlines()
    assert "joined:date,tier:string,age:int" in customers
    assert "at:timestamp,day:date,tier:string,amount:decimal(10,2),paid:decimal(10,2)" in orders
