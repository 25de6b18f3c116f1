"""A function of masks and filters here: kept as text, and applied by the guard of queries."""

from demo_factory.workspace.local.kind import KindHere

KIND = KindHere()
