"""The table with every entity's prediction by the champion."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind("predictions", ("schema", "function"), securable="table", idle="storage of tables")
