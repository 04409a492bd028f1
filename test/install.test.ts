/** dreamreel as a user gets it: packed, and installed from the npm registry into an empty folder. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

const root = join(import.meta.dirname, "..");
const onLinux = process.platform === "linux" && process.arch === "x64";

test("`npm ci` in this repository needs only the registry, also with an npm that does not know allowScripts", async () => {
  const { packages } = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const runtime = packages["node_modules/onnxruntime-node"];
  expect(runtime.version).toBeDefined();
  // npm runs an install script only if the lock file declares it. Delete that line if npm has written it.
  expect(runtime.hasInstallScript).toBeUndefined();
});

/** npm as for a user, without the settings of the npm that runs this test. */
async function npm(cwd: string, ...args: string[]): Promise<string> {
  const ours = /^npm_(?:package|lifecycle|config_local_prefix)|onnxruntime_node_install/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
  const { stdout } = await execa("npm", args, { cwd, env, extendEnv: false });
  return stdout;
}

/** The reason why packages cannot be installed here, or undefined. DREAMREEL_TEST_REGISTRY=required throws instead. */
async function missingRegistry(): Promise<string | undefined> {
  try {
    await npm(root, "view", "onnxruntime-common", "version", "--fetch-retries=0");
    if (!existsSync(join(root, "dist/cli/main.js"))) return "dist is missing: npm run build";
    return undefined;
  } catch (cause) {
    if (process.env.DREAMREEL_TEST_REGISTRY === "required") throw cause;
    return "the npm registry cannot be reached";
  }
}

const missing = await missingRegistry();
const title = "installed from its package";

describe.skipIf(missing)(missing ? `${title}: skipped, ${missing}` : title, () => {
  vi.setConfig({ testTimeout: 300_000 });
  let folder: string;
  let app: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "dreamreel-install-"));
    app = join(folder, "app");
    await mkdir(app);
    await writeFile(join(app, "package.json"), "{}");
    // `npm pack`, but without a new build of dist, which other tests use.
    await npm(root, "run", "prepack");
    const packed = await npm(root, "pack", "--ignore-scripts", "--pack-destination", folder);
    const file = join(folder, packed.trim().split("\n").at(-1)!);
    // An empty cache, so that everything comes from the registry.
    await npm(app, "install", file, "--cache", join(folder, "cache"));
    // It takes half a minute on an idle machine, and longer on a busy one.
  }, 400_000);

  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test("it renders", async () => {
    const scene = `output: { file: dream.mp4, size: 64x48, fps: 12 }
source: { noise: { seed: 1 } }
duration: 3f
dream: { octaves: 1, iterations: 1, layers: { patterns1: 1 } }
`;
    await writeFile(join(app, "scene.yaml"), scene);
    await execa(join(app, "node_modules/.bin/dreamreel"), ["render", "scene.yaml"], { cwd: app });
    expect((await stat(join(app, "dream.mp4"))).size).toBeGreaterThan(500);
  });

  test("it is a library", async () => {
    const code = `const { loadNetwork } = await import("dreamreel");
const net = await loadNetwork("pocket");
const frame = { data: new Float32Array(3 * 32 * 32).fill(0.5), height: 32, width: 32 };
console.log((await net.gradient(frame, { layers: { patterns1: 1 } })).gradient.length);
await net.dispose();`;
    const { stdout } = await execa(process.execPath, ["--input-type=module", "-e", code], {
      cwd: app,
    });
    expect(stdout).toBe("3072");
  });

  test("its types compile in a strict program that checks every library, and `await using` runs", async () => {
    await writeFile(join(app, "use.mts"), consumer);
    const options = {
      strict: true,
      skipLibCheck: false,
      module: "nodenext",
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      // The types that every program on Node has.
      typeRoots: [join(root, "node_modules/@types")],
      types: ["node"],
    };
    const config = { compilerOptions: options, files: ["use.mts"] };
    await writeFile(join(app, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const compiled = await execa(process.execPath, [tsc, "-p", "."], { cwd: app, reject: false });
    expect(compiled.stdout).toBe("");
    const { stdout } = await execa(process.execPath, ["use.mjs"], { cwd: app });
    expect(stdout.split("\n")).toEqual(["3072 32", "USAGE", "2 2 0 string"]);
  });

  test("none of its packages has an install script, except the one that makes ffmpeg executable", async () => {
    const found: string[] = [];
    for (const path of await readdir(app, { recursive: true })) {
      if (!/node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+[/\\]package\.json$/.test(path)) continue;
      const { scripts = {} } = JSON.parse(await readFile(join(app, path), "utf8"));
      for (const name of ["preinstall", "install", "postinstall"])
        if (scripts[name]) found.push(scripts[name]);
    }
    expect(found.filter((script) => script !== "chmod u+x ffmpeg")).toEqual([]);
  });

  test.runIf(onLinux)("its size matches the README", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const [, all, runtime] = /about (\d+) MB, (\d+) MB of it onnxruntime/.exec(readme)!.map(Number);
    // npm 10 also installs sharp for musl.
    expect(Math.abs((await bytesIn(app)) / 1e6 / all! - 1)).toBeLessThan(0.1);
    const bundled = join(app, "node_modules/dreamreel/node_modules/onnxruntime-node");
    expect(Math.abs((await bytesIn(bundled)) / 1e6 / runtime! - 1)).toBeLessThan(0.02);
  });
});

/** A program that uses the types of the library. */
const consumer = `import {
  DreamError,
  estimate,
  type Frame,
  type LoadedNetwork,
  loadNetwork,
  parseScene,
  type RenderedFrame,
  renderFrames,
  type SceneProblem,
  sceneSchema,
} from "dreamreel";

const frame: Frame = { data: new Float32Array(3 * 32 * 32).fill(0.5), height: 32, width: 32 };
let kept: LoadedNetwork;
{
  await using net = await loadNetwork("pocket");
  kept = net;
  const { gradient } = await net.gradient(frame, { layers: { patterns1: 1 } });
  console.log(gradient.length, (await net.dream(frame, { octaves: 1, iterations: 1 })).width);
}
const problems: readonly SceneProblem[] = await kept.dream(frame).then(
  () => [],
  (error: unknown) => {
    if (error instanceof DreamError) console.log(error.code);
    return [];
  },
);
const scene = parseScene("source: { noise: {} }\\nduration: 2f\\noutput: { size: 32x32 }");
const frames: RenderedFrame[] = [];
for await (const one of renderFrames(scene)) frames.push(one);
console.log(frames.length, (await estimate(scene)).frames, problems.length, typeof sceneSchema.title);
`;

async function bytesIn(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  return sum;
}
