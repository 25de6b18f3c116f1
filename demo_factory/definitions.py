"""What Dagster loads: every demo, on the target that the environment names."""

from demo_factory.operations.settings import Settings
from demo_factory.orchestration.demo import all_definitions

defs = all_definitions(Settings.read())
