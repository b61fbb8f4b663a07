"""The template process: imports what workers need once, then forks a worker whenever the silo asks for one.

Started as `python3 -I zygote.py`. Single-threaded, so that forking is safe.
"""

from __future__ import annotations

import os
import sys

_KEEP = ("PATH", "LANG", "TZ")


def _leave_environment() -> None:
    """/proc/<pid>/environ of every worker is the zygote's, so nothing of the silo may be in it."""
    clean = {name: value for name, value in os.environ.items() if name in _KEEP or name.startswith("LC_")}
    # The interpreter sets LC_CTYPE itself where there is no locale, so it is no reason to start again.
    if any(name not in clean for name in os.environ):
        os.execve(sys.executable, [sys.executable, "-I", os.path.abspath(__file__)], clean)


if __name__ == "__main__":
    _leave_environment()
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from dff_worker.zygote_loop import main

    del sys.path[0]
    main()
