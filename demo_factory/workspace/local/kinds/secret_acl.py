"""Who may read a scope here: kept as it would stand on a workspace."""

from demo_factory.workspace.local.kind import KindHere

KIND = KindHere()
