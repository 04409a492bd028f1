/** Time in the studio: keys of a curve are added, dragged, eased and removed, all as text. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { smallScene } from "../../helpers/studio.ts";
import { editorText, holdBack, inBrowser, type Opened, openPage } from "./browser.ts";

inBrowser("time in the studio", () => {
  let opened: Opened;
  const scene = async (): Promise<Record<string, unknown>> => parse(await editorText(opened.page));
  beforeAll(async () => {
    opened = await openPage();
    const { page, studio } = opened;
    await writeFile(
      join(studio.folder, "keys.yaml"),
      smallScene.replace("duration: 1s", "duration: 4s"),
    );
    await writeFile(
      join(studio.folder, "weights.yaml"),
      smallScene
        .replace("duration: 1s", "duration: 4s")
        .replace("{ patterns1: 1 }", "{ patterns1: 1, edges: 0.5, motifs2: 0.25 }"),
    );
    const key = (at: string, zoom: number): string => `{ at: ${at}, motion: { zoom: ${zoom} } }`;
    const passing = `timeline:\n  - ${key("1s", 2)}\n  - ${key("1.25s", 3)}\n`;
    await writeFile(join(studio.folder, "passing.yaml"), smallScene.replace("1s", "4s") + passing);
    const shot = (zoom: number): string =>
      `  - duration: 2s\n    timeline: [${key("0s", 1.5)}, ${key("1s", zoom)}]\n`;
    const shots = smallScene.replace("duration: 1s\n", `shots:\n${shot(2)}${shot(3)}`);
    await writeFile(join(studio.folder, "shots.yaml"), shots);
    const pan = (at: string, to: number): string =>
      `{ at: ${at}, motion: { pan: [${to}, ${to}] } }`;
    const panned = `timeline: [${pan("0s", 0)}, ${pan("2s", 0.1)}]\n`;
    await writeFile(join(studio.folder, "panned.yaml"), smallScene.replace("1s", "4s") + panned);
    await writeFile(
      join(studio.folder, "chosen.yaml"),
      "source: noise\nduration: 2s\noutput: { size: 64x48, fps: 8 }\nmotion: { zoom: 1.5 }\n",
    );
    await page.locator(".entry", { hasText: "keys.yaml" }).click();
    await page.locator(".transport", { hasText: "of 31" }).waitFor();
    await page.waitForSelector(".knob");
  }, 120_000);
  afterAll(() => opened?.close());

  test("a key at 0 and a change of the knob later make a curve, as the timeline says", async () => {
    const { page } = opened;
    const frame = page.locator(".transport .number").first();
    for (const [name, label, later] of [
      ["zoom", "zoom, × / s", "2.5"],
      ["rotate", "rotate, ° / s", "12"],
    ] as const) {
      await frame.fill("0");
      await frame.press("Enter");
      await page.getByRole("button", { name: `Add a key of ${name} here` }).click();
      // It is shown set: an entry of the timeline.
      await page.getByRole("button", { name: `Remove the key of ${name} here` }).waitFor();
      await frame.fill("16");
      await frame.press("Enter");
      const field = page.getByRole("textbox", { name: label, exact: true });
      await field.fill(later);
      await field.press("Enter");
      await page.getByRole("button", { name: `Remove the key of ${name} here` }).waitFor();
    }
    await expect.poll(scene).toMatchObject({
      motion: { zoom: 1.5 },
      timeline: [
        { at: "0s", motion: { zoom: 1.5, rotate: 0 } },
        { at: "2s", motion: { zoom: 2.5, rotate: 12 } },
      ],
    });
    for (let i = 0; i < 4 && (await scene()).timeline; i++)
      await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(async () => (await scene()).timeline).toBeUndefined();
  });

  test("a lone key at 0 is in the file: it is there after another scene, and taken away it leaves its value", async () => {
    const { page } = opened;
    const frame = page.locator(".transport .number").first();
    await frame.fill("0");
    await frame.press("Enter");
    await page.getByRole("button", { name: "Add a key of zoom here" }).click();
    await expect
      .poll(scene)
      .toMatchObject({ motion: { zoom: 1.5 }, timeline: [{ at: "0s", motion: { zoom: 1.5 } }] });
    await page.locator(".entry", { hasText: "weights.yaml" }).click();
    await page.locator("#knob--dream-layers-motifs2").waitFor();
    await page.locator(".entry", { hasText: "keys.yaml" }).click();
    await page.getByRole("button", { name: "Remove the key of zoom here" }).waitFor();
    const field = page.getByRole("textbox", { name: "zoom" });
    await field.fill("1.8");
    await field.press("Enter");
    await expect
      .poll(async () => (await scene()).timeline)
      .toEqual([{ at: "0s", motion: { zoom: 1.8 } }]);
    // The key leaves its newest value, which the parser has not seen yet.
    const release = await holdBack(page, "**/api/check");
    await field.fill("1.7");
    await field.press("Enter");
    await page.getByRole("button", { name: "Remove the key of zoom here" }).click();
    release();
    await expect.poll(scene).toMatchObject({ motion: { zoom: 1.7 } });
    expect((await scene()).timeline).toBeUndefined();
    await page.getByRole("button", { name: "Add a key of zoom here" }).waitFor();
    await page.unroute("**/api/check");
    // The scene was left and came back: what was done before is still to be undone.
    for (let i = 0; i < 4; i++) await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(scene).toMatchObject({ motion: { zoom: 1.5 } });
    expect((await scene()).timeline).toBeUndefined();
  });

  test("both numbers of a key are set before the parser has answered", async () => {
    const { page } = opened;
    await page.locator(".entry", { hasText: "panned.yaml" }).click();
    await page.getByRole("button", { name: "Remove the key of pan x here" }).waitFor();
    const frame = page.locator(".transport .number").first();
    await frame.fill("16");
    await frame.press("Enter");
    await page.getByRole("button", { name: "Remove the key of pan y here" }).waitFor();
    const release = await holdBack(page, "**/api/check");
    for (const [name, value] of Object.entries({ "pan x": "0.2", "pan y": "0.3" })) {
      const field = page.getByRole("textbox", { name });
      await field.fill(value);
      await field.press("Enter");
    }
    const pans = async (): Promise<unknown> => {
      const timeline = (await scene()).timeline as { motion: { pan: number[] } }[];
      return timeline.map(({ motion }) => motion.pan);
    };
    await expect.poll(pans).toEqual([
      [0, 0],
      [0.2, 0.3],
    ]);
    release();
    await page.waitForTimeout(300);
    expect(await pans()).toEqual([
      [0, 0],
      [0.2, 0.3],
    ]);
    await page.unroute("**/api/check");
    await page.locator(".entry", { hasText: "keys.yaml" }).click();
    await page.getByRole("button", { name: "Add a key of zoom here" }).waitFor();
  });

  test("steps that the network chooses take a key in the middle, and the scene says what they begin with", async () => {
    const { page } = opened;
    await page.locator(".entry", { hasText: "chosen.yaml" }).click();
    const frame = page.locator(".transport .number").first();
    await page.locator(".transport", { hasText: "of 15" }).waitFor();
    await frame.fill("8");
    await frame.press("Enter");
    await page.getByRole("button", { name: /^Add a key of steps, oct. 2 here/ }).click();
    await page.getByRole("button", { name: /^Remove the key of steps, oct. 2 here/ }).waitFor();
    const { dream, timeline } = (await scene()) as {
      dream: { iterations: number[] };
      timeline: { dream: { iterations: number[] } }[];
    };
    expect(dream.iterations).toHaveLength(3);
    expect(timeline[0]!.dream.iterations).toEqual(dream.iterations);
    expect(await page.locator(".picture .failed").count()).toBe(0);
    await page.locator(".entry", { hasText: "keys.yaml" }).click();
    await page.getByRole("button", { name: "Add a key of zoom here" }).waitFor();
  });

  test("a diamond beside a knob adds a key at the playhead, and the knob then sets keys", async () => {
    const { page } = opened;
    const frame = page.locator(".transport .number").first();
    await frame.fill("16");
    await frame.press("Enter");
    await page.getByRole("button", { name: "Add a key of zoom here" }).click();
    await expect.poll(scene).toMatchObject({ timeline: [{ at: "2s", motion: { zoom: 1.5 } }] });
    await page.getByRole("button", { name: "Remove the key of zoom here" }).waitFor();
    const field = page.getByRole("textbox", { name: "zoom" });
    await field.fill("2.5");
    await field.press("Enter");
    await expect
      .poll(scene)
      .toMatchObject({ motion: { zoom: 1.5 }, timeline: [{ at: "2s", motion: { zoom: 2.5 } }] });
    // The knob shows what the scene says.
    await expect.poll(() => field.inputValue()).toBe("2.5");
  });

  test("a key is dragged in time and value, and one undo takes the drag back", async () => {
    const { page } = opened;
    const lane = page.locator(".curves");
    const box = (await lane.boundingBox())!;
    const x = box.x + 12 + ((box.width - 24) * 16) / 31;
    await page.mouse.move(x, box.y + 12);
    await page.mouse.down();
    for (let i = 1; i <= 8; i++) {
      await page.mouse.move(x + (i * (box.width - 24) * 8) / 31 / 8, box.y + 12 + i * 4);
      await page.waitForTimeout(30);
    }
    await page.mouse.up();
    await expect.poll(async () => (await scene()).timeline).toMatchObject([{ at: "3s" }]);
    const [{ motion }] = (await scene()).timeline as [{ motion: { zoom: number } }];
    expect(motion.zoom).toBeLessThan(2.2);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect
      .poll(async () => (await scene()).timeline)
      .toEqual([{ at: "2s", motion: { zoom: 2.5 } }]);
  });

  test("the chosen key is eased, moved and removed with fields and keys", async () => {
    const { page } = opened;
    await page.locator(".curves").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page
      .getByRole("combobox", { name: "Easing towards the key" })
      .selectOption("ease-in-out");
    await expect
      .poll(async () => (await scene()).timeline)
      .toEqual([{ at: "2s", motion: { zoom: 2.5 }, ease: "ease-in-out" }]);
    // Its time stays when its value is entered before the parser has answered.
    const release = await holdBack(page, "**/api/check");
    for (const [label, number] of Object.entries({
      "Time of the key, s": "1",
      "Value of the key": "3",
    })) {
      await page.getByRole("textbox", { name: label }).fill(number);
      await page.keyboard.press("Enter");
    }
    const moved = { at: "1s", motion: { zoom: 3 }, ease: "ease-in-out" };
    await expect.poll(async () => (await scene()).timeline).toEqual([moved]);
    release();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(async () => (await scene()).timeline).toMatchObject([{ at: "2s" }]);
    await expect
      .poll(() => page.getByRole("textbox", { name: "Time of the key, s" }).inputValue())
      .toBe("2");
    await page.unroute("**/api/check");
    await page.locator(".curves").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(async () => (await scene()).timeline).toMatchObject([{ at: "2.125s" }]);
    await page.locator(".curves").focus();
    await page.keyboard.press("Delete");
    await expect.poll(async () => (await scene()).timeline).toBeUndefined();
  });

  test("playing holds the playhead until the movement of the next frames is there", async () => {
    const { page } = opened;
    const frame = page.locator(".transport .number").first();
    await frame.fill("3");
    await frame.press("Enter");
    const release = await holdBack(page, "**/api/motion");
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.locator(".standing", { hasText: "Waits here" }).waitFor();
    await page.waitForTimeout(700);
    expect(await frame.inputValue()).toBe("3");
    release();
    await expect
      .poll(async () => Number(await frame.inputValue()), { timeout: 20_000 })
      .toBeGreaterThan(3);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.unroute("**/api/motion");
  });

  test("the upper edge of the timeline makes it taller", async () => {
    const { page } = opened;
    const height = async (): Promise<number> =>
      (await page.locator(".curves").boundingBox())!.height;
    const before = await height();
    const edge = (await page.locator(".splitter").boundingBox())!;
    await page.mouse.move(400, edge.y + 4);
    await page.mouse.down();
    await page.mouse.move(400, edge.y - 56, { steps: 4 });
    await page.mouse.up();
    expect(await height()).toBeCloseTo(before + 60, 0);
    expect((await page.locator(".curve-names").boundingBox())!.height).toBeGreaterThan(before + 59);
  });

  test("a knob says what it does where the keyboard reaches it", async () => {
    const { page } = opened;
    const tip = page.locator("#knob--motion-zoom-tip");
    await page.locator(".stage").click({ position: { x: 4, y: 4 } });
    expect(await tip.isVisible()).toBe(false);
    await page.keyboard.press("Tab");
    await page.locator("#knob--motion-zoom").focus();
    await tip.waitFor();
    expect(await tip.textContent()).toContain("Times per second about the centre");
  });

  test("the rows of layers keep their places when one gets a key, and a weight stops at 0", async () => {
    const { page } = opened;
    await page.locator(".entry", { hasText: "weights.yaml" }).click();
    await page.locator("#knob--dream-layers-motifs2").waitFor();
    const rows = (): Promise<string[]> =>
      page.getByRole("region", { name: "Layers" }).locator(".knob label").allTextContents();
    const before = await rows();
    expect(before).toEqual(["patterns1", "edges", "motifs2"]);
    const frame = page.locator(".transport .number").first();
    await frame.fill("16");
    await frame.press("Enter");
    await page.getByRole("button", { name: "Add a key of motifs2 here" }).click();
    // All weights share their keys, and the page says so.
    await page.locator(".toast", { hasText: "This is a key of all 3 layers" }).waitFor();
    await page.getByRole("button", { name: "Remove the key of edges here, and of the" }).waitFor();
    await page.getByRole("button", { name: "Remove the key of motifs2 here" }).waitFor();
    expect(await rows()).toEqual(before);
    await page.locator("#knob--dream-layers-edges").evaluate((slider: HTMLInputElement) => {
      slider.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
      slider.value = "-0.04";
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      slider.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await expect
      .poll(async () => (await scene()).timeline)
      .toMatchObject([{ at: "2s", dream: { layers: { patterns1: 1, edges: 0, motifs2: 0.25 } } }]);
    await page.getByRole("button", { name: "Remove the key of motifs2 here" }).click();
    await expect.poll(async () => (await scene()).timeline).toBeUndefined();
    await page.getByRole("button", { name: "Add a key of motifs2 here" }).waitFor();
    expect(await rows()).toEqual(before);
  });

  test("a key that passes another one stays the chosen one", async () => {
    const { page } = opened;
    await page.locator(".entry", { hasText: "passing.yaml" }).click();
    await page.getByRole("button", { name: "zoom", exact: true }).click();
    await page.locator(".curves").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    const time = page.getByRole("textbox", { name: "Time of the key, s" });
    expect(await time.inputValue()).toBe("1");
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    expect(await time.inputValue()).toBe("1.375");
    // After this pause the next press is another step to undo.
    await page.waitForTimeout(1000);
    await page.keyboard.press("ArrowRight");
    expect(await time.inputValue()).toBe("1.5");
    await time.fill("1");
    await time.press("Enter");
    await page.getByRole("textbox", { name: "Value of the key" }).fill("999");
    await page.keyboard.press("Enter");
    const limit = page.locator(".key-bar .limit");
    await limit.waitFor();
    const most = Number((await limit.textContent())!.replace("at most ", ""));
    await expect
      .poll(async () => new Set((await scene()).timeline as unknown[]))
      .toEqual(
        new Set([
          { at: "1s", motion: { zoom: most } },
          { at: "1.25s", motion: { zoom: 3 } },
        ]),
      );
    for (let i = 0; i < 4; i++) await page.getByRole("button", { name: "Undo" }).click();
    await expect
      .poll(async () => (await scene()).timeline)
      .toMatchObject([{ at: "1s", motion: { zoom: 2 } }, { at: "1.25s" }]);
  });

  test("the chosen key is that of the shot under the playhead", async () => {
    const { page } = opened;
    await page.locator(".entry", { hasText: "shots.yaml" }).click();
    const frame = page.locator(".transport .number").first();
    const number = page.getByRole("textbox", { name: "Value of the key" });
    await page.locator(".knobs .shot", { hasText: "of 2" }).waitFor();
    await page.getByRole("button", { name: "zoom", exact: true }).click();
    for (const [at, zoom] of [
      ["20", "3"],
      ["4", "2"],
    ] as const) {
      await frame.fill(at);
      await frame.press("Enter");
      await page.locator(".curves").focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      expect(await number.inputValue()).toBe(zoom);
      await page.keyboard.press("ArrowUp");
    }
    const shots = (await scene()).shots as { timeline: { motion: { zoom: number } }[] }[];
    const zooms = shots.map(({ timeline }) => timeline[1]!.motion.zoom);
    expect(zooms[0]).toBeGreaterThan(2);
    expect(zooms[0]).toBeLessThan(2.5);
    expect(zooms[1]).toBeGreaterThan(3);
  });

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors).toEqual([]);
  });
});
