"""A generated table."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind(
    "table",
    ("schema", "function"),
    securable="table",
    takes=("CREATE_TABLE", "MODIFY", "SELECT"),
    idle="storage of tables",
)
