"""One file a kind of thing, named as in demo_factory/workspace/databricks where that has one; all are loaded."""

from importlib import import_module
from pkgutil import iter_modules

for _file in iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")
