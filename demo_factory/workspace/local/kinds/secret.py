"""A secret here: only its name is kept, nothing made from its value; the value stays in its variable."""

from demo_factory.resources.resource import Resource, Value
from demo_factory.workspace.local.kind import KindHere, make
from demo_factory.workspace.local.things import Things


def _make(things: Things, resource: Resource) -> Value:
    make(things, resource)
    name = str(resource.desired["env"])
    if things.environ.get(name):
        return {"value": f"in the environment variable {name}"}
    return {"value": f"missing: the environment variable {name} is not set"}


KIND = KindHere(make=_make)
