"""A filter of system calls that lets a program start threads, but no processes: those would have memory of their own.

Runs in the child, with the standard library only. Source: Linux, "Seccomp BPF", and include/uapi/linux/filter.h.
"""

import ctypes
import errno
import os
import struct
from typing import NamedTuple

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
CLONE_THREAD = 0x00010000
#: Numbers from here on are those of x32, a second set of calls.
X32 = 0x40000000
LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
#: Where the kernel shows the number of the call, the machine's kind, and the lower half of the first argument.
NUMBER, KIND, FIRST_ARGUMENT = 0, 4, 16

Instruction = tuple[int, int, int, int]


class Calls(NamedTuple):
    """What the calls are numbered on a kind of machine. forks: those that start nothing but processes."""

    kind: int
    clone: int
    forks: tuple[int, ...] = ()
    #: Its flags cannot be seen from here; without it, the C library takes clone.
    clone3: int = 435


CALLS = {"x86_64": Calls(0xC000003E, 56, (57, 58)), "aarch64": Calls(0xC00000B7, 220)}


class _Filter(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def allow_threads_only(libc: ctypes.CDLL) -> None:
    """From now on, for this process and whatever takes its place. It must have given up gaining privileges."""
    packed = [struct.pack("HBBI", *instruction) for instruction in instructions(CALLS[os.uname().machine])]
    wanted = _Filter(len(packed), b"".join(packed))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wanted), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp: " + os.strerror(ctypes.get_errno()))


def instructions(calls: Calls) -> list[Instruction]:
    """Each is (code, how many to pass over if so, and if not, value). Pure."""
    refused = [_if(IF_EQUAL, number, REFUSE | errno.EPERM) for number in calls.forks]
    return [
        (LOAD, 0, 0, KIND),
        (IF_EQUAL, 1, 0, calls.kind),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        *_if(IF_AT_LEAST, X32, REFUSE | errno.EPERM),
        *_if(IF_EQUAL, calls.clone3, REFUSE | errno.ENOSYS),
        *(instruction for pair in refused for instruction in pair),
        (IF_EQUAL, 1, 0, calls.clone),
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        *_if(IF_ANY_BIT, CLONE_THREAD, ALLOW),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
    ]


def _if(test: int, value: int, answer: int) -> tuple[Instruction, Instruction]:
    return (test, 0, 1, value), (RETURN, 0, 0, answer)
