/** Steering: while a scene renders, a knob that turns writes keys at the frame that is being dreamed. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type Listening, smallScene } from "../../helpers/studio.ts";
import { inBrowser, type Opened, openPage } from "./browser.ts";

const fps = 8;
const last = 79;

interface Entry {
  readonly at: string;
  readonly ease?: string;
  readonly motion?: { readonly zoom?: number; readonly rotate?: number };
}

inBrowser("steering a render in the studio", () => {
  let opened: Opened;
  let events: Listening;
  const scene = async (): Promise<{ motion: { zoom: number }; timeline?: Entry[] }> =>
    parse(await readFile(join(opened.studio.folder, "long.yaml"), "utf8"));
  const framesSoFar = (): number[] =>
    events.events.flatMap((event) => (event.type === "frame" ? [event.frame] : []));
  const frameOf = ({ at }: Entry): number =>
    at.endsWith("f") ? Number.parseInt(at, 10) : Math.round(Number.parseFloat(at) * fps);

  beforeAll(async () => {
    opened = await openPage();
    const { page, studio } = opened;
    const text = smallScene
      .replace("duration: 1s", `duration: ${(last + 1) / fps}s`)
      .replace("small.mp4", "long.mp4");
    await writeFile(join(studio.folder, "long.yaml"), text);
    await page.locator(".entry", { hasText: "long.yaml" }).click();
    await page.locator(".transport", { hasText: `of ${last}` }).waitFor();
    await page.waitForSelector(".knob");
    page.setDefaultTimeout(60_000);
    events = await studio.listen("test");
    await page.keyboard.press("Control+Enter");
    await page.locator(".render.rendering", { hasText: /([4-9]|[1-9]\d) of \d+ frames/ }).waitFor();
    await page.getByRole("button", { name: /^Steer/ }).click();
    await page.getByRole("tab", { name: "Knobs" }).click();
  }, 120_000);
  afterAll(async () => {
    events?.close();
    await opened?.close();
  });

  test("a drag of a knob changes the film from the frame that is dreamed, and none before it", async () => {
    const { page } = opened;
    const before = framesSoFar();
    const slider = page.getByRole("slider", { name: "zoom" });
    await slider.scrollIntoViewIfNeeded();
    const box = (await slider.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await page.mouse.down();
    for (let i = 1; i <= 12; i++) {
      await page.mouse.move(box.x + box.width * (0.4 + i * 0.04), box.y + box.height / 2);
      await page.waitForTimeout(60);
    }
    await page.mouse.up();
    await page.locator(".toast", { hasText: "Steered: a key at" }).waitFor();
    const field = page.getByRole("textbox", { name: "zoom" });
    await expect
      .poll(async () => (await scene()).timeline?.at(-1)?.motion?.zoom)
      .toBeGreaterThan(2);
    const { motion, timeline } = await scene();
    // The start of the film is as it was.
    expect(motion.zoom).toBe(1.5);
    const keys = timeline!.map(frameOf);
    expect(keys[0]).toBeGreaterThanOrEqual(before.length);
    expect(timeline!.every(({ ease }) => ease === "hold")).toBe(true);
    expect(await field.inputValue()).toBe("1.5");
    expect(await page.locator(".toast.bad").count()).toBe(0);
    expect(await page.locator(".toast", { hasText: "another program" }).count()).toBe(0);
    await page.getByText("Saved", { exact: true }).waitFor();
  });

  test("a second knob is steered later; the render then ends with every frame", async () => {
    const { page } = opened;
    const first = frameOf((await scene()).timeline![0]!);
    await expect
      .poll(() => Math.max(...framesSoFar()), { timeout: 30_000 })
      .toBeGreaterThan(first + 3);
    const done = Math.max(...framesSoFar());
    const field = page.getByRole("textbox", { name: "rotate, ° / s", exact: true });
    await field.fill("30");
    await field.press("Enter");
    await expect
      .poll(async () => (await scene()).timeline?.at(-1)?.motion?.rotate, { timeout: 10_000 })
      .toBe(30);
    const key = frameOf((await scene()).timeline!.at(-1)!);
    expect(key).toBeGreaterThan(done);
    await page.getByRole("tab", { name: "Renders" }).click();
    await page.locator(".render.done", { hasText: "long.yaml" }).waitFor({ timeout: 60_000 });
    // The button goes with the render.
    await page.getByRole("button", { name: /^Steer/ }).waitFor({ state: "detached" });
    const frames = framesSoFar();
    expect(new Set(frames).size).toBe(last + 1);
    const twice = frames.filter((frame, i) => frames.indexOf(frame) !== i);
    const keys = (await scene()).timeline!.map(frameOf);
    // Nothing before the first key is dreamed again.
    expect(twice.filter((frame) => frame < Math.min(...keys))).toEqual([]);
    expect(keys).toEqual([...keys].sort((a, b) => a - b));
    expect(await page.locator(".names", { hasText: `Frames ${last + 1}` }).count()).toBe(1);
  });

  test("nothing went wrong in the page meanwhile", () => {
    // The strip may ask for a frame of the text before an edit, whose file is gone.
    expect(opened.errors.filter((error) => !/^404 .*\/api\/frames/.test(error))).toEqual([]);
  });
});
