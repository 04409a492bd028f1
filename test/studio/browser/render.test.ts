/** Rendering in the studio: frames as they come, a reload and a restart on the way, the result. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallScene } from "../../helpers/studio.ts";
import { editorText, inBrowser, type Opened, openPage } from "./browser.ts";

/** A port of its own, so that the page finds the server again. */
const port = 20_000 + (process.pid % 20_000);

inBrowser("rendering in the studio", () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openPage({ port });
    await opened.page.waitForSelector(".knob");
  }, 120_000);
  afterAll(() => opened?.close());

  test("Ctrl-Enter saves and renders; the frames appear on the filmstrip", async () => {
    const { page, studio } = opened;
    await page.getByRole("tab", { name: "Knobs" }).click();
    const field = page.getByRole("textbox", { name: "zoom" });
    await field.fill("1.6");
    await field.press("Enter");
    await page.keyboard.press("Control+Enter");
    await page.locator(".render.done").waitFor();
    await page.locator(".strip .cell img").first().waitFor();
    expect(await page.locator(".names", { hasText: "Frames 8" }).count()).toBe(1);
    expect((await stat(join(studio.folder, "out/small.mp4"))).size).toBeGreaterThan(500);
    await page.locator(".standing", { hasText: "Rendered" }).waitFor();
  });

  test("finished frames play", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "First frame" }).click();
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await expect.poll(() => page.locator(".transport .number").inputValue()).not.toBe("0");
    await page.getByRole("button", { name: "Pause" }).click();
  });

  test("an edit leaves the frames that it does not change", async () => {
    const { page } = opened;
    await page.getByRole("tab", { name: "Text" }).click();
    await page.locator(".cm-line", { hasText: "motion:" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type("\ntimeline: [{ at: 4f, ease: hold, mix: 0.5 }]");
    await page.keyboard.press("Control+s");
    await page.locator(".names", { hasText: "Frames 4" }).waitFor();
  });

  test("the result plays, can be taken away, and says how it is made again", async () => {
    const { page, studio } = opened;
    await page.getByRole("tab", { name: "Renders" }).click();
    await page.getByRole("link", { name: "Play" }).click();
    const video = page.locator("video");
    await video.waitFor();
    await expect
      .poll(() => video.evaluate((element: HTMLVideoElement) => element.videoWidth))
      .toBe(64);
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("small.mp4");
    expect(await readFile(await download.path())).toEqual(
      await readFile(join(studio.folder, "out/small.mp4")),
    );
    expect(await page.locator(".command").textContent()).toMatch(/dreamreel reproduce/);
    await page.getByRole("button", { name: "Back to the scene" }).click();
  });

  test("a render survives a reload of the page, is paused, goes on, and is shown again after a restart", async () => {
    const { page, studio } = opened;
    await writeFile(
      join(studio.folder, "long.yaml"),
      smallScene.replace("duration: 1s", "duration: 60s").replace("small.mp4", "long.mp4"),
    );
    await page.locator(".entry", { hasText: "long.yaml" }).click();
    await page.locator(".bar h1", { hasText: "long.yaml" }).waitFor();
    await page.locator(".transport", { hasText: "of 479" }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page.locator(".render.rendering", { hasText: /[1-9]\d* of 480 frames/ }).waitFor();
    await page.reload();
    await page.getByRole("tab", { name: "Renders" }).click();
    await page.locator(".render.rendering").waitFor();
    await page
      .getByRole("button", { name: /^Pause/ })
      .last()
      .click();
    await page.locator(".render.paused").waitFor();

    await studio.studio.close();
    await page.getByText("The studio’s server does not answer").waitFor();
    await page.getByRole("tab", { name: "Text" }).click();
    await page.locator(".cm-line", { hasText: "# small" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type(" and long");
    await studio.restart();
    await page.getByText("The studio’s server does not answer").waitFor({ state: "detached" });
    expect(await editorText(page)).toContain("# small and long");
    await page.keyboard.press("Control+s");
    await page.locator(".saved", { hasText: "Saved" }).waitFor();
    await page.getByRole("tab", { name: "Renders" }).click();
    await page.locator(".render", { hasText: "long.yaml" }).waitFor();
  });
});
