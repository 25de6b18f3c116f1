"""A view over tables, views and predictions."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind("view", ("schema", "function"), securable="table", takes=("CREATE_TABLE", "SELECT"))
