"""NVIDIA GPUs by their management library, without any package: ctypes on ``libnvidia-ml.so.1``.

A call can hang (a fallen-off GPU, a driver being reloaded): all are made in one thread of ours, the
meter's, and nobody waits for it without a limit. No CUDA context is made.
Functions and structures: https://docs.nvidia.com/deploy/nvml-api/.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIBRARY = "libnvidia-ml.so.1"
_TEXT = 96
_GPUS = 64


def load() -> Nvml | None:
    """The library, initialised; None where there is none or it finds no driver."""
    try:
        import ctypes

        return Nvml(ctypes, ctypes.CDLL(_LIBRARY))
    except (ImportError, OSError, AttributeError, NvmlError):
        return None


class NvmlError(Exception):
    """A call that answered with an error; its code is the argument."""


class Nvml:
    """For one thread. What a GPU does not know is left out."""

    def __init__(self, ctypes: Any, library: Any) -> None:
        self._c = ctypes
        self._library = library
        self._call("nvmlInit_v2")
        self._devices = [self._device(index) for index in range(min(self._count(), _GPUS))]

    def facts(self) -> dict[str, Any]:
        """``gpus``, ``driver``, ``cuda`` of an environment record."""
        return {
            "gpus": [
                {
                    "name": self._text("nvmlDeviceGetName", d) or "GPU",
                    "memory_bytes": self._memory(d)[0],
                }
                for d in self._devices
            ],
            "driver": self._text("nvmlSystemGetDriverVersion"),
            "cuda": self._cuda(),
        }

    def meters(self) -> list[dict[str, Any]]:
        """``gpus`` of a meter record."""
        return [self._meter(index, device) for index, device in enumerate(self._devices)]

    def _meter(self, index: int, device: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"index": index}
        busy = (self._c.c_uint * 2)()  # gpu, memory: percent
        if self._is_told("nvmlDeviceGetUtilizationRates", device, busy):
            told["util_percent"] = busy[0]
        used = self._memory(device)[1]
        if used is not None:
            told["memory_used_bytes"] = used
        milliwatts = self._c.c_uint()
        if self._is_told("nvmlDeviceGetPowerUsage", device, self._c.byref(milliwatts)):
            told["power_w"] = milliwatts.value / 1000
        return told

    def _memory(self, device: Any) -> tuple[int | None, int | None]:
        """(all, used) bytes."""
        memory = (self._c.c_ulonglong * 3)()  # total, free, used
        if not self._is_told("nvmlDeviceGetMemoryInfo", device, memory):
            return None, None
        return memory[0], memory[2]

    def _cuda(self) -> str | None:
        version = self._c.c_int()
        if not self._is_told("nvmlSystemGetCudaDriverVersion_v2", self._c.byref(version)):
            return None
        return f"{version.value // 1000}.{version.value % 1000 // 10}"

    def _count(self) -> int:
        count = self._c.c_uint()
        self._call("nvmlDeviceGetCount_v2", self._c.byref(count))
        return int(count.value)

    def _device(self, index: int) -> Any:
        device = self._c.c_void_p()
        self._call("nvmlDeviceGetHandleByIndex_v2", self._c.c_uint(index), self._c.byref(device))
        return device

    def _text(self, name: str, *arguments: Any) -> str | None:
        text = self._c.create_string_buffer(_TEXT)
        if not self._is_told(name, *arguments, text, self._c.c_uint(_TEXT)):
            return None
        return str(text.value.decode("utf-8", "replace"))

    def _is_told(self, name: str, *arguments: Any) -> bool:
        try:
            self._call(name, *arguments)
        except (NvmlError, AttributeError):
            return False
        return True

    def _call(self, name: str, *arguments: Any) -> None:
        code = getattr(self._library, name)(*arguments)
        if code != 0:
            raise NvmlError(code)
