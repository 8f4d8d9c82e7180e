"""A client for Vasari, which captions pictures with Florence-2.

`Vasari` is the client, `AsyncVasari` the same for programs that wait with `await`. The server's
answers are dictionaries, whose types `vasari.types` has.
"""

from ._async.client import AsyncVasari
from ._pictures import Picture
from ._sync.client import Vasari
from ._version import __version__
from .errors import ConflictError, JobFailedError, VasariError
from .options import CaptionEvent, CaptionOptions, Filters, GenerationOptions, IndexedBatchResult

__all__ = [
    "AsyncVasari",
    "CaptionEvent",
    "CaptionOptions",
    "ConflictError",
    "Filters",
    "GenerationOptions",
    "IndexedBatchResult",
    "JobFailedError",
    "Picture",
    "Vasari",
    "VasariError",
    "__version__",
]
