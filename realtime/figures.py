"""The sockets of this process."""

from prometheus_client import Counter, Gauge

from reliability.figures import PROCESS

sockets = Gauge("sluice_sockets", "Sockets that are open here.", registry=PROCESS)
frames_dropped = Counter(
    "sluice_socket_frames_dropped",
    "Frames that were not sent because their client did not take them; its socket was closed.",
    registry=PROCESS,
)
