/** Slips of the hand: values that are wrong, messages that go again, and where the keyboard is. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { editorText, inBrowser, type Opened, openKnobs } from "./browser.ts";

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

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors.filter((error) => !/^422 /.test(error))).toEqual([]);
  });
});
