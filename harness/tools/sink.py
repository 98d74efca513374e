"""What stands where a link of the service leads to, and takes whatever comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address


class Sink:
    """Stands where a link leads to; takes everything, and counts it: pushes by their kind, and evidence."""

    def __init__(self) -> None:
        self.taken = {"no_data": 0, "notice": 0, "evidence": 0}
        self._lock = Lock()

    def wait(self, kind: str, number: int) -> None:
        """Return when so many have come altogether."""
        limit = Deadline.after(60.0)
        while self.taken[kind] < number and not limit.passed():
            pause(0.02)

    @contextmanager
    def listening(self, address: Address) -> Iterator[None]:
        """Serve on this address."""
        taken, lock = self.taken, self._lock

        class Take(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    taken["evidence" if isinstance(body, list) else body["message"]["data"]["kind"]] += 1
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 256

        with Server((address.host, address.port), Take) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield
            server.shutdown()
