/** Beginning in the studio: from a photo, and from layers that are chosen by eye. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dreamed, editorText, inBrowser, type Opened, openKnobs, pictureStats } from "./browser.ts";

const photo = join(import.meta.dirname, "../../../scenes/media/cat.jpg");

inBrowser("beginning in the studio", () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openKnobs();
  }, 120_000);
  afterAll(() => opened?.close());

  test("a dropped photo is copied into the folder and becomes a scene that dreams", async () => {
    const { page, studio } = opened;
    const bytes = await readFile(photo);
    // As a drop from the desktop arrives.
    const data = await page.evaluateHandle((base64) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      transfer.items.add(new File([content], "my cat.jpg", { type: "image/jpeg" }));
      return transfer;
    }, bytes.toString("base64"));
    await page.dispatchEvent("body", "dragover", { dataTransfer: data });
    await page.getByText("Drop it: it begins a new scene").waitFor();
    await page.dispatchEvent("body", "drop", { dataTransfer: data });
    await page.locator(".new .now img").waitFor();
    expect(await page.getByRole("radio", { name: /Endless zoom/ }).isChecked()).toBe(true);
    await page.getByRole("textbox", { name: "Name" }).fill("A cat");
    await page.getByRole("button", { name: "Create the scene" }).click();
    await page.locator(".bar h1", { hasText: "A cat" }).waitFor();
    const name = await page.locator(".bar .path").textContent();
    const text = await readFile(join(studio.folder, name!), "utf8");
    const copied = /image: "?([^"\n]+)"?/.exec(text)![1]!;
    expect(await readFile(join(studio.folder, copied))).toEqual(bytes);
    await dreamed(page);
    expect((await pictureStats(page)).spread).toBeGreaterThan(8);
  });

  test("a layer is found, seen, added by a click and taken out by another; each channel has an address", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "Browse layers and channels by eye" }).click();
    await page.getByRole("searchbox").fill("patterns1");
    const card = page.getByRole("button", { name: "Add patterns1 to the scene" });
    await card.locator("img").waitFor({ timeout: 60_000 });
    await card.click();
    await page.getByRole("button", { name: "Take patterns1 out of the scene" }).waitFor();
    expect(await editorText(page)).toMatch(/layers: { creatures2: 1, patterns1: 1 }/);
    await page.getByRole("button", { name: "Take patterns1 out of the scene" }).click();
    await card.waitFor();
    expect(await editorText(page)).toMatch(/layers: { creatures2: 1 }/);
    await page.goto(page.url().replace(/#.*/, "#/layers/patterns1/3?scene=small.yaml"));
    await page.getByRole("heading", { name: "patterns1:3" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "patterns1:3" }).waitFor({ state: "detached" });
  });

  test("a folder without scenes offers its photos in the middle of the page", async () => {
    const { page, studio } = opened;
    for (const name of await readdir(studio.folder))
      if (name.endsWith(".yaml")) await rm(join(studio.folder, name));
    // Another address than that of the scene that was open.
    await page.goto("about:blank");
    await page.goto(studio.studio.address);
    const card = page.locator(".empty .folder button", { hasText: "my" });
    await card.locator("img").waitFor();
    await card.click();
    await page.locator(".new .now img").waitFor();
    expect(await page.getByRole("radio", { name: /Endless zoom/ }).isChecked()).toBe(true);
    await page.getByRole("button", { name: "Create the scene" }).click();
    await page.locator(".entry").waitFor();
    await dreamed(page);
  });

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors).toEqual([]);
  });
});
