"""A registered model; what Unity Catalog grants on it, it calls a function."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind(
    "model",
    ("schema", "function"),
    securable="function",
    takes=("CREATE_MODEL", "EXECUTE"),
    idle="storage of models and their runs",
)
