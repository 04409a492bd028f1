/** Turning knobs and seeing at once. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallScene } from "../../helpers/studio.ts";
import { dreamed, editorText, inBrowser, type Opened, openKnobs, pictureStats } from "./browser.ts";

inBrowser("seeing in the studio", () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openKnobs();
  }, 120_000);
  afterAll(() => opened?.close());

  test("the frame at the playhead dreams itself in view", async () => {
    const { page } = opened;
    await dreamed(page);
    expect((await pictureStats(page)).spread).toBeGreaterThan(8);
  });

  test("a knob edits the text in place, the picture follows, and one undo takes a whole turn back", async () => {
    const { page } = opened;
    await page.getByRole("tab", { name: "Knobs" }).click();
    const slider = page.getByRole("slider", { name: "zoom" });
    await slider.scrollIntoViewIfNeeded();
    const box = (await slider.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await page.mouse.down();
    for (const share of [0.5, 0.6, 0.7, 0.8])
      await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    await page.mouse.up();
    expect(await editorText(page)).toMatch(/motion: { zoom: 2\.[3-7]\d* }/);
    expect(await editorText(page)).toContain("# quick");
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await editorText(page)).toBe(smallScene);
    await page.getByRole("button", { name: "Redo" }).click();
    expect(await editorText(page)).toMatch(/zoom: 2/);
  });

  test("a number can be typed, a value that is not written is added, and taken out again", async () => {
    const { page } = opened;
    const field = page.getByRole("textbox", { name: "saturation" });
    await field.fill("1.1");
    await field.press("Enter");
    expect(await editorText(page)).toMatch(/color:\n {2}saturation: 1\.1/);
    await page.getByRole("button", { name: "Default for saturation" }).click();
    expect(await editorText(page)).not.toContain("saturation");
  });

  test("a click in the picture aims the zoom", async () => {
    const { page } = opened;
    const box = (await page.locator(".picture").boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.25, box.y + box.height * 0.75);
    expect(await editorText(page)).toMatch(/center: \[0\.25\d?, 0\.7\d*\]/);
    await page.getByRole("slider", { name: "Centre of the motion" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await editorText(page)).toMatch(/center: \[0\.26\d?, 0\.7\d*\]/);
  });

  test("the wipe compares with the source and with what was before an edit", async () => {
    const { page } = opened;
    await dreamed(page);
    await page.getByRole("button", { name: "Compare" }).click();
    await page.locator(".wipe-names .right", { hasText: "Source" }).waitFor();
    const line = page.getByRole("slider", { name: "Place of the comparison" });
    const before = await pictureStats(page);
    await line.focus();
    await page.keyboard.press("Home");
    await expect
      .poll(async () => (await pictureStats(page)).mean, { timeout: 20_000 })
      .not.toBeCloseTo(before.mean, 3);
    const choice = page.getByRole("combobox", { name: "Compare with" });
    await expect.poll(() => choice.locator("option").count()).toBeGreaterThan(1);
    await choice.selectOption({ index: 1 });
    await page.getByText(/Before, frame/).waitFor();
    await page.getByRole("button", { name: "Compare" }).click();
  });

  test("the movement plays without dreaming", async () => {
    const { page } = opened;
    await page.locator(".stage").click({ position: { x: 4, y: 4 } });
    await page.keyboard.press("m");
    await page.getByText("Movement without the dream").waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("End");
    await expect.poll(() => page.locator(".transport .number").inputValue()).toBe("7");
    await page.keyboard.press("m");
  });

  test("the movement stays after an edit of the dream, and is made anew after one of the motion", async () => {
    const { page } = opened;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const count = (name: string): number => asked.filter((path) => path === `/api/${name}`).length;
    await page.keyboard.press("m");
    await page.locator(".strip .moving img").first().waitFor();
    await page.keyboard.press("k");
    const before = count("motion");
    const turn = async (name: string, value: string): Promise<void> => {
      const checked = page.waitForResponse((response) => response.url().endsWith("/api/check"));
      const field = page.getByRole("textbox", { name });
      await field.fill(value);
      await field.press("Enter");
      await checked;
    };
    await turn("octaves", "3");
    await turn("zoom", "1.9");
    await expect.poll(() => count("motion")).toBe(before + 1);
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    await page.locator(".stage").click({ position: { x: 4, y: 4 } });
    await page.keyboard.press("m");
  });

  test("the keys play, step and mark a range", async () => {
    const { page } = opened;
    const frame = (): Promise<string> => page.locator(".transport .number").inputValue();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await frame()).toBe("2");
    await page.keyboard.press("[");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("]");
    await page.getByRole("button", { name: "use the whole film again" }).waitFor();
    await page.keyboard.press("x");
    await page.keyboard.press("j");
    await expect.poll(frame).not.toBe("6");
    await page.keyboard.press("k");
    const ruler = (await page.locator(".ruler").boundingBox())!;
    const x = (share: number): number => ruler.x + 12 + (ruler.width - 24) * share;
    await page.keyboard.down("Shift");
    await page.mouse.move(x(0.75), ruler.y + 10);
    await page.mouse.down();
    await page.mouse.move(x(0.4), ruler.y + 10, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    const marked = await frame();
    await page.getByRole("button", { name: `${marked} to 5: use the whole` }).waitFor();
    await page.keyboard.press("x");
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");
  });

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors).toEqual([]);
  });
});
