"""Ports on loopback for what scripts and tests start."""

import random
import socket

# None that the system gives to clients: while a server is down, one of them could come to sit on its port.
_PORTS = range(10_000, 32_000)


def free_port(following=0):
    """A port that is free, as are the `following` ones after it (a broker's controller listens on the next)."""
    while True:
        first = random.choice(_PORTS)
        probes = [socket.socket() for _ in range(following + 1)]
        try:
            for i, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + i))
            return first
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
