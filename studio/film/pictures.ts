/// <reference lib="dom" />
/**
 * The pictures of docs/studio.md, docs/images/studio-*.webp. `npm run build` first, then `npx tsx studio/film/pictures.ts`.
 */
import { cp, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { openStudio, root } from "./open-studio.ts";

const size = { width: 1280, height: 800 };
const examples = ["layers-in-turn", "on-the-beat", "infinite-zoom", "still-life", "caricature"];

const scratch = await mkdtemp(join(tmpdir(), "dreamreel-pictures-"));
const folder = join(scratch, "dreams");
await mkdir(folder);
for (const name of examples)
  await cp(join(root, "scenes", `${name}.yaml`), join(folder, `${name}.yaml`));
await cp(join(root, "scenes/media"), join(folder, "media"), { recursive: true });

const { page, close } = await openStudio(folder, join(scratch, "cache"), size);
page.setDefaultTimeout(120_000);

async function take(name: string): Promise<void> {
  const target = join(root, "docs/images", `studio-${name}.webp`);
  // Words that are about to go are not part of the picture.
  await page.clock.runFor(10_000);
  await sharp(await page.screenshot())
    .resize({ width: 1120 })
    .webp({ quality: 76 })
    .toFile(target);
  console.log(`${target}: ${Math.round((await stat(target)).size / 1000)} kB`);
}

try {
  // A film to a sound: the lanes of the timeline.
  await page.locator('.entry[title="on-the-beat.yaml"]').click();
  await page.locator(".bar .path", { hasText: "on-the-beat.yaml" }).waitFor();
  await page.locator(".ruler").click({ position: { x: 420, y: 8 } });
  await page.locator(".standing", { hasText: /As it will|sketch|preview|Rendered/ }).waitFor();
  await page
    .locator(".entry img")
    .nth(examples.length - 1)
    .waitFor();
  await take("timeline");

  // All layers of the network, by what they dream.
  await page.getByRole("button", { name: "Browse layers and channels by eye" }).click();
  await page.locator(".tile img").nth(8).waitFor();
  await take("layers");
} finally {
  await close();
  await rm(scratch, { recursive: true, force: true });
}
