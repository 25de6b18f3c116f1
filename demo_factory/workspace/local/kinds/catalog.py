"""A catalog here: a folder of schemas."""

from demo_factory.workspace.local.kind import folder_kind

KIND = folder_kind(lambda state, key: state.catalog(key))
