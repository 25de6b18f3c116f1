"""A schema here: a folder of tables and views."""

from demo_factory.workspace.local.kind import folder_kind

KIND = folder_kind(lambda state, key: state.schema(*key.split(".")))
