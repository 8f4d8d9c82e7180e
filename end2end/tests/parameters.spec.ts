import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { recordForms } from "../pages/captions";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scene = sample("scene-02.png");
const run = promisify(execFile);

test("parameters are sent, and stand in the address", async ({ captionPage, page }) => {
  await captionPage.open(`/playground?sample=${scene.name}`);
  await captionPage.setParameters({ "Longest answer": "5", Seed: "7" });
  const forms = await recordForms(page);
  await captionPage.ask();
  await expect.poll(forms).toEqual([{ max_length: "5", seed: "7", stream: "true" }]);
  await expect(captionPage.caption).not.toHaveText(scene.caption);
  await expect(page).toHaveURL(`/playground?sample=${scene.name}&max_length=5&seed=7`);

  await captionPage.open(new URL(page.url()).pathname + new URL(page.url()).search);
  await expect(page.getByRole("textbox", { name: "Longest answer" })).toHaveValue("5");
  await expect(captionPage.caption).not.toHaveText(scene.caption);
});

test("values out of range are told before anything is sent", async ({ captionPage, page }) => {
  await captionPage.open(`/playground?sample=${scene.name}`);
  await captionPage.setParameters({ Temperature: "0.7", Beams: "3" });
  let requests = 0;
  page.on("request", (request) => (requests += request.method() === "POST" ? 1 : 0));
  await captionPage.ask();
  const beams = page.getByRole("textbox", { name: "Beams" });
  await expect(beams).toBeFocused();
  await expect(beams).toHaveAccessibleDescription(/Sampling goes with one beam/);
  await beams.fill("99");
  await expect(beams).toHaveAccessibleDescription("A whole number from 1 to 16.");
  expect(requests).toBe(0);
  await beams.fill("");
  await captionPage.ask();
  await expect.poll(() => requests).toBe(1);
});

test("what the server refuses is told in its words", async ({ captionPage, page }) => {
  await captionPage.open(`/playground?sample=${scene.name}`);
  await captionPage.chooseTask("What is in it");
  await page.getByRole("textbox", { name: "Region" }).fill("300, 10, 5000, 90");
  await captionPage.ask();
  await expect(captionPage.problem).toContainText("does not lie in the picture");
});

test("the curl command does the same in a shell", async ({ captionPage }) => {
  await captionPage.open(`/playground?sample=${scene.name}&task=open_vocabulary_detection&text=a%20red%20apple&num_beams=2`);
  const shown = await captionPage.caption.innerText();
  const command = await captionPage.codeIn("curl");
  const { stdout } = await run("bash", ["-c", command], { cwd: dirname(scene.path) });
  const answer = JSON.parse(stdout);
  expect(answer.caption).toBe(shown);
  expect(answer.task).toBe("<OPEN_VOCABULARY_DETECTION>");
  expect(answer.text).toBe("a red apple");
});

test("the JavaScript does the same in a program", async ({ captionPage }) => {
  await captionPage.open(`/playground?sample=${scene.name}&task=od&num_beams=1`);
  const code = await captionPage.codeIn("JavaScript");
  const page = { querySelector: () => ({ files: [new File([new Uint8Array(scene.bytes)], scene.name, { type: "image/png" })] }) };
  const program = new Function("document", `return (async () => { ${code}\nreturn caption; })()`);
  expect(await program(page)).toBe(await captionPage.caption.innerText());
});

test("the Python does the same in a program", async ({ captionPage }) => {
  await captionPage.open(`/playground?sample=${scene.name}&task=od&num_beams=1`);
  const code = await captionPage.codeIn("Python");
  const { stdout } = await run(process.env.PYTHON ?? "python3", ["-c", code], { cwd: dirname(scene.path) }).catch((error) => {
    throw new Error(`the Python of the page needs the package requests: apt-get install python3-requests\n${error.stderr}`);
  });
  expect(stdout.trim()).toBe(await captionPage.caption.innerText());
});

test("code follows the form and can be copied", async ({ captionPage, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await captionPage.open();
  expect(await captionPage.codeIn("curl")).toContain("image=@photo.jpg");
  await captionPage.chooseTask("Objects");
  await expect(captionPage.code).toContainText("task=<OD>");
  await page.getByRole("tab", { name: "curl" }).press("ArrowLeft");
  await expect(page.getByRole("tab", { name: "JavaScript" })).toBeFocused();
  await page.getByRole("button", { name: "Copy code" }).click();
  await expect(page.getByText("Code copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await captionPage.code.innerText());
});

test("a server that wants a key gets one, and the tab alone keeps it", async ({ captionPage, page }) => {
  await page.route("**/caption", async (route) => {
    const isKnown = route.request().headers().authorization === "Bearer secret-key";
    if (isKnown) {
      return route.continue();
    }
    const problem = { title: "A key is missing", status: 401, detail: "Send Authorization: Bearer and a key.", request_id: "r2" };
    return route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify(problem) });
  });
  await captionPage.open();
  await expect(page.getByLabel("API key", { exact: true })).toHaveCount(0);
  await captionPage.choose(scene.path);
  await expect(captionPage.problem).toContainText("into the field API key");
  await page.getByRole("textbox", { name: "API key" }).fill("secret-key");
  await page.getByRole("button", { name: "Use key" }).click();
  await captionPage.problem.getByRole("button", { name: "Try again" }).click();
  await expect(captionPage.caption).toHaveText(scene.caption);
  expect(await captionPage.codeIn("curl")).toContain('-H "Authorization: Bearer $API_KEY"');
  await expect(captionPage.code).not.toContainText("secret-key");
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});
