"""What Dagster loads: every demo, on the target that the environment names."""

from demo_factory.orchestration.demo import all_definitions
from demo_factory.project import Settings

defs = all_definitions(Settings.read())
