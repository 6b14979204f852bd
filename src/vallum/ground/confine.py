"""What a process gives up before it opens foreign bytes: network, files, programs, other processes.

Three defences of Linux, each of which holds alone, and limits that hold everywhere:

- *namespaces*: user, network and IPC namespaces of its own: no interface, no neighbours
  (unshare(2)).
- *landlock*: it opens only what it needs to run and the paths it was given (landlock(7)); TCP is
  refused from ABI 4 on, signals and abstract sockets to others from ABI 6 on.
- *syscalls*: a seccomp filter (seccomp(2)) refuses sockets, programs, links, changes of mode and
  owner, and calls that look into other processes or the kernel. Landlock restricts neither sockets
  of the file system nor chmod, which is why both are needed.

Nothing here can be undone by the process itself, whatever code runs in it afterwards. What a system
refuses is told in `Held.why_not`; `foreign.protection` measures what really holds.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vallum.ground import filtering

NAMESPACES, LANDLOCK, SYSCALLS = "namespaces", "landlock", "syscalls"
DEFENCES = (NAMESPACES, LANDLOCK, SYSCALLS)

_NEWUSER, _NEWNET, _NEWIPC = 0x10000000, 0x40000000, 0x08000000
_PDEATHSIG, _NO_NEW_PRIVS = 1, 38
_SIGKILL = 9
_MOST_OPEN = 256
_MOST_PROCESSES = 256
"""Threads count too; only within its own user namespace, where nobody else's are counted."""

# linux/landlock.h: rights over files by the ABI that brought them
_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_FIRST_RIGHTS = (1 << 13) - 1
_LATER_RIGHTS = ((2, _REFER), (3, _TRUNCATE), (5, 1 << 15))
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | 1 << 15
# No links, pipes, sockets or devices: the main process reads what lies here afterwards.
_MAY_READ = _READ | _LIST
_MAY_WRITE = (
    _MAY_READ | _WRITE | _TRUNCATE | _REFER | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE
)
_TCP_ABI, _SCOPE_ABI = 4, 6
_CREATE_RULESET, _ADD_RULE, _RESTRICT = 444, 445, 446

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload",
    "/etc/fonts", "/etc/localtime", "/etc/mime.types", "/etc/alternatives",
    "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
    "/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/filesystems",
    "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu",
)  # fmt: skip
_SINK = "/dev/null"


@dataclass(frozen=True, kw_only=True)
class Walls:
    """What a process may still do.

    Attributes:
        reads: files and folders that it may read, beside what it needs to run.
        writes: folders, and files that exist, in which it may write.
        runs: programs that it may start; none, and it starts no process at all.
        defences: of `DEFENCES`, those to put up.
        memory_bytes: address space it may take.
        file_bytes: size that any file it writes may reach.
        cpu_s: seconds of processor time.
    """

    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    runs: Sequence[str] = ()
    defences: Sequence[str] = DEFENCES
    memory_bytes: int = 4 << 30
    file_bytes: int = 1 << 30
    cpu_s: int = 120


@dataclass(frozen=True, kw_only=True)
class Held:
    """What was put up.

    Attributes:
        defences: of `DEFENCES`.
        landlock_abi: 0 where it is not in force.
        why_not: a line for each defence that could not be put up.
    """

    defences: tuple[str, ...]
    landlock_abi: int
    why_not: tuple[str, ...]


now: Held | None = None
"""What was put up in this process; only in a limited one."""


