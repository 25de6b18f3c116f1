"""Tags here: kept beside the tables, and gone with what they lie on."""

from demo_factory.workspace.local.kind import KindHere

KIND = KindHere()
