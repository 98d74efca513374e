"""One process that does items one after the other: ``python -m deadair.explore.job_process PIPE LIFE``.

It is handed the work over a pipe, says that it is up, is handed items, and answers each. It ends when nobody hands in
any more, and at once when whoever started it is gone, whatever it is at.
"""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Connection

from deadair.explore.item_work import attempt


def main(pipe: int, life: int) -> None:
    """Do what is handed in, until nobody does."""
    threading.Thread(target=_end_with_starter, args=(life,), name="end with starter", daemon=True).start()
    with Connection(pipe) as connection:
        try:
            work = connection.recv()
            connection.send(None)  # it is up
            while True:
                item = connection.recv()
                connection.send(attempt(work, item))
        except (EOFError, OSError):
            return


def _end_with_starter(life: int) -> None:
    """Wait until the other end of a pipe is closed, by whoever held it or by his death."""
    os.read(life, 1)
    os._exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
