/// <reference lib="dom" />
/**
 * The studio's page in chromium against the figures it must reach. `npm run build` first, then `npx tsx bench/studio.ts`.
 * Prints one line a figure; `--minutes 60` scrubs as long for the memory (default 2). `--soak MINUTES` only scrubs finished
 * frames and turns knobs, and prints the memory of the page, the server and its processes each minute.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";

const root = join(import.meta.dirname, "..");
const option = (name: string): number => {
  const at = process.argv.indexOf(name);
  return at < 0 ? 0 : Number(process.argv[at + 1]) || 0;
};
const minutes = option("--minutes") || 2;
const soakMinutes = option("--soak");

const still = `output: { file: out/one.mp4, size: 320x180, fps: 24 }
source: { noise: { seed: 3 } }
duration: 4s
dream: { layers: { motifs2: 1 }, octaves: 3, iterations: [2, 2, 1] }
motion: { zoom: 1.5 }
`;
const quick = still
  .replace("motifs2", "edges")
  .replace("octaves: 3, iterations: [2, 2, 1]", "octaves: 1, iterations: 1")
  .replace("one.mp4", "two.mp4");

/** 10,000 frames, and 30 weights with a key every 20 s. */
function longScene(): string {
  const names = Array.from({ length: 30 }, (_, i) => `"motifs3:${i}"`);
  const weights = (at: number): string =>
    names.map((name, i) => `${name}: ${((i * 7 + at * 13) % 10) / 10 + 0.05}`).join(", ");
  const entries = Array.from(
    { length: 20 },
    (_, i) =>
      `  - at: ${(i + 1) * 20}s\n    ease: ease-in-out\n    dream: { layers: { ${weights(i + 1)} } }`,
  );
  return `output: { size: 320x180, fps: 24 }\nsource: noise\nduration: 10000f\ndream: { layers: { ${weights(0)} }, octaves: 1, iterations: 1 }\ntimeline:\n${entries.join("\n")}\n`;
}

/** 500 lines. */
function tallScene(): string {
  const entries = Array.from(
    { length: 164 },
    (_, i) => `  - at: ${i}f\n    ease: ease-in # ${i}\n    motion: { zoom: ${1 + (i % 10) / 10} }`,
  );
  return `${still.replace("4s", "400f")}timeline:\n${entries.join("\n")}\n`;
}

function report(name: string, value: string, limit: string): void {
  console.log(`${name.padEnd(52)} ${value.padEnd(28)} ${limit}`);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

async function openScene(page: Page, name: string): Promise<void> {
  await page.goto(page.url().replace(/#.*|$/, `#/scene/${name}`));
  await page.locator(".bar h1", { hasText: name }).waitFor();
  await page.getByRole("tab", { name: "Knobs" }).click();
  await page.waitForSelector(".knob");
}

const folder = await mkdtemp(join(tmpdir(), "studio-bench-"));
for (const [name, text] of Object.entries({
  one: still,
  two: quick,
  long: longScene(),
  tall: tallScene(),
}))
  await writeFile(join(folder, `${name}.yaml`), text);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--enable-precise-memory-info"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
page.setDefaultTimeout(120_000);
// tsx names functions by a helper that pages lack.
await page.addInitScript("globalThis.__name = (named) => named");

// The browser is open and rests when the command is given.
await page.waitForTimeout(2000);
const started = performance.now();
const server = spawn(
  process.execPath,
  [join(root, "dist/cli/main.js"), "studio", folder, "--no-open", "--port", "0"],
  { stdio: ["ignore", "pipe", "inherit"] },
);
try {
  const address = await new Promise<string>((resolve) => {
    let text = "";
    server.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /http:\S+/.exec(text);
      if (found) resolve(found[0]);
    });
  });
  await page.goto(address);
  await page.locator(".entry").first().waitFor();
  await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent !== "");
  report(
    "command to scenes and text on the page",
    `${Math.round(performance.now() - started)} ms`,
    "< 1500 ms",
  );
  await page.waitForSelector(".knob");
  report("command to knobs", `${Math.round(performance.now() - started)} ms`, "");
  if (soakMinutes > 0) await soak(page, server.pid!, soakMinutes);
  else {
    await firstPicture(page);
    await keyPress(page);
    await scrubbing(page);
    await dragging(page);
    await memory(page);
  }
  report(
    "load of the machine meanwhile",
    loadavg()
      .map((load) => load.toFixed(1))
      .join(" "),
    "",
  );
} finally {
  await browser.close();
  server.kill("SIGINT");
  await rm(folder, { recursive: true, force: true });
}

