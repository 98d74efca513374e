"""One process that does items one after the other: ``python -m deadair.explore.job_process PIPE LIFE``.

It is handed the work over a pipe, says that it is up, is handed items, and answers each. It ends when nobody hands in
any more, and at once when whoever started it is gone, whatever it is at.
"""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Connection


def main(pipe: int, life: int) -> None:
    """Do what is handed in, until nobody does."""
    threading.Thread(target=_end_with_starter, args=(life,), name="end with starter", daemon=True).start()
    with Connection(pipe) as connection:
        try:
            work = connection.recv()
            connection.send(None)  # it is up
            while True:
                item = connection.recv()
                try:
                    said = (work(item), "")
                except Exception as error:  # noqa: BLE001 - whatever it is, it is named, and the next item is done
                    said = (None, f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")
                connection.send(said)
        except (EOFError, OSError):
            return


def _end_with_starter(life: int) -> None:
    """Wait until the other end of a pipe is closed, by whoever held it or by his death."""
    os.read(life, 1)
    os._exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
