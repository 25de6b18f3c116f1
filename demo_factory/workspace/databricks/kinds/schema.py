"""A schema; it goes when nothing is left in it."""

from demo_factory.workspace.databricks.containers import find, make, remove
from demo_factory.workspace.databricks.kind import KindOnDatabricks

KIND = KindOnDatabricks(find, make, remove)
