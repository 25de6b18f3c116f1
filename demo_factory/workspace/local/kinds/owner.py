"""An owner here: kept; the guard of queries lets owners through."""

from demo_factory.workspace.local.kind import KindHere

KIND = KindHere()
