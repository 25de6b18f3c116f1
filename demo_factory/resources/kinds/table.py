"""A generated table."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind("table", ("schema", "function"), securable="table", idle="storage of tables")
