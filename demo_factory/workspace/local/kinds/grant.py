"""A grant here: kept, and asked for each object that `sql --as` reads."""

from demo_factory.workspace.local.kind import KindHere

KIND = KindHere()
