/** The studio's server ends and starts again during a render and an unsaved edit, with two windows on one scene. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listening, smallScene } from "../../helpers/studio.ts";
import { dreamed, editorText, holdBack, inBrowser, type Opened, openPage } from "./browser.ts";

const port = 20_000 + (process.pid % 20_000);
const offline = "The studio’s server does not answer";

inBrowser("the studio after its server was ended", () => {
  let opened: Opened;
  let other: Page;
  let events: Listening;
  const file = (): string => join(opened.studio.folder, "long.yaml");
  const framesSoFar = (): number[] =>
    events.events.flatMap((event) => (event.type === "frame" ? [event.frame] : []));

  async function show(page: Page): Promise<void> {
    await page.locator(".entry", { hasText: "long.yaml" }).click();
    await page.locator(".transport", { hasText: "of 63" }).waitFor();
    await page.getByRole("tab", { name: "Text" }).click();
  }
  async function type(page: Page, line: string, text: string): Promise<void> {
    await page.locator(".cm-line", { hasText: line }).click();
    await page.keyboard.press("End");
    await page.keyboard.type(text);
  }

  beforeAll(async () => {
    opened = await openPage({ port });
    const text = smallScene
      .replace("duration: 1s", "duration: 8s")
      .replace("small.mp4", "long.mp4")
      .replace("octaves: 2\n  iterations: [1, 1]", "octaves: 1 # one\n  iterations: [1]");
    await writeFile(file(), text);
    await show(opened.page);
    other = await opened.window();
    await show(other);
    events = await opened.studio.listen("test");
  }, 120_000);
  afterAll(async () => {
    events?.close();
    await opened?.close();
  });

  test("both windows say that they are offline, keep what is typed, and a save meanwhile loses nothing", async () => {
    const { page, studio } = opened;
    await page.keyboard.press("Control+Enter");
    await page.locator(".render.rendering", { hasText: /[4-9] of 64 frames/ }).waitFor();
    await page.getByRole("tab", { name: "Text" }).click();
    await type(page, "# small", " typed before");
    const before = await readFile(file(), "utf8");
    await studio.studio.close();
    for (const window of [page, other]) {
      await window.getByText(offline).waitFor();
      await window.locator(".offline", { hasText: "Not connected" }).waitFor();
    }
    await type(page, "# small", " and after");
    await page.keyboard.press("Control+s");
    // The banner says it once; there is no second message.
    await page.waitForTimeout(300);
    expect(await page.locator(".toast.bad").count()).toBe(0);
    await page.getByRole("button", { name: "Save the scene" }).waitFor();
    expect(await editorText(page)).toContain("# small typed before and after");
    expect(await readFile(file(), "utf8")).toBe(before);
  });

  test("the render goes on from its frames by itself, the text is still here, and the picture dreams", async () => {
    const { page, studio } = opened;
    const made = new Set(framesSoFar());
    expect(made.size).toBeGreaterThan(3);
    await studio.restart();
    events = await studio.listen("test");
    for (const window of [page, other])
      await window.getByText(offline).waitFor({ state: "detached" });
    expect(await editorText(page)).toContain("typed before and after");
    await page.getByRole("tab", { name: "Renders" }).click();
    await page.locator(".render.rendering", { hasText: "long.yaml" }).waitFor();
    await expect.poll(() => framesSoFar().length, { timeout: 30_000 }).toBeGreaterThan(2);
    // A frame that was reported may not have been written when the server ended.
    const again = framesSoFar().filter((frame) => made.has(frame));
    expect(again.length).toBeLessThan(4);
    await dreamed(page);
    await page.getByRole("tab", { name: "Text" }).click();
    await page.locator(".cm-content").focus();
    await page.keyboard.press("Control+s");
    await page.locator(".saved", { hasText: "Saved" }).waitFor();
    expect(await readFile(file(), "utf8")).toContain("typed before and after");
    await other.locator(".cm-line", { hasText: "typed before and after" }).waitFor();
  });

  test("of two windows that edit at once, the second is asked; neither text is lost", async () => {
    const { page } = opened;
    await type(page, "duration: 8s", " # mine");
    await type(other, "# one", " # theirs");
    await page.keyboard.press("Control+s");
    await page.locator(".saved", { hasText: "Saved" }).waitFor();
    await other.getByText("was changed elsewhere, and here too").waitFor();
    await other.keyboard.press("Control+s");
    expect(await readFile(file(), "utf8")).toContain("# mine");
    await other.getByRole("button", { name: "Take theirs" }).click();
    await other.locator(".cm-line", { hasText: "# mine" }).waitFor();
    await other.getByRole("button", { name: "Undo" }).click();
    expect(await editorText(other)).toContain("# theirs");
    await other.getByRole("button", { name: "Redo" }).click();
    expect(await editorText(other)).toContain("# mine");
  });

  test("the text of a scene that was left while offline comes back with it", async () => {
    const { page, studio } = opened;
    await type(page, "iterations", " # kept");
    await studio.studio.close();
    await page.getByText(offline).waitFor();
    // A knob shows the number that the text has.
    await page.getByRole("tab", { name: "Knobs" }).click();
    const zoom = page.getByRole("textbox", { name: "zoom" });
    await zoom.fill("1.7");
    await zoom.press("Enter");
    expect(await editorText(page)).toContain("zoom: 1.7");
    expect(await zoom.inputValue()).toBe("1.7");
    expect(await page.getByRole("slider", { name: "zoom" }).inputValue()).toBe("1.7");
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await zoom.inputValue()).toBe("1.5");
    await page.getByRole("tab", { name: "Text" }).click();
    await page.locator(".entry", { hasText: "small.yaml" }).click();
    await page.locator(".bar h1", { hasText: "small.yaml" }).waitFor();
    // Its file cannot be written from the text that was left.
    await page.keyboard.press("Control+s");
    await studio.restart();
    await page.getByText(offline).waitFor({ state: "detached" });
    // The scene that could not be opened opens by itself.
    await page.locator(".cm-line", { hasText: "duration: 1s" }).waitFor();
    await page.locator(".entry", { hasText: "long.yaml" }).click();
    await page.locator(".cm-line", { hasText: "# kept" }).waitFor();
    await page.getByRole("button", { name: "Save the scene" }).waitFor();
    expect(await readFile(join(studio.folder, "small.yaml"), "utf8")).toBe(smallScene);
  });

  test("an unsaved text stays with its scene where another one is left before it was opened", async () => {
    const { page } = opened;
    const release = await holdBack(page, "**/api/scene?path=small.yaml");
    await page.locator(".entry", { hasText: "small.yaml" }).click();
    await page.locator(".bar h1", { hasText: "small.yaml" }).waitFor();
    await page.locator(".entry", { hasText: "long.yaml" }).click();
    await page.locator(".bar h1", { hasText: "long.yaml" }).waitFor();
    release();
    await page.locator(".cm-line", { hasText: "# kept" }).waitFor();
    await page.locator(".entry", { hasText: "small.yaml" }).click();
    await page.locator(".cm-line", { hasText: "duration: 1s" }).waitFor();
    expect(await editorText(page)).toBe(smallScene);
    await page.unroute("**/api/scene?path=small.yaml");
  });

  test("nothing went wrong in the windows meanwhile", () => {
    // Of a server that is not there the browser writes on its console.
    const other = opened.errors.filter(
      (error) => !/ERR_CONNECTION|^409 |^404 .*api\/frames|ERR_INCOMPLETE/.test(error),
    );
    expect(other).toEqual([]);
  });
});
