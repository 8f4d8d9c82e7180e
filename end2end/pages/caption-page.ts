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

  constructor(readonly page: Page) {
    this.picture = page.getByRole("region", { name: "Picture" }).getByRole("img").first();
    this.caption = page.getByRole("article").getByRole("paragraph").first();
    this.regions = page.getByRole("region", { name: "Regions" }).getByRole("listitem");
    this.drawnRegions = page.getByRole("group", { name: "Regions on the picture" }).getByRole("img");
    this.problem = page.getByRole("alert");
    this.keys = page.getByRole("dialog", { name: "Keys" });
  }

  /** Opens the page, and waits for its scripts unless there are none. */
  async open(address = "/", { scripts = true } = {}) {
    await this.page.goto(address);
    if (scripts) {
      await expect(this.page.locator("body")).toHaveAttribute("data-hydrated", "true");
    }
  }

  async choose(file: string | { name: string; mimeType: string; buffer: Buffer }) {
    await this.page.getByLabel("Picture file").setInputFiles(file);
  }

  /** Drops a picture's bytes on the page, as from a folder. */
  async drop(name: string, mimeType: string, bytes: Buffer) {
    const transfer = await this.page.evaluateHandle(
      ([name, type, base64]) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name, { type }));
        return transfer;
      },
      [name, mimeType, bytes.toString("base64")] as const,
    );
    const target = this.page.getByRole("region", { name: "Picture" });
    await target.dispatchEvent("dragover", { dataTransfer: transfer });
    await target.dispatchEvent("drop", { dataTransfer: transfer });
  }

  async chooseTask(name: string) {
    await this.page.getByLabel("Task", { exact: true }).selectOption({ label: name });
  }

  async ask() {
    await this.page.getByRole("button", { name: /Caption the picture|Ask again/ }).click();
  }

  async takeSample(caption: string) {
    await this.page.getByRole("region", { name: "Samples" }).getByRole("link", { name: caption }).click();
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
