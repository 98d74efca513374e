"""One client in a process of its own, driven by lines of JSON, with a limit on every answer.

What it asks of the service is counted as the driver's watch saw it. Knows no service.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deadair.model.clock import Deadline

ANSWER_LIMIT_S = 10.0
END_LIMIT_S = 5.0
LOG_INS = ("LoginPublisherAccountById", "LoginPublisherAccountByName")

Value = tuple[int, int]
"""When it was measured, in Unix seconds, and the glucose value in mg/dl."""


class NoAnswer(Exception):  # noqa: N818 - what a client's user would see
    """The client gave none, or an error; says which."""


@dataclass
class DrivenClient:
    """The process. ``asked``: the last part of each request's path, and the status it was answered with."""

    process: subprocess.Popen[str]
    asked: list[tuple[str, int]] = field(default_factory=list)
    _answers: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    last_words: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Take what the driver says until its end; in a thread of its own."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("#"):
                said = json.loads(line[1:])
                self.asked.append((said["path"].rsplit("/", 1)[-1], said["status"]))
            elif line.startswith("@"):
                self._answers.put(json.loads(line[1:]))
            elif line.strip():
                self.last_words = [*self.last_words[-9:], line.strip()[:200]]
        self._answers.put({"error": "its process ended"})

    def order(self, *, limit_s: float = ANSWER_LIMIT_S, **said: object) -> dict[str, Any]:
        """Have it do something; return its answer. Raises NoAnswer."""
        assert self.process.stdin is not None
        while not self._answers.empty():
            if (late := self._answers.get()).get("error") == "its process ended":
                self._answers.put(late)
                break
        try:
            self.process.stdin.write(json.dumps(said) + "\n")
            self.process.stdin.flush()
            answer = self._answers.get(timeout=limit_s)
        except queue.Empty:
            raise NoAnswer(f"no answer in {limit_s:g} s") from None
        except OSError:
            raise NoAnswer("its process ended") from None
        if "error" in answer:
            raise NoAnswer(answer["error"])
        return answer

    def open(self, user: str, password: str, more: Mapping[str, str]) -> None:
        """Have it log in, or at least know as whom. Raises NoAnswer."""
        self.order(do="open", user=user, password=password, **dict[str, Any](more))

    def read(self, *, minutes: int = 1440, count: int = 1, limit_s: float = ANSWER_LIMIT_S) -> list[Value]:
        """Have it read, newest first. Raises NoAnswer."""
        values = self.order(limit_s=limit_s, do="read", minutes=minutes, count=count)["values"]
        return [(round(measured_s), round(value)) for measured_s, value in values]

    def read_until(self, wanted: Value, *, limit_s: float, again_s: float, answer_limit_s: float) -> str:
        """Have it read, over and over, until it has this value; return an empty text, or what it said last instead."""
        deadline = Deadline.after(limit_s)
        said, before = "nothing", len(self.asked)
        while not deadline.passed() and self.process.poll() is None:
            try:
                values = self.read(limit_s=min(answer_limit_s, deadline.left_s()))
                if wanted in values:
                    return ""
                said = f"{len(values)} values without the newest"
            except NoAnswer as error:
                said = str(error)
            threading.Event().wait(again_s)
        asked = ", ".join(f"{call} {status}" for call, status in self.asked[before:][-4:])
        return f"{said}; its last requests: {asked or 'none'}"

    def log_ins(self) -> int:
        """Return how often it has asked for a session."""
        return sum(call in LOG_INS for call, _ in self.asked)


@contextlib.contextmanager
def driven(command: Sequence[str], environ: Mapping[str, str]) -> Iterator[DrivenClient]:
    """Start a driver; end it afterwards, whatever it does."""
    process = subprocess.Popen(
        list(command), env=dict(environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, start_new_session=True,
    )  # fmt: skip
    client = DrivenClient(process)
    listening = threading.Thread(target=client.listen, daemon=True)
    listening.start()
    try:
        yield client
    finally:
        process.kill()
        process.wait(END_LIMIT_S)
        listening.join(END_LIMIT_S)
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
