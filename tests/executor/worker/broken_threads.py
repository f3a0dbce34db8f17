"""A worker that loads this among its blocks takes no jobs: the thread that should do so fails."""

from executor.worker.admission import Admission


def fail(admission: Admission) -> None:
    raise RuntimeError("a fault of ours")


Admission.run = fail  # type: ignore[method-assign]
