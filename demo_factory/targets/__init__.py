"""Where a demo can be built: what a file of targets says."""
