"""What stands in `deploy/` parses and keeps to its rules; every command of the operations page runs."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.config_file import SETTINGS
from batchwright.support.settings import main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.domain.principals import Role

pytestmark = pytest.mark.requirement("URS-133")
ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.*"))
_PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
_BLOCKS = re.findall(r"^```\n(.+?)\n```$", _PAGE, re.MULTILINE | re.DOTALL)


def test_every_key_of_the_settings_file_is_known() -> None:
    document = tomllib.loads((DEPLOY / "batchwright.toml").read_text("utf-8"))
    for section, keys in document.items():
        assert set(keys) <= set(SETTINGS[section]), section


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With programs that are here in the place of those that are not."""
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/batchwright/bin/batchwright", "/bin/true")
        (tmp_path / unit.name).write_text(re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE))
    files = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "Failed" in line]
    assert not [line for line in said if "Unknown" in line or "Failed to parse" in line or "not executable" in line], (
        said
    )
    broken = (tmp_path / UNITS[0].name).read_text().replace("[Service]", "[Service]\nNoSuchKey=1\nType=nonsense")
    (tmp_path / "broken.service").write_text(broken)
    told = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "broken.service")], capture_output=True, text=True, check=False
    )
    assert "NoSuchKey" in told.stderr, "the check itself works"


@pytest.mark.parametrize("unit", [one for one in UNITS if one.suffix == ".service"], ids=lambda one: one.name)
def test_units_run_without_rights_that_they_do_not_need(unit: Path) -> None:
    text = unit.read_text("utf-8")
    assert re.search(r"^User=batchwright(-worker)?$", text, re.MULTILINE)
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "UMask=0077"):
        assert f"\n{line}\n" in text


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    user = [line for line in lines if line.startswith("USER ")]
    assert user
    assert not user[-1].startswith(("USER 0", "USER root"))
    assert not any(re.search(r"(password|token|secret)=", line, re.IGNORECASE) for line in lines)
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            for source in shlex.split(line)[1:-1]:
                assert (ROOT / source).exists(), f"{source} is copied and is not there"


def test_compose_runs_two_servers_one_store_and_workers_read_only() -> None:
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services = document["services"]
    assert {"db", "migrate", "mes-1", "mes-2", "worker", "proxy"} == set(services)
    for name, one in services.items():
        assert set(one.get("depends_on", {})) <= set(services), name
        for secret in one.get("secrets", ()):
            assert (secret if isinstance(secret, str) else secret["source"]) in document["secrets"], name
        for volume in one.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source.startswith("./") or source in document["volumes"], name
        if one["image"] == "batchwright":
            assert one["read_only"]
            assert one["cap_drop"] == ["ALL"]
            assert "no-new-privileges:true" in one["security_opt"]
    assert services["mes-1"] == services["mes-2"]
    owners = {name for name, one in services.items() if "owner" in str(one.get("secrets", ()))}
    assert owners == {"db", "migrate"}, "a server that has the owner's password could take the guards off"
    role = (DEPLOY / "server-role.sh").read_text("utf-8")
    granted = services["migrate"]["command"][0].rpartition(" ")[2]
    assert f"CREATE ROLE {granted} LOGIN" in role
    assert granted in services["mes-1"]["environment"]["BATCHWRIGHT_STORE"]
    assert services["mes-1"]["environment"]["BATCHWRIGHT_ENVIRONMENT"] == "production"


def _manifests() -> list[dict[str, Any]]:
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return [one for file in files for one in yaml.safe_load_all(file.read_text("utf-8")) if one]


def test_kubernetes_manifests_hold_together() -> None:
    """Selectors meet labels, mounts meet volumes, KEDA scales what is there, nobody runs as root."""
    found = {(one["kind"], one["metadata"]["name"]): one for one in _manifests()}
    assert len(found) == len(_manifests())
    for (kind, name), one in found.items():
        assert one["apiVersion"]
        assert one["metadata"]["namespace"] == "batchwright"
        if "template" not in one.get("spec", {}):
            continue
        template = one["spec"]["template"]
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"], name
        if kind != "Job":
            wanted = one["spec"]["selector"]["matchLabels"]
            assert wanted.items() <= template["metadata"]["labels"].items()
        volumes = {volume["name"] for volume in pod["volumes"]}
        volumes |= {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", ())}
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes, name
            assert container["securityContext"]["readOnlyRootFilesystem"], name
            assert not container["securityContext"]["allowPrivilegeEscalation"], name
    scaled = found["ScaledObject", "batchwright-worker"]["spec"]
    assert (scaled["scaleTargetRef"]["kind"], scaled["scaleTargetRef"]["name"]) in found
    trigger = scaled["triggers"][0]
    assert ("TriggerAuthentication", trigger["authenticationRef"]["name"]) in found


def test_every_command_of_the_operations_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the page, on a machine with a store; the doctor may find that there is no backup yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    for name in ("BATCHWRIGHT_STORE", "BATCHWRIGHT_SETTINGS", "BATCHWRIGHT_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "batchwright.toml").write_text('[plant]\nenvironment = "validation"\n')
    monkeypatch.setenv("BATCHWRIGHT_CONFIG", str(tmp_path / "batchwright.toml"))
    mes = open_mes(main_home())
    mes.create_person("ada.keeper", "Ada Keeper", [Role.ADMINISTRATOR], "correct horse battery", actor=who_runs_this())
    assert len(_BLOCKS) >= 8
    for block in _BLOCKS:
        words = shlex.split(block)
        assert words[0] == "batchwright"
        answer = CliRunner().invoke(app, words[1:])
        bad = words[1] == "doctor" and answer.exit_code == 1
        assert answer.exit_code == 0 or bad, (block, answer.output, answer.exception)


def test_files_that_the_page_names_are_there() -> None:
    for name in re.findall(r"`(deploy/[A-Za-z0-9_./-]+)`", _PAGE):
        assert (ROOT / name).exists() or name == "deploy/secrets", name
