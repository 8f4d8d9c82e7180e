import type { APIRequestContext, Page } from "@playwright/test";
import { twoSources } from "../pages/arena-page";
import type { Dataset, Person } from "../pages/people";
import { expect, test } from "../pages/test";

const SCENE = "scene-01.png";
const HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>";

/** The pages of a dataset. */
function pagesOf(dataset: Dataset): string[] {
  const ends = ["", "/settings", "/import", "/export", "/caption", "/compare", "/arena", "/board", "/metrics", "/metrics/captions"];
  return [...ends.map((end) => dataset.address + end), dataset.image(SCENE)];
}

/** Sends a form as the page's browser would, with its cookies, from a page of another site. */
async function postFrom(page: Page, origin: string | null, address: string, form: Record<string, string> = {}) {
  const request: APIRequestContext = page.request;
  const headers = origin ? { origin } : undefined;
  return request.post(address, { form, headers, maxRedirects: 0 });
}

test("each page has a policy that runs its own scripts alone", async ({ accounts, page, root }) => {
  const dataset = await twoSources(root, [SCENE]);
  await accounts.signIn(root);
  const nonces = new Set<string>();
  const addresses = ["/", "/jobs", "/account", "/admin", "/admin/audit-log", "/playground", "/nothing", ...pagesOf(dataset)];
  for (const address of addresses) {
    const answer = (await page.goto(address))!;
    const policy = answer.headers()["content-security-policy"];
    const parts = policy.split(";").map((part) => part.trim());
    const directive = (name: string) => parts.find((part) => part.startsWith(`${name} `))!;
    const nonce = /'nonce-([^']+)'/.exec(directive("script-src"))![1];
    nonces.add(nonce);
    for (const [name, forbidden] of [["script-src", /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*|https?:/], ["style-src", /unsafe-inline|\*/]] as const) {
      expect(directive(name), address).not.toMatch(forbidden);
    }
    expect(directive("default-src"), address).toBe("default-src 'none'");
    expect(directive("frame-ancestors"), address).toBe("frame-ancestors 'none'");
    // As the server wrote it: what runs in the page hides the nonce from the page.
    const html = await answer.text();
    const inline = [...html.matchAll(/<(script|style)\b([^>]*)>/g)].filter(([, , attributes]) => !/\bsrc=/.test(attributes));
    expect(inline.length, address).toBeGreaterThan(0);
    for (const [tag, , attributes] of inline) {
      // Data is no script and needs none.
      if (!/type="(application\/json|speculationrules)"/.test(attributes)) {
        expect(tag, address).toContain(`nonce="${nonce}"`);
      }
    }
    expect(html, `${address} has no handler in an attribute`).not.toMatch(/<[^>]+\son(click|load|error|submit)=/i);
  }
  expect(nonces.size, "each answer has a nonce of its own").toBe(addresses.length);
});

test("forms of other sites are refused, whoever is signed in", async ({ accounts, page, root }) => {
  const dataset = await twoSources(root, [SCENE]);
  await root.write(dataset.images[SCENE], "a dog");
  const [caption] = await root.captions(dataset.images[SCENE]);
  await accounts.signIn(root);
  const image = dataset.image(SCENE);
  const forms: [string, Record<string, string>][] = [
    ["/", { name: "Foreign", slug: `foreign-${Date.now()}` }],
    [image, { caption: caption.id, version: String(caption.version), text: "changed" }],
    [`${image}/run`, { task: "<CAPTION>" }],
    [`${dataset.address}/views`, { name: "foreign", query: "" }],
    [`${dataset.address}/views/00000000-0000-7000-8000-000000000000/delete`, { query: "" }],
    [`${dataset.address}/arena`, { comparison: "00000000-0000-7000-8000-000000000000", outcome: "left" }],
    [`${dataset.address}/compare`, { caption: caption.id, version: String(caption.version) }],
    [`${dataset.address}/settings`, { action: "rename", name: "foreign" }],
    [`${dataset.address}/export`, {}],
    [`${dataset.address}/caption`, { task: "<CAPTION>" }],
    [`${dataset.address}/import`, {}],
    ["/sign-in", { name: "root", password: "correct horse battery" }],
    ["/sign-out", {}],
    ["/sign-up", { token: await root.invitation(), name: `Foreign-${Date.now()}`, password: "correct horse battery" }],
    ["/reset", { token: await root.passwordReset(await root.invite("anna")), password: "another horse battery" }],
    ["/account", {}],
    ["/admin", {}],
    ["/playground", { task: "<CAPTION>", sample: SCENE }],
  ];
  const letIn: string[] = [];
  for (const origin of ["https://evil.example", "null"]) {
    for (const [address, form] of forms) {
      const answer = await postFrom(page, origin, address, form);
      if (answer.status() !== 403) {
        letIn.push(`${address} from ${origin}: ${answer.status()}`);
      }
    }
  }
  expect(letIn).toEqual([]);
  expect((await root.captions(dataset.images[SCENE])).find(({ id }) => id === caption.id)).toMatchObject(caption);
  await page.goto("/");
  await accounts.expectSignedIn("root");
  // The same form from the page itself is taken: it is the origin that was refused.
  const own = new URL(page.url()).origin;
  const answer = await postFrom(page, own, image, { caption: caption.id, version: String(caption.version), text: "changed" });
  expect(answer.status()).toBeLessThan(400);
});

