"""The way out for the spans of one run, open while the run is on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from assay.experiments.connection import Connection
from assay.experiments.experiment import TracingOptions
from assay.experiments.trace_sending import senders


if TYPE_CHECKING:
    from assay.tracing.pipeline import Pipeline


@asynccontextmanager
async def traced(
    connection: Connection | None, options: TracingOptions
) -> "AsyncIterator[Pipeline]":
    """Send spans over ``connection``; on leaving they have arrived or are counted as lost.

    Without a connection there are sessions all the same, and nothing leaves the process.
    """
    from assay.tracing.pipeline import PipelineSettings, pipeline

    settings = PipelineSettings(options.export, instrumentors=options.instrumentors)
    if connection is None:
        async with pipeline({}, settings) as opened:
            yield opened
        return
    async with (
        senders(connection, options.forward_to) as ways,
        pipeline(ways, settings) as opened,
    ):
        yield opened
