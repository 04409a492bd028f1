/** Writing a scene in the studio: problems as one types, saving, and files that others change. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeAtomically } from "../../../src/disk/write-atomically.ts";
import { smallScene } from "../../helpers/studio.ts";
import { editorText, inBrowser, type Opened, openPage } from "./browser.ts";

inBrowser("writing in the studio", () => {
  let opened: Opened;
  const file = (): string => join(opened.studio.folder, "small.yaml");
  beforeAll(async () => {
    opened = await openPage();
  }, 120_000);
  afterAll(() => opened?.close());

  test("the newest scene is open, with its text and its place in the list", async () => {
    const { page } = opened;
    await page.waitForSelector(".entry[aria-current=page]");
    await page.getByRole("tab", { name: "Text" }).click();
    expect(await editorText(page)).toBe(smallScene);
    await page.waitForSelector(".status .fine");
  });

  test("a mistake is told in our words at its place as it is typed, and undo takes it back", async () => {
    const { page } = opened;
    await page.locator(".cm-line", { hasText: "octaves: 2" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type("\njiter: 3");
    const problem = page.locator(".problems li");
    await problem.waitFor();
    expect(await problem.textContent()).toMatch(/8:3unknown key "jiter"did you mean "jitter"\?/);
    expect(await page.locator(".cm-lintRange-error").textContent()).toBe("jiter");
    await page.keyboard.press("Control+z");
    await problem.waitFor({ state: "detached" });
    while ((await editorText(page)) !== smallScene) await page.keyboard.press("Control+z");
  });

  test("the line that is typed stays in view when the list of problems opens below it", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 1280, height: 480 });
    await page.locator(".cm-line", { hasText: "motion:" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type(" x");
    await page.locator(".problems li").first().waitFor();
    const line = page.locator(".cm-activeLine");
    const bottom = async (): Promise<number> => {
      const { y, height } = (await line.boundingBox())!;
      return y + height;
    };
    const list = (await page.locator(".problems").boundingBox())!;
    await expect.poll(bottom).toBeLessThanOrEqual(list.y);
    await page.keyboard.press("Control+z");
    await page.locator(".problems").waitFor({ state: "detached" });
    while ((await editorText(page)) !== smallScene) await page.keyboard.press("Control+z");
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  test("Ctrl-S saves what is shown, and the mark of an unsaved scene goes", async () => {
    const { page } = opened;
    await page.locator(".cm-line", { hasText: "duration: 1s" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type(" # short");
    await page.getByLabel("Not saved").waitFor();
    await page.keyboard.press("Control+s");
    await page.getByLabel("Not saved").waitFor({ state: "detached" });
    expect(await readFile(file(), "utf8")).toBe(
      smallScene.replace("duration: 1s", "duration: 1s # short"),
    );
  });

  test("a file that another program changed is shown, where nothing was typed here", async () => {
    const { page } = opened;
    await writeAtomically(smallScene.replace("seed: 3", "seed: 4"), file());
    await page.locator(".cm-line", { hasText: "seed: 4" }).waitFor();
    expect(await editorText(page)).toContain("seed: 4");
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await editorText(page)).toContain("# short");
    await page.getByRole("button", { name: "Redo" }).click();
    expect(await editorText(page)).toContain("seed: 4");
  });

  test("a file that was changed here and elsewhere is never written over without being asked", async () => {
    const { page } = opened;
    await page.locator(".cm-line", { hasText: "duration: 1s" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type(" # mine");
    const theirs = smallScene.replace("seed: 3", "seed: 5");
    await writeAtomically(theirs, file());
    await page.getByText("was changed elsewhere, and here too").waitFor();
    await page.keyboard.press("Control+s");
    expect(await readFile(file(), "utf8")).toBe(theirs);
    expect(await editorText(page)).toContain("# mine");
    // The question covers none of the panels.
    const banner = (await page.locator(".banner").boundingBox())!;
    for (const panel of [".side", ".stage", ".time"])
      expect((await page.locator(panel).boundingBox())!.y).toBeGreaterThanOrEqual(
        banner.y + banner.height - 1,
      );
    await page.getByRole("button", { name: "Keep mine" }).click();
    await page.locator(".saved", { hasText: "Saved" }).waitFor();
    expect(await readFile(file(), "utf8")).toContain("# mine");
  });

  test("two windows on one scene follow each other", async () => {
    const { page } = opened;
    const other = await opened.window();
    await other.getByRole("tab", { name: "Text" }).click();
    await other.locator(".cm-line", { hasText: "# mine" }).click();
    await other.keyboard.press("End");
    await other.keyboard.type(" and ours");
    await other.keyboard.press("Control+s");
    await page.locator(".cm-line", { hasText: "# mine and ours" }).waitFor();
    await other.close();
  });

  test("a file that is removed stays in the page and can be saved again", async () => {
    const { page } = opened;
    await rm(file());
    await page.getByText("is no longer on the disk").waitFor();
    await page.getByRole("button", { name: "Save it again" }).click();
    await page.getByText("is no longer on the disk").waitFor({ state: "detached" });
    expect(await readFile(file(), "utf8")).toContain("# mine and ours");
  });

  test("keys and values are completed from the schema and the network", async () => {
    const { page } = opened;
    await page.locator(".cm-line", { hasText: "octaves: 2" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type("\nsmoo");
    await page.locator(".cm-tooltip-autocomplete li", { hasText: "smoothing" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.type("thing: 1");
    await page.locator(".cm-line", { hasText: "layers:" }).click();
    await page.keyboard.press("End");
    for (let i = 0; i < " }".length + " # quick".length; i++)
      await page.keyboard.press("ArrowLeft");
    await page.keyboard.type(", motifs");
    await page.locator(".cm-tooltip-autocomplete li", { hasText: "motifs3" }).waitFor();
    await page.keyboard.press("Escape");
  });

  test("nothing went wrong in the page meanwhile", () => {
    // A conflict answers 409, and a removed file 404: the browser writes both on its console.
    expect(opened.errors.filter((error) => !/40[49]/.test(error))).toEqual([]);
  });
});
