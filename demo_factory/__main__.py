"""`python -m demo_factory` is the command line."""

import sys

from demo_factory.cli import main

if __name__ == "__main__":
    sys.exit(main())
