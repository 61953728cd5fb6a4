"""`python -m cutline.faces.cli`, for where the `cutline` script is not on the path."""

from __future__ import annotations

import sys

from cutline.faces.cli import main

if __name__ == "__main__":
    sys.exit(main())
