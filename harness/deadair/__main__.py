"""The entry of ``deadair`` and ``python -m deadair``: from its first line on an interrupt is 3, a failure of ours 4.

One sentence on stderr each time, never a traceback, and never the 1 that means a violated rule. Nothing is read from a
disk before the handlers stand. Afterwards the work may be interrupted by KeyboardInterrupt, as any Python program; in
the middle of an import it is ended at once, for libraries swallow an interrupt there, or break of it. While a run
lasts its engine takes the signals (``engines/early_end.py``). Knows no verb and no verdict.
"""

import _signal  # type: ignore[import-not-found]  # the built-in part of ``signal``, which would be a file to read
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType, TracebackType
    from typing import NoReturn

ABORTED, HARNESS = 3, 4
_EXIT_AT_ONCE = os._exit
"""The real one: where an adapter of the user's is loaded, another stands in its place."""
NUMBERS = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
SWITCHES = ("PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG")
"""Variables that make Python do other things than this program says."""
OF_LIBRARIES = ("POLARS_", "ARROW_", "RAYON_", "_DEADAIR_", "_TYPER_")
"""How variables begin that do so to the libraries that judge a run, or read the command line."""
DROPPED = "DEADAIR_DROPPED"
"""Names what was dropped here; ``injectors/child_environment.py`` reads it."""


class _Interrupts:
    """What became of interrupts so far."""

    raising = False
    """Whether one may be raised: there is work that has something to tidy up."""
    asked = False


def _leave(code: int, sentence: str) -> "NoReturn":
    """End the process at once, with one sentence."""
    try:  # noqa: SIM105 - contextlib is a file to read
        os.write(2, f"deadair: {sentence}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass
    _EXIT_AT_ONCE(code)


def _heed(_number: int, frame: "FrameType | None") -> "NoReturn":
    """Take an interrupt."""
    again, _Interrupts.asked = _Interrupts.asked, True
    if again or not _Interrupts.raising or _importing(frame):
        _leave(ABORTED, "stopped")
    raise KeyboardInterrupt


def _importing(frame: "FrameType | None") -> bool:
    """Say whether an import is under way."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _uncaught(kind: type[BaseException], error: BaseException, _trace: "TracebackType | None") -> "NoReturn":
    """Say what nobody caught. Python calls this instead of printing a traceback."""
    if issubclass(kind, KeyboardInterrupt):
        _leave(ABORTED, "stopped")
    _leave(HARNESS, f"an error of the harness itself ({kind.__name__}: {' '.join(str(error).split())})")


def _unraisable(lost: "sys.UnraisableHookArgs") -> None:
    """Say what was raised where Python can raise nothing, such as in a ``__del__``."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        _leave(ABORTED, "stopped")
    if sys.stderr is not None:
        said = " ".join(str(lost.exc_value).split())
        sys.stderr.write(f"deadair: an error that nobody could take ({lost.exc_type.__name__}: {said})\n")


sys.excepthook = _uncaught
sys.unraisablehook = _unraisable
for _number in NUMBERS:
    # Whoever asked for it with `nohup` outlives the terminal.
    if _number != _signal.SIGHUP or _signal.getsignal(_number) != _signal.SIG_IGN:
        _signal.signal(_number, _heed)
_signal.pthread_sigmask(_signal.SIG_UNBLOCK, NUMBERS)


def main() -> None:
    """Carry out the command line. Never returns."""
    _open_the_closed()
    if __name__ == "__main__":
        _forget_the_current_folder()
    _drop(name for name in os.environ if name.startswith(OF_LIBRARIES))
    _start_again_without_switches()
    from deadair.cli import main as carry_out  # noqa: PLC0415 - what takes time comes after the handlers

    _Interrupts.raising = True
    code = carry_out()
    _Interrupts.raising = False
    for number in NUMBERS:
        _signal.signal(number, _signal.SIG_IGN)
    # What an interrupt broke in somebody's library is no failure of ours.
    _EXIT_AT_ONCE(ABORTED if _Interrupts.asked and code == HARNESS else code)


def _open_the_closed() -> None:
    """Lead standard streams that are closed nowhere: else a file of the run becomes one, and libraries panic."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _forget_the_current_folder() -> None:
    """Take it off the import path, where ``python -m`` puts it first: modules of that name are not ours."""
    try:
        current = os.getcwd()  # noqa: PTH109 - pathlib takes time
    except OSError:
        current = ""
    if not sys.flags.safe_path and sys.path[:1] in ([""], [current]):
        del sys.path[0]


def _drop(names: "Iterable[str]") -> None:
    """Take variables out of this process's environment, and write their names down."""
    dropped = sorted(names)
    for name in dropped:
        del os.environ[name]
    if dropped:
        os.environ[DROPPED] = " ".join([*os.environ.get(DROPPED, "").split(), *dropped])


def _start_again_without_switches() -> None:
    """Start this program anew as it was written, if the shell's or the caller's switches make it another one."""
    switched = sys.flags.optimize or sys.flags.dev_mode or sys.warnoptions or "PYTHONASYNCIODEBUG" in os.environ
    if not switched or not sys.executable:
        return
    from deadair.injectors.child_environment import import_paths  # noqa: PLC0415

    _drop(name for name in SWITCHES if name in os.environ)
    os.environ["PYTHONPATH"] = os.pathsep.join(import_paths())
    _signal.pthread_sigmask(_signal.SIG_BLOCK, NUMBERS)  # until the handlers stand again
    os.execve(sys.executable, [sys.executable, "-P", "-m", "deadair", *sys.argv[1:]], os.environ)  # noqa: S606


if __name__ == "__main__":
    main()
