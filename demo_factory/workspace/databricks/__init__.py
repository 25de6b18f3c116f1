"""A Databricks workspace as a target."""
