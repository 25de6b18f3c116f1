"""Use cases: what a person can do with a demo, as functions of values. No printing, no prompts, no Dagster."""
