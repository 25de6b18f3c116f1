"""A row filter here: kept, and put before the table by the guard of queries."""

from demo_factory.workspace.local.kind import KindHere, make_guard

KIND = KindHere(make=make_guard)
