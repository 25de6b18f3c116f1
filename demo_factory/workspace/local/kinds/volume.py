"""A volume here: a folder of files."""

from demo_factory.workspace.local.kind import folder_kind

KIND = folder_kind(lambda state, key: state.volume(*key.split(".")))
