/** The list of scenes, words of a scene, what the timeline shows besides curves, and the layer browser's progress. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dialog } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { ffmpeg } from "../../helpers/media.ts";
import { smallScene } from "../../helpers/studio.ts";
import { editorText, inBrowser, type Opened, openPage } from "./browser.ts";

inBrowser("scenes, words and the timeline in the studio", () => {
  let opened: Opened;
  const scene = async (): Promise<Record<string, unknown>> => parse(await editorText(opened.page));
  const entry = (name: string) => opened.page.locator(".entry", { hasText: name });
  const choose = async (name: string, what: string): Promise<void> => {
    await entry(name).click({ button: "right" });
    await opened.page.getByRole("menuitem", { name: what }).click();
  };
  beforeAll(async () => {
    opened = await openPage();
    const { page, studio } = opened;
    // Three pieces of 12 frames.
    const pieces = ["testsrc", "mandelbrot", "testsrc2"].flatMap((name) => [
      ...["-f", "lavfi", "-t", "1"],
      ...["-i", `${name}=size=128x96:rate=12`],
    ]);
    const joined = "[0:v][1:v][2:v]concat=n=3:v=1,format=yuv420p";
    await ffmpeg(...pieces, "-filter_complex", joined, join(studio.folder, "cuts.mp4"));
    await writeFile(
      join(studio.folder, "cuts.yaml"),
      `output: { file: out/cuts.mp4, size: 64x48 }
source: { video: cuts.mp4 }
dream: { layers: { patterns1: 1 }, octaves: 1, iterations: 1 } # quick
feedback: { amount: 0.5 }
timeline:
  - { at: 0s, mix: 0.2 }
  - { at: 0.5s, mix: 1 }
`,
    );
    await writeFile(join(studio.folder, "second.yaml"), `title: Second\n${smallScene}`);
    await entry("small.yaml").click();
    await page.waitForSelector(".knob");
  }, 120_000);
  afterAll(() => opened?.close());

  test("a scene is renamed in the list, with its file; its unsaved text goes along", async () => {
    const { page, studio } = opened;
    await entry("Second").click();
    await page.locator(".bar .path", { hasText: "second.yaml" }).waitFor();
    const field = page.getByRole("textbox", { name: "zoom" });
    await field.fill("1.7");
    await field.press("Enter");
    await choose("Second", "Rename");
    const name = page.getByRole("textbox", { name: "Name of the scene" });
    await name.fill("A better name");
    await name.press("Enter");
    await page.locator(".bar .path", { hasText: "A-better-name.yaml" }).waitFor();
    await entry("A better name").waitFor();
    const text = await readFile(join(studio.folder, "A-better-name.yaml"), "utf8");
    expect(parse(text)).toMatchObject({ title: "A better name", motion: { zoom: 1.7 } });
    expect(await readdir(studio.folder)).not.toContain("second.yaml");
    // Its history goes along too.
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(scene).toMatchObject({ title: "Second", motion: { zoom: 1.5 } });
    await page.getByRole("button", { name: "Redo" }).click();
    await page.getByRole("button", { name: "Redo" }).click();
  });

  test("a copy is opened; deleted, it comes back with one click", async () => {
    const { page, studio } = opened;
    await choose("A better name", "Copy");
    await page.locator(".bar .path", { hasText: "A-better-name-copy.yaml" }).waitFor();
    await choose("A better name, copy", "Delete");
    await entry("A better name, copy").waitFor({ state: "detached" });
    expect(await readdir(join(studio.folder, ".trash"))).toEqual(["A-better-name-copy.yaml"]);
    // The next scene is open, and nothing says that a file is gone.
    await page
      .locator(".bar .path", { hasText: "A-better-name-copy" })
      .waitFor({ state: "detached" });
    expect(await page.locator(".banner").count()).toBe(0);
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".bar .path", { hasText: "A-better-name-copy.yaml" }).waitFor();
    expect(await readdir(join(studio.folder, ".trash"))).toEqual([]);
  });

  test("what was done in a scene is undone after another one was open", async () => {
    const { page } = opened;
    await entry("small.yaml").click();
    await page.locator(".bar h1", { hasText: "small.yaml" }).waitFor();
    const field = page.getByRole("textbox", { name: "zoom" });
    for (const zoom of ["1.6", "1.9"]) {
      await field.fill(zoom);
      await field.press("Enter");
      await expect.poll(scene).toMatchObject({ motion: { zoom: Number(zoom) } });
    }
    await page.keyboard.press("Control+s");
    await entry("A better name, copy").click();
    await page.locator(".bar .path", { hasText: "copy" }).waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Undo" }).isDisabled()).toBe(true);
    await entry("small.yaml").click();
    await page.locator(".bar h1", { hasText: "small.yaml" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(scene).toMatchObject({ motion: { zoom: 1.6 } });
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(scene).toMatchObject({ motion: { zoom: 1.5 } });
    await page.getByRole("button", { name: "Redo" }).click();
  });

  test("a reload of the page keeps the unsaved text, what can be undone, the playhead and the range", async () => {
    const { page } = opened;
    const field = page.getByRole("textbox", { name: "zoom" });
    await field.fill("1.8");
    await field.press("Enter");
    await expect.poll(scene).toMatchObject({ motion: { zoom: 1.8 } });
    const frame = page.locator(".transport .number").first();
    await frame.fill("5");
    await frame.press("Enter");
    await page.keyboard.press("Escape");
    await page.locator(".stage").click({ position: { x: 4, y: 4 } });
    await page.keyboard.press("]");
    const range = page.getByRole("button", { name: "0 to 5: use the whole film again" });
    await range.waitFor();
    page.once("dialog", (dialog) => void dialog.accept());
    await page.reload();
    await page.waitForSelector(".knob");
    await range.waitFor();
    expect(await frame.inputValue()).toBe("5");
    expect(await scene()).toMatchObject({ motion: { zoom: 1.8 } });
    expect(await page.title()).toMatch(/^• /);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(scene).toMatchObject({ motion: { zoom: 1.6 } });
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(scene).toMatchObject({ motion: { zoom: 1.5 } });
    // Another scene has a playhead of its own.
    await entry("A better name, copy").click();
    await expect.poll(() => frame.inputValue()).toBe("0");
    await range.waitFor({ state: "detached" });
    await entry("small.yaml").click();
    await expect.poll(() => frame.inputValue()).toBe("5");
    await range.click();
    await range.waitFor({ state: "detached" });
    // Saved, the page goes without a question.
    await page.keyboard.press("Control+s");
    await expect.poll(() => page.title()).not.toMatch(/^• /);
    let questions = 0;
    const count = (dialog: Dialog): void => {
      questions++;
      void dialog.accept();
    };
    page.on("dialog", count);
    await page.reload();
    page.off("dialog", count);
    expect(questions).toBe(0);
    await page.waitForSelector(".knob");
  });

  test("a word is chosen from a menu or a switch, and its default comes back", async () => {
    const { page } = opened;
    await page.getByRole("combobox", { name: "border" }).selectOption("wrap");
    await page.getByRole("radio", { name: "residual" }).check({ force: true });
    await expect
      .poll(scene)
      .toMatchObject({ motion: { border: "wrap" }, feedback: { mode: "residual" } });
    expect(await editorText(page)).toContain("# quick");
    await page.getByRole("combobox", { name: "preset" }).selectOption("hvass");
    await expect.poll(scene).toMatchObject({ dream: { preset: "hvass" } });
    await page.getByRole("combobox", { name: "preset" }).selectOption("none");
    await page.getByRole("button", { name: "Default for border" }).click();
    await expect.poll(async () => (await scene()).motion).not.toHaveProperty("border");
    expect((await scene()).dream).not.toHaveProperty("preset");
    // The keys of a switch are its own and do not move the playhead.
    const chosen = page.getByRole("radio", { name: "residual" });
    await expect.poll(() => chosen.isChecked()).toBe(true);
    await chosen.focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(scene).toMatchObject({ feedback: { mode: "replace" } });
  });

  test("cuts of a clip are shown, and keys and the playhead snap to them unless Alt is held", async () => {
    const { page } = opened;
    await entry("cuts.yaml").click();
    await page.locator(".names", { hasText: "Cuts" }).waitFor({ timeout: 60_000 });
    await expect
      .poll(() => page.locator(".names", { hasText: "Cuts" }).textContent(), { timeout: 60_000 })
      .not.toContain("Cuts to");
    const lane = (await page.locator(".ruler").boundingBox())!;
    const xOf = (at: number): number => lane.x + 12 + ((lane.width - 24) * at) / 35;
    const frame = page.locator(".transport .number").first();
    await page.mouse.move(xOf(5), lane.y + 8);
    await page.mouse.down();
    await page.mouse.move(xOf(12) + 5, lane.y + 8, { steps: 3 });
    await page.locator(".snap-line").waitFor();
    await page.mouse.up();
    await page.locator(".snap-line").waitFor({ state: "detached" });
    expect(await frame.inputValue()).toBe("12");
    // A key, on a closer timeline: 5 px from the cut are less than a frame.
    await page.getByRole("button", { name: "mix", exact: true }).click();
    const curves = (await page.locator(".curves").boundingBox())!;
    const drag = async (from: number, to: number): Promise<void> => {
      await page.mouse.move(from, curves.y + 12);
      await page.mouse.down();
      await page.mouse.move(to, curves.y + 12, { steps: 4 });
      await page.mouse.up();
    };
    const at = async (): Promise<unknown> =>
      ((await scene()).timeline as { at: string }[]).map((one) => one.at);
    await drag(xOf(6), xOf(24) - 6);
    await expect.poll(at).toEqual(["0s", "2s"]);
    // The curve follows when the server has seen the edit.
    const time = page.getByRole("textbox", { name: "Time of the key, s" });
    await expect.poll(() => time.inputValue(), { timeout: 30_000 }).toBe("2");
    // The magnet is a switch.
    expect(
      await page
        .getByRole("button", { name: /Snap to beats and cuts/ })
        .getAttribute("aria-pressed"),
    ).toBe("true");
    await page.keyboard.down("Alt");
    await drag(xOf(24), xOf(23) + 2);
    await page.keyboard.up("Alt");
    await expect.poll(at).toEqual(["0s", "23f"]);
  });

  test("the part of the movement that is ready is on the strip, darker than rendered frames", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: /^Motion preview/ }).click();
    await page.locator(".strip .moving img").first().waitFor({ timeout: 60_000 });
    await page
      .locator(".tools", { hasText: "Movement without the dream" })
      .waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: /^Motion preview/ }).click();
  });

  test("the layer browser says how many pictures are dreamed and which is being dreamed", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "Browse layers and channels by eye" }).click();
    const progress = page.locator(".progress-of-tiles");
    // Those of pocket's layers come with the package.
    await expect.poll(() => progress.textContent()).toMatch(/^1[01] of 11 dreamed/);
    await page.getByRole("link", { name: "48 channels" }).click();
    await page.locator(".tile .now", { hasText: "dreaming" }).waitFor({ timeout: 60_000 });
    await expect
      .poll(() => progress.textContent(), { timeout: 60_000 })
      .toMatch(/^([2-9]|[1-4]\d) of 48 dreamed/);
    // One is dreamed at a time; the others say that they wait.
    expect(await page.locator(".tile .now").count()).toBeLessThanOrEqual(1);
    expect(await page.locator(".tile", { hasText: "waits for the picture" }).count()).toBe(0);
    await page.keyboard.press("Escape");
  });

  test("a new scene begins with a clip of the folder, seen with its length", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "New scene from a file or a template" }).click();
    const card = page.locator(".folder li", { hasText: "cuts.mp4" });
    await card.locator("img").waitFor({ timeout: 60_000 });
    await card.locator(".length", { hasText: "3 s" }).waitFor();
    await card.getByRole("button").click();
    expect(await page.getByRole("radio", { name: /Dream over a clip/ }).isChecked()).toBe(true);
    await page.keyboard.press("Escape");
    await entry("cuts.yaml").locator(".about", { hasText: "3 s" }).waitFor();
  });

  test("nothing went wrong in the page meanwhile", () => {
    // The page may ask for pictures and frames of a scene whose file has just got another name.
    const late = /^404 .*(?:thumbnail|finished)\?path=second/;
    const others = opened.errors.filter((error) => !late.test(error));
    expect(others).toEqual([]);
  });
});
