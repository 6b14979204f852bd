"""What is shipped for Kubernetes and SLURM is checked by their own validators."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from vallum.run import keys
from vallum.run.starting import scheduler_command, settings, worker_command

DEPLOY = Path(__file__).parents[1] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
SLURM = DEPLOY / "slurm"
MANIFESTS = sorted(KUBERNETES.glob("*.yaml"))


def documents(path: Path) -> list[dict[str, Any]]:
    """What a file declares."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


CLUSTER = documents(KUBERNETES / "cluster.yaml")[0]


def pods() -> dict[str, dict[str, Any]]:
    """Every pod by name."""
    job = documents(KUBERNETES / "run.yaml")[0]
    return {
        "worker": CLUSTER["spec"]["worker"]["spec"],
        "scheduler": CLUSTER["spec"]["scheduler"]["spec"],
        "run": job["spec"]["template"]["spec"],
    }


def closed(schema: Any) -> Any:
    """A schema in which what it does not name is refused: Kubernetes would drop it silently."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(part) for name, part in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and not is_open:
        made.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    return made


@pytest.fixture(scope="module")
def of_operator() -> Any:
    """The operator's own schema of a DaskCluster."""
    jsonschema = pytest.importorskip("jsonschema_rs")
    found = importlib.util.find_spec("dask_kubernetes")
    if found is None or not found.submodule_search_locations:
        pytest.skip("dask-kubernetes is not installed")
    helm = Path(found.submodule_search_locations[0]) / "operator" / "deployment" / "helm"
    crd = helm / "dask-kubernetes-operator" / "crds" / "daskcluster.yaml"
    version = yaml.safe_load(crd.read_text())["spec"]["versions"][0]
    schema = closed(version["schema"]["openAPIV3Schema"])
    schema["properties"] |= {name: {} for name in ("apiVersion", "kind", "metadata", "status")}
    return jsonschema.validator_for(json.loads(json.dumps(schema)))


def test_the_cluster_is_one_for_the_operator(of_operator: Any) -> None:
    assert [error.message for error in of_operator.iter_errors(CLUSTER)] == []


@pytest.mark.parametrize("where", ["worker", "scheduler"])
def test_a_wrong_word_in_the_cluster_is_noticed(of_operator: Any, where: str) -> None:
    wrong = json.loads(json.dumps(CLUSTER))
    wrong["spec"][where]["spec"]["containers"][0]["volumeMount"] = []
    assert not of_operator.is_valid(wrong)
    wrong = json.loads(json.dumps(CLUSTER))
    wrong["spec"][where]["spec"]["containers"][0]["args"] = "dask"
    assert not of_operator.is_valid(wrong)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "path", [p for p in MANIFESTS if p.name != "cluster.yaml"], ids=lambda p: p.stem
)
def test_a_manifest_is_one_for_kubernetes(path: Path) -> None:
    validate = pytest.importorskip("kubernetes_validate")
    for document in documents(path):
        validate.validate(document, "1.33", strict=True)


def test_pods_are_ones_for_kubernetes() -> None:
    validate = pytest.importorskip("kubernetes_validate")
    for name, spec in pods().items():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
        validate.validate(pod, "1.33", strict=True)


@pytest.mark.parametrize("name", ["worker", "scheduler", "run"])
def test_a_pod_may_do_nothing_that_it_need_not(name: str) -> None:
    pod = pods()[name]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} <= set(container["resources"])


def test_nothing_of_dask_is_open_but_the_door_with_keys() -> None:
    service = CLUSTER["spec"]["scheduler"]["service"]
    assert service["type"] == "ClusterIP"
    assert [port["port"] for port in service["ports"]] == [8786]
    secrets = {
        name: next(v["secret"]["secretName"] for v in pod["volumes"] if v["name"] == "keys")
        for name, pod in pods().items()
    }
    assert len(set(secrets.values())) == 3, "each has its own keys and no others"


@pytest.mark.parametrize("role", ["worker", "scheduler"])
def test_the_cluster_is_started_as_vallum_says(role: str) -> None:
    said = (
        worker_command(Path("/keys"), "tls://vallum-scheduler:8786")
        if role == "worker"
        else scheduler_command(Path("/keys"), 8786)
    ).split()
    (container,) = pods()[role]["containers"]
    assert set(said) <= set(container["args"])
    told = {one["name"]: one["value"] for one in container["env"]}
    assert told == settings()


# -- SLURM --------------------------------------------------------------------------------------

SCRIPTS = sorted(SLURM.glob("*.sbatch"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_a_script_is_sound(path: Path) -> None:
    subprocess.run(["bash", "-n", path], check=True)
    checker = shutil.which("shellcheck") or Path(sys.executable).with_name("shellcheck")
    if not Path(checker).exists():
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([checker, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_every_setting_reaches_the_workers_of_slurm(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("'", "")
    for name, value in settings().items():
        assert f"{name}={value}" in text


def test_what_slurm_is_asked_for_is_known() -> None:
    known = {"job-name", "ntasks", "cpus-per-task", "mem-per-cpu", "time", "output"}
    asked = re.findall(r"^#SBATCH --([a-z-]+)=\S+$", text := (SLURM / "whole-border.sbatch").read_text(), re.M)  # fmt: skip
    assert set(asked) == known
    assert len(asked) == text.count("#SBATCH")


@pytest.mark.filterwarnings("ignore")
def test_the_script_of_a_job_is_what_dask_jobqueue_writes(tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue")
    keys.make(tmp_path / "keys")
    done = subprocess.run(
        [sys.executable, SLURM / "cluster.py", tmp_path / "keys", "--print"],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = re.sub(r"tls://127\.0\.0\.1:\d+", "tls://HEAD:8786", done.stdout)
    made = made.replace(str(tmp_path / "keys"), "KEYS")
    assert made == (SLURM / "worker.sbatch").read_text(encoding="utf-8")