/** What somebody of this role is answered when they send the forms that their page doesn't offer them. */
async function forms(page: Page, root: Person, role: string, signIn: (person: Person) => Promise<void>) {
  const dataset = await twoSources(root, [SCENE], role);
  await root.write(dataset.images[SCENE], "a dog");
  const person = await root.invite(role);
  await root.share(dataset, person, role);
  const before = await root.captions(dataset.images[SCENE]);
  const { id, version } = before.find(({ source }) => source === "model-x")!;
  await signIn(person);
  const caption = { caption: id, version: String(version) };
  const status = async (address: string, form: Record<string, string>) => (await postFrom(page, null, address, form)).status();
  const image = dataset.image(SCENE);
  const answers = {
    text: await status(image, { ...caption, text: "changed" }),
    own: await status(image, { text: "mine" }),
    submit: await status(image, { ...caption, status: "submitted" }),
    approve: await status(image, { ...caption, status: "approved" }),
    run: await status(`${image}/run`, { task: "<CAPTION>" }),
    pick: await status(`${dataset.address}/compare`, caption),
  };
  return { answers, before, after: await root.captions(dataset.images[SCENE]) };
}

test("who only looks is refused whatever forms they send", async ({ accounts, page, root }) => {
  const { answers, before, after } = await forms(page, root, "viewer", (person) => accounts.signIn(person));
  expect(answers).toEqual({ text: 403, own: 403, submit: 403, approve: 403, run: 403, pick: 403 });
  expect(after).toEqual(before);
});

test("who writes is refused what only reviewers do", async ({ accounts, page, root }) => {
  const { answers, after } = await forms(page, root, "annotator", (person) => accounts.signIn(person));
  expect([answers.approve, answers.pick]).toEqual([403, 403]);
  for (const taken of [answers.text, answers.own, answers.submit, answers.run]) {
    expect(taken).not.toBe(403);
  }
  expect(after.map(({ status }) => status)).not.toContain("approved");
});

test("names, views and faults of files stay text whatever is in them", async ({ accounts, grid, image, page, root, work }) => {
  const dataset = await root.dataset("Hostile");
  // A name may have no slash but as the end of a folder.
  const name = HOSTILE.replaceAll("/", "\u2215");
  dataset.images[name] = await root.add(dataset, SCENE, name);
  await root.write(dataset.images[name], HOSTILE);
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await expect(grid.pictures.getByText(HOSTILE)).toBeVisible();
  await grid.filters.getByText("Save this view").click();
  await grid.filters.getByLabel("Name").fill(HOSTILE);
  await grid.filters.getByRole("button", { name: "Save the view" }).click();
  await grid.ready();
  await expect(grid.filters.getByRole("link", { name: HOSTILE })).toBeVisible();
  await page.goto(dataset.image(name));
  await image.ready();
  await image.expectName(name);
  await expect(page).toHaveTitle(new RegExp("^<script>alert"));
  await page.goto(`${dataset.address}?q=${encodeURIComponent(HOSTILE)}`);
  await grid.ready();
  await page.goto(`${dataset.address}/compare`);
  await expect(page.getByRole("rowheader", { name })).toBeVisible();

  await work.openImport(dataset);
  const rows = [{ image: HOSTILE, caption: "x" }, { image: name, caption: HOSTILE, source: HOSTILE }];
  const buffer = Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n"));
  await page.getByLabel("File", { exact: true }).setInputFiles({ name: `${name}.jsonl`, mimeType: "text/plain", buffer });
  await work.start("Check the file");
  await work.waitFor("Done");
  await expect(work.failures.first()).toContainText("alert('x')");
  await page.goto("/jobs");
  await expect(page.getByRole("heading", { name: "Jobs", level: 1 })).toBeVisible();
  // Had any of it been more than text, there would be elements of it, whatever the policy lets them do.
  for (const address of [dataset.address, dataset.image(name), `${dataset.address}/settings`, "/jobs", "/"]) {
    await page.goto(address);
    expect(await page.locator("img[onerror], img[src='x']").count(), address).toBe(0);
  }
});

test("what scripts draw of names, labels and reasons stays text", async ({ accounts, grid, image, page, root }) => {
  test.setTimeout(180_000);
  const short = "<img src=x onerror=alert(1)>";
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const dataset = await root.dataset("hostile", { pictures: [SCENE], title: HOSTILE });
  const person = await root.invite(short);
  await root.share(dataset, person, "reviewer");
  const box = { label: short, box: [10, 10, 200, 200] };
  await person.outline(dataset.images[SCENE], HOSTILE, [box]);
  const [caption] = await root.captions(dataset.images[SCENE]);
  await root.setStatus(caption.id, caption.version, "rejected", HOSTILE);
  await root.work(dataset, "bulk-edits", { edit: { operation: "suffix", text: short } });
  await accounts.signIn(root, `${dataset.address}?boxes=on`);
  await grid.ready();
  await expect(page.getByText(HOSTILE).first()).toBeVisible();
  const ends = ["/edit", "/changes", "/duplicates", "/review", "/review/progress", "/review/assign"];
  const addresses = [...pagesOf(dataset), ...ends.map((end) => dataset.address + end), "/", "/jobs", "/admin", "/admin/audit-log"];
  const markup: string[] = [];
  for (const address of [`${dataset.address}?boxes=on&against=own`, ...addresses]) {
    await page.goto(address);
    await page.waitForLoadState("networkidle");
    const found = await page.locator("[onerror], img[src='x'], main script:not([type='application/json'])").count();
    if (found > 0) markup.push(address);
  }
  await page.goto(dataset.image(SCENE));
  await image.ready();
  await expect(page.getByText(short).first()).toBeVisible();
  await page.goto(`${dataset.address}/settings`);
  await expect(page.getByText(person.name).first()).toBeVisible();
  expect(markup, "pages with elements that somebody's text has made").toEqual([]);
  expect(dialogs).toEqual([]);
});