async function firstPicture(page: Page): Promise<void> {
  await openScene(page, "one.yaml");
  await page.locator(".standing", { hasText: /As it will be/ }).waitFor();
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    times.push(
      await page.evaluate(async (step) => {
        const slider = document.querySelector<HTMLInputElement>("#knob--dream-stepSize")!;
        const drawn = new Promise<number>((resolve) => {
          const { drawImage } = CanvasRenderingContext2D.prototype;
          CanvasRenderingContext2D.prototype.drawImage = function (...args: unknown[]) {
            Reflect.apply(drawImage, this, args);
            if (!this.canvas.closest(".picture")) return;
            CanvasRenderingContext2D.prototype.drawImage = drawImage;
            resolve(performance.now());
          };
        });
        const from = performance.now();
        slider.value = String(1.5 + step * 0.1);
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        return (await drawn) - from;
      }, i),
    );
    await page.locator(".standing", { hasText: /As it will be/ }).waitFor();
  }
  report(
    "change of a knob to first picture, 320×180, median",
    `${Math.round(median(times))} ms (${times.map(Math.round).join(" ")})`,
    "< 300 ms",
  );
}

async function keyPress(page: Page): Promise<void> {
  await openScene(page, "tall.yaml");
  await page.getByRole("tab", { name: "Text" }).click();
  await page.locator(".cm-line").nth(6).click();
  await page.keyboard.press("End");
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { times });
    let pressed = 0;
    addEventListener(
      "keydown",
      () => {
        pressed = performance.now();
      },
      true,
    );
    new MutationObserver(() => {
      if (pressed === 0) return;
      times.push(performance.now() - pressed);
      pressed = 0;
    }).observe(document.querySelector(".cm-content")!, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  await page.keyboard.type(" # a comment that is typed at some speed", { delay: 30 });
  const times = await page.evaluate(() => (window as unknown as { times: number[] }).times);
  const sorted = [...times].sort((a, b) => a - b);
  report(
    "key press to letter, 500 lines, median and 95 %",
    `${median(times).toFixed(1)} ms, ${sorted[Math.floor(sorted.length * 0.95)]?.toFixed(1)} ms`,
    "< 16 ms",
  );
}

/** Render the quick scene, so that its frames can be scrubbed. */
async function finish(page: Page): Promise<void> {
  await openScene(page, "two.yaml");
  await page.getByRole("tab", { name: "Knobs" }).click();
  await page.locator(".stage").click({ position: { x: 4, y: 4 } });
  await page.keyboard.press("Control+Enter");
  await page.locator(".render.done").waitFor({ timeout: 300_000 });
}

async function scrubbing(page: Page): Promise<void> {
  await finish(page);
  await page.keyboard.press("Home");
  // Once through, then measured.
  await page.keyboard.press(" ");
  await page.waitForTimeout(4500);
  const shown = await page.evaluate(async () => {
    const { drawImage } = CanvasRenderingContext2D.prototype;
    let count = 0;
    CanvasRenderingContext2D.prototype.drawImage = function (...args: unknown[]) {
      if (this.canvas.closest(".picture")) count++;
      return Reflect.apply(drawImage, this, args);
    };
    await new Promise((resolve) => setTimeout(resolve, 3000));
    CanvasRenderingContext2D.prototype.drawImage = drawImage;
    return count / 3;
  });
  await page.keyboard.press("k");
  report("pictures a second while finished frames play", shown.toFixed(1), "24");
}

