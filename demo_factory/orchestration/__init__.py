"""Dagster: an asset a step, its checks, alerts, schedules and runs. Nothing outside this room imports dagster."""
