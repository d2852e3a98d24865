"""Environment variables that change what a run computes, and nothing else of the environment.

- A variable is kept when its name is in the list here **and** its value has no shape of a secret:
  names say too little either way (``DATABASE_URL``, ``TOKENIZERS_PARALLELISM``).
- Seeds: what the environment says; those that code sets are `_seeds`.
"""

from __future__ import annotations

import os
import re

_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        CONDA_DEFAULT_ENV CONDA_PREFIX VIRTUAL_ENV PYTHONHASHSEED PYTHONOPTIMIZE PYTHONUTF8
        LANG LC_ALL TZ LD_PRELOAD LD_LIBRARY_PATH
        CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER CUDA_LAUNCH_BLOCKING CUDA_HOME
        NVIDIA_VISIBLE_DEVICES NVIDIA_TF32_OVERRIDE HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES
        CUBLAS_WORKSPACE_CONFIG CUDNN_DETERMINISTIC PYTORCH_CUDA_ALLOC_CONF PYTORCH_ALLOC_CONF
        TF_DETERMINISTIC_OPS TF_CUDNN_DETERMINISTIC TF_ENABLE_ONEDNN_OPTS TF_XLA_FLAGS
        TF_FORCE_GPU_ALLOW_GROWTH TF_NUM_INTRAOP_THREADS TF_NUM_INTEROP_THREADS KERAS_BACKEND
        XLA_FLAGS JAX_ENABLE_X64 JAX_PLATFORMS JAX_PLATFORM_NAME XLA_PYTHON_CLIENT_PREALLOCATE
        XLA_PYTHON_CLIENT_MEM_FRACTION TOKENIZERS_PARALLELISM TRANSFORMERS_OFFLINE
        HF_HUB_OFFLINE HF_HOME TORCH_HOME MPLBACKEND
        OMP_NUM_THREADS OMP_PROC_BIND OMP_SCHEDULE KMP_AFFINITY MKL_NUM_THREADS MKL_DYNAMIC
        MKL_CBWR OPENBLAS_NUM_THREADS OPENBLAS_CORETYPE NUMEXPR_NUM_THREADS
        NUMEXPR_MAX_THREADS BLIS_NUM_THREADS VECLIB_MAXIMUM_THREADS POLARS_MAX_THREADS
        LOKY_MAX_CPU_COUNT NUMBA_NUM_THREADS NUMBA_DISABLE_JIT RAYON_NUM_THREADS
        NCCL_ALGO NCCL_PROTO NCCL_P2P_DISABLE NCCL_IB_DISABLE WORLD_SIZE
        MALLOC_ARENA_MAX
        """,
    )
)
_SECRET = re.compile(
    r"""
    :// [^/\s@]* @                                   # a URL with a user or a password
  | -----BEGIN                                       # PEM
  | \b (?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AROA|AIDA) [A-Z0-9]{12,}    # AWS
  | \b gh[opsur]_ | github_pat_ | \b glpat- | \b gldt-
  | \b hf_[A-Za-z0-9]{16,} | \b api_org_
  | \b sk-[A-Za-z0-9_-]{8,} | \b [rsp]k_(?:live|test)_
  | \b xox[abeoprs]- | \b xapp-
  | \b eyJ[A-Za-z0-9_-]{8,}                          # JSON web token
  | \b AIza[A-Za-z0-9_-]{20,} | \b ya29\.
  | \b npm_[A-Za-z0-9]{20,} | \b pypi-[A-Za-z0-9_-]{16,} | \b dckr_pat_ | \b dapi[0-9a-f]{16,}
  | \b SG\.[A-Za-z0-9_-]{16,} | \b EAA[A-Za-z0-9]{20,}
  | (?i: pass(?:word|wd|phrase)? | secret | token | api[_-]?key | credential | bearer | signature
      ) \s* [=:\s] \s* \S
  | \b [0-9a-f]{32,} \b                              # a bare hex key
    """,
    re.VERBOSE,
)
_LONG = re.compile(r"[A-Za-z0-9+_=-]{28,}")
_GPU_NAME = re.compile(r"\b(?:GPU|MIG)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_LONGEST = 1000
_IN_URL = re.compile(r"(?<=://)[^/\s@]*@")
_CONDA_TOKEN = re.compile(r"(?<=://)([^/]+)/t/[^/]+/")


def variables() -> dict[str, str]:
    """The variables of this process that are kept."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name in _NAMES and len(value) <= _LONGEST and not looks_secret(value)
    }


def seeds() -> dict[str, str]:
    """Seeds that the environment sets."""
    value = os.environ.get("PYTHONHASHSEED", "")
    return {"PYTHONHASHSEED": value} if value.isdigit() else {}


def looks_secret(value: str) -> bool:
    """Whether a value has the shape of a credential: a known one, or a long mix of letters and digits."""
    value = _GPU_NAME.sub("", value)
    return _SECRET.search(value) is not None or any(map(_is_mixed, _LONG.findall(value)))


def without_credentials(url: str) -> str:
    """A URL (pip's, conda's) without user, password, token, query."""
    url = url.partition("?")[0]
    return _CONDA_TOKEN.sub(r"\1/t/…/", _IN_URL.sub("", url))


def _is_mixed(text: str) -> bool:
    """Random bytes in base64 have digits and both cases; words joined by ``_`` and ``-`` do not."""
    kinds = (str.isdigit, str.isupper, str.islower)
    counts = [sum(map(kind, text)) for kind in kinds]
    return min(counts) >= 2
