"""What the server takes and gives, as JSON."""

# Generated from the OpenAPI document by clients/generate_types.py; not to be changed by hand.

from __future__ import annotations

from typing import Any, Generic, Literal, NotRequired, TypeAlias, TypedDict, TypeVar

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next_cursor: str | None
    """What to send as `cursor` for the next page; null on the last one."""


class ActionExampleResponse(TypedDict):
    """How an act changed a caption."""

    diff: list[DiffPieceResponse]
    """How its text changed, by words."""
    file_name: str
    image: str
    """Of which picture."""
    source: str
    """The source's name in the dataset."""
    status_after: StatusName
    status_before: StatusName


class ActionResponse(TypedDict):
    """Something that somebody did to captions."""

    captions: int
    """How many captions it changed."""
    done_at: str
    """When; of writing that went on for a while, when it ended."""
    example: ActionExampleResponse | None
    """What it changed about the first of them; null for jobs."""
    id: int
    job: str | None
    """The job that did it, where it was one."""
    state: str
    """`done`; `undone`, and can be done again; or `dropped`: undone for good, or nothing was left to undo."""
    user: str
    """Who did it."""
    user_name: str | None
    """What they are called, for who is signed in."""


class AddCaptionBody(TypedDict):
    """What a model or an import says of a picture."""

    confidence: NotRequired[float | None]
    """How sure the source is, 0 to 1."""
    regions: NotRequired[list[RegionBody] | None]
    """What is where, at most 1,000."""
    source: str
    """The source's name in the dataset: a model or an import, no person."""
    text: str
    """At most 20,000 characters."""


class AddMemberBody(TypedDict):
    """Somebody who is to have a part."""

    name: str
    """What they are called, whatever its case."""
    role: RoleName
    """`viewer`, `annotator`, `reviewer` or `owner`."""


class AddedImage(TypedDict):
    """What came of a file."""

    already_there: NotRequired[bool]
    """Whether the dataset had the same file under the same name before."""
    image: NotRequired[ImageResponse]
    error: NotRequired[ProblemDocument]
    filename: str
    """The file's name as the client calls it."""


class AddedImagesResponse(TypedDict):
    """What came of each file, in the order they were sent."""

    results: list[AddedImage]


class AddedOutcome(TypedDict):
    already_there: NotRequired[bool]
    """Whether the dataset had the same file under the same name before."""
    image: NotRequired[ImageResponse]
    error: NotRequired[ProblemDocument]


class AgainstReferenceResponse(TypedDict):
    """A source against the reference, over the pictures of which both say something."""

    bleu_4: float
    """BLEU-4 of all captions together, 0 to 1, as sacrebleu has it of texts that are split into words."""
    cider: float
    """`CIDEr`-D, 0 to 10: the captions' mean. How rare words are tell all captions of the reference that were
    looked at.
    """
    images: int
    """How many pictures those are."""
    meteor: float
    """In the manner of METEOR, without synonyms, 0 to 1: the captions' mean."""
    rouge_l: float
    """ROUGE-L, 0 to 1: the captions' mean, as in the programs of the COCO caption challenge."""


class AgreementResponse(TypedDict):
    """How far people agree."""

    alpha: float | None
    """Krippendorff's alpha: 1 where all agree, 0 as by chance; null where all always say the same one thing."""
    comparisons: int
    """How many pairs of captions at least two people voted on."""
    observed: float
    """Of two people, how often they said the same, 0 to 1."""


class ApiKeyResponse(TypedDict):
    """A key, without the key."""

    created_at: str
    expires_at: str | None
    id: str
    last_used_at: str | None
    """To the minute."""
    name: str
    prefix: str
    """The key's first 12 letters."""
    revoked_at: str | None
    scopes: list[str]
    """`caption`, `read`, `write`, `admin`."""


class AssignBody(TypedDict):
    """Which images are to be assigned, and to whom."""

    images: NotRequired[SelectionSchema]
    """Which images; all of the dataset where nothing is said. `{"status": "submitted"}` is what waits; others are
    assigned
    ahead.
    """
    limit: NotRequired[int | None]
    """At most so many images, those first that were added first; all where nothing is said."""
    reassign: NotRequired[bool]
    """Whether images that somebody has are taken from them. Else they stay theirs, and others are assigned."""
    to: list[str]
    """Reviewers or owners, by name, at most 100. The images are shared evenly among them, in turns."""


class AssignResponse(TypedDict):
    """What came of it."""

    assigned: int
    """How many images were assigned."""
    shares: list[ShareResponse]
    """How many to whom."""


class AssignmentResponse(TypedDict):
    """An image that somebody is to look at."""

    assigned_at: str
    assigned_by_name: str | None
    """Who said so; null where whoever runs the server did, or their account is gone."""
    file_name: str
    image: str
    reviewer: str
    reviewer_name: str
    waits: bool
    """Whether a caption of it is submitted; others were assigned ahead."""


class AuditEntryResponse(TypedDict):
    """Something that somebody did."""

    action: str
    """What, such as `user.disable`."""
    actor_key: str | None
    """With which key."""
    actor_name: str | None
    """What they are called now."""
    actor_user: str | None
    """Who; null for somebody who was not signed in, and for whoever runs the server."""
    at: str
    detail: dict[str, Any]
    id: str
    key_name: str | None
    """What the key is called."""
    request_id: str | None
    """The request that asked for it."""
    subject: str | None
    """To whom or what."""
    subject_name: str | None
    """What a person, a key, a dataset or a source is called now."""


class BatchForm(TypedDict):
    batch_size: NotRequired[int]
    """How many of the pictures wait or run at the same time."""
    do_sample: NotRequired[bool]
    """Whether tokens are drawn at random. Works with one beam only."""
    images: list[bytes]
    max_length: NotRequired[int]
    """Most tokens in the answer, about four letters each."""
    num_beams: NotRequired[int]
    """Beams of the search; 1 takes the likeliest token each time."""
    region: NotRequired[str]
    """The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`."""
    seed: NotRequired[int]
    """Makes a drawn answer come again."""
    stream: NotRequired[bool]
    """Whether the answer comes as it is made."""
    task: NotRequired[str]
    """What to do, as `<OD>` or `od`; `GET /tasks` lists them."""
    temperature: NotRequired[float]
    """Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false."""
    text: NotRequired[str]
    """The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
    thousandths of the picture or as `x0,y0,x1,y1` in pixels.
    """
    timings: NotRequired[bool]
    """Whether the answer tells where its time went."""
    top_p: NotRequired[float]
    """Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
    `do_sample` is false.
    """


class BatchJson(TypedDict):
    batch_size: NotRequired[int | None]
    """How many of the pictures wait or run at the same time."""
    do_sample: NotRequired[bool | None]
    """Whether tokens are drawn at random. Works with one beam only."""
    images: list[str | BatchJsonImages]
    max_length: NotRequired[int | None]
    """Most tokens in the answer, about four letters each."""
    num_beams: NotRequired[int | None]
    """Beams of the search; 1 takes the likeliest token each time."""
    region: NotRequired[list[float] | None]
    """The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`."""
    seed: NotRequired[int | None]
    """Makes a drawn answer come again."""
    stream: NotRequired[bool | None]
    """Whether the answer comes as it is made."""
    task: NotRequired[str | None]
    """What to do, as `<OD>` or `od`; `GET /tasks` lists them."""
    temperature: NotRequired[float | None]
    """Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false."""
    text: NotRequired[str | None]
    """The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
    thousandths of the picture or as `x0,y0,x1,y1` in pixels.
    """
    timings: NotRequired[bool | None]
    """Whether the answer tells where its time went."""
    top_p: NotRequired[float | None]
    """Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
    `do_sample` is false.
    """


