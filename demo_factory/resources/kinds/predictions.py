"""The table with every entity's prediction by the champion."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind(
    "predictions",
    ("schema", "function"),
    securable="table",
    takes=("CREATE_TABLE", "MODIFY", "SELECT"),
    idle="storage of tables",
)
