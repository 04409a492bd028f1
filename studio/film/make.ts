/// <reference lib="dom" />
/**
 * The film of the studio in use, docs/images/studio.webp. `npm run build` first, then `npx tsx studio/film/make.ts`; it needs
 * chromium on PATH or in CHROMIUM. `--keep FOLDER` keeps its pictures.
 */
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { openStudio, root } from "./open-studio.ts";
import { pointIn, Reel, rate } from "./reel.ts";

const photo = join(root, "scenes/media/cat.jpg");
const target = join(root, "docs/images/studio.webp");
const size = { width: 1280, height: 800 };

const scratch = await mkdtemp(join(tmpdir(), "dreamreel-film-"));
const kept = process.argv.indexOf("--keep");
const pictures = kept > 0 ? process.argv[kept + 1]! : join(scratch, "pictures");
const folder = join(scratch, "dreams");
for (const path of [pictures, folder]) await mkdir(path, { recursive: true });

const { page, close } = await openStudio(folder, join(scratch, "cache"), size);
try {
  await page.getByRole("heading", { name: "Begin with a file" }).waitFor();
  const reel = new Reel(page, pictures);
  const standing = page.locator(".standing");
  const shown = (): Promise<string> =>
    standing.evaluate((line) => {
      const octaves = line.querySelector(".octaves")?.getAttribute("aria-label") ?? "";
      return `${line.textContent} ${octaves}`;
    });
  const isDreamed = (state: string): boolean => /As it will|sketch|Rendered/.test(state);

  // A photo becomes a scene.
  const bytes = await readFile(photo);
  const data = await page.evaluateHandle((base64) => {
    const transfer = new DataTransfer();
    const content = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    transfer.items.add(new File([content], "cat.jpg", { type: "image/jpeg" }));
    return transfer;
  }, bytes.toString("base64"));
  reel.carried = await sharp(bytes).resize({ width: 150 }).png().toBuffer();
  await reel.moveTo({ x: 1120, y: 700 }, 1);
  await reel.hold(5);
  await page.dispatchEvent("body", "dragover", { dataTransfer: data });
  await reel.moveTo({ x: 620, y: 360 }, 9);
  await reel.hold(3);
  reel.carried = undefined;
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
  await page.locator(".new .now img").waitFor();
  await reel.hold(4);
  await reel.click(await pointIn(page.getByRole("button", { name: "Create the scene" })));

  // It dreams itself, octave by octave.
  await page.waitForSelector(".octaves");
  await reel.watch(shown, isDreamed, { each: 3 });

  // A knob is turned, and the picture follows.
  const step = page.getByRole("slider", { name: "step size" });
  await reel.drag(await pointIn(step, 0.27), await pointIn(step, 0.96), 7);
  await reel.watch(shown, isDreamed, { each: 2, most: 4 });
  await reel.drag(await pointIn(step, 0.96), await pointIn(step, 0.42), 5);
  await reel.watch(shown, isDreamed, { each: 2, most: 2 });

  // The film gets shorter and smaller, and the zoom is aimed into the cat's eye.
  for (const [name, text] of [
    ["length", "1.5s"],
    ["size", "480x270"],
  ] as const) {
    const input = page.getByRole("textbox", { name, exact: true });
    await reel.click(await pointIn(input), 5);
    await input.fill(text);
    await reel.hold(2);
    await input.press("Enter");
  }
  await reel.click(await pointIn(page.locator(".picture"), 0.38, 0.36), 7);
  await reel.watch(shown, isDreamed, { each: 2, most: 2 });

  // Later in time, a key for the zoom; then it is dragged.
  await reel.click(await pointIn(page.locator(".ruler"), 0.5));
  await reel.watch(shown, isDreamed, { each: 2, most: 6 });
  const zoom = page.getByRole("slider", { name: "zoom" });
  await reel.click(await pointIn(page.getByRole("button", { name: "Add a key of zoom here" })), 6);
  await reel.drag(await pointIn(zoom, 0.4), await pointIn(zoom, 0.8), 6);
  await page.waitForTimeout(800);
  const lane = (await page.locator(".lane.curves").boundingBox())!;
  const head = (await page.locator(".playhead").boundingBox())!;
  const key = { x: head.x + head.width / 2, y: lane.y + 12 };
  await reel.drag(key, { x: key.x + 320, y: key.y }, 8);
  await reel.watch(shown, isDreamed, { each: 2, most: 5 });

  // It is rendered, and the filmstrip fills.
  await reel.click(await pointIn(page.getByRole("button", { name: "Render the film" })));
  const strip = page.locator(".strip");
  await reel.moveTo(await pointIn(strip, 0.5, 1.6), 6);
  const progress = async (): Promise<string> => {
    const words = (await page.locator(".render").first().textContent()) ?? "";
    return /Done/.test(words)
      ? words
      : String(Math.floor((Number.parseInt(words.replace(/^\D+/, ""), 10) || 0) / 2));
  };
  await reel.watch(progress, (state) => state.includes("Done"), { each: 1, most: 30 });
  await reel.hold(3);

  // It plays: by a clock that is stopped, one picture of the film at a time.
  await reel.click(await pointIn(page.getByRole("button", { name: "First frame" })), 7);
  await reel.moveTo(await pointIn(page.getByRole("button", { name: "Play", exact: true })), 3);
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 200);
  await reel.press();
  await reel.release();
  for (let i = 0; i < 2 * 1.5 * rate - 2; i++) {
    await page.clock.runFor(1000 / rate);
    await page.waitForTimeout(120);
    await reel.hold();
  }
  await reel.hold(6);

  console.log(`${reel.seconds.toFixed(1)} s`);
  await reel.write(target, { width: 960, quality: 62 });
  console.log(`${target}: ${Math.round((await stat(target)).size / 1000)} kB`);
} finally {
  await close();
  await rm(scratch, { recursive: true, force: true });
}
