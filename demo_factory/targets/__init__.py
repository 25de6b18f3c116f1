"""Where a demo can be built: what a file of targets says."""

HERE = "local"  # by this name this machine stands in every list of targets; no file of targets may take it