async function dragging(page: Page): Promise<void> {
  await openScene(page, "long.yaml");
  await page.locator(".curve-names button").first().click();
  const lane = (await page.locator(".curves").boundingBox())!;
  const x = lane.x + 12 + ((lane.width - 24) * 240) / (9999 / 24);
  // The key's height is not known here: press along the column until one is held.
  await page.evaluate(() => {
    const gaps: number[] = [];
    Object.assign(window, { gaps });
    let last = performance.now();
    const tick = (now: number): void => {
      gaps.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  for (let y = lane.y + 6; y < lane.y + lane.height; y += 6) {
    await page.mouse.move(x, y);
    await page.mouse.down();
    if ((await page.locator(".key-bar").count()) > 0) break;
    await page.mouse.up();
  }
  await page.evaluate(() => void (window as unknown as { gaps: number[] }).gaps.splice(0));
  const from = performance.now();
  for (let i = 0; i < 120; i++)
    await page.mouse.move(
      x + 60 * Math.sin(i / 10),
      lane.y + lane.height / 2 + 20 * Math.cos(i / 7),
    );
  const seconds = (performance.now() - from) / 1000;
  await page.mouse.up();
  const gaps = await page.evaluate(() => (window as unknown as { gaps: number[] }).gaps);
  const sorted = [...gaps].sort((a, b) => a - b);
  report(
    "frames a second while a key is dragged, 30 curves",
    `${(gaps.length / seconds).toFixed(0)} (95 %: ${sorted[Math.floor(sorted.length * 0.95)]?.toFixed(0)} ms)`,
    "60",
  );
}

async function memory(page: Page): Promise<void> {
  await openScene(page, "two.yaml");
  const heap = await heapOf(page);
  const sizes = [await heap()];
  for (let part = 0; part < 4; part++) {
    const end = performance.now() + (minutes * 60_000) / 4;
    while (performance.now() < end) {
      await page.keyboard.press("Home");
      for (let i = 0; i < 95; i++) await page.keyboard.press("ArrowRight");
    }
    sizes.push(await heap());
  }
  report(
    `memory while scrubbing for ${minutes} minutes`,
    `${sizes.map((size) => size.toFixed(1)).join(" ")} MB`,
    "flat",
  );
}

/** Measures the page's JavaScript heap after a collection, MB. */
async function heapOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  return async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return usedSize / 1e6;
  };
}

/** Resident memory of a process and of its children, MB; Linux only. */
function residentOf(pid: number): readonly [own: number, ...children: number[]] {
  const resident = (id: number): number =>
    (Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]) * 4096) / 1e6;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return [resident(pid), ...children.filter(Boolean).map((id) => resident(Number(id)))];
}

async function soak(page: Page, pid: number, length: number): Promise<void> {
  await finish(page);
  const heap = await heapOf(page);
  await page.getByRole("tab", { name: "Knobs" }).click();
  const knob = page.locator("#knob--dream-stepSize");
  await knob.waitFor();
  let turns = 0;
  let scrubbed = 0;
  for (let minute = 0; minute <= length; minute++) {
    const [own, ...children] = residentOf(pid);
    report(
      `minute ${minute}: ${scrubbed} frames scrubbed, ${turns} turns of a knob`,
      `page ${(await heap()).toFixed(1)} MB`,
      `server ${own.toFixed(0)} MB, processes ${children.map((size) => size.toFixed(0)).join(" ")} MB`,
    );
    const end = performance.now() + 60_000;
    while (minute < length && performance.now() < end) {
      // Through the finished frames, which are those of the saved text.
      await page.locator(".stage").click({ position: { x: 4, y: 4 } });
      await page.keyboard.press("Home");
      for (let i = 0; i < 95; i++) await page.keyboard.press("ArrowRight");
      scrubbed += 96;
      await knob.focus();
      for (let i = 0; i < 10; i++)
        await page.keyboard.press(turns++ % 20 < 10 ? "ArrowRight" : "ArrowLeft");
      await page.waitForTimeout(500);
      while (await page.getByRole("button", { name: "Undo" }).isEnabled())
        await page.getByRole("button", { name: "Undo" }).click();
    }
  }
}
