"""Long work that goes on by itself."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, Literal

from .._request import Request, given, path
from ..errors import JobFailedError, VasariError
from ..types import (
    BulkEditPreviewResponse,
    FailedItemResponse,
    FormatName,
    JobResponse,
    SelectionSchema,
)
from .download import download
from .transport import AsyncTransport

Captions = Literal["all"] | Mapping[str, Any]

_ENDED = ("succeeded", "failed", "cancelled")


class AsyncJobs:
    """Jobs: started, followed, stopped. Methods that start one return at once, and the job goes on at the server."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, dataset: str | None = None) -> AsyncIterator[JobResponse]:
        """Your jobs and those of datasets that you write captions in, the newest first."""
        return self._transport.pages(path("jobs"), given(dataset=dataset), JobResponse)

    async def get(self, job: str) -> JobResponse:
        """A job as it is. `pace` is in items a second, `seconds_left` at this pace."""
        return await self._transport.json(Request("GET", path("jobs", job)), JobResponse)

    async def watch(self, job: str) -> AsyncGenerator[JobResponse, None]:
        """The job as it goes on: at once, whenever something has changed, and when it has ended.

        A server that goes away meanwhile is asked again, as often in a row as the client sends requests again.
        """
        failures = 0
        while True:
            failure: VasariError | None = None
            try:
                async with aclosing(self._transport.events(Request("GET", path("jobs", job, "events")))) as events:
                    async for _, state in events:
                        failures = 0
                        yield state
                        if state["state"] in _ENDED:
                            return
            except VasariError as error:
                if error.status != 0:
                    raise
                failure = error
            failures += 1
            if failures > self._transport.retries.most:
                detail = {"type": "unreachable", "title": "The server stopped telling how the job goes on"}
                raise VasariError(detail) from failure

    async def wait(self, job: str, *, on_progress: Callable[[JobResponse], object] | None = None) -> JobResponse:
        """The job when it has succeeded; `JobFailedError` where it failed or was cancelled.

        Items of it may have failed all the same: `failed` counts them, and `errors` lists them.
        """
        async with aclosing(self.watch(job)) as states:
            async for state in states:
                if on_progress:
                    on_progress(state)
        if state["state"] != "succeeded":
            raise JobFailedError(state)
        return state

    async def cancel(self, job: str) -> JobResponse:
        """Stops a job. What is done stays, and `resume` takes it up again."""
        return await self._transport.json(Request("POST", path("jobs", job, "cancel")), JobResponse)

    async def resume(self, job: str) -> JobResponse:
        """Takes a job up again that was stopped or has failed; items that failed are tried once more."""
        return await self._transport.json(Request("POST", path("jobs", job, "resume")), JobResponse)

    async def roll_back(self, job: str) -> JobResponse:
        """Starts a job that takes a bulk edit back, except where somebody has changed a caption since."""
        return await self._transport.json(Request("POST", path("jobs", job, "rollback")), JobResponse)

    def errors(self, job: str) -> AsyncIterator[FailedItemResponse]:
        """The items that failed, and why."""
        return self._transport.pages(path("jobs", job, "errors"), {}, FailedItemResponse)

    async def caption(
        self,
        dataset: str,
        *,
        images: SelectionSchema | None = None,
        task: str | None = None,
        text: str | None = None,
        **parameters: float | bool,
    ) -> JobResponse:
        """Captions pictures of a dataset, as a new source. For annotators.

        Args:
            dataset: The dataset's slug.
            images: Which pictures; all where nothing is said.
            task: What to do, as `<OD>` or `od`.
            text: The task's input, where it takes one.
            parameters: `max_length`, `num_beams`, `do_sample`, `temperature`, `top_p` and `seed`, as `caption` takes
                them.
        """
        body = given(images=images, task=task, text=text, parameters=given(**parameters) or None)
        return await self._start(path("datasets", dataset, "caption-jobs"), body)

    async def preview_bulk_edit(
        self,
        dataset: str,
        edit: Mapping[str, Any],
        *,
        images: SelectionSchema | None = None,
        of_source: str | None = None,
    ) -> BulkEditPreviewResponse:
        """What a bulk edit would change, with examples."""
        body = given(edit=edit, images=images, of_source=of_source)
        request = Request("POST", path("datasets", dataset, "bulk-edits", "preview"), json=body, repeats=True)
        return await self._transport.json(request, BulkEditPreviewResponse)

    async def bulk_edit(
        self,
        dataset: str,
        edit: Mapping[str, Any],
        *,
        images: SelectionSchema | None = None,
        of_source: str | None = None,
    ) -> JobResponse:
        """Changes many captions alike. For annotators; to approve and reject, for reviewers.

        Args:
            dataset: The dataset's slug.
            edit: Such as `{"operation": "replace", "find": "a picture of ", "replacement": ""}`; operations are
                `prefix`, `suffix`, `replace`, `replace_regex`, `trim`, `lowercase`, `capitalize` and `set_status`.
            images: Of which pictures; of all where nothing is said.
            of_source: Whose captions; everybody's where nothing is said.
        """
        body = given(edit=edit, images=images, of_source=of_source)
        return await self._start(path("datasets", dataset, "bulk-edits"), body)

    async def import_file(
        self,
        dataset: str,
        file: str | os.PathLike[str],
        *,
        format: FormatName | None = None,  # noqa: A002
        source: str | None = None,
        mapping: Iterable[str] = (),
        dry_run: bool = False,
    ) -> JobResponse:
        """Takes in captions, and pictures where the file holds them. For owners.

        Args:
            dataset: The dataset's slug.
            file: The file; a server takes 2 GB unless told otherwise. Formats that are folders come as .zip or .tar.
            format: Where the file's name or what it holds does not tell.
            source: The source of captions that name none; `import` unless said otherwise.
            mapping: Which column is which field, such as `prompt=caption`.
            dry_run: Find out what would happen and change nothing; `apply_import` does it.
        """
        fields = given(format=format, source=source, mapping=[*mapping] or None, dry_run=dry_run or None)
        with Path(file).open("rb") as content:
            form = [("file", (Path(file).name, content))]
            request = Request("POST", path("datasets", dataset, "imports"), fields=fields, files=form)
            return await self._transport.json(request, JobResponse)

    async def apply_import(self, dataset: str, dry_run: str) -> JobResponse:
        """Does what a dry run, which has succeeded, found out. For owners."""
        request = Request("POST", path("datasets", dataset, "imports", dry_run, "apply"))
        return await self._transport.json(request, JobResponse)

    async def export(
        self,
        dataset: str,
        format: FormatName,  # noqa: A002
        *,
        captions: Captions | None = None,
        images: SelectionSchema | None = None,
    ) -> JobResponse:
        """Writes pictures and captions into a file, which `download` fetches once the job has succeeded.

        Args:
            dataset: The dataset's slug.
            format: Formats that are folders are packed into a .zip.
            captions: `all`; `{"source": "anna"}` for those of one source; `{"best": {"sources": ["florence-2"]}}` for
                one of each picture.
            images: Which pictures; all where nothing is said.
        """
        body = given(format=format, captions=captions, images=images)
        return await self._start(path("datasets", dataset, "exports"), body)

    async def export_to_file(
        self,
        dataset: str,
        to: str | os.PathLike[str],
        format: FormatName,  # noqa: A002
        *,
        captions: Captions | None = None,
        images: SelectionSchema | None = None,
        on_progress: Callable[[JobResponse], object] | None = None,
    ) -> Path:
        """Exports a dataset, waits for it, and downloads the file."""
        job = await self.export(dataset, format, captions=captions, images=images)
        return await self.download((await self.wait(job["id"], on_progress=on_progress))["id"], to)

    async def download(self, job: str, to: str | os.PathLike[str]) -> Path:
        """Downloads what an export wrote, for seven days. What breaks off goes on where it was.

        The file appears under its name when it is whole, and is compared with the sum that the server tells.
        """
        return await download(self._transport, path("jobs", job, "file"), Path(to))

    async def _start(self, at: str, body: Mapping[str, Any]) -> JobResponse:
        return await self._transport.json(Request("POST", at, json=body), JobResponse)