def confine(walls: Walls) -> Held:
    """Put up walls around this process, for good; what the system refuses is told, not raised."""
    wanted = set(walls.defences) if sys.platform == "linux" else set()
    why_not: list[str] = []
    held: list[str] = []
    libc = ctypes.CDLL(None, use_errno=True)
    if NAMESPACES in wanted:
        _note(NAMESPACES, _namespaces(libc), held, why_not)
    limit(walls, counts_alone=NAMESPACES in held)
    if sys.platform == "linux":
        libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    abi = 0
    if LANDLOCK in wanted:
        abi, refused = _landlock(libc, walls)
        _note(LANDLOCK, refused, held, why_not)
    if wanted:
        _drop_capabilities(libc)
    if sys.platform == "linux":
        # Last, for a change of rights clears it: when the main process ends, so does this one.
        libc.prctl(_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if SYSCALLS in wanted:
        refused = filtering.refuse(libc, may_run=bool(walls.runs))
        _note(SYSCALLS, refused, held, why_not)
    return Held(defences=tuple(held), landlock_abi=abi, why_not=tuple(why_not))


def _note(name: str, refused: str, held: list[str], why_not: list[str]) -> None:
    if refused:
        why_not.append(f"{name}: {refused}")
    else:
        held.append(name)


def limit(walls: Walls, *, counts_alone: bool) -> None:
    """Limit memory, size of files, processor time, open files and, counted alone, processes."""
    limits = [
        (resource.RLIMIT_AS, walls.memory_bytes),
        (resource.RLIMIT_FSIZE, walls.file_bytes),
        (resource.RLIMIT_CPU, walls.cpu_s),
        (resource.RLIMIT_NOFILE, _MOST_OPEN),
        (resource.RLIMIT_CORE, 0),
    ]
    if counts_alone:
        # Elsewhere it would count all processes of the person, and refuse the first one.
        limits.append((resource.RLIMIT_NPROC, _MOST_PROCESSES))
    for which, value in limits:
        _, hard = resource.getrlimit(which)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # The hard limit too: it cannot be raised again. Over time it is warned first.
        final = ceiling if which != resource.RLIMIT_CPU else ceiling + 2
        resource.setrlimit(which, (ceiling, final if hard == resource.RLIM_INFINITY else ceiling))


# -- namespaces -------------------------------------------------------------------------------


def _namespaces(libc: ctypes.CDLL) -> str:
    """Leave the network and the neighbours; return why not, or nothing."""
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(_NEWUSER | _NEWNET | _NEWIPC) != 0:
        why = os.strerror(ctypes.get_errno())
        # In a container the root user may do it without a user namespace.
        return "" if libc.unshare(_NEWNET | _NEWIPC) == 0 else f"the system refuses them ({why})"
    # Map ourselves back, so that files we write belong to the person who runs vallum.
    for name, text in (
        ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")
    ):  # fmt: skip
        try:
            Path("/proc/self", name).write_text(text)
        except OSError:
            break
    return ""


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Give up what a user namespace gives, all but writing own files (capset(2), version 3).

    The root of a namespace can reach parts of the kernel that nobody else can.
    """
    header = struct.pack("=Ii", 0x20080522, 0)
    had = ctypes.create_string_buffer(24)
    if libc.capget(header, had) != 0:
        return
    effective, permitted, _, *_ = struct.unpack("=6I", had.raw)
    kept = 1 << 1 & effective & permitted  # CAP_DAC_OVERRIDE: a container's root owns no file
    libc.capset(header, struct.pack("=6I", kept, kept, 0, 0, 0, 0))


# -- Landlock ---------------------------------------------------------------------------------


def landlock_abi() -> int:
    """Return the version of Landlock that this system offers; 0 without."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(_CREATE_RULESET, None, 0, 1)))


def _landlock(libc: ctypes.CDLL, walls: Walls) -> tuple[int, str]:
    """Close the file system; return the ABI in force and why not, or nothing."""
    abi = landlock_abi()
    if abi == 0:
        return 0, "this kernel offers none"
    rights = _FIRST_RIGHTS
    for since, more in _LATER_RIGHTS:
        rights |= more if abi >= since else 0
    words = [rights]
    if abi >= _TCP_ABI:
        words.append(0b11)  # bind and connect
    if abi >= _SCOPE_ABI:
        words.append(0b11)  # abstract sockets and signals of others
    asked = struct.pack(f"={len(words)}Q", *words)
    rules = libc.syscall(_CREATE_RULESET, asked, ctypes.c_size_t(len(asked)), 0)
    if rules < 0:
        return 0, os.strerror(ctypes.get_errno())
    try:
        for path in (*_SYSTEM, *_of_python(), *walls.reads):
            _allow(libc, rules, path, _MAY_READ)
        _allow(libc, rules, _SINK, _READ | _WRITE)
        for path in walls.runs:
            _allow(libc, rules, path, _READ | _EXECUTE)
        if walls.runs:  # the loader of a program that is not static
            for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64"):
                _allow(libc, rules, path, _EXECUTE)
        for path in walls.writes:
            _allow(libc, rules, path, _MAY_WRITE & rights)
        if libc.syscall(_RESTRICT, rules, 0) != 0:
            return 0, os.strerror(ctypes.get_errno())
    finally:
        os.close(rules)
    return abi, ""


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    """Allow something below a path; what is not there needs no permission."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(f"/proc/self/fd/{opened}"):  # noqa: PTH112 - one call, no Path needed
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, opened)
        libc.syscall(_ADD_RULE, rules, 1, rule, 0)
    finally:
        os.close(opened)


def _of_python() -> Iterable[str]:
    """Return where Python, its packages and vallum lie."""
    found = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *sys.path}
    found |= set(sysconfig.get_paths().values()) | {str(Path(__file__).parents[1])}
    real = {os.path.realpath(path) for path in found if path}
    home = os.path.realpath(Path.home())
    # A path that holds the whole home is somebody's mistake, and would open everything.
    return sorted(one for one in real if one != "/" and not f"{home}/".startswith(f"{one}/"))
