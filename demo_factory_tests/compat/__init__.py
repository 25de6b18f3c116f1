"""What compat/ uses is there, in the versions that pyproject.toml allows: an upgrade of a library fails here first."""
