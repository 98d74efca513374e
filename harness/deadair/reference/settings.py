"""The service's configuration. Durations are seconds of the clock it runs by; ``configuration.py`` reads and checks."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults are those of a service in production; ``None`` for a capacity means unlimited."""

    sockets: dict[str, int | str] = field(default_factory=dict)
    """Where each socket listens: a port on loopback, or ``host:port``."""
    routes: dict[str, str] = field(default_factory=dict)
    """``host:port`` to dial for each link."""
    store_url: str = field(default="", repr=False)
    """Where readings are stored for good, ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``; nothing: in the folder."""
    inner_secret: str = field(default="", repr=False)
    """What the inner sockets want in ``X-Follow-Secret``, from nodes and administrators; nothing: not asked for."""
    tls_certificate: str = ""
    """A file of PEM with certificate and chain: gateway and status page speak TLS; without it, in the clear."""
    tls_key: str = ""
    """The file of its key, where the key is not in the same file."""
    defects: tuple[str, ...] = ()
    """Planted bad parts, by name: for tests of whoever tests this service."""
    connections_max: int = 2000
    """How many connections a socket keeps open; of more, the one that has been idle or slow for longest is closed."""
    arrive_within_s: float = 10.0
    """How long a request may take to arrive whole, and an answer to be taken."""

    gateway_requests_per_s: float | None = None
    """The requests that the gateway takes on."""
    store_rows_per_s: float | None = None
    """The readings that the store takes."""
    gateway_cpu_ms_per_s: float | None = None
    """The CPU time that the gateway has of each second; with less than a core's 1,000 its work takes longer."""
    capacity_burst_s: float = 60.0
    """How many seconds' worth of capacity can be saved up."""
    account_requests_per_s: float | None = 1.0
    """The requests of one account; nothing for no limit."""
    account_requests_burst: float = 60.0
    """How many requests an account can save up."""
    backfill_rows_max: int = 200_000
    """Readings that may wait before old ones are refused; fresh ones only when twice as many do."""
    fresh_within_s: float = 600.0
    """A reading younger than this when it arrives goes before all older ones."""
    ahead_max_s: float = 300.0
    """A reading stamped later than this after its arrival comes from a clock that is ahead."""
    low_same_within_s: float = 150.0
    """Two urgent lows of a patient measured closer together are one, which two uploaders stamped: half the time from
    reading to reading."""
    readings_kept_s: float | None = 31_622_400.0
    """Readings measured longer ago are removed, a few at a time, where nothing else waits; nothing to keep all."""
    disk_check_every_s: float = 21_600.0
    """How often a node reads its databases whole, slowly, for damage that nobody has met yet."""
    drain_every_s: float = 2.0
    """How often the processor and the notifier look for work."""

    no_data_after_s: float = 1200.0
    """The delay of a follow where neither invitation nor app says another."""
    realarm_every_s: float = 900.0
    """How often a follower who stays blind is alerted again, where the follow says nothing else."""
    snooze_max_s: float = 7200.0
    """An alarm cannot be put off for longer, whatever a follower asks for."""
    push_lifetime_s: float = 1800.0
    """How long the provider keeps a push for a phone that it cannot reach."""
    push_retry_s: float = 5.0
    """The wait before the second try of a push, doubled for each further one."""
    push_retry_max_s: float = 60.0
    """The longest such wait."""
    request_timeout_s: float = 10.0
    """How long a node waits for another's answer, or the provider's."""
    heartbeat_every_s: float = 30.0
    """How often watchdog and notifier report to the sentinel that they are alive."""
    dead_after_s: float = 150.0
    """A node unheard for this long is taken for dead."""
    push_stuck_after_s: float = 90.0
    """A push undelivered for this long means that pushes cannot leave."""
    calm_for_s: float = 60.0
    """Trouble must be gone this long before it is called over."""
    incident_blind_share: float = 0.05
    """The share of blind followers that makes an incident."""
    queue_full_for_s: float = 60.0
    """For the defect that queues: after how long it asks those to come again whom it has no room for."""
    published_by_hand_after_s: float = 36_000.0
    """For the defect in which a person publishes the incident."""
    password_memory_kib: int = 19_456
    """Memory of one argon2id hash."""
    password_passes: int = 2
    """Passes of one argon2id hash."""
    proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies in front. Whom their ``X-Forwarded-For`` names last is taken for the client.
    Where it names nobody, many may come from there, and are not limited by address."""
    log_ins_per_address_per_s: float | None = 5.0
    """The log-ins that an address (of IPv6, a /64) may try, right or wrong; nothing for no limit."""
    log_ins_per_address_burst: float = 100.0
    """How many log-ins an address can save up."""
    password_failures_max: int = 10
    """Wrong passwords for an account, in a row from one address, after which the address is locked out of it."""
    account_failures_max: int = 100
    """Wrong passwords for an account, from all addresses in ``lockout_s``, after which only those may try from where
    somebody logged in to it before."""
    lockout_s: float = 600.0
    """How long an address stays locked out after so many wrong passwords."""
    log_ins_at_once_max: int = 200
    """Log-ins that may wait for their password to be checked; of more, those are asked to come again whose address has
    most of them."""
    session_lifetime_s: float = 86_400.0
    """How long a session holds after its log-in."""
    sessions_per_account_max: int = 50
    """Sessions that an account may have open; one more ends the oldest."""
