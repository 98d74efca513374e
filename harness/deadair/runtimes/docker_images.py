"""The images that a run needs: those that are named are there or pulled, those that are described are built.

What is built keeps a tag of its own, so that the next run finds it quickly; what that tag leaves behind is removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deadair.model.errors import HarnessError
from deadair.runtimes.docker_engine import DockerEngine
from deadair.runtimes.node_start import ContainerStart, ImageBuild

BUILT = "deadair.image"
"""The label of every image that is built here, and of every layer of one: so that those without a tag are found."""
FROM = re.compile(r"\s*FROM\s", re.IGNORECASE)


def image_for(
    engine: DockerEngine, start: ContainerStart, node: str, scratch: Path, note: Callable[[str], None]
) -> str:
    """Return the name or id of the image that a node starts from. Raises HarnessError if it cannot be had."""
    image = start.image
    if isinstance(image, ImageBuild):
        return _built(engine, image, node, scratch, note)
    if engine.image(image) is None and start.way:
        raise HarnessError(f"the node {node} starts from the image {image}, which is not on this machine: {start.way}")
    if engine.image(image) is None:
        note(f"pulling the image {image}")
        try:
            engine.pull(image)
        except HarnessError as error:
            raise HarnessError(
                f"the node {node} starts from the image {image}, which is not here and cannot be had: build it, or "
                f"write its name as the registry does ({error})"
            ) from error
    return image


def remove_untagged(engine: DockerEngine) -> list[str]:
    """Remove what builds left without a tag; return what could not be. Nothing while somebody builds: he does it."""
    wrong = []
    with _door(shared=False) as open_:
        for one in engine.with_label("dangling", f"{BUILT}=yes") if open_ else ():
            try:
                engine.remove("images", one)
            except HarnessError as error:
                wrong.append(str(error))
    return wrong


def labelled(dockerfile: str) -> str:
    """Return a Dockerfile each of whose stages begins with our label. It is the same each time: layers stay cached."""
    lines, continued, in_from = [], False, False
    for line in dockerfile.splitlines():
        lines.append(line)
        in_from = in_from or (not continued and FROM.match(line) is not None)
        continued = line.rstrip().endswith("\\")
        if in_from and not continued:
            lines.append(f"LABEL {BUILT}=yes")
            in_from = False
    return "\n".join(lines) + "\n"


def built_by(folder: Path, dockerfile: str, node: str, scratch: Path) -> tuple[str, Path]:
    """Return the tag that an image is built under, and the Dockerfile with our label in it that takes its own's place.

    Raises HarnessError if there is none that can be read.
    """
    source = folder / dockerfile
    try:
        text = source.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise HarnessError(f"the node {node} is built from {source}, which cannot be read: {error}") from error
    ours = scratch / f"{node}.Dockerfile"
    ours.parent.mkdir(parents=True, exist_ok=True)
    ours.write_text(labelled(text), "utf-8")
    return f"deadair-{re.sub(r'[^a-z0-9]+', '-', node.lower()).strip('-') or 'node'}-{_short(source)}:built", ours


def _built(engine: DockerEngine, build: ImageBuild, node: str, scratch: Path, note: Callable[[str], None]) -> str:
    tag, ours = built_by(build.folder, build.dockerfile, node, scratch)
    note(f"building the image of {node} from {build.folder / build.dockerfile}")
    with _door(shared=True):
        before = engine.image(tag)
        image = engine.build(build.folder, ours, arguments=build.arguments, tag=tag, note=lambda line: None)
    if before not in (None, image):
        remove_untagged(engine)
    return image


def _short(source: Path) -> str:
    return hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:8]


@contextmanager
def _door(*, shared: bool) -> Iterator[bool]:
    """Keep who removes what has no tag from those who build just now. The kernel opens it for who dies.

    Yields whether it could be passed: who builds waits for nobody, for who removes is quick.
    """
    with Path(tempfile.gettempdir(), f"deadair-{os.getuid()}-images.lock").open("a") as lock:
        passed = shared
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
            passed = True
        yield passed
