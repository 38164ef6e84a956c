"""Arrow files (IPC, Feather) and the streams that `datasets` keeps its tables in."""

from __future__ import annotations

from core.data.parquets import damaged, decoded, from_tables, growth_guard
from core.data.table import RawTable

ARROW_FILE = b"ARROW1"
ARROW_STREAM = b"\xff\xff\xff\xff"
ROWS_AT_ONCE = 500


def read_arrow(data: bytes, name: str) -> RawTable:
    """Read an Arrow file or stream.

    Raises:
        UserError: it is damaged, empty, or holds nothing but binary columns.
    """
    import pyarrow
    from pyarrow import ipc

    buffer = pyarrow.BufferReader(data)
    guard = growth_guard(len(data), name)
    try:
        reader = ipc.open_file(buffer) if data.startswith(ARROW_FILE) else ipc.open_stream(buffer)
        if data.startswith(ARROW_FILE):
            batches = [reader.get_batch(index) for index in range(reader.num_record_batches)]
        else:
            batches = list(reader)
        tables = []
        for batch in batches:
            batch.validate(full=True)
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                tables.append(decoded(batch.slice(start, ROWS_AT_ONCE)))
                guard(tables[-1].nbytes)
        return from_tables("arrow", tables, reader.schema, name)
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise damaged(name, "Arrow", error) from None
