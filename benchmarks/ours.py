"""One training by this project, in this process: prints what the plain script prints.

python -m benchmarks.ours SPEC.json HOME
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from core.runs.events import EventWriter
from core.runs.launcher import prepare_run
from core.spec import read_spec
from core.training import worker
from core.training.stopping import StopRequest


def main() -> None:
    """Take the worker's own steps, so that `train()` alone is timed, as in the plain script."""
    home = Path(sys.argv[2])
    run = prepare_run(read_spec(Path(sys.argv[1])), home, home / "runs")
    events, stop = EventWriter(run.events_path), StopRequest()
    prepared = worker._prepare(run, None)
    trainer = worker._trainer(run, prepared, events, stop)
    cpu = time.process_time()
    trainer.train()
    seconds = time.process_time() - cpu
    worker._finish(run, prepared, trainer, events, stop)
    events.close()
    scores = {split: found for split, found in (run.metrics() or {}).items() if found}
    print(json.dumps({"train_cpu_seconds": round(seconds, 1), **scores}))


if __name__ == "__main__":
    main()
