"""What one child process may use up."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a child that cannot be trusted is given."""

    cpu_seconds: int = 2
    #: Until it is killed, whatever it waits for.
    wall_seconds: float = 10
    #: Of each process.
    memory_bytes: int = 256 * MEBIBYTE
    #: Of stdout, and of stderr.
    output_bytes: int = MEBIBYTE
    #: Of one file, and of all that is in its temporary folder.
    file_bytes: int = 16 * MEBIBYTE
    folder_bytes: int = 64 * MEBIBYTE
    #: Processes and threads.
    processes: int = 4
