"""Whole runs of a service that alerts by other channels than the usual, or stands behind HTTPS: each passes a night."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trustme

from deadair.cli import command
from deadair.judging.format_1 import stored_verdict
from deadair.model.verdict import Exit

pytestmark = pytest.mark.live

NIGHT = """
name: cut
why: All devices are cut off at once.
target: {name: any}
seed: 1
speed: 60
fleet: {devices: 6, followers_per_device: 1, reading_every: 1m, poll_every: 1m, no_data_after: 5m}
phases: {warm_up: 4m, storm: 13m, recovery: 5m}
promises: {silences: 6}
timeline:
  - {at: 0m, lasts: 12m, where: uplink, fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: no_false_clear}
  - {kind: nothing_lost}
  - {kind: recovers, within: 5m}
"""
TELL = "    def _tell(self, message):\n"
MAIL = """    def _tell(self, message):
        import smtplib
        from email.message import EmailMessage
        mail = EmailMessage()
        mail["Subject"], mail["From"] = message["kind"] + " " + message["patient"], "a@example.test"
        mail["To"] = message["patient"].replace("device", "phone") + "@example.test"
        mail.set_content(str(message["last_reading"]))
        try:
            host, port = self.alert_url.split(":")
            with smtplib.SMTP(host, int(port), timeout=2) as connection:
                connection.send_message(mail)
            return True
        except (OSError, smtplib.SMTPException) as error:
            print(error, flush=True)
            return False
"""
MAIL_PATH = """
  - name: mail
    channel: smtp
    patient: {at: /subject, matches: 'device-\\d+'}
    alarm: {/subject: {matches: ^no_data}}
    clear: {/subject: {matches: ^data_again}}
    measured: {at: /text, matches: '\\d+'}
"""
FCM = """    def _tell(self, message):
        import ssl
        body = {"message": {"token": message["patient"].replace("device", "phone-token"),
                            "data": {key: str(value) for key, value in message.items()}}}
        request = urllib.request.Request(self.alert_url, json.dumps(body).encode())
        context = ssl.create_default_context(cafile=os.environ["PUSH_CA"])
        try:
            with urllib.request.urlopen(request, timeout=2, context=context):
                return True
        except OSError as error:
            print(error, flush=True)
            return False
"""
FCM_PATH = """
  - name: push
    channel: fcm
    tls_names: [localhost]
    patient: /data/patient
    alarm: {/data/kind: no_data}
    clear: {/data/kind: data_again}
    measured: /data/last_reading
"""
POLL_PATH = """
  - name: banner
    channel: poll
    alarm: {/silent: true}
"""
SAYS_SILENT = """        said = self.server.service.all_of(account) if part == "readings" else {"version": VERSION}
        if part == "latest":
            said = {"readings": self.server.service.all_of(account), "silent": account in self.server.service.silent}
        self._answer(200, said)
"""


class Crib:
    """The target that ``deadair new target`` begins, with parts of it changed."""

    def __init__(self, folder: Path) -> None:
        assert command(["new", "target", "crib"]) == Exit.PASS
        self.folder = folder / "crib"
        self.change("target.yaml", "[python3, service.py]", f"[{sys.executable}, service.py]")
        (folder / "cut.yaml").write_text(NIGHT, encoding="utf-8")

    def change(self, file: str, before: str, after: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert before in text, (file, before)
        (self.folder / file).write_text(text.replace(before, after), encoding="utf-8")

    def alerts_by(self, tell: str, path: str) -> None:
        """Let the service tell in another way, and the target file say so."""
        text = (self.folder / "service.py").read_text(encoding="utf-8")
        head, rest = text.split(TELL)
        after = rest[rest.index("\n\n\nclass Handler") :]
        (self.folder / "service.py").write_text(head + tell.rstrip("\n") + after, encoding="utf-8")
        target = (self.folder / "target.yaml").read_text(encoding="utf-8")
        head, rest = target.split("alert_paths:\n")
        (self.folder / "target.yaml").write_text(
            head + "alert_paths:" + path + "probes:\n" + rest.split("probes:\n")[1], encoding="utf-8"
        )

    def passes(self, alert_path: str) -> None:
        """Run the night, and see everybody alerted by this path, and by no other."""
        code = command(["run", "cut.yaml", "--target", "crib", "--targets", "crib"])
        verdict = stored_verdict((self.folder.parent / "reports/latest/verdict.json").read_bytes())
        assert (code, str(verdict.verdict), verdict.why) == (Exit.PASS, "pass", verdict.why)
        assert {name: tally.alerted_in_time for name, tally in verdict.alert_paths.items()} == {alert_path: 6}
        assert verdict.findings[2].judged >= 6, "clears, or stretches without one, are judged"
        assert [one.rule for one in verdict.not_judged] == []


@pytest.fixture
def crib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crib:
    monkeypatch.chdir(tmp_path)
    return Crib(tmp_path)


def test_mail(crib: Crib) -> None:
    crib.alerts_by(MAIL, MAIL_PATH)
    crib.change("target.yaml", "service→push: {to: push}", "service→push: {to: push_smtp}")
    crib.change("target.yaml", "http://{route.service→push}/alerts", "{route.service→push}")
    crib.passes("mail")


def test_fcm_over_tls_from_a_service_behind_https(crib: Crib) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("crib.example.test")
    authority.cert_pem.write_to_path(crib.folder / "ca.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(crib.folder / "server.pem")
    crib.alerts_by(FCM, FCM_PATH)
    crib.change(
        "target.yaml",
        "http://{route.service→push}/alerts",
        "https://localhost:{route.service→push.port}/v1/projects/p/messages:send",
    )
    crib.change("target.yaml", 'DATA: "{data}"', 'DATA: "{data}"\n      PUSH_CA: "{data}/push-ca.pem"')
    crib.change("target.yaml", "api: {}", "api: {server: {host: crib.example.test, ca_file: ca.pem}}")
    wrapped = "import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\ncontext.load_cert_chain('server.pem')\n"
    wrapped += "server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)\n"
    crib.change("service.py", "server.service = Service(", f"{wrapped}server.service = Service(")
    crib.passes("push")


def test_an_alert_in_the_answer_to_a_poll(crib: Crib) -> None:
    crib.alerts_by("    def _tell(self, message):\n        return True\n", POLL_PATH)
    crib.change("target.yaml", "  service→push: {to: push}\n", "")
    crib.change("target.yaml", ", push: [service→push]", "")
    crib.change("target.yaml", '      ALERT_URL: "http://{route.service→push}/alerts"\n', '      ALERT_URL: ""\n')
    crib.change(
        "service.py",
        "        self._answer(200, self.server.service.all_of(account) "
        'if part == "readings" else {"version": VERSION})\n',
        SAYS_SILENT,
    )
    crib.change(
        "adapter.py",
        'Request(f"/readings/{client.patient}", method="GET")',
        'Request(f"/latest/{client.patient}", method="GET")',
    )
    crib.change("adapter.py", "json.loads(answer.body) if", 'json.loads(answer.body)["readings"] if')
    crib.passes("banner")
