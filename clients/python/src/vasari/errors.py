"""How requests fail."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from .types import JobResponse, ProblemDocument


class VasariError(Exception):
    """A request that failed, as the server's problem document (RFC 9457) tells it."""

    status: int
    """The HTTP status; 0 where the server could not be reached."""
    type: str
    """A stable name of the kind of problem, such as `/problems/missing-image`: what to compare."""
    title: str
    """What happened, in a few words."""
    detail: str
    """What is wrong here and what would be right."""
    request_id: str | None
    """What to quote when asking for help; it stands in the server's log."""
    retry_after: float | None
    """Seconds after which the server asks to try again."""
    document: Mapping[str, Any]
    """The whole problem document."""

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.document = document
        self.status = int(document.get("status", 0))
        self.type = str(document.get("type", "about:blank"))
        self.title = str(document.get("title", "The request failed"))
        self.detail = str(document.get("detail", ""))
        self.request_id = document.get("request_id") or request_id
        self.retry_after = retry_after
        super().__init__(f"{self.title}: {self.detail}" if self.detail else self.title)

    @property
    def problem(self) -> ProblemDocument:
        """The problem document, as answers have it where a part of a request failed."""
        document: ProblemDocument = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.request_id is not None:
            document["request_id"] = self.request_id
        return document

    @property
    def kind(self) -> str:
        """The last part of the type, such as `missing-image`."""
        return self.type.rsplit("/", 1)[-1]


class ConflictError(VasariError):
    """The change contradicts what is there: mostly, somebody has changed the caption since the version that you saw."""

    @property
    def current(self) -> Any:
        """What is there now, with the version to send if you still want your change; None where it isn't told."""
        return self.document.get("current")

    @property
    def sent(self) -> Any:
        """What you sent; None where it isn't told."""
        return self.document.get("sent")


class JobFailedError(VasariError):
    """A job that was waited for failed as a whole or was cancelled."""

    job: JobResponse

    def __init__(self, job: JobResponse) -> None:
        self.job = job
        title = "The job was cancelled" if job["state"] == "cancelled" else "The job failed"
        super().__init__({"type": "job-failed", "title": title, "detail": job.get("error") or ""})


def of_document(document: Mapping[str, Any], **more: Any) -> VasariError:
    """The error that a problem document tells of."""
    return (ConflictError if document.get("status") == 409 else VasariError)(document, **more)


def of_response(response: httpx.Response) -> VasariError:
    """The error that a failing answer tells of, whose body has been read."""
    document: dict[str, Any] = {"title": response.reason_phrase or "The request failed", "detail": response.text[:500]}
    # Something between here and the server may send what it likes.
    with contextlib.suppress(ValueError):
        body = response.json()
        document = body if isinstance(body, dict) else document
    return of_document(
        {**document, "status": response.status_code},
        request_id=response.headers.get("x-request-id"),
        retry_after=_seconds(response.headers.get("retry-after")),
    )


def of_transport(error: httpx.TransportError) -> VasariError:
    """The error of a server that gave no whole answer."""
    if isinstance(error, httpx.TimeoutException):
        return VasariError({"type": "timed-out", "title": "The server took too long", "detail": str(error)})
    return VasariError({"type": "unreachable", "title": "The server can't be reached", "detail": str(error)})


def _seconds(header: str | None) -> float | None:
    # A date is allowed as well, and no part of Vasari sends one.
    return float(header) if header is not None and header.isdecimal() else None
