"""A secret scope here: a name; values stay in their environment variables."""

from demo_factory.workspace.local.kind import KindHere

KIND = KindHere()