class BatchJsonImages(TypedDict):
    filename: NotRequired[str | None]
    """What to call it in the answer of a batch."""
    image: NotRequired[str | None]
    """The picture as base64 (JPEG, PNG, GIF or WebP), or as a `data:` URL."""
    image_url: NotRequired[str | None]
    """Instead: where the picture lies, on a host that the server allows."""


class BatchResponse(TypedDict):
    """What came of each picture, in the order they were sent."""

    results: list[BatchResult]
    total_processing_time: float
    """Seconds from the request to the last caption, to the millisecond."""


class BatchResult(TypedDict):
    """What came of one picture: its caption, or why there is none."""

    answer: NotRequired[Any]
    """The answer as the reference's post-processing gives it."""
    caption: NotRequired[str]
    """The caption as a person reads it; for tasks that answer with regions, their labels joined by ", "."""
    confidence: NotRequired[float]
    """exp(mean log-probability of the generated text tokens), 0 to 1."""
    image: NotRequired[CaptionAnswerImage]
    model_info: NotRequired[ModelInfo]
    processing_time: NotRequired[float]
    """Seconds from the decoded request to the answer, to the millisecond."""
    regions: NotRequired[list[CaptionAnswerRegions]]
    task: NotRequired[str]
    """The task's marker, such as `<OD>`."""
    text: NotRequired[str]
    """The task's input, where it takes one."""
    stored: NotRequired[StoredResult]
    """What became of it in the dataset, if one was named."""
    timings: NotRequired[Timings]
    """Where the time went, if `timings` was asked for."""
    error: NotRequired[ProblemDocument]
    filename: str
    """The file's name as the client calls it, else its place, such as `image-1`."""


BinResponse = TypedDict(
    "BinResponse",
    {
        "below": float | None,
        "from": float,
    },
)
"""A range of numbers."""


class BoardResponse(TypedDict):
    """Sources by what people preferred."""

    agreement: AgreementResponse | None
    """How far people agree who were asked about the same two captions; null where nobody was."""
    sources: list[StandingResponse]
    """The best first."""
    voters: int
    """From how many people."""
    votes: int
    """How many votes count, those that were skipped left out."""


class BuildInfo(TypedDict):
    """Which Vasari this is."""

    features: list[str]
    """What was compiled in besides the standard, such as `cuda`."""
    revision: str
    """The commit it was built from, or `unknown`."""
    target: str
    """The kind of machine it was built for, such as `x86_64-unknown-linux-gnu`."""
    version: str


class BulkEditPreviewResponse(TypedDict):
    """What a bulk edit would change."""

    captions: int
    """How many captions were looked at."""
    changed: int
    """How many of them would change."""
    failed: int
    """How many of them can't be changed: they would be too long."""
    is_complete: bool
    """Whether these are all. Of more than 50,000 captions, only the first are looked at."""
    sample: list[PreviewedCaption]
    """Some of the changes."""


class CaptionAnswer(TypedDict):
    """The answer to a `Question`, as JSON shows it. `vasari_app::types::CaptionResponse` is what the page reads of
    it.
    """

    answer: Any
    """The answer as the reference's post-processing gives it."""
    caption: str
    """The caption as a person reads it; for tasks that answer with regions, their labels joined by ", "."""
    confidence: float
    """exp(mean log-probability of the generated text tokens), 0 to 1."""
    image: CaptionAnswerImage
    model_info: ModelInfo
    processing_time: float
    """Seconds from the decoded request to the answer, to the millisecond."""
    regions: list[CaptionAnswerRegions]
    task: str
    """The task's marker, such as `<OD>`."""
    text: NotRequired[str]
    """The task's input, where it takes one."""


class CaptionAnswerImage(TypedDict):
    height: int
    width: int


class CaptionAnswerRegions(TypedDict):
    box: NotRequired[list[float]]
    """Left, top, right, bottom."""
    confidence: NotRequired[float]
    label: str
    """What it is; empty where the task only proposes regions."""
    polygons: NotRequired[list[list[float]]]
    """Outlines, each as x, y pairs."""
    quad: NotRequired[list[float]]
    """Four corners as x, y pairs."""


class CaptionFormBody(TypedDict):
    dataset: NotRequired[str]
    """A dataset by its slug, in which the caption is kept, as the model's: for annotators. `stored` of the answer
    tells what became of it. The picture is one of the dataset's, or comes along and is added to it.
    """
    do_sample: NotRequired[bool]
    """Whether tokens are drawn at random. Works with one beam only."""
    image: NotRequired[bytes]
    """The picture: JPEG, PNG, GIF or WebP."""
    image_id: NotRequired[str]
    """The dataset's picture by its id, in the place of a picture that comes along."""
    image_name: NotRequired[str]
    """The dataset's picture by its name; what a picture that comes along is called in the dataset, in the place of
    its file's name.
    """
    image_url: NotRequired[str]
    """Instead of the file: where the picture lies, on a host that the server allows."""
    max_length: NotRequired[int]
    """Most tokens in the answer, about four letters each."""
    num_beams: NotRequired[int]
    """Beams of the search; 1 takes the likeliest token each time."""
    region: NotRequired[str]
    """The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`."""
    seed: NotRequired[int]
    """Makes a drawn answer come again."""
    stream: NotRequired[bool]
    """Whether the answer comes as it is made."""
    task: NotRequired[str]
    """What to do, as `<OD>` or `od`; `GET /tasks` lists them."""
    temperature: NotRequired[float]
    """Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false."""
    text: NotRequired[str]
    """The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
    thousandths of the picture or as `x0,y0,x1,y1` in pixels.
    """
    timings: NotRequired[bool]
    """Whether the answer tells where its time went."""
    top_p: NotRequired[float]
    """Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
    `do_sample` is false.
    """


class CaptionJson(TypedDict):
    dataset: NotRequired[str | None]
    """A dataset by its slug, in which the caption is kept, as the model's: for annotators. `stored` of the answer
    tells what became of it. The picture is one of the dataset's, or comes along and is added to it.
    """
    do_sample: NotRequired[bool | None]
    """Whether tokens are drawn at random. Works with one beam only."""
    filename: NotRequired[str | None]
    """What to call it in the answer of a batch."""
    image: NotRequired[str | None]
    """The picture as base64 (JPEG, PNG, GIF or WebP), or as a `data:` URL."""
    image_id: NotRequired[str | None]
    """The dataset's picture by its id, in the place of a picture that comes along."""
    image_name: NotRequired[str | None]
    """The dataset's picture by its name; what a picture that comes along is called in the dataset, in the place of
    its file's name.
    """
    image_url: NotRequired[str | None]
    """Instead: where the picture lies, on a host that the server allows."""
    max_length: NotRequired[int | None]
    """Most tokens in the answer, about four letters each."""
    num_beams: NotRequired[int | None]
    """Beams of the search; 1 takes the likeliest token each time."""
    region: NotRequired[list[float] | None]
    """The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`."""
    seed: NotRequired[int | None]
    """Makes a drawn answer come again."""
    stream: NotRequired[bool | None]
    """Whether the answer comes as it is made."""
    task: NotRequired[str | None]
    """What to do, as `<OD>` or `od`; `GET /tasks` lists them."""
    temperature: NotRequired[float | None]
    """Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false."""
    text: NotRequired[str | None]
    """The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
    thousandths of the picture or as `x0,y0,x1,y1` in pixels.
    """
    timings: NotRequired[bool | None]
    """Whether the answer tells where its time went."""
    top_p: NotRequired[float | None]
    """Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
    `do_sample` is false.
    """


