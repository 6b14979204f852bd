"""The rules of the house, held by a test where a tool does not hold them already."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "vallum"
MODULES = sorted(SOURCE.rglob("*.py"))
MOST_LINES = 500

# In parts, so that this file does not name them.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
        ("yarnpkg", "com"), ("debian", "org"), ("ubuntu", "com"), ("anaconda", "org"),
        ("conda", "io"), ("crates", "io"), ("unpkg", "com"), ("jsdelivr", "net"),
    )
]  # fmt: skip
FOLDERS = "|".join(("home", "root", "work", "Users", "mnt", "media", "srv"))
# `/home/someone` and the like are examples of what must not leak.
MACHINE_PATH = re.compile(rf"(?<![\w.~:/])/(?:{FOLDERS})/(?!someone|you\b|name\b)[\w.-]+")


def kept_files() -> list[Path]:
    """The files that belong to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:  # an unpacked archive
        skipped = {".venv", ".git", "site", "dist", "build", "__pycache__"}
        every = (p for p in ROOT.rglob("*") if not skipped & set(p.relative_to(ROOT).parts))
        return [p for p in every if p.is_file() and not p.parent.name.startswith(".")]
    return [
        p for name in listed.stdout.decode().split("\0") if name and (p := ROOT / name).is_file()
    ]


def texts() -> dict[str, str]:
    """The text files of the repository by name."""
    found = {}
    for path in kept_files():
        raw = path.read_bytes()
        if b"\0" not in raw[:8192]:
            found[path.relative_to(ROOT).as_posix()] = raw.decode("utf-8", errors="replace")
    return found


def name_of(path: Path) -> str:
    """A module as tests print it."""
    return path.relative_to(SOURCE).as_posix()


def test_imports_point_down_the_house() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_module_is_longer_than_one_idea(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_module_is_named_after_nothing() -> None:
    empty = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc)($|_)")
    assert [
        name_of(m) for m in MODULES if any(empty.search(p) for p in (m.stem, m.parent.name))
    ] == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_prints_but_the_command_line(module: Path) -> None:
    if name_of(module) == "cli.py":
        return
    calls = [n for n in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(n, ast.Call)]
    assert [n.lineno for n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"] == []


ASKING = {
    # What speaks to a catalogue that somebody named, and nothing else; `cutting` and `ranges` hold
    # the two ends of a socket to the limited process.
    "imagery/stac/wire.py": {"http.client", "socket"},
    "imagery/stac/hosts.py": {"socket"},
    "imagery/stac/cutting.py": {"socket"},
    "imagery/stac/ranges.py": {"socket"},
    # Whether the limited process is kept from the network is tried on this machine's own port.
    "ground/foreign.py": {"socket"},
    "ground/probing.py": {"socket"},
    # The database that the settings name, and nothing else.
    "store/postgres.py": {"pg8000.dbapi", "pg8000.exceptions.Error", "socket"},
    "store/dialling.py": {"pg8000.core", "pg8000.dbapi", "pg8000.exceptions.Error", "socket"},
    # The cluster that a person names, and nothing else.
    "run/cluster.py": {
        "dask",
        "distributed.Client",
        "distributed.Future",
        "distributed.KilledWorker",
        "distributed.client.CancelledError",
        "distributed.comm.CommClosedError",
        "distributed.get_worker",
        "distributed.security.Security",
    },
    # The door of the app listens.
    "web/serve.py": {"socket"},
}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_can_reach_the_network(module: Path) -> None:
    clients = {
        "aiohttp", "dask", "distributed", "ftplib", "http", "httpx", "pg8000", "requests", "smtplib", "socket", "telnetlib",
        "urllib3", "websockets", "xmlrpc",
    }  # fmt: skip
    reached = {
        name
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        for name in imported(node)
        if name.split(".")[0] in clients or name.startswith("urllib.request")
    }
    assert reached == ASKING.get(name_of(module), set())


def imported(node: ast.AST) -> list[str]:
    """The modules that a statement imports, dotted."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in texts().items() for host in REGISTRIES if host in text]
    assert found == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = {name: m[0] for name, text in texts().items() if (m := MACHINE_PATH.search(text))}
    assert found == {}


def test_asking_for_help_loads_nothing_heavy() -> None:
    heavy = {
        "cv2", "geopandas", "matplotlib", "numpy", "odc", "pandas", "pyogrio", "pyproj",
        "rasterio", "rich", "scipy", "shapely", "skimage", "sqlalchemy", "xarray",
    }  # fmt: skip
    ask = (
        "import sys\n"
        "from vallum.cli import main\n"
        "try:\n"
        "    main(['--help'], prog_name='vallum')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "sys.stderr.write(' '.join(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: vallum" in done.stdout
    assert heavy & set(done.stderr.split()) == set()


def test_every_step_of_the_checks_runs_in_the_pipeline() -> None:
    pipeline = (ROOT / ".ci" / "run").read_text()
    assert "make test" in pipeline
    makefile = (ROOT / "Makefile").read_text()
    checks = (
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "pytest",
        "mkdocs build --strict",
        "reference.py --check",
    )
    for check in checks:
        assert check in makefile, check


def test_the_licence_travels_with_the_lines() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "© OpenStreetMap contributors" in notice
    assert "ODbL" in notice
    assert "geo-maps" in notice
    assert "Apache License" in (ROOT / "LICENSE").read_text()
