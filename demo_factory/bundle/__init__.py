"""Databricks Asset Bundle and CI workflows, rendered from a plan and the targets."""