class CaptionMetricsResponse(TypedDict):
    """The captions of a dataset in numbers."""

    captions: int
    """How many captions they have."""
    histograms: list[HistogramResponse]
    """How the captions lie in bins, the same for all sources."""
    images: int
    """How many pictures were looked at."""
    reference: str | None
    """The source that the others were compared with."""
    sources: list[SourceMetricsResponse]
    """By name; those that say something of these pictures."""
    tokenizer: str | None
    """The model whose tokens were counted; null where the server has none."""


class CaptionResponse(TypedDict):
    """What a picture shows."""

    answer: Any
    """The answer as the reference's post-processing gives it."""
    caption: str
    """The caption as a person reads it; for tasks that answer with regions, their labels joined by ", "."""
    confidence: float
    """exp(mean log-probability of the generated text tokens), 0 to 1."""
    image: CaptionAnswerImage
    model_info: ModelInfo
    processing_time: float
    """Seconds from the decoded request to the answer, to the millisecond."""
    regions: list[CaptionAnswerRegions]
    task: str
    """The task's marker, such as `<OD>`."""
    text: NotRequired[str]
    """The task's input, where it takes one."""
    stored: NotRequired[StoredResult]
    """What became of it in the dataset, if one was named."""
    timings: NotRequired[Timings]
    """Where the time went, if `timings` was asked for."""


class CaptionVersionResponse(TypedDict):
    """One of the states that a caption has had."""

    changed_at: str
    changed_by: str | None
    """Who made it so; null for Vasari itself."""
    changed_by_name: str | None
    """What they are called, for who is signed in."""
    confidence: float | None
    diff: list[DiffPieceResponse] | None
    """How the version before became this one, by words; null for the first."""
    edited: bool
    """Whether a person had changed what a model or an import said."""
    job: str | None
    """The job that made it so, if one did."""
    reason: str | None
    """Why it was rejected, where it was and the reviewer said so; for who may write captions."""
    regions: list[dict[str, Any]] | None
    status: StatusName
    text: str
    version: int


class ChangePasswordBody(TypedDict):
    """The old password and the new one."""

    new_password: str
    """12 to 256 characters."""
    password: str


class ChatCompletion(TypedDict):
    """The answer to a conversation."""

    choices: list[Choice]
    created: int
    """Seconds since 1970."""
    id: str
    model: str
    object: str
    usage: Usage


class ChatMessage(TypedDict):
    """One thing that was said."""

    content: str | list[ChatMessageContent]
    role: str
    """`user`; messages of other roles are passed over."""


class ChatMessageContent(TypedDict):
    image_url: NotRequired[ChatMessageContentImageUrl]
    text: NotRequired[str]
    """Words."""
    type: Literal["text", "image_url"]
    """What the part is."""


class ChatMessageContentImageUrl(TypedDict):
    url: str
    """A `data:` URL, or an address on an allowed host."""


class ChatRequest(TypedDict):
    """A conversation about a picture. Fields of other names are passed over."""

    max_completion_tokens: NotRequired[int | None]
    """The same, and wins."""
    max_tokens: NotRequired[int | None]
    """Most tokens in the answer."""
    messages: list[ChatMessage]
    """The last picture among the user's messages is asked about, with the user's last words: a task's marker and
    its
    input, such as `<OD>` or `<CAPTION_TO_PHRASE_GROUNDING> a red car`, or a plain prompt, which asks for a
    caption
    (in one sentence if it says short or brief, in a paragraph if it says so, else in detail).
    """
    model: str
    """The running model's name, or `florence-2`."""
    n: NotRequired[int | None]
    """There is one answer to a question."""
    seed: NotRequired[int | None]
    """Makes a drawn answer come again."""
    stream: NotRequired[bool | None]
    """Whether the answer comes in chunks."""
    stream_options: NotRequired[StreamOptions | None]
    temperature: NotRequired[float | None]
    """0 and 1 take the likeliest words; anything else draws at random."""
    top_p: NotRequired[float | None]
    """Anything but 1 draws at random."""


class Choice(TypedDict):
    finish_reason: str
    """`stop`, or `length` for an answer that was cut off."""
    index: int
    message: ChatMessage


class ComparedCaptionResponse(TypedDict):
    """One of the two."""

    source: str | None
    """Whose it is; null before you have voted."""
    text: str


class ComparisonResponse(TypedDict):
    """Two captions of a picture."""

    id: str
    image: str
    """Of which picture."""
    left: ComparedCaptionResponse
    outcome: OutcomeName | None
    """What you said of them: `left`, `right`, `tie`, `both_bad` or `skipped`; null before."""
    right: ComparedCaptionResponse


class CountsResponse(TypedDict):
    """A source's captions by bin."""

    counts: list[int]
    """As many as there are bins."""
    source: str


class CreateBulkEditBody(TypedDict):
    """Which captions are to be changed, and how."""

    edit: dict[str, Any]
    """One of `{"operation": "prefix", "text": …}`, `{"operation": "suffix", "text": …}`, `{"operation": "replace",
    "find": …,
    "replacement": …, "ignore_case": false}`, `{"operation": "replace_regex", "pattern": …, "replacement": …}`
    with `$1`
    for groups, `{"operation": "trim"}`, `{"operation": "lowercase"}`, `{"operation": "capitalize"}`,
    `{"operation": "set_status", "status": …, "reason": …}` with a reason for `rejected` alone.
    """
    images: NotRequired[SelectionSchema]
    """Of which images; of all where nothing is said."""
    of_source: NotRequired[str | None]
    """Whose captions (a source's name); all sources' where nothing is said."""


class CreateCaptionJobBody(TypedDict):
    """What is to be captioned, and how."""

    images: NotRequired[SelectionSchema]
    """Which images; all where nothing is said. Those that have a caption of this source already are left out."""
    parameters: NotRequired[dict[str, Any]]
    """As `POST /caption` takes them: `max_length`, `num_beams`, `do_sample`, `temperature`, `top_p`, `seed`."""
    task: NotRequired[str | None]
    """The task, as `POST /caption` takes it; the plain caption where nothing is said."""
    text: NotRequired[str | None]
    """The task's input, where it takes one."""


class CreateDatasetBody(TypedDict):
    """A dataset that is to be."""

    description: NotRequired[str]
    """What it is about, at most 10,000 characters."""
    name: str
    """What people call it, at most 200 characters."""
    slug: str
    """How URLs name it: small letters, digits and dashes, at most 64."""
    visibility: NotRequired[VisibilityName]
    """`private` unless said otherwise."""


class CreateExportBody(TypedDict):
    """What is to be exported, and how."""

    captions: NotRequired[dict[str, Any] | None]
    """`"all"`, which it is unless said otherwise; `{"source": "anna"}` for those of one source; or `{"best":
    {"sources":
    ["florence-2"]}}` for one of each image: an approved one, else a person's, else that of the first of the
    sources
    that has one, else any that nobody has rejected. A `.txt` holds one caption: with `sidecars` it is the best
    unless
    said otherwise.
    """
    format: FormatName
    """`jsonl`, `csv`, `parquet`, `coco`, `webdataset`, `imagefolder`, `sidecars` or `folder`; the last three are
    packed into
    a `.zip`.
    """
    images: NotRequired[SelectionSchema]
    """Which images; all where nothing is said."""


