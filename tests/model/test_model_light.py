"""A model travels light: loading and predicting work where torch, scikit-learn and scipy are not there."""

from __future__ import annotations

import json
import subprocess
import sys

from model_cases import mixed

SCRIPT = """
import sys
class Missing:                                  # pyarrow looks for pandas and goes on without: as if not installed
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "polars", "matplotlib"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
for name in ("torch", "sklearn", "scipy"):
    sys.modules[name] = None                    # any import of it now raises
from cutline.model import load, to_document
model = load(sys.argv[1])
rows = {"나이": [2.0, 4.0], "반": ["나", "가"], "twice": [0.0, 0.0], "exposure": [0.0, 0.5]}
import json
print(json.dumps({
    "dict": model.predict_proba(rows).tolist(),
    "csv": model.predict_proba(sys.argv[2]).tolist(),
    "labels": model.predict(sys.argv[2]).tolist(),
    "summary": model.summary(),
    "terms": len(to_document(model)["terms"]),
    "heavy": sorted(m for m in ("torch", "sklearn", "scipy", "matplotlib", "rich", "typer") if sys.modules.get(m)),
}))
"""


def test_load_and_predict_without_torch_scikit_learn_and_scipy(tmp_path):
    mixed().save(tmp_path / "m.json")
    (tmp_path / "rows.csv").write_text("나이,반,twice,exposure\n2,나,0,0\n4,가,0,0.5\n", encoding="utf-8")
    run = subprocess.run(
        [
            sys.executable,
            "-X",
            "utf8",
            "-W",
            "error",
            "-c",
            SCRIPT,
            str(tmp_path / "m.json"),
            str(tmp_path / "rows.csv"),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    expected = mixed().predict_proba(
        {"나이": [2.0, 4.0], "반": ["나", "가"], "twice": [0.0, 0.0], "exposure": [0.0, 0.5]}
    )
    assert said["dict"] == said["csv"] == expected.tolist()
    assert said["labels"] == ["pass", "pass"]
    assert said["summary"] == mixed().summary()
    assert said["terms"] == 5
    assert said["heavy"] == []
