import { readFileSync } from "node:fs";
import { type APIRequestContext, type APIResponse, expect } from "@playwright/test";
import { sample } from "./samples";

/** Everybody's password. */
export const PASSWORD = "correct horse battery";

/** Somebody with an account, who uses the API as a program does. */
export class Person {
  constructor(
    private readonly request: APIRequestContext,
    readonly name: string,
    readonly id: string,
    private token: string,
  ) {}

  private async ask(method: string, path: string, options: { data?: unknown; multipart?: Record<string, never> } = {}) {
    const fetch = () =>
      this.request.fetch(`/api/v1${path}`, { method, headers: { authorization: `Bearer ${this.token}` }, ...options });
    let answer = await fetch();
    // A token is good for ten minutes, and all tests together take longer.
    if (answer.status() === 401) {
      const data = { name: this.name, password: PASSWORD, tokens: true };
      this.token = (await (await this.request.post("/api/v1/auth/sign-in", { data })).json()).access_token;
      answer = await fetch();
    }
    expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return answer;
  }

  private async json(answer: Promise<APIResponse>) {
    return (await answer).json();
  }

  /** The token of a link that makes an account. */
  async invitation(): Promise<string> {
    return (await this.json(this.ask("POST", "/invitations"))).token;
  }

  /** The token of a link that sets somebody's password. */
  async passwordReset(person: Person): Promise<string> {
    return (await this.json(this.ask("POST", `/users/${person.id}/password-reset`))).token;
  }

  /** Somebody new, whose name begins like this. */
  async invite(name: string): Promise<Person> {
    const own = unique(name);
    return signUp(this.request, own, await this.invitation());
  }

  /** A dataset with pictures. Its slug begins like this. */
  async dataset(name: string, { pictures = [] as string[], isPublic = false, title = "" } = {}): Promise<Dataset> {
    const slug = unique(name).toLowerCase();
    const visibility = isPublic ? "public" : "private";
    const dataset = new Dataset(slug, title || `${name} ${slug}`);
    await this.ask("POST", "/datasets", { data: { slug, name: dataset.name, visibility } });
    for (const picture of pictures) {
      dataset.images[picture] = await this.add(dataset, picture);
    }
    return dataset;
  }

  /** Adds a sample picture under its own name, or another one. */
  async add(dataset: Dataset, picture: string, name = picture): Promise<string> {
    return this.addBytes(dataset, name, "image/png", sample(picture).bytes);
  }

  /** Adds a picture that the test has made itself. */
  async addBytes(dataset: Dataset, name: string, mimeType: string, buffer: Buffer): Promise<string> {
    const file = { name, mimeType, buffer };
    const multipart = { images: file } as unknown as Record<string, never>;
    const { results } = await this.json(this.ask("POST", `/datasets/${dataset.slug}/images`, { multipart }));
    expect(results[0].image, JSON.stringify(results)).toBeTruthy();
    return results[0].image.id;
  }

  /** Gives somebody a part in a dataset. */
  async share(dataset: Dataset, person: Person, role: string) {
    await this.ask("PUT", `/datasets/${dataset.slug}/members/${person.id}`, { data: { role } });
  }

  /** Writes one's own caption of a picture. */
  async write(image: string, text: string, version?: number) {
    return this.json(this.ask("PUT", `/images/${image}/captions/mine`, { data: { text, version } }));
  }

  /** Writes one's own caption of a picture, and says that it is ready. */
  async submit(image: string, text: string) {
    const { id, version } = await this.write(image, text);
    await this.setStatus(id, version, "submitted");
  }

  /** Says how far a caption's review is, and why. */
  async setStatus(caption: string, version: number, status: string, reason?: string) {
    return this.json(this.ask("PATCH", `/captions/${caption}`, { data: { version, status, reason } }));
  }

  /** Writes one's own caption of a picture, and where in it what is. */
  async outline(image: string, text: string, regions: object[]) {
    return this.json(this.ask("PUT", `/images/${image}/captions/mine`, { data: { text, regions } }));
  }

