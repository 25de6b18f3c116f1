"""A volume that Unity Catalog manages."""

from demo_factory.workspace.databricks.containers import find, make, remove
from demo_factory.workspace.databricks.kind import KindOnDatabricks

KIND = KindOnDatabricks(find, make, remove)
