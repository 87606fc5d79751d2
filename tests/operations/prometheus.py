"""Prometheus and promtool: those in the PATH, or those that scripts/prometheus/install fetched."""

import os
import shutil


def program(name):
    """The path of `prometheus` or `promtool`; fails where neither place has it."""
    cache = os.environ.get("INSIGHT_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "insightd")
    path = shutil.which(name) or shutil.which(name, path=os.path.join(cache, "prometheus", "usr", "bin"))
    if path is None:
        raise AssertionError(f"there is no {name}: run scripts/prometheus/install")
    return path
