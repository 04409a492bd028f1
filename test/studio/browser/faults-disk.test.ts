/** The studio on a full disk: nothing is lost, one message says what is wrong, and the work goes on when there is room. */
import { mkdir, readdir, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../helpers/media.ts";
import { type Listening, smallScene } from "../../helpers/studio.ts";
import { editorText, inBrowser, type Opened, openPage } from "./browser.ts";

const mountable = await (async () => {
  const { path, remove } = await temporaryFolder();
  const { failed } = await execa("mount", ["-t", "tmpfs", "none", path], { reject: false });
  if (!failed) await execa("umount", [path]);
  await remove();
  return !failed;
})();

const longScene = smallScene
  .replace("duration: 1s", "duration: 5s")
  .replace("small.mp4", "long.mp4");

inBrowser("the studio on a full disk", () => {
  describe.runIf(mountable)("that is a small tmpfs", () => {
    let place: Awaited<ReturnType<typeof temporaryFolder>>;
    let opened: Opened;
    let events: Listening;
    const disk = (name = ""): string => join(place.path, "disk", name);
    const bad = (): ReturnType<Opened["page"]["locator"]> => opened.page.locator(".toast.bad");
    const names = async (): Promise<string[]> =>
      (await readdir(disk())).filter((name) => name !== "out").sort();

    /** Fill the disk except for `left` bytes. */
    async function fill(left = 0): Promise<void> {
      const { bavail, bsize } = await statfs(disk());
      // A render may take the last space first.
      await writeFile(disk(".filler"), Buffer.alloc(Math.max(0, bavail * bsize - left))).catch(
        () => {},
      );
    }

    beforeAll(async () => {
      place = await temporaryFolder();
      await mkdir(disk());
      await execa("mount", ["-t", "tmpfs", "-o", "size=48m", "none", disk()]);
      await writeFile(disk("small.yaml"), smallScene);
      opened = await openPage({ folder: disk() });
      await opened.page.waitForSelector(".knob");
      events = await opened.studio.listen("test");
    }, 120_000);
    afterEach(() => rm(disk(".filler"), { force: true }));
    afterAll(async () => {
      events?.close();
      await opened?.close();
      await execa("umount", ["-l", disk()], { reject: false });
      await place?.remove();
    });

    test("a scene that cannot be saved stays in the page and on the disk, and is saved when there is room", async () => {
      const { page } = opened;
      await page.getByRole("tab", { name: "Text" }).click();
      await page.locator(".cm-line", { hasText: "duration: 1s" }).click();
      await page.keyboard.press("End");
      await page.keyboard.type(` # ${"long ".repeat(20)}`);
      await fill();
      for (let i = 0; i < 2; i++) {
        await page.keyboard.press("Control+s");
        await bad().waitFor();
      }
      expect(await bad().allTextContents()).toEqual([
        expect.stringMatching(/no space left on the disk.*Free some space, then try again\./),
      ]);
      expect(await readFile(disk("small.yaml"), "utf8")).toBe(smallScene);
      expect(await editorText(page)).toContain("long long");
      await page.getByRole("button", { name: "Save the scene" }).waitFor();
      expect(await names()).toEqual([".filler", "small.yaml"]);

      await rm(disk(".filler"));
      await page.keyboard.press("Control+s");
      await page.locator(".saved", { hasText: "Saved" }).waitFor();
      await bad().waitFor({ state: "detached" });
      expect(await readFile(disk("small.yaml"), "utf8")).toContain("long long");
    });

    test("an upload is refused where it does not fit, and leaves nothing where the disk fills on the way", async () => {
      const { page } = opened;
      const photo = { name: "sea.png", mimeType: "image/png", buffer: Buffer.alloc(9_000_000, 7) };
      const choose = async (): Promise<void> => {
        await page.getByRole("button", { name: "New scene" }).first().click();
        await page.locator(".new input[type=file]").setInputFiles(photo);
      };
      await fill(6_000_000);
      await choose();
      await bad().waitFor();
      expect(await bad().allTextContents()).toEqual([
        expect.stringMatching(/sea\.png has 9 MB, and the disk has [67] MB left.*Free some space/),
      ]);
      await rm(disk(".filler"));

      const session = await page.context().newCDPSession(page);
      const slow = { offline: false, latency: 0, downloadThroughput: -1 };
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", {
        ...slow,
        uploadThroughput: 3_000_000,
      });
      await choose();
      await expect.poll(names).toContainEqual(expect.stringMatching(/^\.upload-.*partial$/));
      await fill();
      await expect
        .poll(() => bad().allTextContents(), { timeout: 20_000 })
        .toEqual([expect.stringMatching(/sea\.png: there is no space left on the disk/)]);
      expect(await names()).toEqual([".filler", "small.yaml"]);
      await session.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });

      await rm(disk(".filler"));
      await choose();
      await page.locator(".new .now", { hasText: "sea.png" }).waitFor();
      await expect.poll(() => bad().count()).toBe(0);
      expect((await readFile(disk("sea.png"))).equals(photo.buffer)).toBe(true);
      await page.keyboard.press("Escape");
      await rm(disk("sea.png"));
    });

    test("a new scene that cannot be written leaves no empty one behind", async () => {
      const { page } = opened;
      await page.getByRole("button", { name: "New scene" }).first().click();
      await page.getByRole("textbox", { name: "Name" }).fill("one more");
      await fill();
      await page.getByRole("button", { name: "Create the scene" }).click();
      await expect
        .poll(() => bad().allTextContents())
        .toEqual([expect.stringMatching(/no space left/)]);
      expect(await names()).toEqual([".filler", "small.yaml"]);
      await rm(disk(".filler"));
      await page.getByRole("button", { name: "Create the scene" }).click();
      await page.locator(".bar .path", { hasText: "one-more.yaml" }).waitFor();
      expect(await bad().count()).toBe(0);
    });

    test("a render stops with its frames kept, says so, and goes on from there", async () => {
      const { page } = opened;
      await writeFile(disk("long.yaml"), longScene);
      await page.locator(".entry", { hasText: "long.yaml" }).click();
      await page.locator(".transport", { hasText: "of 39" }).waitFor();
      await page.keyboard.press("Control+Enter");
      await page.locator(".render.rendering", { hasText: /[3-9] of 40 frames/ }).waitFor();
      await page.getByRole("tab", { name: "Text" }).click();
      await fill();
      // The list of renders is not in view.
      await expect
        .poll(() => bad().allTextContents(), { timeout: 20_000 })
        .toEqual([expect.stringMatching(/long\.yaml was not rendered: .*no space left/)]);
      const made = new Set(
        events.events.flatMap((event) => (event.type === "frame" ? [event.frame] : [])),
      );
      expect(made.size).toBeGreaterThan(2);
      await page.getByRole("tab", { name: "Renders" }).click();
      const row = page.locator(".render.failed", { hasText: "long.yaml" });
      expect(await row.textContent()).toMatch(/no space left.*then go on with the render/);

      await rm(disk(".filler"));
      events.events.length = 0;
      await page.getByRole("button", { name: "Go on with long.yaml" }).click();
      await page.locator(".render.done", { hasText: "long.yaml" }).waitFor();
      await bad().waitFor({ state: "detached" });
      const again = events.events.flatMap((event) => (event.type === "frame" ? [event.frame] : []));
      expect(again.length).toBeGreaterThan(0);
      expect(again.filter((frame) => made.has(frame))).toEqual([]);
      expect((await readdir(disk("out"))).filter((name) => name.endsWith(".mp4"))).toEqual([
        "long.mp4",
      ]);
    });
  });
});
