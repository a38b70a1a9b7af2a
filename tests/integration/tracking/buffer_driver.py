"""Logs metrics through a buffer, saying how many, until it is killed."""

import itertools
import sys

from assay.core.eval_runs import RunStart
from assay.tracking import open_buffer


def main(folder: str, uri: str, experiment: str) -> None:
    buffer = open_buffer(folder, uri)
    run_id = buffer.start_run(RunStart(experiment, "to be killed"))
    for step in itertools.count():
        buffer.log_metrics(run_id, {"loss": float(step)}, step=step)
        print(step + 1, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
