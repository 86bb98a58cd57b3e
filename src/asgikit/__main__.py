"""`python -m asgikit` is the command `asgikit`."""

import sys

from asgikit.cli import main

if __name__ == "__main__":
    sys.exit(main())
