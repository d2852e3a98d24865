"""The machine and the container that a run is on, as far as files and variables say."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IMAGE_VARIABLES = ("DOTSCIENCE_IMAGE", "JUPYTER_IMAGE", "JUPYTER_IMAGE_SPEC")
_NVIDIA = "/proc/driver/nvidia"
_DRIVER = re.compile(r"Module(?: for \S+)?\s+(\d+(?:\.\d+)+)")
_GPUS = 64


def machine(gpus: dict[str, Any] | None) -> dict[str, Any]:
    """``machine`` of an environment record. ``gpus`` is what NVML told (`_gpu.facts`), None where it did not."""
    return {
        "os": _os(),
        "cpu": _field("/proc/cpuinfo", "model name", ":"),
        "cores": os.cpu_count(),
        "memory_bytes": memory_bytes(),
        **(gpus if gpus is not None else _nvidia_files()),
    }


def memory_bytes() -> int | None:
    """The memory this process may use: the machine's, or the container's limit where that is less."""
    text = _field("/proc/meminfo", "MemTotal", ":")
    total = int(text.split()[0]) * 1024 if text else None
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        limit = _read(path).strip()
        if limit.isdigit() and (total is None or int(limit) < total):
            return int(limit)
    return total


def container() -> dict[str, Any] | None:
    """``container`` of an environment record; the image is what the one who started it said."""
    kind = _kind()
    image = next((v for v in map(os.environ.get, _IMAGE_VARIABLES) if v), None)
    if image is None and kind == "podman":
        image = _field("/run/.containerenv", "image", "=", '"')
    if kind is None and image is None:
        return None
    _, at, digest = (image or "").partition("@")
    return {"kind": kind or "container", "image": image, "digest": digest if at else None}


def _kind() -> str | None:
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "kubernetes"
    if os.path.exists("/run/.containerenv"):
        return "podman"
    if os.path.exists("/.dockerenv"):
        return "docker"
    return None


def _os() -> str | None:
    return _field("/etc/os-release", "PRETTY_NAME", "=", '"')


def _nvidia_files() -> dict[str, Any]:
    """What the driver's files say; they know no memory sizes."""
    match = _DRIVER.search(_read(_NVIDIA + "/version"))
    try:
        names = sorted(os.listdir(_NVIDIA + "/gpus"))[:_GPUS]
    except OSError:
        names = []
    models = (_field(f"{_NVIDIA}/gpus/{name}/information", "Model", ":") for name in names)
    return {
        "gpus": [{"name": model, "memory_bytes": None} for model in models if model],
        "driver": match.group(1) if match else None,
        "cuda": None,
    }


def _field(path: str, name: str, sign: str, quotes: str = "") -> str | None:
    """The first value of ``name`` in a file of ``name<sign>value`` lines."""
    for line in _read(path).splitlines():
        key, found, value = line.partition(sign)
        if found and key.strip() == name:
            return value.strip().strip(quotes) or None
    return None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""
