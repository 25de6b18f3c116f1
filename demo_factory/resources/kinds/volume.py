"""A volume of Unity Catalog: a place for files beside the tables, with those that the blueprint holds."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Resource


def _desired(wanted: Wanted) -> Iterator[Resource]:
    for name, volume in wanted.plan.blueprint.volumes.items():
        yield wanted.in_schema("volume", name, {"comment": volume.comment, "files": dict(volume.files)})


KIND = ResourceKind(
    "volume",
    ("schema",),
    "access_containers",
    _desired,
    securable="volume",
    takes=("CREATE_VOLUME", "READ_VOLUME", "WRITE_VOLUME"),
    idle="storage of volumes",
)
