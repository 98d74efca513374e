"""What is put into the texts of a target file: the names there are, and what each stands for in a run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from deadair.model.environment import Address
from deadair.provision.catalogue import PROVISIONS
from deadair.targets.described.target_file import TargetFile
from deadair.targets.described.templates import number
from deadair.targets.handed_on import HandedOn
from deadair.targets.target import Site

ACCOUNT = "account"
"""The account of the patient whom a probe is asked about."""
TIMES = ("no_data_after", "realarm", "reading_every", "poll_every")
UNITS = {"s": 1.0, "min": 1 / 60, "ms": 1000.0}
ENDS = ("", ".host", ".port")


def names_of_parts(file: TargetFile) -> tuple[str, ...]:
    """Return what is known of a target wherever it is looked at: where its own parts lie."""
    needs = (f"needs.{need}.{part}" for need in file.needs if need in PROVISIONS for part in PROVISIONS[need].parts())
    return ("folder", *needs)


def names_before_a_run(file: TargetFile) -> tuple[str, ...]:
    """Return what is known before there is a run."""
    handed = (*(f"env.{name}" for name in file.environment), *(f"secret.{name}" for name in file.secrets))
    return (*names_of_parts(file), *handed)


def names_of_a_run(file: TargetFile) -> tuple[str, ...]:
    """Return what is known in a run."""
    inner = [name for name, link in file.links.items() if not link.outer]
    addresses = (
        *(f"listen.{name}{end}" for name in file.sockets for end in ENDS),
        *(f"socket.{name}{end}" for name in file.sockets for end in ENDS),
        *(f"route.{name}{end}" for name in inner for end in ENDS),
    )
    times = (f"{name}_{unit}" for name in TIMES for unit in UNITS)
    capacities = (f"capacity.{name}" for name in file.capacities)
    return ("data", "speed", "password", *times, *capacities, *addresses, *names_before_a_run(file))


def values_of_parts(file: TargetFile, folder: Path) -> dict[str, str]:
    """Return what each of ``names_of_parts`` stands for."""
    parts = ((need, part, path) for need in file.needs for part, path in PROVISIONS[need].parts().items())
    return {"folder": str(folder), **{f"needs.{need}.{part}": str(path) for need, part, path in parts}}


def values_before_a_run(file: TargetFile, folder: Path, handed_on: HandedOn) -> dict[str, str]:
    """Return what each of ``names_before_a_run`` stands for."""
    return {
        **values_of_parts(file, folder),
        **{f"env.{name}": value for name, value in handed_on.environment.items()},
        **{f"secret.{name}": value for name, value in handed_on.secrets.items()},
    }


def values_of_a_run(file: TargetFile, folder: Path, handed_on: HandedOn, site: Site) -> dict[str, str]:
    """Return what each of ``names_of_a_run`` stands for. Times are the service's own: compressed by the speed."""
    times_s = {name: getattr(site.times, f"{name}_s") / site.speed for name in TIMES}
    rates = {name: number(per_s * site.speed) for name, per_s in site.capacity.items()}
    return {
        "data": str(site.data),
        "speed": number(site.speed),
        "password": site.password,
        **{f"{name}_{unit}": number(times_s[name] * size) for name in TIMES for unit, size in UNITS.items()},
        **{f"capacity.{name}": rates.get(name, unlimited) for name, unlimited in file.capacities.items()},
        **dict(_addresses("listen", site.listen)),
        **dict(_addresses("socket", site.sockets)),
        **dict(_addresses("route", site.routes)),
        **values_before_a_run(file, folder, handed_on),
    }


def _addresses(kind: str, addresses: Mapping[str, Address]) -> Iterator[tuple[str, str]]:
    for name, address in addresses.items():
        yield f"{kind}.{name}", str(address)
        yield f"{kind}.{name}.host", address.host
        yield f"{kind}.{name}.port", str(address.port)
