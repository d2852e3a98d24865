"""Seeds that the real libraries are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from dotscience._journal import SEEDS, read_records
from tests.integrations.environments import run

pytestmark = pytest.mark.integrations


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        (
            "autolog",
            {"jax.random.PRNGKey": "2", "jax.random.key": "3", "keras.utils.set_random_seed": "4"},
        ),
        (
            "torch",
            {
                "torch.manual_seed": "1, 5, 6",
                "lightning.seed_everything": "5",
                "transformers.set_seed": "6",
            },
        ),
    ],
)
def test_seeds_of_real_libraries(tmp_path: Path, environment: str, wanted: dict[str, str]) -> None:
    (tmp_path / ".dotscience").mkdir()
    run(environment, "seeds.py", tmp_path, KERAS_BACKEND="jax")
    records = [
        record
        for path in (tmp_path / ".dotscience" / "journal").glob("*.dsj")
        for record in read_records(path)[0]
        if record.type == SEEDS
    ]
    told = records[-1].payload["seeds"]
    assert wanted.items() <= told.items()
