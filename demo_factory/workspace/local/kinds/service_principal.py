"""An identity here: a name that others can be given to."""

from demo_factory.workspace.local.kind import KindHere

KIND = KindHere()
