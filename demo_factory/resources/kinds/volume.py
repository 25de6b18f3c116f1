"""A volume of Unity Catalog: a place for files beside the tables."""

from demo_factory.resources.kind import ResourceKind

KIND = ResourceKind("volume", ("schema",), "access_containers", securable="volume")
