"""What does it cost to append datapoints to a managed dataset one by one?

python benchmarks/dataset_appends.py [--size 10000] [--appends 1000] [--url URL]

Each append is a version of its own, through the service that the server's routes call. Prints one
line of JSON: seconds by the clock and of this process per append, and how many rows are stored.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from sqlalchemy import create_engine

from assay.apps.services.managed_datapoints import ManagedDatapointService
from assay.apps.services.managed_datasets import ManagedDatasetService
from assay.core.datasets import Datapoint
from assay.kit.clock import SYSTEM_CLOCK
from assay.store import open_store
from assay.store.migrations import upgrade
from assay.testing.samples import some_datapoints


def measure(url: str, *, size: int, appends: int) -> dict[str, object]:
    """Append to a dataset of ``size`` datapoints and return the figures."""
    upgrade(url)
    store = open_store(url)
    datasets = ManagedDatasetService(store, clock=SYSTEM_CLOCK)
    datapoints = ManagedDatapointService(store, datasets, clock=SYSTEM_CLOCK)
    dataset = datasets.create("sums", some_datapoints(size), project="default", actor="benchmark")
    started = time.perf_counter(), time.process_time()
    for number in range(appends):
        point = Datapoint(f"new-{number}", {"question": f"{number} + 1"}, {"answer": number + 1})
        datapoints.add(datasets.get(dataset.id), [point], actor="benchmark")
    seconds, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    version = datasets.version(datasets.get(dataset.id))
    assert version.size == size + appends
    assert version.version == 1 + appends
    store.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM datapoints").scalar()
    engine.dispose()
    return {
        "database": url.split(":", maxsplit=1)[0],
        "size": size,
        "appends": appends,
        "ms_per_append": round(1000 * seconds / appends, 2),
        "cpu_ms_per_append": round(1000 * cpu / appends, 2),
        "rows": rows,
    }


def main() -> None:
    """Measure a SQLite file in a temporary folder, or the database given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--appends", type=int, default=1_000)
    parser.add_argument("--url", help="an empty PostgreSQL database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/appends.sqlite"
        print(json.dumps(measure(url, size=options.size, appends=options.appends)))


if __name__ == "__main__":
    main()
