"""The filter of system calls of the limited process: a small seccomp program (seccomp(2)).

It refuses with "not permitted", and kills nothing, so that a library that asks for a socket on its
way goes on without one.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

_ALLOW, _KILL, _REFUSE, _NOT_THERE = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
# Classic BPF: load a word, jump if equal or with a bit set, return (linux/bpf_common.h).
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_NUMBER_AT, _MACHINE_AT, _FIRST_AT, _SECOND_AT, _THIRD_AT = 0, 4, 16, 24, 32  # in seccomp_data
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# Numbers on x86_64 and on aarch64; None where a machine never had the call.
_NEVER: dict[str, tuple[int | None, int | None]] = {
    # the network, and sockets of other programs in the file system
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272), "shmget": (29, 194), "semget": (64, 190),
    "msgget": (68, 186), "mq_open": (240, 180),
    # out of its own group of processes, which is ended as a whole
    "setsid": (112, 157), "setpgid": (109, 154),
    # the kernel, keys, other roots
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "fsopen": (430, 430), "fsmount": (432, 432),
    "open_tree": (428, 428), "move_mount": (429, 429), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    # links and special files, which the main process would follow
    "symlink": (88, None), "symlinkat": (266, 36), "link": (86, None), "linkat": (265, 37),
    "mknod": (133, None), "mknodat": (259, 33),
    # what Landlock does not look at: mode, owner, times and attributes by path; its ABI 1 and 2:
    # cutting a file short
    "chmod": (90, None), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "truncate": (76, 45),
    "setxattrat": (463, 463), "removexattrat": (466, 466), "file_setattr": (469, 469),
}  # fmt: skip
_PROGRAMS: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "tkill": (200, 130),
}  # fmt: skip
_TO_ITSELF: dict[str, tuple[int, int]] = {"kill": (62, 129), "tgkill": (234, 131)}
_LIMITS = (302, 261)  # prlimit64
_OPENAT, _OPENAT2 = (257, 56), 437
_TIMES = (280, 88)  # utimensat; without a path it means an open file
_CLONE, _CLONE3 = (56, 220), (435, 435)


def refuse(libc: ctypes.CDLL, *, may_run: bool) -> str:
    """Put the filter up in this process; return why not, or nothing.

    Args:
        libc: the C library.
        may_run: it may start programs (which ones, Landlock says) and end them.
    """
    machine = platform.machine()
    if machine not in _MACHINES:
        return f"not made for processors of the kind {machine}"
    program = _program(machine, may_run)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many instructions, and where they lie
    order = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    none = ctypes.c_ulong(0)
    if libc.prctl(22, ctypes.c_ulong(2), order, none, none) != 0:
        return f"the system refuses them ({os.strerror(ctypes.get_errno())})"
    return ""


def _program(machine: str, may_run: bool) -> bytes:
    sign, column = _MACHINES[machine]
    own = os.getpid()
    steps = [
        (_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 1, 0, sign), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]  # fmt: skip
    if column == 0:
        steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)]
    for numbers in (*_NEVER.values(), *(() if may_run else _PROGRAMS.values())):
        number = numbers[column]
        if number is not None:
            steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    # Opened for reading only, a file can still be cut short, which Landlock sees from ABI 3 on.
    for number, flags_at in ((_OPENAT[column], _THIRD_AT), *([(2, _SECOND_AT)] * (column == 0))):
        steps += [
            (_EQUAL, 0, 5, number), (_LOAD, 0, 0, flags_at), (_AND, 0, 0, 0o1003),
            (_EQUAL, 0, 1, 0o1000), (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
        ]  # fmt: skip
    steps += [(_EQUAL, 0, 1, _OPENAT2), (_RETURN, 0, 0, _NOT_THERE)]
    steps += [
        (_EQUAL, 0, 6, _TIMES[column]),
        (_LOAD, 0, 0, _SECOND_AT), (_EQUAL, 0, 2, 0), (_LOAD, 0, 0, _SECOND_AT + 4),
        (_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    # Limits of its own, of nobody else.
    steps += _where_first(_LIMITS[column], (0, own))
    if not may_run:
        for pair in _TO_ITSELF.values():
            steps += _where_first(pair[column], (own,))
        # A thread is no process. What clone3 is asked for lies in memory, where no filter looks:
        # without it the C library takes clone.
        steps += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _NOT_THERE)]
        steps += [
            (_EQUAL, 0, 4, _CLONE[column]), (_LOAD, 0, 0, _FIRST_AT),
            (_ANY_BIT, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
        ]  # fmt: skip
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _where_first(number: int, allowed: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Return steps that allow a call only where its first argument is one of a few."""
    n = len(allowed)
    compare = [(_EQUAL, n - at, 0, value) for at, value in enumerate(allowed)]
    return [
        (_EQUAL, 0, n + 3, number), (_LOAD, 0, 0, _FIRST_AT), *compare,
        (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
