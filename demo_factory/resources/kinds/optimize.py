"""Maintenance of a table's files, or caching of a view."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind("optimize", ("schema", "function"), takes=("MODIFY", "SELECT"))
