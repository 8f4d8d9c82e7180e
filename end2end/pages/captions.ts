import type { Page, Route } from "@playwright/test";

/** What a server says that wants to be asked again later. */
export const OVERLOADED = {
  type: "/problems/overloaded",
  title: "Too many requests are being answered",
  status: 503,
  detail: "Every place in the queue is taken. Try again in 1 s.",
  request_id: "test-1",
};

/** A plain caption as the server answers it. */
export function answer(caption: string) {
  return {
    caption,
    confidence: 0.9,
    processing_time: 0.05,
    model_info: { model_type: "florence-2", version: "0.1.0", name: "stand-in" },
    task: "<CAPTION>",
    image: { width: 320, height: 320 },
    regions: [],
  };
}

/**
 * Stands in for the server where a test must decide what comes when: each request waits until the test answers it.
 * What the real server answers, the other tests hold against the page.
 */
export class StandIn {
  private readonly waiting: Route[] = [];
  /** All requests so far, those that were answered too. */
  seen = 0;

  static async for(page: Page): Promise<StandIn> {
    const standIn = new StandIn();
    // What the page gave up needs no answer.
    page.on("requestfailed", (request) => {
      const place = standIn.waiting.findIndex((route) => route.request() === request);
      standIn.waiting.splice(place, place < 0 ? 0 : 1);
    });
    await page.route("**/caption", (route) => {
      standIn.seen += 1;
      standIn.waiting.push(route);
    });
    return standIn;
  }

  /** How many requests wait for an answer. */
  get open(): number {
    return this.waiting.length;
  }

  /** Answers the oldest request. */
  async answer(caption: string) {
    await this.waiting.shift()!.fulfill({ json: answer(caption) });
  }

  /** Sends the oldest request away for now. */
  async refuse(seconds: number) {
    await this.waiting.shift()!.fulfill({
      status: 503,
      headers: { "content-type": "application/problem+json", "retry-after": String(seconds) },
      body: JSON.stringify(OVERLOADED),
    });
  }
}

/** A stream of events that stops after each piece until the test lets it go on, inside the page itself. */
export async function streamSlowly(page: Page, pieces: string[]) {
  await page.addInitScript((pieces) => {
    const real = window.fetch;
    const encoder = new TextEncoder();
    let step: (() => void) | undefined;
    Object.assign(window, { goOn: () => step?.() });
    window.fetch = async (input, init) => {
      if (!String(input).endsWith("/caption")) {
        return real(input, init);
      }
      let next = 0;
      const body = new ReadableStream({
        async pull(controller) {
          if (next === pieces.length) {
            return controller.close();
          }
          if (next > 0) {
            await new Promise<void>((resolve) => (step = resolve));
          }
          controller.enqueue(encoder.encode(pieces[next++]));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
  }, pieces);
}

/** Lets the stream go on by one piece. */
export async function goOn(page: Page) {
  await page.evaluate(() => (window as unknown as { goOn: () => void }).goOn());
}

/** What the page sends from now on: the fields of each form, less the picture. Playwright can't read forms with files. */
export async function recordForms(page: Page): Promise<() => Promise<Record<string, string>[]>> {
  await page.evaluate(() => {
    const real = window.fetch;
    const forms: Record<string, string>[] = [];
    Object.assign(window, { forms });
    window.fetch = (input, init) => {
      if (init?.body instanceof FormData) {
        forms.push(Object.fromEntries([...init.body].filter((field): field is [string, string] => field[0] !== "image")));
      }
      return real(input, init);
    };
  });
  return () => page.evaluate(() => (window as unknown as { forms: Record<string, string>[] }).forms);
}