class CreateKeyBody(TypedDict):
    """A key to be made."""

    expires_at: NotRequired[str | None]
    """From when on it opens nothing; never where there is none."""
    name: str
    """1 to 64 characters."""
    scopes: list[str]
    """One or more of `caption`, `read`, `write`, `admin`; none that whoever asks lacks."""


class CreateSourceBody(TypedDict):
    """A source that is to be."""

    kind: CreateSourceKind
    """What it is; people become a source when they write."""
    model: NotRequired[str | None]
    """A model's name, which it must have; at most 200 characters."""
    parameters: NotRequired[dict[str, Any] | None]
    """How a model was asked, at most 16 KB."""
    revision: NotRequired[str | None]
    """The revision of a model's weights, at most 200 characters."""
    slug: str
    """Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64."""
    task: NotRequired[str | None]
    """What a model was asked, which must be told; at most 200 characters."""


CreateSourceKind: TypeAlias = Literal["model", "import"]
"""What a source can be that is made beforehand."""


class DatasetResponse(TypedDict):
    """A named collection of pictures."""

    created_at: str
    description: str
    id: str
    name: str
    role: RoleName
    """What you may do in it: `viewer`, `annotator`, `reviewer` or `owner`."""
    slug: str
    """How URLs name it."""
    visibility: VisibilityName
    """`private`: its members see it; `public`: everybody does."""


class DecisionBody(TypedDict):
    """What you decide."""

    decision: DecisionName
    """`approved` or `rejected`."""
    reason: NotRequired[str | None]
    """Why, where you reject it: at most 1,000 characters, for whoever wrote it."""
    text: NotRequired[str | None]
    """What it is to say instead, where you approve that: at most 20,000 characters."""
    version: int
    """The version that you saw."""


DecisionName: TypeAlias = Literal["approved", "rejected"]
"""Yes or no."""


class DecisionResponse(TypedDict):
    """What you decided."""

    caption: str
    decided_at: str
    decision: StatusName
    """`approved` or `rejected`."""
    file_name: str
    image: str
    reason: str | None
    source: str
    stands: bool
    """Whether the caption still is as you left it, so that you can take the decision back."""
    text: str
    """What the caption said then."""
    version: int
    """The caption's version that the decision made."""


class Defaults(TypedDict):
    """Generation parameters of the server; what is null is the checkpoint's own."""

    do_sample: bool | None
    max_length: int | None
    num_beams: int | None
    temperature: float | None
    top_p: float | None


class DiffPieceResponse(TypedDict):
    """A piece of two texts that are compared by words."""

    change: str
    """`same` where it stands in both, `deleted` where in the former alone, `inserted` where in the latter alone."""
    text: str
    """What it says, white space included."""


class DismissBody(TypedDict):
    """A group that is no duplicates."""

    by: DuplicateKindName
    """What they were found by: `image` or `caption`."""
    images: list[str]
    """Its pictures, 2 to 1,000."""


class DismissalResponse(TypedDict):
    """A group that somebody has found to be no duplicates."""

    by: DuplicateKindName
    """`image` or `caption`."""
    dismissed_at: str
    dismissed_by: str | None
    """Who said so; null where their account is gone."""
    id: str
    images: list[str]


class DuplicateCaptionResponse(TypedDict):
    """What a source says of a picture."""

    id: str
    source: str
    text: str
    version: int


class DuplicateGroupResponse(TypedDict):
    """Pictures that are alike, in the order of adding."""

    images: list[DuplicateImageResponse]
    spread: int
    """How far the two are apart that differ most: bits of 64, or per cent of the words."""


class DuplicateImageResponse(TypedDict):
    """A picture of a group."""

    added_at: str
    byte_size: int
    """In bytes."""
    file_name: str
    """Its name in the dataset."""
    format: str
    """`jpeg`, `png`, `gif` or `webp`."""
    height: int
    id: str
    sha256: str
    """SHA-256 of the file, in hexadecimal."""
    thumbhash: str
    """A ThumbHash in base64: what to show before the picture is there."""
    width: int
    """In pixels, as shown."""
    caption: NotRequired[DuplicateCaptionResponse]
    """What the source that `captions` names says of it; left out where it says nothing."""


DuplicateKindName: TypeAlias = Literal["image", "caption"]
"""What two captions are alike in."""


class DuplicatesResponse(TypedDict):
    """Groups of pictures that are there nearly twice."""

    captions: str | None
    """Whose captions are shown, and compared by `caption`; null where nobody has said anything."""
    compared: int
    """How many pictures were compared."""
    dismissed: int
    """How many groups are left out because somebody has dismissed them."""
    distance: int
    """How far two of a group may be apart."""
    groups: int
    """How many groups there are in all."""
    images: int
    """How many pictures these have."""
    is_complete: bool
    """Whether everything was compared. Of more than a million pictures or 100,000 captions, the first are."""
    items: list[DuplicateGroupResponse]
    """A page of the groups."""
    next_cursor: str | None
    """What to send as `cursor` for the next page; null on the last one."""
    unhashed: int
    """How many pictures can't be compared yet, because their hashes are still to be made."""


class EndAssignmentsBody(TypedDict):
    """Which assignments are to end."""

    images: NotRequired[SelectionSchema]
    """Of which images; of all where nothing is said."""
    of: NotRequired[str | None]
    """Whose (their name); everybody's where nothing is said."""


class EndAssignmentsResponse(TypedDict):
    """What came of it."""

    ended: int
    """How many images are nobody's again."""


class ExifField(TypedDict):
    """An entry that a camera wrote."""

    name: str
    """As the EXIF standard calls it, such as `ExposureTime`."""
    value: str
    """For people to read, such as `1/125 s`."""


class FacetResponse(TypedDict):
    name: str
    """`source`, `task`, `status`, `words`, `megapixels`, `is` or `added`."""
    values: list[FacetValueResponse]
    """Values that at least one picture has. By source, task, status and `is`, a picture can have several."""


class FacetValueResponse(TypedDict):
    count: int
    """How many there are."""
    filter: str
    """What to add to the query to find these pictures."""
    value: str


class FacetsResponse(TypedDict):
    """How the pictures that fit a query divide."""

    facets: list[FacetResponse]
    index: IndexResponse
    total: int
    """How many pictures fit."""


class FailedItemResponse(TypedDict):
    """A part of a job that failed."""

    attempts: int
    """How often it was tried."""
    caption: str | None
    error: str
    """Why it failed."""
    image: str | None
    label: str | None
    """What people call it: an image's name, a line of a file."""
    position: int
    """Where it stands in the job: a line of a file, from 1; of other jobs the item, from 0."""


class FieldResponse(TypedDict):
    meaning: str
    """What stands after the colon, in words."""
    name: str
    values: list[str]
    """What stands after the colon, where that can be listed."""


FileBytes: TypeAlias = bytes
"""The bytes, as they are."""


FormatName: TypeAlias = Literal["jsonl", "imagefolder", "csv", "parquet", "coco", "sidecars", "webdataset", "folder"]
"""How a file has captions and pictures."""


class FoundCaptionResponse(TypedDict):
    confidence: float | None
    """0 to 1."""
    highlights: list[list[int]]
    """What to mark in the text: pairs of the first character and the one after the last, in Unicode code points."""
    id: str
    source: str
    """The source's name in the dataset."""
    status: StatusName
    """`draft`, `submitted`, `approved` or `rejected`."""
    text: str
    version: int
    """Counts its changes; who changes it says which one they saw."""


