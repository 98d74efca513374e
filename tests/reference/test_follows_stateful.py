"""Follows, whatever is registered and ended in whatever order: what must hold of them, and that each change is told."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from deadair.reference.accounts.accounts import Accounts
from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.accounts.follows import PHONES_MAX, READER, Follow, Follows
from deadair.reference.http.share_api import ShareError
from tests.reference.fake_env import FakeEnv

ALERT = NoDataAlert(1200.0)
follower, patient = st.sampled_from([1, 2]), st.sampled_from([7, 8])
word = st.integers(0, 13).map(str)


class FollowsMachine(RuleBasedStateMachine):
    """Keeps what was returned, as the watchdog is told of it."""

    @initialize()
    def begin(self) -> None:
        self.env = FakeEnv()
        Accounts(self.env)
        self.follows = Follows(self.env)
        self.told: dict[int, Follow] = {}

    def teardown(self) -> None:
        self.env.close()

    @rule(follower=follower, patient=patient, token=word, installation=word)
    def register(self, follower: int, patient: int, token: str, installation: str) -> None:
        try:
            follow, ended = self.follows.register(
                follower, patient, token=token, alert=ALERT, installation=f"i{installation}"
            )
        except ShareError as error:
            assert error.status == 429
            return
        assert (follow.follower, follow.patient, follow.token, follow.revoked) == (follower, patient, token, False)
        assert follow not in ended
        assert all(one.revoked and not one.token for one in ended)
        self.tell(follow, *ended)

    @rule(follower=follower, patient=patient)
    def read(self, follower: int, patient: int) -> None:
        if not any(one.token for one in self.follows.of_account(follower, patient)):
            self.tell(self.follows.watch_reader(follower, patient, ALERT))

    @rule(follower=follower, patient=patient, installation=st.none() | word)
    def revoke(self, follower: int, patient: int, installation: str | None) -> None:
        named = installation and f"i{installation}"
        self.tell(*self.follows.revoke(follower, patient, named))
        assert not [one for one in self.follows.of_account(follower, patient) if named in (None, one.installation)]

    @rule(seconds=st.sampled_from([1.0, 3600.0, 86_401.0]))
    def wait(self, seconds: float) -> None:
        self.env.now_s += seconds

    @rule()
    def restart(self) -> None:
        self.follows = Follows(self.env)

    def tell(self, *changed: Follow) -> None:
        for one in changed:
            known = self.told.get(one.number)
            assert known is None or one.revision > known.revision, "late evidence would pass for new"
            self.told[one.number] = one

    @invariant()
    def each_change_was_told(self) -> None:
        assert {one.number: one for one in self.follows.all()} == self.told
        assert Follows(self.env).all() == tuple(sorted(self.told.values(), key=lambda one: one.number))

    @invariant()
    def a_token_is_one_phones(self) -> None:
        lasting = [one for one in self.told.values() if not one.revoked]
        owners = {one.token: one.follower for one in lasting if one.token}
        assert all(owners[one.token] == one.follower for one in lasting if one.token)
        phones = [(one.follower, one.patient, one.token) for one in lasting]
        assert len(phones) == len(set(phones))

    @invariant()
    def there_are_so_many_phones_and_a_reader_only_without(self) -> None:
        for pair in {(one.follower, one.patient) for one in self.told.values()}:
            mine = self.follows.of_account(*pair)
            assert len(mine) <= PHONES_MAX
            assert [one.installation for one in mine if not one.token] in ([], [READER] if len(mine) == 1 else [])


TestFollows = FollowsMachine.TestCase
TestFollows.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
