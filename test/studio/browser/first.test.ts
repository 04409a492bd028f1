/** What someone meets in the first minutes: the mouse and the keys together, and controls that do something. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallScene } from "../../helpers/studio.ts";
import { dreamed, inBrowser, type Opened, openKnobs } from "./browser.ts";

inBrowser("the first minutes in the studio", () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openKnobs();
  }, 120_000);
  afterAll(() => opened?.close());

  test("motion preview plays; after the click the space bar plays and stops it; off shows the dream", async () => {
    const { page } = opened;
    const preview = page.getByRole("button", { name: "Motion preview" });
    await preview.click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    expect(await preview.getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await preview.click();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    await dreamed(page);
  });

  test("a button that was come to by keys keeps the space bar", async () => {
    const { page } = opened;
    const compare = page.getByRole("button", { name: "Compare" });
    await compare.focus();
    await page.keyboard.press("Space");
    await expect.poll(() => compare.getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("Space");
    await expect.poll(() => compare.getAttribute("aria-pressed")).toBe("false");
  });

  test("without movement there is nothing to aim", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: /^Aim/ }).waitFor();
    const zoom = page.getByRole("textbox", { name: "zoom" });
    await zoom.fill("1");
    await zoom.press("Enter");
    await page.getByRole("button", { name: /^Aim/ }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: /^Aim/ }).waitFor();
  });

  test("a new scene opens with its knobs, and what a view covers is out of reach", async () => {
    const { page } = opened;
    await page.getByRole("tab", { name: "Renders" }).click();
    await page.keyboard.press("n");
    await page.getByRole("button", { name: "Create the scene" }).click();
    await page.locator(".bar h1", { hasText: "endless zoom" }).waitFor();
    await page.getByRole("tab", { name: "Knobs", selected: true }).waitFor();
    await page.getByRole("button", { name: "Browse layers" }).click();
    await page.getByRole("searchbox").waitFor();
    const tab = page.locator(".side .tab").first();
    await tab.focus();
    expect(await tab.evaluate((element) => element === document.activeElement)).toBe(false);
    await page.keyboard.press("Escape");
    await page.getByRole("tab", { name: "Knobs", selected: true }).waitFor();
  });

  test("Ctrl-Enter renders from a curve too", async () => {
    const { page } = opened;
    await page.locator(".entry", { hasText: "small.yaml" }).click();
    await page.locator(".bar h1", { hasText: "small.yaml" }).waitFor();
    await page.getByRole("application", { name: /^Curves?/ }).focus();
    await page.keyboard.press("Control+Enter");
    await page.locator(".render.done").waitFor({ timeout: 90_000 });
  });

  test("another scene never shows frames or text of the one before", async () => {
    const { page, studio } = opened;
    await page.locator(".entry", { hasText: "small.yaml" }).click();
    await page.locator(".bar h1", { hasText: "small.yaml" }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page.locator(".standing", { hasText: "Rendered" }).waitFor();
    const other = smallScene.replace("# small", "# other").replace("small.mp4", "other.mp4");
    await writeFile(join(studio.folder, "other.yaml"), other);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/api/frames")) asked.push(request.url());
      if (request.url().endsWith("/api/look")) asked.push(request.postData() ?? "");
    });
    await page.locator(".entry", { hasText: "other.yaml" }).click();
    await dreamed(page);
    const ofOther = asked.filter((request) => request.includes("other.yaml"));
    expect(ofOther.length).toBeGreaterThan(0);
    for (const request of ofOther) expect(request).toContain("# other");
  });

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors).toEqual([]);
  });
});
