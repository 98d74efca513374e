"""Makes everybody known to a described target before a run, by what its adapter says. One after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from deadair.documents.error_text import nearest
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError
from deadair.model.excerpt import excerpt
from deadair.model.plural import count
from deadair.model.roster import Roster
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.guarded import GuardedAdapter
from deadair.targets.target import Site

ASK_LIMIT_S = 5.0
ENROLL_LIMIT_S = 120.0
"""Real seconds that all of it may take."""


def enroll(  # noqa: PLR0913 - each is named at the call site
    adapter: GuardedAdapter,
    roster: Roster,
    extra_accounts: Sequence[str],
    site: Site,
    *,
    password: str,
    socket: str,
    shown: Callable[[bytes], str],
) -> None:
    """Send what the adapter wants sent; ``socket``: where devices upload. Raises HarnessError if it is refused.

    ``shown`` says how an answer begins, without what nobody else may see.
    """
    limit = Deadline.after(ENROLL_LIMIT_S)
    patients = {device.patient: device.account for device in roster.devices}
    everybody = [
        *((device_client(account, password), 0.0) for account in (*patients.values(), *extra_accounts)),
        *(
            (
                Client(phone.account, password, patients[phone.patient], token=phone.token),
                phone.no_data_after_us / 1e6 / site.speed,
            )
            for phone in roster.phones
        ),
    ]
    for number, (client, no_data_after_s) in enumerate(everybody):
        for step in adapter.enroll(client, no_data_after_s):
            asked = step.socket or socket
            if asked not in site.sockets:
                what = f"`enroll` of the adapter {adapter.name} names the socket {excerpt(asked)}"
                raise HarnessError(f"{what}, which the target does not have{nearest(asked, site.sockets)}")
            answer = site.ask(asked, step.request, ASK_LIMIT_S)
            if not step.went_well(answer.status):
                what = f"{step.request.method} {step.request.path} was answered {answer.status}: {shown(answer.body)}"
                raise HarnessError(f"the target does not take the account {client.account}: {what}")
        if limit.passed():
            done = f"{number + 1:,} of {count(len(everybody), 'account')} were enrolled"
            raise HarnessError(f"{done} within {ENROLL_LIMIT_S:g} s: lower fleet.devices, or the target's devices_max")