class FoundImageResponse(TypedDict):
    """A picture that fits."""

    added_at: str
    byte_size: int
    """In bytes."""
    file_name: str
    """Its name in the dataset."""
    format: str
    """`jpeg`, `png`, `gif` or `webp`."""
    height: int
    id: str
    sha256: str
    """SHA-256 of the file, in hexadecimal."""
    thumbhash: str
    """A ThumbHash in base64: what to show before the picture is there."""
    width: int
    """In pixels, as shown."""
    captions: list[FoundCaptionResponse]
    """What its sources say, by their names."""
    highlights: list[list[int]]
    """What to mark in the file's name: pairs of the first character and the one after the last."""


class GpuInfo(TypedDict):
    memory_total: int
    memory_used: int
    """In use, by whoever uses it."""
    name: str


class HealthResponse(TypedDict):
    """How the server is, in the shape of the earlier servers."""

    gpu_available: bool
    memory_usage: MemoryUsage
    model_loaded: bool
    search: NotRequired[IndexResponse]
    """The search index, where anything is kept."""
    status: str
    """`healthy`; `loading` before the model is there, `overloaded` while every place in the queue is taken,
    `shutting_down` once the server was told to stop.
    """
    uptime: str
    """Such as `2h 45m`."""


class HedgeResponse(TypedDict):
    """A phrase such as "appears to"."""

    captions: int
    """How many captions have it."""
    phrase: str


class HedgingResponse(TypedDict):
    """How often a source says that it is not sure."""

    captions: int
    """How many captions have such a phrase."""
    phrases: list[HedgeResponse]
    """The phrases, the most frequent first."""
    share: float
    """The same as a share of all."""


class HistogramResponse(TypedDict):
    """How the captions of each source lie in bins."""

    bins: list[BinResponse]
    metric: str
    sources: list[CountsResponse]


class ImageResponse(TypedDict):
    """A picture in a dataset."""

    added_at: str
    byte_size: int
    """In bytes."""
    file_name: str
    """Its name in the dataset."""
    format: str
    """`jpeg`, `png`, `gif` or `webp`."""
    height: int
    id: str
    sha256: str
    """SHA-256 of the file, in hexadecimal."""
    thumbhash: str
    """A ThumbHash in base64: what to show before the picture is there."""
    width: int
    """In pixels, as shown."""


class ImportForm(TypedDict):
    """The form of an import."""

    dry_run: NotRequired[bool | None]
    """Whether to find out what would happen and change nothing."""
    file: bytes
    """The file. The formats that are folders come as `.zip` or `.tar`."""
    format: NotRequired[str | None]
    """`jsonl`, `csv`, `parquet`, `coco`, `webdataset`, `imagefolder`, `sidecars` or `folder`; where the file's
    name or what
    it holds does not tell.
    """
    mapping: NotRequired[list[str] | None]
    """Which column is which field, such as `prompt=caption`; may be repeated. Columns of the usual names are
    known.
    """
    source: NotRequired[str | None]
    """The source of captions that name none: `import` unless said otherwise."""


class IndexResponse(TypedDict):
    """How the search index is."""

    indexed: int
    """How many pictures are in it, of all datasets; while it is built, in the new one."""
    reason: NotRequired[str]
    """Why it is built, to go on "because"."""
    state: str
    """`ready`: it has all that was written a second ago; `degraded` while it is built: answers may lack pictures;
    `opening`: it answers nothing yet.
    """
    total: NotRequired[int]
    """How many there are to be; while it is built."""


class JobResponse(TypedDict):
    """A job: long work that goes on by itself."""

    created_at: str
    created_by: str | None
    """Who asked; null for whoever runs the server."""
    dataset: str | None
    """The slug of the dataset that it works on; null for what concerns the whole server."""
    done: int
    """Items that are done."""
    error: str | None
    """Why it failed as a whole."""
    failed: int
    """Items that failed for good; `/errors` lists them."""
    finished_at: str | None
    id: str
    kind: str
    """`caption`, `import`, `export`, `bulk_edit`, `keep_caption`, `rollback` or `reindex`."""
    pace: float | None
    """Items a second."""
    request: Any
    """What was asked."""
    result: Any
    """What came of it, where there is more to say than the counts."""
    seconds_left: float | None
    """At this pace."""
    started_at: str | None
    state: JobStateName
    """`waiting`, `running`, `succeeded`, `failed` or `cancelled`."""
    total: int | None
    """Of how many items it consists; null until that is known."""


JobStateName: TypeAlias = Literal["waiting", "running", "succeeded", "failed", "cancelled"]
"""How a job is."""


class KeepCaptionBody(TypedDict):
    """Which caption is to be kept for which pictures."""

    caption: str
    """A caption of a picture of this dataset, whoever's."""
    images: list[KeepImageBody]
    """The pictures, 1 to 1,000."""
    version: int
    """Its version, as you saw it."""


class KeepCaptionPreviewResponse(TypedDict):
    """What keeping a caption would write."""

    added: int
    """How many pictures get it that you have said nothing of."""
    changed: int
    """In how many the caption takes the place of another of yours."""
    images: list[KeptImageResponse]
    """Each picture."""
    source: str
    """Whose it is (a source's name)."""
    text: str
    """What the caption says."""
    unchanged: int
    """Of how many you say so already."""


class KeepImageBody(TypedDict):
    """A picture that gets a caption."""

    id: str
    version: NotRequired[int | None]
    """The version of your own caption of it, as you saw it; nothing where you have none. The preview tells it."""


class KeptImageResponse(TypedDict):
    """A picture that would get the caption."""

    before: str | None
    """What your own caption of it says; null where you have none."""
    diff: list[DiffPieceResponse]
    """How your own caption would become this one, by words."""
    file_name: str
    id: str
    version: int | None
    """The version of your own caption of it; null where you have none."""


class LeaseResponse(TypedDict):
    """That you are looking at an image, and nobody else is given it."""

    assigned: bool
    """Whether the image was assigned to you."""
    expires_at: str
    """When others may be given it; renew the lease before."""
    id: str
    image: str


class LinkResponse(TypedDict):
    """A link that somebody may use once."""

    expires_at: str
    token: str
    """What whoever gets the link sends with what they choose. It is told here and never again."""


class ListedImageResponse(TypedDict):
    """A picture in a list."""

    added_at: str
    byte_size: int
    """In bytes."""
    file_name: str
    """Its name in the dataset."""
    format: str
    """`jpeg`, `png`, `gif` or `webp`."""
    height: int
    id: str
    sha256: str
    """SHA-256 of the file, in hexadecimal."""
    thumbhash: str
    """A ThumbHash in base64: what to show before the picture is there."""
    width: int
    """In pixels, as shown."""
    caption: NotRequired[StoredCaptionResponse]
    """What the source that `captions` names says of it; left out where it says nothing."""


class MadeVersion(TypedDict):
    """A caption at a version."""

    caption: str
    version: int


class MeResponse(TypedDict):
    """Whoever asks."""

    scopes: list[str]
    """What the key is for; a session is for everything."""
    user: UserResponse


class MeasuredCaptionResponse(TypedDict):
    """A caption with its numbers."""

    caption: str
    """The caption's id."""
    file_name: str
    image: str
    metrics: dict[str, float]
    """By measure; those against the reference where the picture has a caption of that."""
    source: str
    status: StatusName
    text: str


class MemberResponse(TypedDict):
    """Somebody's part in a dataset."""

    name: str
    role: RoleName
    user: str


