/** Slips of the hand: values that are wrong, messages that go again, and where the keyboard is. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { smallScene } from "../../helpers/studio.ts";
import { editorText, holdBack, inBrowser, type Opened, openKnobs } from "./browser.ts";

inBrowser("slips in the studio", () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openKnobs();
  }, 120_000);
  afterAll(() => opened?.close());

  test("a wrong length is told in short words, marked, moves no knob, and Escape takes it back", async () => {
    const { page } = opened;
    const field = page.getByRole("textbox", { name: "length" });
    const knob = page.getByRole("slider", { name: "octaves" });
    const before = await knob.boundingBox();
    await field.fill("abc");
    await field.press("Enter");
    const told = page.locator(".picture .failed");
    await told.waitFor();
    expect(await told.textContent()).toMatch(/^duration: "abc" is not a time ?write 4s, 1:30/);
    await page.locator('.field[aria-invalid="true"]').waitFor();
    await page.locator(".knobs .note").waitFor();
    expect(await knob.boundingBox()).toEqual(before);
    await field.press("Escape");
    await page.locator('.field[aria-invalid="true"]').waitFor({ state: "detached" });
    await told.waitFor({ state: "detached" });
    expect(await field.inputValue()).toBe("1s");
    expect(await editorText(page)).toContain("duration: 1s");
  });

  test("a render of a wrong text says why in short words", async () => {
    const { page } = opened;
    const field = page.getByRole("textbox", { name: "size", exact: true });
    await field.fill("wide");
    await field.press("Enter");
    await page.locator('.field[aria-invalid="true"]').waitFor();
    await page.keyboard.press("Control+Enter");
    const failed = page.locator(".render.failed .about").first();
    await failed.waitFor();
    expect(await failed.textContent()).toMatch(/^output\.size: [^\n^]*$/);
    await page.getByRole("tab", { name: "Knobs" }).click();
    await field.press("Escape");
    await page.locator('.field[aria-invalid="true"]').waitFor({ state: "detached" });
    expect(await field.inputValue()).toBe("64x48");
  });

  test("what is entered stays before the parser answers; steps go on from it, and it can be typed over", async () => {
    const { page } = opened;
    const field = page.getByRole("textbox", { name: "zoom" });
    const zoom = async (): Promise<number> => parse(await editorText(page)).motion.zoom;
    const release = await holdBack(page, "**/api/check");
    await field.fill("1.6");
    await field.press("Enter");
    await page.waitForTimeout(100);
    expect(await field.inputValue()).toBe("1.6");
    expect(await zoom()).toBe(1.6);
    const slider = page.getByRole("slider", { name: "zoom" });
    const step = Number(await slider.getAttribute("step"));
    for (let i = 0; i < 3; i++) await field.press("ArrowUp");
    const stepped = 1.6 + 3 * step;
    expect(await zoom()).toBeCloseTo(stepped, 6);
    const residual = page.getByRole("radio", { name: "residual" });
    await residual.check({ force: true });
    await page.getByRole("combobox", { name: "border" }).selectOption("wrap");
    await page.waitForTimeout(100);
    expect(await residual.isChecked()).toBe(true);
    expect(await page.getByRole("combobox", { name: "border" }).inputValue()).toBe("wrap");
    // The number is still marked when the answer comes: what is typed next takes its place.
    await field.press("Enter");
    release();
    await expect.poll(async () => Number(await slider.inputValue())).toBeCloseTo(stepped, 6);
    await page.unroute("**/api/check");
    await page.keyboard.type("1.9");
    await page.keyboard.press("Enter");
    await expect.poll(zoom).toBe(1.9);
    expect(await field.inputValue()).toBe("1.9");
  });

  test("messages of failures are three at most, can be closed, and go when another scene is opened", async () => {
    const { page, studio } = opened;
    const other = smallScene.replace("# small", "# other").replace("small.mp4", "other.mp4");
    await writeFile(join(studio.folder, "other.yaml"), other);
    const bad = page.locator(".toast.bad");
    for (const name of ["one", "two", "three", "four"])
      await page.evaluate((file) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["x"], `${file}.txt`));
        dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
      }, name);
    await bad.filter({ hasText: "four.txt" }).waitFor();
    expect(await bad.count()).toBe(3);
    await bad
      .filter({ hasText: "three.txt" })
      .getByRole("button", { name: "Close the message" })
      .click();
    expect(await bad.count()).toBe(2);
    await page.locator(".entry", { hasText: "other.yaml" }).click();
    await page.locator(".bar h1", { hasText: "other.yaml" }).waitFor();
    expect(await bad.count()).toBe(0);
    await page.locator(".entry", { hasText: "small.yaml" }).click();
    await page.locator(".bar h1", { hasText: "small.yaml" }).waitFor();
    await page.waitForSelector(".knob");
  });

  test("the focus ring of the curves lies within their lane", async () => {
    const { page } = opened;
    const curves = page.locator(".curves");
    await page.keyboard.press("Shift");
    await curves.focus();
    const ring = await curves.evaluate((lane) => {
      const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(lane);
      return { outlineStyle, outside: parseFloat(outlineWidth) + parseFloat(outlineOffset) };
    });
    expect(ring).toEqual({ outlineStyle: "solid", outside: 0 });
  });

  test("a number beyond the limit of its knob becomes the limit, and a note says so for a while", async () => {
    const { page } = opened;
    const field = page.getByRole("textbox", { name: "octaves" });
    await field.fill("500");
    await field.press("Enter");
    const note = page.locator(".knob .limit");
    await note.waitFor();
    const most = /^at most (\d+)$/.exec((await note.textContent())!)?.[1];
    await expect.poll(() => field.inputValue()).toBe(most);
    expect(await editorText(page)).toContain(`octaves: ${most}`);
    await note.waitFor({ state: "detached" });
  });

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors.filter((error) => !/^422 /.test(error))).toEqual([]);
  });
});
