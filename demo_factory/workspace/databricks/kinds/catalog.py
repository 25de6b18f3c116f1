"""A catalog; every one comes with an empty schema `default`, which goes with it."""

from demo_factory.workspace.databricks.containers import find, make, remove
from demo_factory.workspace.databricks.kind import KindOnDatabricks

KIND = KindOnDatabricks(find, make, remove)
