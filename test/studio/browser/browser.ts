/// <reference lib="dom" />
/**
 * A real browser on the real page and server. Uses the chromium of the machine; without one the tests are skipped, unless
 * DREAMREEL_TEST_BROWSER is "required".
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { describe } from "vitest";
import { openStudio, type TestStudio } from "../../helpers/studio.ts";

const root = join(import.meta.dirname, "../../..");

function findBrowser(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
  const places = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export const browserFile: string | undefined = findBrowser();
if (browserFile === undefined) {
  const message = "no chromium on PATH: tests of the studio in a browser";
  if (process.env.DREAMREEL_TEST_BROWSER === "required") throw new Error(`${message} cannot run`);
  console.warn(`${message} are skipped`);
}

/** Tests that need a browser. */
export function inBrowser(name: string, tests: () => void): void {
  (browserFile === undefined ? describe.skip : describe)(name, tests);
}

/** The page, which is built before the tests. */
export const builtPage: string = join(root, "dist/studio/page");

export interface Opened {
  readonly studio: TestStudio;
  readonly page: Page;
  /** Errors of the page's console and scripts. */
  readonly errors: string[];
  /** One more window on the same studio. */
  window(): Promise<Page>;
  close(): Promise<void>;
}

/** Start a studio and open its page at 1280 × 720, or as `device` says. */
export async function openPage(
  options: Parameters<typeof openStudio>[0] = {},
  device: BrowserContextOptions = {},
): Promise<Opened> {
  const studio = await openStudio({ page: builtPage, ...options });
  const browser: Browser = await chromium.launch({
    executablePath: browserFile!,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...device });
  context.setDefaultTimeout(30_000);
  const errors: string[] = [];
  const window = async (): Promise<Page> => {
    const page = await context.newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // Of an answer with an error, the line below says more.
      if (message.type() === "error" && !message.text().startsWith("Failed to load"))
        errors.push(message.text());
    });
    page.on("response", (answer) => {
      if (answer.status() >= 400) errors.push(`${answer.status()} ${answer.url()}`);
    });
    await page.goto(studio.studio.address);
    await page.waitForSelector(".studio");
    return page;
  };
  const page = await window();
  return {
    studio,
    page,
    errors,
    window,
    async close() {
      await browser.close();
      await studio.close();
    },
  };
}

/** `openPage`, with the knobs of its scene. */
export async function openKnobs(): Promise<Opened> {
  const opened = await openPage();
  await opened.page.waitForSelector(".knob");
  return opened;
}

/** Hold back the page's requests to `address` until the returned function is called. */
export async function holdBack(page: Page, address: string): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(address, async (route) => {
    await released;
    await route.continue();
  });
  return () => release();
}

/** Wait until the picture at the playhead is dreamed. */
export async function dreamed(page: Page): Promise<void> {
  await page.waitForSelector(
    ".standing:has-text('As it will be'), .standing:has-text('A preview'), .standing:has-text('sketch'), .standing:has-text('Rendered'), .standing:has-text('rendered frames')",
  );
}

/** The text in the editor. */
export function editorText(page: Page): Promise<string> {
  return page.evaluate(() => {
    const lines = [...document.querySelectorAll(".cm-line")];
    return lines.map((line) => line.textContent).join("\n");
  });
}

/** Mean and spread of the picture's brightness, 0..255: a blank picture has no spread. */
export function pictureStats(
  page: Page,
): Promise<{ readonly mean: number; readonly spread: number }> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".picture canvas")!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let [sum, squares, count] = [0, 0, 0];
    for (let i = 0; i < data.length; i += 64) {
      const value = (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
      sum += value;
      squares += value * value;
      count++;
    }
    const mean = sum / count;
    return { mean, spread: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
  });
}
