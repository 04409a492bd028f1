/** The studio under a finger, on a tablet. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CDPSession } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { smallScene } from "../../helpers/studio.ts";
import { editorText, inBrowser, type Opened, openPage } from "./browser.ts";

type Point = readonly [number, number];

inBrowser("the studio on a tablet", () => {
  let opened: Opened;
  let touch: CDPSession;
  const scene = async (): Promise<Record<string, unknown>> => parse(await editorText(opened.page));
  beforeAll(async () => {
    opened = await openPage({}, { viewport: { width: 1024, height: 768 }, hasTouch: true });
    const { page, studio } = opened;
    await writeFile(
      join(studio.folder, "touch.yaml"),
      `${smallScene.replace("duration: 1s", "duration: 4s")}timeline: [{ at: 2s, motion: { zoom: 2.5 } }]\n`,
    );
    await page.locator(".entry", { hasText: "touch.yaml" }).tap();
    await page.locator(".transport", { hasText: "of 31" }).waitFor();
    await page.waitForSelector(".knob");
    touch = await page.context().newCDPSession(page);
  }, 120_000);
  afterAll(() => opened?.close());

  /** Put a finger down at `from`, move it to `to`, and lift it. */
  async function drag(from: Point, to: Point): Promise<void> {
    const send = (type: "touchStart" | "touchMove" | "touchEnd", at?: Point): Promise<unknown> =>
      touch.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: at ? [{ x: at[0], y: at[1] }] : [],
      });
    await send("touchStart", from);
    for (let i = 1; i <= 8; i++) {
      const between = (axis: 0 | 1): number => from[axis] + ((to[axis] - from[axis]) * i) / 8;
      await send("touchMove", [between(0), between(1)]);
      await opened.page.waitForTimeout(30);
    }
    await send("touchEnd");
  }

  test("a finger drags a key of a curve", async () => {
    await opened.page.locator(".curve-names").getByText("zoom").tap();
    const box = (await opened.page.locator(".curves").boundingBox())!;
    const x = (frame: number): number => box.x + 12 + ((box.width - 24) * frame) / 31;
    // Beside the key, as fingers are.
    await drag([x(16) + 9, box.y + 20], [x(24) + 9, box.y + 48]);
    await expect.poll(async () => (await scene()).timeline).toMatchObject([{ at: "3s" }]);
    // Chromium drops some taps that follow a drag sooner than a finger can.
    await opened.page.waitForTimeout(400);
    await opened.page.getByRole("button", { name: "Undo" }).tap();
    await expect.poll(async () => (await scene()).timeline).toMatchObject([{ at: "2s" }]);
  });

  test("a finger moves the playhead", async () => {
    const { page } = opened;
    const box = (await page.locator(".ruler").boundingBox())!;
    const at = page.locator(".transport .number").first();
    await drag([box.x + 20, box.y + 6], [box.x + box.width - 14, box.y + 6]);
    await expect.poll(async () => Number(await at.inputValue())).toBeGreaterThan(25);
    await page.keyboard.press("Home");
  });

  test("a finger turns a knob, and taps aim the zoom", async () => {
    const { page } = opened;
    await page.getByRole("tab", { name: "Knobs" }).tap();
    const slider = page.getByRole("slider", { name: "saturation" });
    await slider.scrollIntoViewIfNeeded();
    const knob = (await slider.boundingBox())!;
    const y = knob.y + knob.height / 2;
    await drag([knob.x + knob.width * 0.4, y], [knob.x + knob.width * 0.9, y]);
    await expect.poll(scene).toHaveProperty("color.saturation");
    const picture = (await page.locator(".picture").boundingBox())!;
    await page.touchscreen.tap(picture.x + picture.width * 0.25, picture.y + picture.height * 0.75);
    await expect.poll(() => editorText(page)).toMatch(/center: \[0\.2[4-6]\d*, 0\.7[4-6]?\d*\]/);
  });

  test("nothing that is tapped is smaller than 24 px, and nothing went wrong", async () => {
    const small = await opened.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, a, [role=tab], [role=slider]")]
        .filter((element) => element.checkVisibility() && element.offsetParent !== null)
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < 24)
        .map(({ element, box }) => {
          const name = element.getAttribute("aria-label") ?? element.textContent;
          return `${name} ${Math.round(box.width)}x${Math.round(box.height)}`;
        }),
    );
    expect(small).toEqual([]);
    expect(opened.errors).toEqual([]);
  });
});