class MemoryUsage(TypedDict):
    gpu_memory_total: str
    gpu_memory_used: str
    process_memory_used: NotRequired[str]
    """Resident memory of this process."""


class Model(TypedDict):
    """A model."""

    created: int
    """When the server started, in seconds since 1970."""
    id: str
    object: str
    owned_by: str


class ModelInfo(TypedDict):
    """Who answered."""

    model_type: str
    name: str
    """The checkpoint's name."""
    notice: NotRequired[str]
    """What must be known about the model to judge its answers: the demo model says what it knows."""
    revision: str
    """The hub's commit, or a fingerprint of the checkpoint's folder."""
    version: str
    """Vasari's version."""


class ModelInfoResponse(TypedDict):
    """The running model."""

    model_type: str
    name: str
    """The checkpoint's name."""
    notice: NotRequired[str]
    """What must be known about the model to judge its answers: the demo model says what it knows."""
    revision: str
    """The hub's commit, or a fingerprint of the checkpoint's folder."""
    version: str
    """Vasari's version."""
    defaults: Defaults
    """What holds where a request says nothing."""
    device: str
    """Where it runs, such as `CPU` or `CUDA 0`."""
    precision: str
    """What it computes in, such as `fp32`."""
    tasks: list[Task]


class ModelList(TypedDict):
    """The models that can be asked: the one that runs."""

    data: list[Model]
    object: str


class ModelSummary(TypedDict):
    device: str
    """Such as `cpu` or `cuda:0`."""
    is_demo: bool
    """Whether it is the demo, which knows only drawn scenes."""
    name: str
    precision: str
    """Such as `fp32`."""
    revision: str


class NeighboursResponse(TypedDict):
    """What stands beside a picture."""

    next: str | None
    """The picture after; null after the last."""
    previous: str | None
    """The picture before; null before the first."""


class NewApiKeyResponse(TypedDict):
    """A key that was just made."""

    created_at: str
    expires_at: str | None
    id: str
    last_used_at: str | None
    """To the minute."""
    name: str
    prefix: str
    """The key's first 12 letters."""
    revoked_at: str | None
    scopes: list[str]
    """`caption`, `read`, `write`, `admin`."""
    key: str
    """The key itself. It is told here and never again."""


class NextComparisonBody(TypedDict):
    """What is to be compared."""

    images: NotRequired[SelectionSchema]
    """Captions of which images; of all where nothing is said."""
    sources: NotRequired[list[str]]
    """Of which sources (their names), at least two; of all where none is named."""


class NextComparisonResponse(TypedDict):
    """What comes next in the arena."""

    comparison: ComparisonResponse | None
    """Null where you have been asked about everything."""
    votes: int
    """How many votes you have given in this dataset."""


class NextReviewBody(TypedDict):
    """What is to be reviewed."""

    images: NotRequired[SelectionSchema]
    """Captions of which images; of all where nothing is said. Where a source is named, a caption of that one
    waits; a status that is named does not matter, because what waits is submitted.
    """


class NextReviewResponse(TypedDict):
    """What comes next."""

    item: ReviewItemResponse | None
    """Null where nothing waits that nobody else looks at or is to look at."""
    skipped: int
    """How many images wait that you have skipped."""


class OpenSessionResponse(TypedDict):
    """A browser or program that is signed in."""

    created_at: str
    id: str
    is_current: bool
    """Whether it is the one that asks."""
    renewed_at: str
    """When it was last renewed, which a browser in use is once a day."""
    user_agent: str | None
    """What it calls itself."""


class Outcome(TypedDict):
    answer: NotRequired[Any]
    """The answer as the reference's post-processing gives it."""
    caption: NotRequired[str]
    """The caption as a person reads it; for tasks that answer with regions, their labels joined by ", "."""
    confidence: NotRequired[float]
    """exp(mean log-probability of the generated text tokens), 0 to 1."""
    image: NotRequired[CaptionAnswerImage]
    model_info: NotRequired[ModelInfo]
    processing_time: NotRequired[float]
    """Seconds from the decoded request to the answer, to the millisecond."""
    regions: NotRequired[list[CaptionAnswerRegions]]
    task: NotRequired[str]
    """The task's marker, such as `<OD>`."""
    text: NotRequired[str]
    """The task's input, where it takes one."""
    stored: NotRequired[StoredResult]
    """What became of it in the dataset, if one was named."""
    timings: NotRequired[Timings]
    """Where the time went, if `timings` was asked for."""
    error: NotRequired[ProblemDocument]


OutcomeName: TypeAlias = Literal["left", "right", "tie", "both_bad", "skipped"]
"""Which of two captions somebody prefers."""


class PreviewedCaption(TypedDict):
    """A caption before and after."""

    after: str
    before: str
    diff: list[DiffPieceResponse]
    """How the one became the other, by words."""
    file_name: str
    """The picture's name."""
    id: str
    image: str
    source: str
    """The source's name."""
    status: StatusName
    """How far its review is afterwards."""


class ProblemDocument(TypedDict):
    """What went wrong (RFC 9457)."""

    current: NotRequired[Any]
    """What is there now, where a change contradicts it: a caption with its version."""
    detail: NotRequired[str]
    """What is wrong here and what would be right."""
    length: NotRequired[int]
    """How many characters of the query are wrong."""
    position: NotRequired[int]
    """Where a query is wrong: the first wrong character, counted from 0."""
    request_id: NotRequired[str]
    """What to quote when asking for help."""
    sent: NotRequired[Any]
    """What was sent that contradicts it."""
    status: int
    """The HTTP status."""
    title: str
    """What happened, in a few words."""
    type: str
    """A stable name of the kind of problem, such as `/problems/missing-image`."""


class ProcessInfo(TypedDict):
    cpu_seconds: NotRequired[float]
    """Processor time of all threads."""
    memory_used: NotRequired[int]
    uptime: str
    """Such as `2h 45m`."""
    uptime_seconds: int


class PutOwnCaptionBody(TypedDict):
    """What you say of a picture."""

    regions: NotRequired[list[RegionBody] | None]
    """What is where, at most 1,000; an empty array for nothing, left out for what there is."""
    text: str
    """At most 20,000 characters."""
    version: NotRequired[int | None]
    """The version that you saw; left out for the first."""


class QueueInfo(TypedDict):
    admitted: int
    """Captions asked for and not yet answered."""
    waiting: int
    """Those of them that wait for a worker."""


class RefreshBody(TypedDict):
    """A refresh token, for programs; a browser sends its own in a cookie."""

    refresh_token: str


class RegionBody(TypedDict):
    """Something in a picture: what it is, and where, as exactly one of `box`, `quad` and `polygons`, in pixels of
    the picture
    as shown.
    """

    box: NotRequired[list[float] | None]
    """Left, top, right, bottom."""
    confidence: NotRequired[float | None]
    """0 to 1."""
    label: str
    """What it is, at most 500 characters; may be empty."""
    polygons: NotRequired[list[list[float]] | None]
    """Outlines, each as at least three x, y pairs."""
    quad: NotRequired[list[float] | None]
    """Four corners as x, y pairs."""


class ReloadResponse(TypedDict):
    """The model that answers from now on."""

    loading_time: float
    """Seconds until it was loaded and warm."""
    model_info: ModelInfo


class ResetPasswordBody(TypedDict):
    """A new password, by link."""

    password: str
    """12 to 256 characters."""
    token: str
    """The token of the link."""


