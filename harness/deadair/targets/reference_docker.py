"""The reference follow service in containers: the same service, each node a container of one image.

The nodes share one folder for their databases, as the five processes do. The image is known by what is in it: one that
was built from other sources has another name, so that nobody judges an old service for a new one.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any

import deadair
from deadair.runtimes.node_start import ContainerStart, Mount, NodeStart
from deadair.targets.reference import Reference, secret_variables
from deadair.targets.target import Site

DATA = "/data"
"""Where a container sees the run's folder of data."""
SOCKETS = {"gateway": ("gateway", "gateway-admin"), "sentinel": ("sentinel", "status")}
"""The sockets of a node, where it has others than the one named like it."""
EVERYWHERE = ["0.0.0.0/0", "::/0"]
"""A container sees its engine's address in place of the fleet's, and another one on each machine."""
LIMITS = ("cpus", "memory_mb")
"""What of each container a scenario may limit: ``gateway_cpus``, ``gateway_memory_mb``."""


class ReferenceDocker(Reference):
    """The target named ``reference-docker``."""

    name = "reference-docker"
    simulated = False
    runtime = "docker"
    capacities = (*Reference.capacities, *(f"{node}_{limit}" for limit in LIMITS for node in Reference.nodes))

    def start_of(self, node: str, site: Site) -> NodeStart:
        """Start a node's container; its databases survive from an earlier life."""
        memory_mb = site.capacity.get(f"{node}_memory_mb")
        return ContainerStart(
            image_name(),
            ("-m", "deadair.reference", node, "--data", DATA),
            secret_variables(site),
            ports={socket: site.listen[socket].port for socket in SOCKETS.get(node, (node,))},
            mounts=(Mount(site.data, DATA),),
            cpus=site.capacity.get(f"{node}_cpus"),
            memory_mb=None if memory_mb is None else int(memory_mb),
            user=f"{os.getuid()}:{os.getgid()}",
            way="build it in a checkout: docker/build.sh",
        )

    def _settings(self, site: Site) -> dict[str, Any]:
        """Leave out what the service is not told: its containers have less, whatever it is told."""
        told = {name: value for name, value in super()._settings(site).items() if not name.endswith(LIMITS)}
        return {**told, "proxies": EVERYWHERE}


@cache
def image_name() -> str:
    """Return the name of the image of this very service. ``docker/build.sh`` asks the image itself for it."""
    root = Path(deadair.__file__).parent / "reference"
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return f"localhost/deadair:{digest.hexdigest()[:12]}"


if __name__ == "__main__":
    print(image_name())  # noqa: T201 - what docker/build.sh asks for