  /** Makes a model a source of captions. */
  async model(dataset: Dataset, slug: string, parameters = {}) {
    const data = { slug, kind: "model", model: `stand-in-${slug}`, task: "caption", parameters };
    await this.ask("POST", `/datasets/${dataset.slug}/sources`, { data });
  }

  /** Has a model that is a source say something of a picture. */
  async say(source: string, image: string, text: string, more: { confidence?: number; regions?: object[] } = {}) {
    return this.json(this.ask("POST", `/images/${image}/captions`, { data: { source, text, ...more } }));
  }

  /** What every source says of a picture. */
  async captions(image: string): Promise<{ id: string; source: string; text: string; version: number; status: string }[]> {
    return this.json(this.ask("GET", `/images/${image}/captions`));
  }

  /** Is asked about a pair of captions of these sources, and prefers what the one of them said. */
  async vote(dataset: Dataset, sources: string[], preferred: string) {
    const { comparison } = await this.json(this.ask("POST", `/datasets/${dataset.slug}/arena/next`, { data: { sources } }));
    const said = (await this.captions(comparison.image)).find(({ source }) => source === preferred)!;
    const outcome = comparison.left.text === said.text ? "left" : "right";
    await this.ask("PUT", `/comparisons/${comparison.id}/vote`, { data: { outcome } });
  }

  /** Has a job do something, and waits until it is done. */
  async work(dataset: Dataset, kind: string, data: object) {
    const { id } = await this.json(this.ask("POST", `/datasets/${dataset.slug}/${kind}`, { data }));
    const state = async () => (await this.json(this.ask("GET", `/jobs/${id}`))).state;
    await expect.poll(state, { timeout: 60_000 }).toBe("succeeded");
  }

  /** How many pictures of a dataset a search finds. */
  async found(dataset: Dataset, query: string): Promise<number> {
    return (await this.json(this.ask("GET", `/datasets/${dataset.slug}/search?q=${encodeURIComponent(query)}`))).total;
  }

  /** Changes a caption as somebody else would. */
  async change(caption: string, version: number, text: string) {
    await this.ask("PATCH", `/captions/${caption}`, { data: { version, text } });
  }
}

/** A dataset that a test has made. */
export class Dataset {
  /** Its pictures' ids, by name. */
  readonly images: Record<string, string> = {};

  constructor(
    readonly slug: string,
    readonly name: string,
  ) {}

  get address(): string {
    return `/datasets/${this.slug}`;
  }

  /** Where a picture is shown. */
  image(name: string): string {
    return `${this.address}/images/${this.images[name]}`;
  }
}

/** The first administrator: made by the link that the server printed, or signed in where that was used already. */
export async function administrator(request: APIRequestContext): Promise<Person> {
  const data = { name: "root", password: PASSWORD, tokens: true };
  const answer = await request.post("/api/v1/auth/sign-in", { data });
  if (answer.ok()) {
    const { user, access_token } = await answer.json();
    return new Person(request, "root", user.id, access_token);
  }
  return signUp(request, "root", await firstToken());
}

/** The token of the link that the server printed when it started. */
export async function firstToken(): Promise<string> {
  const read = () => /\/sign-up\?token=(\S+)/.exec(readFileSync(process.env.VASARI_E2E_WELCOME!, "utf8"))?.[1];
  await expect.poll(read, { message: "the welcome has a link" }).toBeTruthy();
  return read()!;
}

/** Makes somebody an account by the token of a link. */
export async function signUp(request: APIRequestContext, name: string, token: string): Promise<Person> {
  const answer = await request.post("/api/v1/sign-up", { data: { name, password: PASSWORD, token, tokens: true } });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { user, access_token } = await answer.json();
  return new Person(request, name, user.id, access_token);
}

let made = 0;

function unique(name: string): string {
  made += 1;
  return `${name}-${Date.now().toString(36)}${made}`;
}
