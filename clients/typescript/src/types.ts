// What the server takes and gives, as JSON.
// Generated from the OpenAPI document by clients/generate_types.py; not to be changed by hand.

/** A page of a list. */
export interface Page<Item> {
  items: Item[];
  /** What to send as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

/** How an act changed a caption. */
export interface ActionExampleResponse {
  /** How its text changed, by words. */
  diff: DiffPieceResponse[];
  file_name: string;
  /** Of which picture. */
  image: string;
  /** The source's name in the dataset. */
  source: string;
  status_after: StatusName;
  status_before: StatusName;
}

/** Something that somebody did to captions. */
export interface ActionResponse {
  /** How many captions it changed. */
  captions: number;
  /** When; of writing that went on for a while, when it ended. */
  done_at: string;
  /** What it changed about the first of them; null for jobs. */
  example: ActionExampleResponse | null;
  id: number;
  /** The job that did it, where it was one. */
  job: string | null;
  /** `done`; `undone`, and can be done again; or `dropped`: undone for good, or nothing was left to undo. */
  state: string;
  /** Who did it. */
  user: string;
  /** What they are called, for who is signed in. */
  user_name: string | null;
}

/** What a model or an import says of a picture. */
export interface AddCaptionBody {
  /** How sure the source is, 0 to 1. */
  confidence?: number | null;
  /** What is where, at most 1,000. */
  regions?: RegionBody[] | null;
  /** The source's name in the dataset: a model or an import, no person. */
  source: string;
  /** At most 20,000 characters. */
  text: string;
}

/** Somebody who is to have a part. */
export interface AddMemberBody {
  /** What they are called, whatever its case. */
  name: string;
  /** `viewer`, `annotator`, `reviewer` or `owner`. */
  role: RoleName;
}

/** What came of a file. */
export interface AddedImage {
  /** Whether the dataset had the same file under the same name before. */
  already_there?: boolean;
  image?: ImageResponse;
  error?: ProblemDocument;
  /** The file's name as the client calls it. */
  filename: string;
}

/** What came of each file, in the order they were sent. */
export interface AddedImagesResponse {
  results: AddedImage[];
}

export interface AddedOutcome {
  /** Whether the dataset had the same file under the same name before. */
  already_there?: boolean;
  image?: ImageResponse;
  error?: ProblemDocument;
}

/** A source against the reference, over the pictures of which both say something. */
export interface AgainstReferenceResponse {
  /** BLEU-4 of all captions together, 0 to 1, as sacrebleu has it of texts that are split into words. */
  bleu_4: number;
  /**
   * `CIDEr`-D, 0 to 10: the captions' mean. How rare words are tell all captions of the reference that were
   * looked at.
   */
  cider: number;
  /** How many pictures those are. */
  images: number;
  /** In the manner of METEOR, without synonyms, 0 to 1: the captions' mean. */
  meteor: number;
  /** ROUGE-L, 0 to 1: the captions' mean, as in the programs of the COCO caption challenge. */
  rouge_l: number;
}

/** How far people agree. */
export interface AgreementResponse {
  /** Krippendorff's alpha: 1 where all agree, 0 as by chance; null where all always say the same one thing. */
  alpha: number | null;
  /** How many pairs of captions at least two people voted on. */
  comparisons: number;
  /** Of two people, how often they said the same, 0 to 1. */
  observed: number;
}

/** A key, without the key. */
export interface ApiKeyResponse {
  created_at: string;
  expires_at: string | null;
  id: string;
  /** To the minute. */
  last_used_at: string | null;
  name: string;
  /** The key's first 12 letters. */
  prefix: string;
  revoked_at: string | null;
  /** `caption`, `read`, `write`, `admin`. */
  scopes: string[];
}

/** Which images are to be assigned, and to whom. */
export interface AssignBody {
  /**
   * Which images; all of the dataset where nothing is said. `{"status": "submitted"}` is what waits; others are
   * assigned
   * ahead.
   */
  images?: SelectionSchema;
  /** At most so many images, those first that were added first; all where nothing is said. */
  limit?: number | null;
  /** Whether images that somebody has are taken from them. Else they stay theirs, and others are assigned. */
  reassign?: boolean;
  /** Reviewers or owners, by name, at most 100. The images are shared evenly among them, in turns. */
  to: string[];
}

/** What came of it. */
export interface AssignResponse {
  /** How many images were assigned. */
  assigned: number;
  /** How many to whom. */
  shares: ShareResponse[];
}

/** An image that somebody is to look at. */
export interface AssignmentResponse {
  assigned_at: string;
  /** Who said so; null where whoever runs the server did, or their account is gone. */
  assigned_by_name: string | null;
  file_name: string;
  image: string;
  reviewer: string;
  reviewer_name: string;
  /** Whether a caption of it is submitted; others were assigned ahead. */
  waits: boolean;
}

/** Something that somebody did. */
export interface AuditEntryResponse {
  /** What, such as `user.disable`. */
  action: string;
  /** With which key. */
  actor_key: string | null;
  /** What they are called now. */
  actor_name: string | null;
  /** Who; null for somebody who was not signed in, and for whoever runs the server. */
  actor_user: string | null;
  at: string;
  detail: Record<string, unknown>;
  id: string;
  /** What the key is called. */
  key_name: string | null;
  /** The request that asked for it. */
  request_id: string | null;
  /** To whom or what. */
  subject: string | null;
  /** What a person, a key, a dataset or a source is called now. */
  subject_name: string | null;
}

export interface BatchForm {
  /** How many of the pictures wait or run at the same time. */
  batch_size?: number;
  /** Whether tokens are drawn at random. Works with one beam only. */
  do_sample?: boolean;
  images: Blob[];
  /** Most tokens in the answer, about four letters each. */
  max_length?: number;
  /** Beams of the search; 1 takes the likeliest token each time. */
  num_beams?: number;
  /** The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`. */
  region?: string;
  /** Makes a drawn answer come again. */
  seed?: number;
  /** Whether the answer comes as it is made. */
  stream?: boolean;
  /** What to do, as `<OD>` or `od`; `GET /tasks` lists them. */
  task?: string;
  /** Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false. */
  temperature?: number;
  /**
   * The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
   * thousandths of the picture or as `x0,y0,x1,y1` in pixels.
   */
  text?: string;
  /** Whether the answer tells where its time went. */
  timings?: boolean;
  /**
   * Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
   * `do_sample` is false.
   */
  top_p?: number;
}

export interface BatchJson {
  /** How many of the pictures wait or run at the same time. */
  batch_size?: number | null;
  /** Whether tokens are drawn at random. Works with one beam only. */
  do_sample?: boolean | null;
  images: (string | BatchJsonImages)[];
  /** Most tokens in the answer, about four letters each. */
  max_length?: number | null;
  /** Beams of the search; 1 takes the likeliest token each time. */
  num_beams?: number | null;
  /** The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`. */
  region?: number[] | null;
  /** Makes a drawn answer come again. */
  seed?: number | null;
  /** Whether the answer comes as it is made. */
  stream?: boolean | null;
  /** What to do, as `<OD>` or `od`; `GET /tasks` lists them. */
  task?: string | null;
  /** Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false. */
  temperature?: number | null;
  /**
   * The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
   * thousandths of the picture or as `x0,y0,x1,y1` in pixels.
   */
  text?: string | null;
  /** Whether the answer tells where its time went. */
  timings?: boolean | null;
  /**
   * Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
   * `do_sample` is false.
   */
  top_p?: number | null;
}

export interface BatchJsonImages {
  /** What to call it in the answer of a batch. */
  filename?: string | null;
  /** The picture as base64 (JPEG, PNG, GIF or WebP), or as a `data:` URL. */
  image?: string | null;
  /** Instead: where the picture lies, on a host that the server allows. */
  image_url?: string | null;
}

/** What came of each picture, in the order they were sent. */
export interface BatchResponse {
  results: BatchResult[];
  /** Seconds from the request to the last caption, to the millisecond. */
  total_processing_time: number;
}

/** What came of one picture: its caption, or why there is none. */
export interface BatchResult {
  /** The answer as the reference's post-processing gives it. */
  answer?: unknown;
  /** The caption as a person reads it; for tasks that answer with regions, their labels joined by ", ". */
  caption?: string;
  /** exp(mean log-probability of the generated text tokens), 0 to 1. */
  confidence?: number;
  image?: CaptionAnswerImage;
  model_info?: ModelInfo;
  /** Seconds from the decoded request to the answer, to the millisecond. */
  processing_time?: number;
  regions?: CaptionAnswerRegions[];
  /** The task's marker, such as `<OD>`. */
  task?: string;
  /** The task's input, where it takes one. */
  text?: string;
  /** What became of it in the dataset, if one was named. */
  stored?: StoredResult;
  /** Where the time went, if `timings` was asked for. */
  timings?: Timings;
  error?: ProblemDocument;
  /** The file's name as the client calls it, else its place, such as `image-1`. */
  filename: string;
}

/** A range of numbers. */
export interface BinResponse {
  /** Below this one; null for the last, which has no end. */
  below: number | null;
  /** From this number on. */
  from: number;
}

/** Sources by what people preferred. */
export interface BoardResponse {
  /** How far people agree who were asked about the same two captions; null where nobody was. */
  agreement: AgreementResponse | null;
  /** The best first. */
  sources: StandingResponse[];
  /** From how many people. */
  voters: number;
  /** How many votes count, those that were skipped left out. */
  votes: number;
}

/** Which Vasari this is. */
export interface BuildInfo {
  /** What was compiled in besides the standard, such as `cuda`. */
  features: string[];
  /** The commit it was built from, or `unknown`. */
  revision: string;
  /** The kind of machine it was built for, such as `x86_64-unknown-linux-gnu`. */
  target: string;
  version: string;
}

/** What a bulk edit would change. */
export interface BulkEditPreviewResponse {
  /** How many captions were looked at. */
  captions: number;
  /** How many of them would change. */
  changed: number;
  /** How many of them can't be changed: they would be too long. */
  failed: number;
  /** Whether these are all. Of more than 50,000 captions, only the first are looked at. */
  is_complete: boolean;
  /** Some of the changes. */
  sample: PreviewedCaption[];
}

/**
 * The answer to a `Question`, as JSON shows it. `vasari_app::types::CaptionResponse` is what the page reads of
 * it.
 */
export interface CaptionAnswer {
  /** The answer as the reference's post-processing gives it. */
  answer: unknown;
  /** The caption as a person reads it; for tasks that answer with regions, their labels joined by ", ". */
  caption: string;
  /** exp(mean log-probability of the generated text tokens), 0 to 1. */
  confidence: number;
  image: CaptionAnswerImage;
  model_info: ModelInfo;
  /** Seconds from the decoded request to the answer, to the millisecond. */
  processing_time: number;
  regions: CaptionAnswerRegions[];
  /** The task's marker, such as `<OD>`. */
  task: string;
  /** The task's input, where it takes one. */
  text?: string;
}

export interface CaptionAnswerImage {
  height: number;
  width: number;
}

export interface CaptionAnswerRegions {
  /** Left, top, right, bottom. */
  box?: number[];
  confidence?: number;
  /** What it is; empty where the task only proposes regions. */
  label: string;
  /** Outlines, each as x, y pairs. */
  polygons?: number[][];
  /** Four corners as x, y pairs. */
  quad?: number[];
}

export interface CaptionFormBody {
  /**
   * A dataset by its slug, in which the caption is kept, as the model's: for annotators. `stored` of the answer
   * tells what became of it. The picture is one of the dataset's, or comes along and is added to it.
   */
  dataset?: string;
  /** Whether tokens are drawn at random. Works with one beam only. */
  do_sample?: boolean;
  /** The picture: JPEG, PNG, GIF or WebP. */
  image?: Blob;
  /** The dataset's picture by its id, in the place of a picture that comes along. */
  image_id?: string;
  /**
   * The dataset's picture by its name; what a picture that comes along is called in the dataset, in the place of
   * its file's name.
   */
  image_name?: string;
  /** Instead of the file: where the picture lies, on a host that the server allows. */
  image_url?: string;
  /** Most tokens in the answer, about four letters each. */
  max_length?: number;
  /** Beams of the search; 1 takes the likeliest token each time. */
  num_beams?: number;
  /** The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`. */
  region?: string;
  /** Makes a drawn answer come again. */
  seed?: number;
  /** Whether the answer comes as it is made. */
  stream?: boolean;
  /** What to do, as `<OD>` or `od`; `GET /tasks` lists them. */
  task?: string;
  /** Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false. */
  temperature?: number;
  /**
   * The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
   * thousandths of the picture or as `x0,y0,x1,y1` in pixels.
   */
  text?: string;
  /** Whether the answer tells where its time went. */
  timings?: boolean;
  /**
   * Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
   * `do_sample` is false.
   */
  top_p?: number;
}

export interface CaptionJson {
  /**
   * A dataset by its slug, in which the caption is kept, as the model's: for annotators. `stored` of the answer
   * tells what became of it. The picture is one of the dataset's, or comes along and is added to it.
   */
  dataset?: string | null;
  /** Whether tokens are drawn at random. Works with one beam only. */
  do_sample?: boolean | null;
  /** What to call it in the answer of a batch. */
  filename?: string | null;
  /** The picture as base64 (JPEG, PNG, GIF or WebP), or as a `data:` URL. */
  image?: string | null;
  /** The dataset's picture by its id, in the place of a picture that comes along. */
  image_id?: string | null;
  /**
   * The dataset's picture by its name; what a picture that comes along is called in the dataset, in the place of
   * its file's name.
   */
  image_name?: string | null;
  /** Instead: where the picture lies, on a host that the server allows. */
  image_url?: string | null;
  /** Most tokens in the answer, about four letters each. */
  max_length?: number | null;
  /** Beams of the search; 1 takes the likeliest token each time. */
  num_beams?: number | null;
  /** The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`. */
  region?: number[] | null;
  /** Makes a drawn answer come again. */
  seed?: number | null;
  /** Whether the answer comes as it is made. */
  stream?: boolean | null;
  /** What to do, as `<OD>` or `od`; `GET /tasks` lists them. */
  task?: string | null;
  /** Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false. */
  temperature?: number | null;
  /**
   * The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in
   * thousandths of the picture or as `x0,y0,x1,y1` in pixels.
   */
  text?: string | null;
  /** Whether the answer tells where its time went. */
  timings?: boolean | null;
  /**
   * Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless
   * `do_sample` is false.
   */
  top_p?: number | null;
}

/** The captions of a dataset in numbers. */
export interface CaptionMetricsResponse {
  /** How many captions they have. */
  captions: number;
  /** How the captions lie in bins, the same for all sources. */
  histograms: HistogramResponse[];
  /** How many pictures were looked at. */
  images: number;
  /** The source that the others were compared with. */
  reference: string | null;
  /** By name; those that say something of these pictures. */
  sources: SourceMetricsResponse[];
  /** The model whose tokens were counted; null where the server has none. */
  tokenizer: string | null;
}

/** What a picture shows. */
export interface CaptionResponse {
  /** The answer as the reference's post-processing gives it. */
  answer: unknown;
  /** The caption as a person reads it; for tasks that answer with regions, their labels joined by ", ". */
  caption: string;
  /** exp(mean log-probability of the generated text tokens), 0 to 1. */
  confidence: number;
  image: CaptionAnswerImage;
  model_info: ModelInfo;
  /** Seconds from the decoded request to the answer, to the millisecond. */
  processing_time: number;
  regions: CaptionAnswerRegions[];
  /** The task's marker, such as `<OD>`. */
  task: string;
  /** The task's input, where it takes one. */
  text?: string;
  /** What became of it in the dataset, if one was named. */
  stored?: StoredResult;
  /** Where the time went, if `timings` was asked for. */
  timings?: Timings;
}

/** One of the states that a caption has had. */
export interface CaptionVersionResponse {
  changed_at: string;
  /** Who made it so; null for Vasari itself. */
  changed_by: string | null;
  /** What they are called, for who is signed in. */
  changed_by_name: string | null;
  confidence: number | null;
  /** How the version before became this one, by words; null for the first. */
  diff: DiffPieceResponse[] | null;
  /** Whether a person had changed what a model or an import said. */
  edited: boolean;
  /** The job that made it so, if one did. */
  job: string | null;
  /** Why it was rejected, where it was and the reviewer said so; for who may write captions. */
  reason: string | null;
  regions: Record<string, unknown>[] | null;
  status: StatusName;
  text: string;
  version: number;
}

/** The old password and the new one. */
export interface ChangePasswordBody {
  /** 12 to 256 characters. */
  new_password: string;
  password: string;
}

/** The answer to a conversation. */
export interface ChatCompletion {
  choices: Choice[];
  /** Seconds since 1970. */
  created: number;
  id: string;
  model: string;
  object: string;
  usage: Usage;
}

/** One thing that was said. */
export interface ChatMessage {
  content: string | ChatMessageContent[];
  /** `user`; messages of other roles are passed over. */
  role: string;
}

export interface ChatMessageContent {
  image_url?: ChatMessageContentImageUrl;
  /** Words. */
  text?: string;
  /** What the part is. */
  type: "text" | "image_url";
}

export interface ChatMessageContentImageUrl {
  /** A `data:` URL, or an address on an allowed host. */
  url: string;
}

/** A conversation about a picture. Fields of other names are passed over. */
export interface ChatRequest {
  /** The same, and wins. */
  max_completion_tokens?: number | null;
  /** Most tokens in the answer. */
  max_tokens?: number | null;
  /**
   * The last picture among the user's messages is asked about, with the user's last words: a task's marker and
   * its
   * input, such as `<OD>` or `<CAPTION_TO_PHRASE_GROUNDING> a red car`, or a plain prompt, which asks for a
   * caption
   * (in one sentence if it says short or brief, in a paragraph if it says so, else in detail).
   */
  messages: ChatMessage[];
  /** The running model's name, or `florence-2`. */
  model: string;
  /** There is one answer to a question. */
  n?: number | null;
  /** Makes a drawn answer come again. */
  seed?: number | null;
  /** Whether the answer comes in chunks. */
  stream?: boolean | null;
  stream_options?: StreamOptions | null;
  /** 0 and 1 take the likeliest words; anything else draws at random. */
  temperature?: number | null;
  /** Anything but 1 draws at random. */
  top_p?: number | null;
}

export interface Choice {
  /** `stop`, or `length` for an answer that was cut off. */
  finish_reason: string;
  index: number;
  message: ChatMessage;
}

/** One of the two. */
export interface ComparedCaptionResponse {
  /** Whose it is; null before you have voted. */
  source: string | null;
  text: string;
}

/** Two captions of a picture. */
export interface ComparisonResponse {
  id: string;
  /** Of which picture. */
  image: string;
  left: ComparedCaptionResponse;
  /** What you said of them: `left`, `right`, `tie`, `both_bad` or `skipped`; null before. */
  outcome: OutcomeName | null;
  right: ComparedCaptionResponse;
}

/** A source's captions by bin. */
export interface CountsResponse {
  /** As many as there are bins. */
  counts: number[];
  source: string;
}

/** Which captions are to be changed, and how. */
export interface CreateBulkEditBody {
  /**
   * One of `{"operation": "prefix", "text": …}`, `{"operation": "suffix", "text": …}`, `{"operation": "replace",
   * "find": …,
   * "replacement": …, "ignore_case": false}`, `{"operation": "replace_regex", "pattern": …, "replacement": …}`
   * with `$1`
   * for groups, `{"operation": "trim"}`, `{"operation": "lowercase"}`, `{"operation": "capitalize"}`,
   * `{"operation": "set_status", "status": …, "reason": …}` with a reason for `rejected` alone.
   */
  edit: Record<string, unknown>;
  /** Of which images; of all where nothing is said. */
  images?: SelectionSchema;
  /** Whose captions (a source's name); all sources' where nothing is said. */
  of_source?: string | null;
}

/** What is to be captioned, and how. */
export interface CreateCaptionJobBody {
  /** Which images; all where nothing is said. Those that have a caption of this source already are left out. */
  images?: SelectionSchema;
  /** As `POST /caption` takes them: `max_length`, `num_beams`, `do_sample`, `temperature`, `top_p`, `seed`. */
  parameters?: Record<string, unknown>;
  /** The task, as `POST /caption` takes it; the plain caption where nothing is said. */
  task?: string | null;
  /** The task's input, where it takes one. */
  text?: string | null;
}

/** A dataset that is to be. */
export interface CreateDatasetBody {
  /** What it is about, at most 10,000 characters. */
  description?: string;
  /** What people call it, at most 200 characters. */
  name: string;
  /** How URLs name it: small letters, digits and dashes, at most 64. */
  slug: string;
  /** `private` unless said otherwise. */
  visibility?: VisibilityName;
}

/** What is to be exported, and how. */
export interface CreateExportBody {
  /**
   * `"all"`, which it is unless said otherwise; `{"source": "anna"}` for those of one source; or `{"best":
   * {"sources":
   * ["florence-2"]}}` for one of each image: an approved one, else a person's, else that of the first of the
   * sources
   * that has one, else any that nobody has rejected. A `.txt` holds one caption: with `sidecars` it is the best
   * unless
   * said otherwise.
   */
  captions?: Record<string, unknown> | null;
  /**
   * `jsonl`, `csv`, `parquet`, `coco`, `webdataset`, `imagefolder`, `sidecars` or `folder`; the last three are
   * packed into
   * a `.zip`.
   */
  format: FormatName;
  /** Which images; all where nothing is said. */
  images?: SelectionSchema;
}

/** A key to be made. */
export interface CreateKeyBody {
  /** From when on it opens nothing; never where there is none. */
  expires_at?: string | null;
  /** 1 to 64 characters. */
  name: string;
  /** One or more of `caption`, `read`, `write`, `admin`; none that whoever asks lacks. */
  scopes: string[];
}

/** A source that is to be. */
export interface CreateSourceBody {
  /** What it is; people become a source when they write. */
  kind: CreateSourceKind;
  /** A model's name, which it must have; at most 200 characters. */
  model?: string | null;
  /** How a model was asked, at most 16 KB. */
  parameters?: Record<string, unknown> | null;
  /** The revision of a model's weights, at most 200 characters. */
  revision?: string | null;
  /** Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64. */
  slug: string;
  /** What a model was asked, which must be told; at most 200 characters. */
  task?: string | null;
}

/** What a source can be that is made beforehand. */
export type CreateSourceKind = "model" | "import";

/** A named collection of pictures. */
export interface DatasetResponse {
  created_at: string;
  description: string;
  id: string;
  name: string;
  /** What you may do in it: `viewer`, `annotator`, `reviewer` or `owner`. */
  role: RoleName;
  /** How URLs name it. */
  slug: string;
  /** `private`: its members see it; `public`: everybody does. */
  visibility: VisibilityName;
}

/** What you decide. */
export interface DecisionBody {
  /** `approved` or `rejected`. */
  decision: DecisionName;
  /** Why, where you reject it: at most 1,000 characters, for whoever wrote it. */
  reason?: string | null;
  /** What it is to say instead, where you approve that: at most 20,000 characters. */
  text?: string | null;
  /** The version that you saw. */
  version: number;
}

/** Yes or no. */
export type DecisionName = "approved" | "rejected";

/** What you decided. */
export interface DecisionResponse {
  caption: string;
  decided_at: string;
  /** `approved` or `rejected`. */
  decision: StatusName;
  file_name: string;
  image: string;
  reason: string | null;
  source: string;
  /** Whether the caption still is as you left it, so that you can take the decision back. */
  stands: boolean;
  /** What the caption said then. */
  text: string;
  /** The caption's version that the decision made. */
  version: number;
}

/** Generation parameters of the server; what is null is the checkpoint's own. */
export interface Defaults {
  do_sample: boolean | null;
  max_length: number | null;
  num_beams: number | null;
  temperature: number | null;
  top_p: number | null;
}

/** A piece of two texts that are compared by words. */
export interface DiffPieceResponse {
  /** `same` where it stands in both, `deleted` where in the former alone, `inserted` where in the latter alone. */
  change: string;
  /** What it says, white space included. */
  text: string;
}

/** A group that is no duplicates. */
export interface DismissBody {
  /** What they were found by: `image` or `caption`. */
  by: DuplicateKindName;
  /** Its pictures, 2 to 1,000. */
  images: string[];
}

/** A group that somebody has found to be no duplicates. */
export interface DismissalResponse {
  /** `image` or `caption`. */
  by: DuplicateKindName;
  dismissed_at: string;
  /** Who said so; null where their account is gone. */
  dismissed_by: string | null;
  id: string;
  images: string[];
}

/** What a source says of a picture. */
export interface DuplicateCaptionResponse {
  id: string;
  source: string;
  text: string;
  version: number;
}

/** Pictures that are alike, in the order of adding. */
export interface DuplicateGroupResponse {
  images: DuplicateImageResponse[];
  /** How far the two are apart that differ most: bits of 64, or per cent of the words. */
  spread: number;
}

/** A picture of a group. */
export interface DuplicateImageResponse {
  added_at: string;
  /** In bytes. */
  byte_size: number;
  /** Its name in the dataset. */
  file_name: string;
  /** `jpeg`, `png`, `gif` or `webp`. */
  format: string;
  height: number;
  id: string;
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
  /** A ThumbHash in base64: what to show before the picture is there. */
  thumbhash: string;
  /** In pixels, as shown. */
  width: number;
  /** What the source that `captions` names says of it; left out where it says nothing. */
  caption?: DuplicateCaptionResponse;
}

/** What two captions are alike in. */
export type DuplicateKindName = "image" | "caption";

/** Groups of pictures that are there nearly twice. */
export interface DuplicatesResponse {
  /** Whose captions are shown, and compared by `caption`; null where nobody has said anything. */
  captions: string | null;
  /** How many pictures were compared. */
  compared: number;
  /** How many groups are left out because somebody has dismissed them. */
  dismissed: number;
  /** How far two of a group may be apart. */
  distance: number;
  /** How many groups there are in all. */
  groups: number;
  /** How many pictures these have. */
  images: number;
  /** Whether everything was compared. Of more than a million pictures or 100,000 captions, the first are. */
  is_complete: boolean;
  /** A page of the groups. */
  items: DuplicateGroupResponse[];
  /** What to send as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
  /** How many pictures can't be compared yet, because their hashes are still to be made. */
  unhashed: number;
}

/** Which assignments are to end. */
export interface EndAssignmentsBody {
  /** Of which images; of all where nothing is said. */
  images?: SelectionSchema;
  /** Whose (their name); everybody's where nothing is said. */
  of?: string | null;
}

/** What came of it. */
export interface EndAssignmentsResponse {
  /** How many images are nobody's again. */
  ended: number;
}

/** An entry that a camera wrote. */
export interface ExifField {
  /** As the EXIF standard calls it, such as `ExposureTime`. */
  name: string;
  /** For people to read, such as `1/125 s`. */
  value: string;
}

export interface FacetResponse {
  /** `source`, `task`, `status`, `words`, `megapixels`, `is` or `added`. */
  name: string;
  /** Values that at least one picture has. By source, task, status and `is`, a picture can have several. */
  values: FacetValueResponse[];
}

export interface FacetValueResponse {
  /** How many there are. */
  count: number;
  /** What to add to the query to find these pictures. */
  filter: string;
  value: string;
}

/** How the pictures that fit a query divide. */
export interface FacetsResponse {
  facets: FacetResponse[];
  index: IndexResponse;
  /** How many pictures fit. */
  total: number;
}

/** A part of a job that failed. */
export interface FailedItemResponse {
  /** How often it was tried. */
  attempts: number;
  caption: string | null;
  /** Why it failed. */
  error: string;
  image: string | null;
  /** What people call it: an image's name, a line of a file. */
  label: string | null;
  /** Where it stands in the job: a line of a file, from 1; of other jobs the item, from 0. */
  position: number;
}

export interface FieldResponse {
  /** What stands after the colon, in words. */
  meaning: string;
  name: string;
  /** What stands after the colon, where that can be listed. */
  values: string[];
}

/** The bytes, as they are. */
export type FileBytes = Blob;

/** How a file has captions and pictures. */
export type FormatName = "jsonl" | "imagefolder" | "csv" | "parquet" | "coco" | "sidecars" | "webdataset" | "folder";

export interface FoundCaptionResponse {
  /** 0 to 1. */
  confidence: number | null;
  /** What to mark in the text: pairs of the first character and the one after the last, in Unicode code points. */
  highlights: number[][];
  id: string;
  /** The source's name in the dataset. */
  source: string;
  /** `draft`, `submitted`, `approved` or `rejected`. */
  status: StatusName;
  text: string;
  /** Counts its changes; who changes it says which one they saw. */
  version: number;
}

/** A picture that fits. */
export interface FoundImageResponse {
  added_at: string;
  /** In bytes. */
  byte_size: number;
  /** Its name in the dataset. */
  file_name: string;
  /** `jpeg`, `png`, `gif` or `webp`. */
  format: string;
  height: number;
  id: string;
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
  /** A ThumbHash in base64: what to show before the picture is there. */
  thumbhash: string;
  /** In pixels, as shown. */
  width: number;
  /** What its sources say, by their names. */
  captions: FoundCaptionResponse[];
  /** What to mark in the file's name: pairs of the first character and the one after the last. */
  highlights: number[][];
}

export interface GpuInfo {
  memory_total: number;
  /** In use, by whoever uses it. */
  memory_used: number;
  name: string;
}

/** How the server is, in the shape of the earlier servers. */
export interface HealthResponse {
  gpu_available: boolean;
  memory_usage: MemoryUsage;
  model_loaded: boolean;
  /** The search index, where anything is kept. */
  search?: IndexResponse;
  /**
   * `healthy`; `loading` before the model is there, `overloaded` while every place in the queue is taken,
   * `shutting_down` once the server was told to stop.
   */
  status: string;
  /** Such as `2h 45m`. */
  uptime: string;
}

/** A phrase such as "appears to". */
export interface HedgeResponse {
  /** How many captions have it. */
  captions: number;
  phrase: string;
}

/** How often a source says that it is not sure. */
export interface HedgingResponse {
  /** How many captions have such a phrase. */
  captions: number;
  /** The phrases, the most frequent first. */
  phrases: HedgeResponse[];
  /** The same as a share of all. */
  share: number;
}

/** How the captions of each source lie in bins. */
export interface HistogramResponse {
  bins: BinResponse[];
  metric: string;
  sources: CountsResponse[];
}

/** A picture in a dataset. */
export interface ImageResponse {
  added_at: string;
  /** In bytes. */
  byte_size: number;
  /** Its name in the dataset. */
  file_name: string;
  /** `jpeg`, `png`, `gif` or `webp`. */
  format: string;
  height: number;
  id: string;
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
  /** A ThumbHash in base64: what to show before the picture is there. */
  thumbhash: string;
  /** In pixels, as shown. */
  width: number;
}

/** The form of an import. */
export interface ImportForm {
  /** Whether to find out what would happen and change nothing. */
  dry_run?: boolean | null;
  /** The file. The formats that are folders come as `.zip` or `.tar`. */
  file: Blob;
  /**
   * `jsonl`, `csv`, `parquet`, `coco`, `webdataset`, `imagefolder`, `sidecars` or `folder`; where the file's
   * name or what
   * it holds does not tell.
   */
  format?: string | null;
  /**
   * Which column is which field, such as `prompt=caption`; may be repeated. Columns of the usual names are
   * known.
   */
  mapping?: string[] | null;
  /** The source of captions that name none: `import` unless said otherwise. */
  source?: string | null;
}

/** How the search index is. */
export interface IndexResponse {
  /** How many pictures are in it, of all datasets; while it is built, in the new one. */
  indexed: number;
  /** Why it is built, to go on "because". */
  reason?: string;
  /**
   * `ready`: it has all that was written a second ago; `degraded` while it is built: answers may lack pictures;
   * `opening`: it answers nothing yet.
   */
  state: string;
  /** How many there are to be; while it is built. */
  total?: number;
}

/** A job: long work that goes on by itself. */
export interface JobResponse {
  created_at: string;
  /** Who asked; null for whoever runs the server. */
  created_by: string | null;
  /** The slug of the dataset that it works on; null for what concerns the whole server. */
  dataset: string | null;
  /** Items that are done. */
  done: number;
  /** Why it failed as a whole. */
  error: string | null;
  /** Items that failed for good; `/errors` lists them. */
  failed: number;
  finished_at: string | null;
  id: string;
  /** `caption`, `import`, `export`, `bulk_edit`, `keep_caption`, `rollback` or `reindex`. */
  kind: string;
  /** Items a second. */
  pace: number | null;
  /** What was asked. */
  request: unknown;
  /** What came of it, where there is more to say than the counts. */
  result: unknown;
  /** At this pace. */
  seconds_left: number | null;
  started_at: string | null;
  /** `waiting`, `running`, `succeeded`, `failed` or `cancelled`. */
  state: JobStateName;
  /** Of how many items it consists; null until that is known. */
  total: number | null;
}

/** How a job is. */
export type JobStateName = "waiting" | "running" | "succeeded" | "failed" | "cancelled";

/** Which caption is to be kept for which pictures. */
export interface KeepCaptionBody {
  /** A caption of a picture of this dataset, whoever's. */
  caption: string;
  /** The pictures, 1 to 1,000. */
  images: KeepImageBody[];
  /** Its version, as you saw it. */
  version: number;
}

/** What keeping a caption would write. */
export interface KeepCaptionPreviewResponse {
  /** How many pictures get it that you have said nothing of. */
  added: number;
  /** In how many the caption takes the place of another of yours. */
  changed: number;
  /** Each picture. */
  images: KeptImageResponse[];
  /** Whose it is (a source's name). */
  source: string;
  /** What the caption says. */
  text: string;
  /** Of how many you say so already. */
  unchanged: number;
}

/** A picture that gets a caption. */
export interface KeepImageBody {
  id: string;
  /** The version of your own caption of it, as you saw it; nothing where you have none. The preview tells it. */
  version?: number | null;
}

/** A picture that would get the caption. */
export interface KeptImageResponse {
  /** What your own caption of it says; null where you have none. */
  before: string | null;
  /** How your own caption would become this one, by words. */
  diff: DiffPieceResponse[];
  file_name: string;
  id: string;
  /** The version of your own caption of it; null where you have none. */
  version: number | null;
}

/** That you are looking at an image, and nobody else is given it. */
export interface LeaseResponse {
  /** Whether the image was assigned to you. */
  assigned: boolean;
  /** When others may be given it; renew the lease before. */
  expires_at: string;
  id: string;
  image: string;
}

/** A link that somebody may use once. */
export interface LinkResponse {
  expires_at: string;
  /** What whoever gets the link sends with what they choose. It is told here and never again. */
  token: string;
}

/** A picture in a list. */
export interface ListedImageResponse {
  added_at: string;
  /** In bytes. */
  byte_size: number;
  /** Its name in the dataset. */
  file_name: string;
  /** `jpeg`, `png`, `gif` or `webp`. */
  format: string;
  height: number;
  id: string;
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
  /** A ThumbHash in base64: what to show before the picture is there. */
  thumbhash: string;
  /** In pixels, as shown. */
  width: number;
  /** What the source that `captions` names says of it; left out where it says nothing. */
  caption?: StoredCaptionResponse;
}

/** A caption at a version. */
export interface MadeVersion {
  caption: string;
  version: number;
}

/** Whoever asks. */
export interface MeResponse {
  /** What the key is for; a session is for everything. */
  scopes: string[];
  user: UserResponse;
}

/** A caption with its numbers. */
export interface MeasuredCaptionResponse {
  /** The caption's id. */
  caption: string;
  file_name: string;
  image: string;
  /** By measure; those against the reference where the picture has a caption of that. */
  metrics: Record<string, number>;
  source: string;
  status: StatusName;
  text: string;
}

/** Somebody's part in a dataset. */
export interface MemberResponse {
  name: string;
  role: RoleName;
  user: string;
}

export interface MemoryUsage {
  gpu_memory_total: string;
  gpu_memory_used: string;
  /** Resident memory of this process. */
  process_memory_used?: string;
}

/** A model. */
export interface Model {
  /** When the server started, in seconds since 1970. */
  created: number;
  id: string;
  object: string;
  owned_by: string;
}

/** Who answered. */
export interface ModelInfo {
  model_type: string;
  /** The checkpoint's name. */
  name: string;
  /** What must be known about the model to judge its answers: the demo model says what it knows. */
  notice?: string;
  /** The hub's commit, or a fingerprint of the checkpoint's folder. */
  revision: string;
  /** Vasari's version. */
  version: string;
}

/** The running model. */
export interface ModelInfoResponse {
  model_type: string;
  /** The checkpoint's name. */
  name: string;
  /** What must be known about the model to judge its answers: the demo model says what it knows. */
  notice?: string;
  /** The hub's commit, or a fingerprint of the checkpoint's folder. */
  revision: string;
  /** Vasari's version. */
  version: string;
  /** What holds where a request says nothing. */
  defaults: Defaults;
  /** Where it runs, such as `CPU` or `CUDA 0`. */
  device: string;
  /** What it computes in, such as `fp32`. */
  precision: string;
  tasks: Task[];
}

/** The models that can be asked: the one that runs. */
export interface ModelList {
  data: Model[];
  object: string;
}

export interface ModelSummary {
  /** Such as `cpu` or `cuda:0`. */
  device: string;
  /** Whether it is the demo, which knows only drawn scenes. */
  is_demo: boolean;
  name: string;
  /** Such as `fp32`. */
  precision: string;
  revision: string;
}

/** What stands beside a picture. */
export interface NeighboursResponse {
  /** The picture after; null after the last. */
  next: string | null;
  /** The picture before; null before the first. */
  previous: string | null;
}

/** A key that was just made. */
export interface NewApiKeyResponse {
  created_at: string;
  expires_at: string | null;
  id: string;
  /** To the minute. */
  last_used_at: string | null;
  name: string;
  /** The key's first 12 letters. */
  prefix: string;
  revoked_at: string | null;
  /** `caption`, `read`, `write`, `admin`. */
  scopes: string[];
  /** The key itself. It is told here and never again. */
  key: string;
}

/** What is to be compared. */
export interface NextComparisonBody {
  /** Captions of which images; of all where nothing is said. */
  images?: SelectionSchema;
  /** Of which sources (their names), at least two; of all where none is named. */
  sources?: string[];
}

/** What comes next in the arena. */
export interface NextComparisonResponse {
  /** Null where you have been asked about everything. */
  comparison: ComparisonResponse | null;
  /** How many votes you have given in this dataset. */
  votes: number;
}

/** What is to be reviewed. */
export interface NextReviewBody {
  /**
   * Captions of which images; of all where nothing is said. Where a source is named, a caption of that one
   * waits; a status that is named does not matter, because what waits is submitted.
   */
  images?: SelectionSchema;
}

/** What comes next. */
export interface NextReviewResponse {
  /** Null where nothing waits that nobody else looks at or is to look at. */
  item: ReviewItemResponse | null;
  /** How many images wait that you have skipped. */
  skipped: number;
}

/** A browser or program that is signed in. */
export interface OpenSessionResponse {
  created_at: string;
  id: string;
  /** Whether it is the one that asks. */
  is_current: boolean;
  /** When it was last renewed, which a browser in use is once a day. */
  renewed_at: string;
  /** What it calls itself. */
  user_agent: string | null;
}

export interface Outcome {
  /** The answer as the reference's post-processing gives it. */
  answer?: unknown;
  /** The caption as a person reads it; for tasks that answer with regions, their labels joined by ", ". */
  caption?: string;
  /** exp(mean log-probability of the generated text tokens), 0 to 1. */
  confidence?: number;
  image?: CaptionAnswerImage;
  model_info?: ModelInfo;
  /** Seconds from the decoded request to the answer, to the millisecond. */
  processing_time?: number;
  regions?: CaptionAnswerRegions[];
  /** The task's marker, such as `<OD>`. */
  task?: string;
  /** The task's input, where it takes one. */
  text?: string;
  /** What became of it in the dataset, if one was named. */
  stored?: StoredResult;
  /** Where the time went, if `timings` was asked for. */
  timings?: Timings;
  error?: ProblemDocument;
}

/** Which of two captions somebody prefers. */
export type OutcomeName = "left" | "right" | "tie" | "both_bad" | "skipped";

/** A caption before and after. */
export interface PreviewedCaption {
  after: string;
  before: string;
  /** How the one became the other, by words. */
  diff: DiffPieceResponse[];
  /** The picture's name. */
  file_name: string;
  id: string;
  image: string;
  /** The source's name. */
  source: string;
  /** How far its review is afterwards. */
  status: StatusName;
}

/** What went wrong (RFC 9457). */
export interface ProblemDocument {
  /** What is there now, where a change contradicts it: a caption with its version. */
  current?: unknown;
  /** What is wrong here and what would be right. */
  detail?: string;
  /** How many characters of the query are wrong. */
  length?: number;
  /** Where a query is wrong: the first wrong character, counted from 0. */
  position?: number;
  /** What to quote when asking for help. */
  request_id?: string;
  /** What was sent that contradicts it. */
  sent?: unknown;
  /** The HTTP status. */
  status: number;
  /** What happened, in a few words. */
  title: string;
  /** A stable name of the kind of problem, such as `/problems/missing-image`. */
  type: string;
}

export interface ProcessInfo {
  /** Processor time of all threads. */
  cpu_seconds?: number;
  memory_used?: number;
  /** Such as `2h 45m`. */
  uptime: string;
  uptime_seconds: number;
}

/** What you say of a picture. */
export interface PutOwnCaptionBody {
  /** What is where, at most 1,000; an empty array for nothing, left out for what there is. */
  regions?: RegionBody[] | null;
  /** At most 20,000 characters. */
  text: string;
  /** The version that you saw; left out for the first. */
  version?: number | null;
}

export interface QueueInfo {
  /** Captions asked for and not yet answered. */
  admitted: number;
  /** Those of them that wait for a worker. */
  waiting: number;
}

/** A refresh token, for programs; a browser sends its own in a cookie. */
export interface RefreshBody {
  refresh_token: string;
}

/**
 * Something in a picture: what it is, and where, as exactly one of `box`, `quad` and `polygons`, in pixels of
 * the picture
 * as shown.
 */
export interface RegionBody {
  /** Left, top, right, bottom. */
  box?: number[] | null;
  /** 0 to 1. */
  confidence?: number | null;
  /** What it is, at most 500 characters; may be empty. */
  label: string;
  /** Outlines, each as at least three x, y pairs. */
  polygons?: number[][] | null;
  /** Four corners as x, y pairs. */
  quad?: number[] | null;
}

/** The model that answers from now on. */
export interface ReloadResponse {
  /** Seconds until it was loaded and warm. */
  loading_time: number;
  model_info: ModelInfo;
}

/** A new password, by link. */
export interface ResetPasswordBody {
  /** 12 to 256 characters. */
  password: string;
  /** The token of the link. */
  token: string;
}

/** Which version was seen. */
export interface RestoreCaptionBody {
  /** The version that the caption is at, as you saw it. */
  version: number;
}

/** An image that is yours to look at. */
export interface ReviewItemResponse {
  /** What every source says of it; those that are `submitted` wait. */
  captions: StoredCaptionResponse[];
  image: ImageResponse;
  lease: LeaseResponse;
}

/** How far review is. */
export interface ReviewProgressResponse {
  captions: ReviewedCaptionsResponse;
  /** Everybody who may review or has, by name. */
  people: ReviewerProgressResponse[];
  /** Of the captions that were submitted the share that is decided, 0 to 1; null where none was. */
  share: number | null;
}

/** Captions by state. */
export interface ReviewedCaptionsResponse {
  approved: number;
  draft: number;
  rejected: number;
  submitted: number;
}

/** How much somebody has reviewed. A decision counts until they take it back or change their mind. */
export interface ReviewerProgressResponse {
  /** Decisions to approve, on all days. */
  approved: number;
  /** Images that they are to look at. */
  assigned: number;
  /** Whether they may review now. */
  may_review: boolean;
  name: string;
  /** Decisions to reject. */
  rejected: number;
  /** Decisions of both kinds since midnight UTC. */
  today: number;
  user: string;
}

/** What somebody may do in a dataset. */
export type RoleName = "viewer" | "annotator" | "reviewer" | "owner";

/** A view to be saved. */
export interface SaveViewBody {
  /** 1 to 100 characters. Your view of this name becomes this one. */
  name: string;
  /** What the address of the dataset's page says after its question mark, at most 4,000 characters. */
  query: string;
  /** Whether everybody who sees the dataset sees it, which takes an annotator. */
  shared?: boolean;
}

/** A view that has just been saved. */
export interface SavedViewId {
  id: string;
}

/** A view that was saved. */
export interface SavedViewResponse {
  created_at: string;
  id: string;
  name: string;
  /** Who saved it. */
  owner: string;
  /** What the address of the dataset's page says after its question mark. */
  query: string;
  /** Whether everybody who sees the dataset sees it. */
  shared: boolean;
}

/** What a query in a dataset can name. */
export interface SearchFieldsResponse {
  fields: FieldResponse[];
  /** What pictures can be sorted by. */
  sorts: string[];
  /** Whose captions can be looked at, by name. */
  sources: SearchSourceResponse[];
}

/** A page of the pictures that fit a query. */
export interface SearchResponse {
  items: FoundImageResponse[];
  next_cursor: string | null;
  index: IndexResponse;
  /** The order that they are in. */
  sort: string;
  /** How many pictures fit in all. */
  total: number;
}

export interface SearchSourceResponse {
  /** `model`, `person` or `import`. */
  kind: string;
  /** How a query writes it before the colon: in quotes where it is called as a field is. */
  prefix: string;
  slug: string;
  /** What it was asked, such as `<CAPTION>`. */
  task: string | null;
}

/** A caption as you saw it. */
export interface SeenCaption {
  id: string;
  version: number;
}

/** Which images of a dataset. Each member that is given narrows the choice; nothing given means all. */
export interface SelectionSchema {
  /** These, by id; at most 100,000. */
  images?: string[] | null;
  /** Those without a caption of this source. */
  missing?: string | null;
  /** Those that this search finds. */
  query?: string | null;
  /** Those with a caption of this source. */
  source?: string | null;
  /** Those with a caption in this state: `draft`, `submitted`, `approved` or `rejected`. */
  status?: string | null;
}

export interface ServerSentEvent {
  /** JSON, or `[DONE]` at the end of a stream for programs written for OpenAI's API. */
  data: string;
  /** What it is; the description of the path says which there are. */
  event?: string;
}

/** Somebody is signed in. */
export interface SessionResponse {
  /** What to send as `Authorization: Bearer`; only where tokens were asked for. */
  access_token?: string;
  /** Seconds until the access token is to be renewed. */
  expires_in: number;
  /** What renews it, once; only where tokens were asked for. */
  refresh_token?: string;
  user: UserResponse;
}

/** The part that somebody is to have. */
export interface SetMemberBody {
  /** `viewer`, `annotator`, `reviewer` or `owner`. */
  role: RoleName;
}

/** Somebody's share. */
export interface ShareResponse {
  images: number;
  reviewer: string;
}

/** Who signs in. */
export interface SignInBody {
  name: string;
  password: string;
  /** Whether the tokens come in the answer, for a program, instead of in cookies. */
  tokens?: boolean;
}

/** Somebody who wants an account. */
export interface SignUpBody {
  /** 1 to 64 characters, unique whatever their case. */
  name: string;
  /** 12 to 256 characters. */
  password: string;
  /** The token of the link; not needed where everybody may make an account. */
  token?: string | null;
  /** Whether the tokens come in the answer, for a program, instead of in cookies. */
  tokens?: boolean;
}

/** What a source is. */
export type SourceKindName = "model" | "person" | "import";

/** The captions of a source in numbers. */
export interface SourceMetricsResponse {
  /** Null for the reference itself, and where there is none. */
  against_reference: AgainstReferenceResponse | null;
  /** How many captions it has. */
  captions: number;
  hedging: HedgingResponse;
  /** The source's name. */
  source: string;
  /**
   * The numbers of its captions, by measure: `words`, `tokens`, `repetition` (of its runs of three words, how
   * many stood
   * in it before), `variety` (its words that are different, as a share), `hedges`; and against the reference
   * `bleu_4`,
   * `rouge_l`, `meteor`, `cider`.
   */
  summaries: Record<string, SummaryResponse>;
  vocabulary: VocabularyResponse;
}

/** Where captions come from. */
export interface SourceResponse {
  /** How many pictures it has a caption of. */
  captions: number;
  created_at: string;
  id: string;
  /** Whether it is you. */
  is_own: boolean;
  /** `model`, `person` or `import`. */
  kind: SourceKindName;
  /** A model's name. */
  model: string | null;
  /** How a model was asked. */
  parameters: Record<string, unknown> | null;
  /** The revision of a model's weights. */
  revision: string | null;
  /** Its name in the dataset. */
  slug: string;
  /** What a model was asked, such as `<CAPTION>`. */
  task: string | null;
}

/** Where a source stands. */
export interface StandingResponse {
  /** How often it was compared. */
  comparisons: number;
  /** Its upper end. */
  high: number;
  /** The score's 95 % interval, from drawing the votes anew: its lower end. */
  low: number;
  /** Of Bradley and Terry's model: 1000 for one like the others, 400 more means preferred ten times as often. */
  score: number;
  /** The source's name. */
  source: string;
  /** How often it was preferred; a tie is half a time. */
  wins: number;
}

/** How far the review of a caption is. */
export type StatusName = "draft" | "submitted" | "approved" | "rejected";

/** What a source says of a picture. */
export interface StoredCaptionResponse {
  /** 0 to 1. */
  confidence: number | null;
  /** How the caption that `against` names became this one, by words; only where one is named. */
  diff?: DiffPieceResponse[];
  /** Whether a person has changed what a model or an import said. */
  edited: boolean;
  id: string;
  /** Why it was rejected, where it is and the reviewer said so; for who may write captions. */
  reason: string | null;
  /** Boxes, quads and polygons with their labels, in pixels of the picture as shown. */
  regions: Record<string, unknown>[] | null;
  /** The source's name in the dataset. */
  source: string;
  /** `draft`, `submitted`, `approved` or `rejected`. */
  status: StatusName;
  text: string;
  updated_at: string;
  /** Counts its changes; who changes it says which one they saw. */
  version: number;
}

/** What became of a caption in its dataset. */
export interface StoredResult {
  /** The caption's id. */
  caption: string;
  /** The dataset's slug. */
  dataset: string;
  /** The picture's id. */
  image: string;
  /**
   * `created`, `updated` (what the source said before stays in the history), `unchanged`, or `kept`: a person
   * has changed
   * or approved what the source said before, and that stays.
   */
  outcome: string;
  /** The source that the model is in the dataset. */
  source: string;
  /** The version that it is at. */
  version: number;
}

/** What a stream brings besides words. */
export interface StreamOptions {
  /** Whether the last chunk tells how long the answer is. */
  include_usage?: boolean | null;
}

/** Many numbers in a few. */
export interface SummaryResponse {
  max: number;
  mean: number;
  median: number;
  min: number;
  p25: number;
  p5: number;
  p75: number;
  p95: number;
}

/**
 * What the server runs on, and how busy it is. Sizes are in bytes. Nothing here names the machine, its users
 * or its
 * files.
 */
export interface SystemInfoResponse {
  /** The first GPU; `null` without one. */
  gpu: GpuInfo | null;
  /** `null` while it is being loaded. */
  model: ModelSummary | null;
  process: ProcessInfo;
  queue: QueueInfo | null;
  system: SystemSummary;
  vasari: BuildInfo;
}

export interface SystemSummary {
  /** Such as `x86_64`. */
  architecture: string;
  /** Processors that the server may use. */
  cpu_cores: number;
  cpu_model?: string;
  /** What programs can still take. */
  memory_available?: number;
  memory_total?: number;
  /** Such as `Debian GNU/Linux 13 (trixie)`. */
  os: string;
}

/** One thing that can be asked. */
export interface Task {
  description: string;
  /** What the task takes in `text`: `none`, `text` for words, or `region` for a box. */
  input: string;
  /** The same without brackets, which requests may carry as well. */
  name: string;
  /** What requests carry in `task`, such as `<OD>`. */
  task: string;
}

/** What can be asked of a picture. */
export interface TasksResponse {
  tasks: Task[];
}

/** Where the time of an answer went; milliseconds. Stages that pictures passed together count in full for each. */
export interface Timings {
  /** Most requests that shared a step, this one included. */
  batch_size: number;
  /** All decoding steps. */
  decode_ms: number;
  /** The encoder. */
  encoder_ms: number;
  /** Whether what the model sees of the picture was known from an earlier question. */
  features_cached: boolean;
  /** Decoding the file and making of it what the network takes. */
  prepare_ms: number;
  /** In line. */
  queued_ms: number;
  /** Decoding steps. */
  steps: number;
  /** Tokens of the answer. */
  tokens: number;
  /** The vision tower; 0 when the picture's features were cached. */
  vision_ms: number;
}

/** A caption that changed. */
export interface TurnedCaption {
  /** 0 to 1. */
  confidence: number | null;
  /** How the caption that `against` names became this one, by words; only where one is named. */
  diff?: DiffPieceResponse[];
  /** Whether a person has changed what a model or an import said. */
  edited: boolean;
  id: string;
  /** Why it was rejected, where it is and the reviewer said so; for who may write captions. */
  reason: string | null;
  /** Boxes, quads and polygons with their labels, in pixels of the picture as shown. */
  regions: Record<string, unknown>[] | null;
  /** The source's name in the dataset. */
  source: string;
  /** `draft`, `submitted`, `approved` or `rejected`. */
  status: StatusName;
  text: string;
  updated_at: string;
  /** Counts its changes; who changes it says which one they saw. */
  version: number;
  /** Of which picture. */
  image: string;
}

/** What came of undoing, or of doing again. */
export interface TurnedResponse {
  /** What was undone, or done again. */
  action: ActionResponse;
  /** The captions that changed, at most 1,000. */
  captions: TurnedCaption[];
  /** The job that does it, where it takes one. */
  job: string | null;
}

/** What is to be undone. */
export interface UndoBody {
  /** A caption and the version that the act made of it; your last act where nothing is said. */
  made?: MadeVersion | null;
}

/** What is to change about a caption: its text and regions, or how far its review is. */
export interface UpdateCaptionBody {
  /**
   * Why, where the status is `rejected`: at most 1,000 characters, for whoever wrote it. It is gone once the
   * caption is
   * changed or submitted again.
   */
  reason?: string | null;
  /** What is where, at most 1,000; an empty array for nothing. It is a draft then. */
  regions?: RegionBody[] | null;
  /** `draft`, `submitted`, `approved` or `rejected`; the last two are for reviewers. */
  status?: StatusName | null;
  /** What it is to say, at most 20,000 characters. It is a draft then. */
  text?: string | null;
  /** The version that you saw. */
  version: number;
}

/** Which captions, and how far their review is. */
export interface UpdateCaptionsBody {
  /** At most 1,000. */
  captions: SeenCaption[];
  /** Why they are rejected, in at most 1,000 characters; with `rejected` alone. */
  reason?: string | null;
  /** `draft`, `submitted`, `approved` or `rejected`; the last two are for reviewers. */
  status: StatusName;
}

/** What is to change; what is left out stays. */
export interface UpdateDatasetBody {
  description?: string | null;
  name?: string | null;
  visibility?: VisibilityName | null;
}

/** What a source is to be called. */
export interface UpdateSourceBody {
  /** Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64. */
  slug: string;
}

/** What is to change; what is left out stays. */
export interface UpdateUserBody {
  /** Whether they may sign in no longer. Their sessions end at once and their keys open nothing. */
  disabled?: boolean | null;
  /** Whether they administer this server. */
  is_admin?: boolean | null;
}

/** What came of it. */
export interface UpdatedCaptionsResponse {
  /** Those that changed, as they are now. */
  changed: StoredCaptionResponse[];
  /** How many did not: somebody changed them since you saw them, or they are gone. */
  unchanged: number;
}

export interface UploadFormBody {
  /** A zip or tar archive of pictures, which are added under their paths in it. */
  archive?: Blob;
  images?: Blob[];
}

/** How long the answer is. What the picture costs isn't counted in tokens: `prompt_tokens` is 0. */
export interface Usage {
  completion_tokens: number;
  prompt_tokens: number;
  total_tokens: number;
}

/** Somebody with an account. */
export interface UserResponse {
  created_at: string;
  /** Since when they may not sign in; null where they may. */
  disabled_at: string | null;
  id: string;
  /** Whether they administer this server. */
  is_admin: boolean;
  name: string;
}

/** Who sees a dataset: its members, or everybody. */
export type VisibilityName = "private" | "public";

/** Which words a source knows. */
export interface VocabularyResponse {
  /** How many of those are different. */
  distinct_words: number;
  /** The latter as a share of the former. It falls as texts grow: compare sources that say as much. */
  type_token_ratio: number;
  /** How many words all captions have together. */
  words: number;
}

/** What you prefer. */
export interface VoteBody {
  /** `left`, `right`, `tie`, `both_bad` or `skipped`. */
  outcome: OutcomeName;
}

/** A vote. */
export interface VoteResponse {
  comparison: string;
  file_name: string;
  image: string;
  left_source: string;
  left_text: string;
  /** `left`, `right`, `tie`, `both_bad` or `skipped`. */
  outcome: OutcomeName;
  right_source: string;
  right_text: string;
  voted_at: string;
  /** Who voted; null where their account is gone. */
  voter: string | null;
  /** What they are called, for who is signed in. */
  voter_name: string | null;
}