class RestoreCaptionBody(TypedDict):
    """Which version was seen."""

    version: int
    """The version that the caption is at, as you saw it."""


class ReviewItemResponse(TypedDict):
    """An image that is yours to look at."""

    captions: list[StoredCaptionResponse]
    """What every source says of it; those that are `submitted` wait."""
    image: ImageResponse
    lease: LeaseResponse


class ReviewProgressResponse(TypedDict):
    """How far review is."""

    captions: ReviewedCaptionsResponse
    people: list[ReviewerProgressResponse]
    """Everybody who may review or has, by name."""
    share: float | None
    """Of the captions that were submitted the share that is decided, 0 to 1; null where none was."""


class ReviewedCaptionsResponse(TypedDict):
    """Captions by state."""

    approved: int
    draft: int
    rejected: int
    submitted: int


class ReviewerProgressResponse(TypedDict):
    """How much somebody has reviewed. A decision counts until they take it back or change their mind."""

    approved: int
    """Decisions to approve, on all days."""
    assigned: int
    """Images that they are to look at."""
    may_review: bool
    """Whether they may review now."""
    name: str
    rejected: int
    """Decisions to reject."""
    today: int
    """Decisions of both kinds since midnight UTC."""
    user: str


RoleName: TypeAlias = Literal["viewer", "annotator", "reviewer", "owner"]
"""What somebody may do in a dataset."""


class SaveViewBody(TypedDict):
    """A view to be saved."""

    name: str
    """1 to 100 characters. Your view of this name becomes this one."""
    query: str
    """What the address of the dataset's page says after its question mark, at most 4,000 characters."""
    shared: NotRequired[bool]
    """Whether everybody who sees the dataset sees it, which takes an annotator."""


class SavedViewId(TypedDict):
    """A view that has just been saved."""

    id: str


class SavedViewResponse(TypedDict):
    """A view that was saved."""

    created_at: str
    id: str
    name: str
    owner: str
    """Who saved it."""
    query: str
    """What the address of the dataset's page says after its question mark."""
    shared: bool
    """Whether everybody who sees the dataset sees it."""


class SearchFieldsResponse(TypedDict):
    """What a query in a dataset can name."""

    fields: list[FieldResponse]
    sorts: list[str]
    """What pictures can be sorted by."""
    sources: list[SearchSourceResponse]
    """Whose captions can be looked at, by name."""


class SearchResponse(TypedDict):
    """A page of the pictures that fit a query."""

    items: list[FoundImageResponse]
    next_cursor: str | None
    index: IndexResponse
    sort: str
    """The order that they are in."""
    total: int
    """How many pictures fit in all."""


class SearchSourceResponse(TypedDict):
    kind: str
    """`model`, `person` or `import`."""
    prefix: str
    """How a query writes it before the colon: in quotes where it is called as a field is."""
    slug: str
    task: str | None
    """What it was asked, such as `<CAPTION>`."""


class SeenCaption(TypedDict):
    """A caption as you saw it."""

    id: str
    version: int


class SelectionSchema(TypedDict):
    """Which images of a dataset. Each member that is given narrows the choice; nothing given means all."""

    images: NotRequired[list[str] | None]
    """These, by id; at most 100,000."""
    missing: NotRequired[str | None]
    """Those without a caption of this source."""
    query: NotRequired[str | None]
    """Those that this search finds."""
    source: NotRequired[str | None]
    """Those with a caption of this source."""
    status: NotRequired[str | None]
    """Those with a caption in this state: `draft`, `submitted`, `approved` or `rejected`."""


class ServerSentEvent(TypedDict):
    data: str
    """JSON, or `[DONE]` at the end of a stream for programs written for OpenAI's API."""
    event: NotRequired[str]
    """What it is; the description of the path says which there are."""


class SessionResponse(TypedDict):
    """Somebody is signed in."""

    access_token: NotRequired[str]
    """What to send as `Authorization: Bearer`; only where tokens were asked for."""
    expires_in: int
    """Seconds until the access token is to be renewed."""
    refresh_token: NotRequired[str]
    """What renews it, once; only where tokens were asked for."""
    user: UserResponse


class SetMemberBody(TypedDict):
    """The part that somebody is to have."""

    role: RoleName
    """`viewer`, `annotator`, `reviewer` or `owner`."""


class ShareResponse(TypedDict):
    """Somebody's share."""

    images: int
    reviewer: str


class SignInBody(TypedDict):
    """Who signs in."""

    name: str
    password: str
    tokens: NotRequired[bool]
    """Whether the tokens come in the answer, for a program, instead of in cookies."""


class SignUpBody(TypedDict):
    """Somebody who wants an account."""

    name: str
    """1 to 64 characters, unique whatever their case."""
    password: str
    """12 to 256 characters."""
    token: NotRequired[str | None]
    """The token of the link; not needed where everybody may make an account."""
    tokens: NotRequired[bool]
    """Whether the tokens come in the answer, for a program, instead of in cookies."""


SourceKindName: TypeAlias = Literal["model", "person", "import"]
"""What a source is."""


class SourceMetricsResponse(TypedDict):
    """The captions of a source in numbers."""

    against_reference: AgainstReferenceResponse | None
    """Null for the reference itself, and where there is none."""
    captions: int
    """How many captions it has."""
    hedging: HedgingResponse
    source: str
    """The source's name."""
    summaries: dict[str, SummaryResponse]
    """The numbers of its captions, by measure: `words`, `tokens`, `repetition` (of its runs of three words, how
    many stood
    in it before), `variety` (its words that are different, as a share), `hedges`; and against the reference
    `bleu_4`,
    `rouge_l`, `meteor`, `cider`.
    """
    vocabulary: VocabularyResponse


class SourceResponse(TypedDict):
    """Where captions come from."""

    captions: int
    """How many pictures it has a caption of."""
    created_at: str
    id: str
    is_own: bool
    """Whether it is you."""
    kind: SourceKindName
    """`model`, `person` or `import`."""
    model: str | None
    """A model's name."""
    parameters: dict[str, Any] | None
    """How a model was asked."""
    revision: str | None
    """The revision of a model's weights."""
    slug: str
    """Its name in the dataset."""
    task: str | None
    """What a model was asked, such as `<CAPTION>`."""


class StandingResponse(TypedDict):
    """Where a source stands."""

    comparisons: int
    """How often it was compared."""
    high: float
    """Its upper end."""
    low: float
    """The score's 95 % interval, from drawing the votes anew: its lower end."""
    score: float
    """Of Bradley and Terry's model: 1000 for one like the others, 400 more means preferred ten times as often."""
    source: str
    """The source's name."""
    wins: float
    """How often it was preferred; a tie is half a time."""


StatusName: TypeAlias = Literal["draft", "submitted", "approved", "rejected"]
"""How far the review of a caption is."""


class StoredCaptionResponse(TypedDict):
    """What a source says of a picture."""

    confidence: float | None
    """0 to 1."""
    diff: NotRequired[list[DiffPieceResponse]]
    """How the caption that `against` names became this one, by words; only where one is named."""
    edited: bool
    """Whether a person has changed what a model or an import said."""
    id: str
    reason: str | None
    """Why it was rejected, where it is and the reviewer said so; for who may write captions."""
    regions: list[dict[str, Any]] | None
    """Boxes, quads and polygons with their labels, in pixels of the picture as shown."""
    source: str
    """The source's name in the dataset."""
    status: StatusName
    """`draft`, `submitted`, `approved` or `rejected`."""
    text: str
    updated_at: str
    version: int
    """Counts its changes; who changes it says which one they saw."""


