"""The door to MLflow: eval runs, prompts, and a buffer that outlasts a server's absence.

Apps and testing may import it; it imports ``core`` and ``kit`` and fills the ports of
``core.ledger``. ``mlflow`` itself is loaded only when a database is opened, never for a
server. Start at ``open_ledger``; ``tracking.stored`` is what both transports carry.
"""

from assay.tracking.buffer import LedgerBuffer
from assay.tracking.ledger import MlflowLedger
from assay.tracking.opening import open_buffer, open_ledger
from assay.tracking.sqlite_files import sqlite_file


__all__ = ["LedgerBuffer", "MlflowLedger", "open_buffer", "open_ledger", "sqlite_file"]
