"""What this project costs beside its peers: whole processes, side by side, `python -m benchmarks`."""