class StoredResult(TypedDict):
    """What became of a caption in its dataset."""

    caption: str
    """The caption's id."""
    dataset: str
    """The dataset's slug."""
    image: str
    """The picture's id."""
    outcome: str
    """`created`, `updated` (what the source said before stays in the history), `unchanged`, or `kept`: a person
    has changed
    or approved what the source said before, and that stays.
    """
    source: str
    """The source that the model is in the dataset."""
    version: int
    """The version that it is at."""


class StreamOptions(TypedDict):
    """What a stream brings besides words."""

    include_usage: NotRequired[bool | None]
    """Whether the last chunk tells how long the answer is."""


class SummaryResponse(TypedDict):
    """Many numbers in a few."""

    max: float
    mean: float
    median: float
    min: float
    p25: float
    p5: float
    p75: float
    p95: float


class SystemInfoResponse(TypedDict):
    """What the server runs on, and how busy it is. Sizes are in bytes. Nothing here names the machine, its users
    or its
    files.
    """

    gpu: GpuInfo | None
    """The first GPU; `null` without one."""
    model: ModelSummary | None
    """`null` while it is being loaded."""
    process: ProcessInfo
    queue: QueueInfo | None
    system: SystemSummary
    vasari: BuildInfo


class SystemSummary(TypedDict):
    architecture: str
    """Such as `x86_64`."""
    cpu_cores: int
    """Processors that the server may use."""
    cpu_model: NotRequired[str]
    memory_available: NotRequired[int]
    """What programs can still take."""
    memory_total: NotRequired[int]
    os: str
    """Such as `Debian GNU/Linux 13 (trixie)`."""


class Task(TypedDict):
    """One thing that can be asked."""

    description: str
    input: str
    """What the task takes in `text`: `none`, `text` for words, or `region` for a box."""
    name: str
    """The same without brackets, which requests may carry as well."""
    task: str
    """What requests carry in `task`, such as `<OD>`."""


class TasksResponse(TypedDict):
    """What can be asked of a picture."""

    tasks: list[Task]


class Timings(TypedDict):
    """Where the time of an answer went; milliseconds. Stages that pictures passed together count in full for each."""

    batch_size: int
    """Most requests that shared a step, this one included."""
    decode_ms: float
    """All decoding steps."""
    encoder_ms: float
    """The encoder."""
    features_cached: bool
    """Whether what the model sees of the picture was known from an earlier question."""
    prepare_ms: float
    """Decoding the file and making of it what the network takes."""
    queued_ms: float
    """In line."""
    steps: int
    """Decoding steps."""
    tokens: int
    """Tokens of the answer."""
    vision_ms: float
    """The vision tower; 0 when the picture's features were cached."""


class TurnedCaption(TypedDict):
    """A caption that changed."""

    confidence: float | None
    """0 to 1."""
    diff: NotRequired[list[DiffPieceResponse]]
    """How the caption that `against` names became this one, by words; only where one is named."""
    edited: bool
    """Whether a person has changed what a model or an import said."""
    id: str
    reason: str | None
    """Why it was rejected, where it is and the reviewer said so; for who may write captions."""
    regions: list[dict[str, Any]] | None
    """Boxes, quads and polygons with their labels, in pixels of the picture as shown."""
    source: str
    """The source's name in the dataset."""
    status: StatusName
    """`draft`, `submitted`, `approved` or `rejected`."""
    text: str
    updated_at: str
    version: int
    """Counts its changes; who changes it says which one they saw."""
    image: str
    """Of which picture."""


class TurnedResponse(TypedDict):
    """What came of undoing, or of doing again."""

    action: ActionResponse
    """What was undone, or done again."""
    captions: list[TurnedCaption]
    """The captions that changed, at most 1,000."""
    job: str | None
    """The job that does it, where it takes one."""


class UndoBody(TypedDict):
    """What is to be undone."""

    made: NotRequired[MadeVersion | None]
    """A caption and the version that the act made of it; your last act where nothing is said."""


class UpdateCaptionBody(TypedDict):
    """What is to change about a caption: its text and regions, or how far its review is."""

    reason: NotRequired[str | None]
    """Why, where the status is `rejected`: at most 1,000 characters, for whoever wrote it. It is gone once the
    caption is
    changed or submitted again.
    """
    regions: NotRequired[list[RegionBody] | None]
    """What is where, at most 1,000; an empty array for nothing. It is a draft then."""
    status: NotRequired[StatusName | None]
    """`draft`, `submitted`, `approved` or `rejected`; the last two are for reviewers."""
    text: NotRequired[str | None]
    """What it is to say, at most 20,000 characters. It is a draft then."""
    version: int
    """The version that you saw."""


class UpdateCaptionsBody(TypedDict):
    """Which captions, and how far their review is."""

    captions: list[SeenCaption]
    """At most 1,000."""
    reason: NotRequired[str | None]
    """Why they are rejected, in at most 1,000 characters; with `rejected` alone."""
    status: StatusName
    """`draft`, `submitted`, `approved` or `rejected`; the last two are for reviewers."""


class UpdateDatasetBody(TypedDict):
    """What is to change; what is left out stays."""

    description: NotRequired[str | None]
    name: NotRequired[str | None]
    visibility: NotRequired[VisibilityName | None]


class UpdateSourceBody(TypedDict):
    """What a source is to be called."""

    slug: str
    """Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64."""


class UpdateUserBody(TypedDict):
    """What is to change; what is left out stays."""

    disabled: NotRequired[bool | None]
    """Whether they may sign in no longer. Their sessions end at once and their keys open nothing."""
    is_admin: NotRequired[bool | None]
    """Whether they administer this server."""


class UpdatedCaptionsResponse(TypedDict):
    """What came of it."""

    changed: list[StoredCaptionResponse]
    """Those that changed, as they are now."""
    unchanged: int
    """How many did not: somebody changed them since you saw them, or they are gone."""


class UploadFormBody(TypedDict):
    archive: NotRequired[bytes]
    """A zip or tar archive of pictures, which are added under their paths in it."""
    images: NotRequired[list[bytes]]


class Usage(TypedDict):
    """How long the answer is. What the picture costs isn't counted in tokens: `prompt_tokens` is 0."""

    completion_tokens: int
    prompt_tokens: int
    total_tokens: int


class UserResponse(TypedDict):
    """Somebody with an account."""

    created_at: str
    disabled_at: str | None
    """Since when they may not sign in; null where they may."""
    id: str
    is_admin: bool
    """Whether they administer this server."""
    name: str


VisibilityName: TypeAlias = Literal["private", "public"]
"""Who sees a dataset: its members, or everybody."""


class VocabularyResponse(TypedDict):
    """Which words a source knows."""

    distinct_words: int
    """How many of those are different."""
    type_token_ratio: float
    """The latter as a share of the former. It falls as texts grow: compare sources that say as much."""
    words: int
    """How many words all captions have together."""


class VoteBody(TypedDict):
    """What you prefer."""

    outcome: OutcomeName
    """`left`, `right`, `tie`, `both_bad` or `skipped`."""


class VoteResponse(TypedDict):
    """A vote."""

    comparison: str
    file_name: str
    image: str
    left_source: str
    left_text: str
    outcome: OutcomeName
    """`left`, `right`, `tie`, `both_bad` or `skipped`."""
    right_source: str
    right_text: str
    voted_at: str
    voter: str | None
    """Who voted; null where their account is gone."""
    voter_name: str | None
    """What they are called, for who is signed in."""
