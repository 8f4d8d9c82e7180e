import { expect, type Locator, type Page } from "@playwright/test";
import type { Box } from "./samples";

/** The caption page in the words of someone who uses it. */
export class CaptionPage {
  readonly picture: Locator;
  readonly caption: Locator;
  readonly regions: Locator;
  readonly drawnRegions: Locator;
  readonly problem: Locator;
  readonly keys: Locator;
  /** The rows of the list, where there are several pictures. */
  readonly rows: Locator;
  readonly progress: Locator;
  readonly code: Locator;

  constructor(readonly page: Page) {
    this.rows = page.getByRole("region", { name: /^\d+ pictures$/ }).getByRole("listitem");
    this.progress = page.getByRole("progressbar", { name: "Captions" });
    this.code = page.getByRole("tabpanel");
    this.picture = page.getByRole("region", { name: "Picture" }).getByRole("img").first();
    this.caption = page.getByRole("article").getByRole("paragraph").first();
    this.regions = page.getByRole("region", { name: "Regions" }).getByRole("listitem");
    this.drawnRegions = page.getByRole("group", { name: "Regions on the picture" }).getByRole("img");
    this.problem = page.getByRole("alert");
    this.keys = page.getByRole("dialog", { name: "Keys" });
  }

  /** Opens the page, and waits for its scripts unless there are none. */
  async open(address = "/playground", { scripts = true } = {}) {
    await this.page.goto(address);
    if (scripts) {
      await expect(this.page.locator("body")).toHaveAttribute("data-hydrated", "true");
    }
  }

  async choose(file: string | string[] | { name: string; mimeType: string; buffer: Buffer }) {
    await this.page.getByLabel("Picture file").setInputFiles(file);
  }

  /** Drops pictures on the page, as from a folder. */
  async drop(pictures: { name: string; bytes: Buffer }[]) {
    const transfer = await this.page.evaluateHandle(
      (files) => {
        const transfer = new DataTransfer();
        for (const { name, base64 } of files) {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([bytes], name, { type: "image/png" }));
        }
        return transfer;
      },
      pictures.map(({ name, bytes }) => ({ name, base64: bytes.toString("base64") })),
    );
    const target = this.page.getByRole("region", { name: "Picture" });
    await target.dispatchEvent("dragover", { dataTransfer: transfer });
    await target.dispatchEvent("drop", { dataTransfer: transfer });
  }

  async chooseTask(name: string) {
    await this.page.getByLabel("Task", { exact: true }).selectOption({ label: name });
  }

  /** Presses the one primary button. */
  async ask() {
    await this.page.getByRole("button", { name: /^Caption (the picture|this picture|\d+ pictures)( again)?$/ }).click();
  }

  /** The list's row of a picture. */
  row(name: string): Locator {
    return this.rows.filter({ hasText: name });
  }

  /** Writes generation parameters by what the page calls them. */
  async setParameters(values: Record<string, string>) {
    const first = this.page.getByRole("textbox", { name: Object.keys(values)[0] });
    if (!(await first.isVisible())) {
      await this.page.getByText("Parameters", { exact: false }).first().click();
    }
    for (const [label, value] of Object.entries(values)) {
      await this.page.getByRole("textbox", { name: label }).fill(value);
    }
  }

  /** The code that the page shows in a language. */
  async codeIn(language: "curl" | "Python" | "JavaScript"): Promise<string> {
    if (!(await this.code.isVisible())) {
      await this.page.getByText("Code for this").click();
    }
    await this.page.getByRole("tab", { name: language }).click();
    return this.code.innerText();
  }

  async takeSample(caption: string) {
    await this.page.getByRole("region", { name: "Samples" }).getByRole("link", { name: caption }).click();
  }

  /** The words of the caption that speak of a region. */
  phrase(label: string): Locator {
    return this.caption.getByRole("mark").filter({ hasText: label });
  }

  /** The confidence of the caption, in percent. */
  async confidence(): Promise<number> {
    const number = this.page.getByRole("article").getByText(/^\d+ %$/).first();
    return Number.parseInt(await number.innerText(), 10);
  }

  /** Where a region is drawn: left, top, right, bottom in pixels of the picture. */
  async drawnBox(label: string): Promise<Box> {
    const region = this.drawnRegions.filter({ hasText: label });
    return region.evaluate((group) => {
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) =>
        Number(group.querySelector("rect")!.getAttribute(name)),
      );
      return [x, y, x + width, y + height] as Box;
    });
  }

  async expectNoHorizontalScroll() {
    const overflow = await this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, "pixels that stick out to the right").toBe(0);
  }
}
