/** What frames are kept by: every field of the scene language changes the keys if, and only if, it changes pictures. */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrame } from "../../../src/frame.ts";
import { writeImage } from "../../../src/image/image.ts";
import { FrameKeys } from "../../../src/pipeline/cache/frame-keys.ts";
import { dreamFilm } from "../../../src/pipeline/frames/film.ts";
import { stepTools } from "../../../src/pipeline/frames/step-tools.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { SceneFiles } from "../../../src/pipeline/plan/scene-files.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { sceneJsonSchema } from "../../../src/scene/schema.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { randomFrame } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const i of [1, 2]) await writeImage(randomFrame(i, 30, 40), at(`photo${i}.png`));
  await mkdir(at("one"));
  await mkdir(at("two"));
  for (const i of [1, 2, 3, 4]) await copyFile(at(`photo${1 + (i % 2)}.png`), at(`one/${i}.png`));
  for (const i of [1, 2, 3, 4]) await copyFile(at(`photo${2 - (i % 2)}.png`), at(`two/${i}.png`));
  const half = createFrame(30, 40);
  for (let i = 0; i < half.data.length; i++) half.data[i] = i % 40 < 20 ? 0 : 1;
  await writeImage(half, at("matte.png"));
  const models = new URL("../../../models/", import.meta.url).pathname;
  for (const name of ["own.onnx", "same.onnx"])
    await copyFile(join(models, "pocket.onnx"), at(name));
  const labels = (await readFile(join(models, "imagenet-1k.txt"), "utf8")).trimEnd().split("\n");
  await writeFile(at("labels.txt"), labels.join("\n"));
  await writeFile(at("turned.txt"), labels.reverse().join("\n"));
  // Two shots of something that moves, with a tone, and another clip without one.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=40x30:rate=8:duration=0.25"],
    ...["-f", "lavfi", "-i", "mandelbrot=size=40x30:rate=8:start_scale=0.5"],
    ...["-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*80*t)*between(t,0.2,1)':s=8000:d=1"],
    ...["-filter_complex", "[0][1]concat=n=2:v=1", "-frames:v", "8"],
    ...["-c:v", "ffv1", "-c:a", "flac", at("clip.mkv")],
  );
  await ffmpeg("-i", at("clip.mkv"), "-vf", "negate", "-an", "-c:v", "ffv1", at("other.mkv"));
  for (const [name, hz] of [
    ["low", 80],
    ["high", 5000],
  ] as const)
    await ffmpeg(
      ...["-f", "lavfi", "-i", `aevalsrc='0.5*sin(2*PI*${hz}*t)*between(t,0.2,1)':s=44100:d=1`],
      at(`${name}.wav`),
    );
});
afterAll(() => folder.remove());

const network =
  "model: { file: own.onnx, preprocess: { channels: RGB, scale: 0..1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }, labels: labels.txt }";
const dream =
  "layers: { edges: 1 }, octaves: 2, octaveScale: 1.2, iterations: 1, jitter: 4, laplacian: 0, stepSize: 4";
const size = "output: { size: 40x30, fps: 8 }\n";
const noise = `source: { noise: { seed: 3 } }\nduration: 3f\nmotion: { zoom: 2, rotate: 40deg }\n${size}`;
const clip = `source: { video: { file: clip.mkv } }\nduration: 4f\n${size}`;
const photo = `source: { image: photo1.png }\nduration: 2f\n${size}`;
const bases = {
  noise: `${noise}dream: { ${dream} }`,
  clip: `${clip}dream: { ${dream} }`,
  photo: `${photo}dream: { ${dream} }`,
  frames: `source: { frames: one/ }\nduration: 3f\n${size}dream: { ${dream} }`,
  lavfi: `source: { lavfi: "testsrc2=size=40x30:rate=8" }\nduration: 2f\n${size}dream: { ${dream} }`,
  still: `${noise}feedback: { amount: 0 }\ndream: { ${dream} }`,
  model: `${photo}${network}\ndream: { ${dream} }`,
  classes: `${photo}${network}\ndream: { classes: { "3": 1 }, octaves: 1, iterations: 1 }`,
  guide: `${photo}dream: { ${dream}, guide: { image: photo2.png, strength: 0.5 } }`,
  moving: `${photo}dream: { ${dream}, guide: { video: clip.mkv } }`,
  matte: `${photo}matte: { image: matte.png }\ndream: { ${dream} }`,
  veil: `${photo}matte: { video: clip.mkv }\ndream: { ${dream} }`,
  sound: `${photo.replace("2f", "4f")}audio: { file: low.wav }\nmix: bass\ndream: { ${dream} }`,
  loop: `${noise.replace("3f", "6f")}dream: { ${dream} }`,
  shots: `shots: [{ source: { image: photo1.png }, duration: 3f }, { source: { image: photo2.png }, duration: 3f, transition: { crossfade: 1f } }]\n${size}dream: { ${dream} }`,
  timeline: `${noise}dream: { ${dream} }\ntimeline: [{ at: 2f, mix: 0.2 }]`,
  large: `source: { image: photo1.png }\nduration: 1f\noutput: { size: 96x72, fps: 8 }\ndream: { ${dream} }`,
} as const;

type Base = keyof typeof bases;

/**
 * Fields of which only the pictures show from which frame on they count: how far one is from the next, and where the cuts of a
 * clip are. Keys change with them before the first of their pictures does.
 */
const earlier: readonly string[] = [
  "output.fps",
  "feedback.mode",
  "feedback.warp",
  "feedback.occlusion",
  "feedback.sceneCut",
];

/** Per field: a scene, what of it is changed, and whether pictures become others by that. */
const cases: Readonly<Record<string, readonly [Base, readonly string[], boolean]>> = {
  $schema: ["noise", ["$schema=scene.json"], false],
  title: ["noise", ["title=another"], false],
  "output.file": ["noise", ["output.file=other.mp4"], false],
  "output.size": ["noise", ["output.size=24x24"], true],
  "output.fps": ["noise", ["output.fps=4"], true],
  "output.quality": ["noise", ["output.quality=30"], false],
  "output.codec": ["noise", ["output.codec=h265"], false],
  "output.keepFrames": ["noise", ["output.keepFrames=true"], false],
  engine: ["photo", ["engine=tfjs"], true],
  "source.noise.seed": ["noise", ["source.noise.seed=4"], true],
  "source.noise.scale": ["noise", ["source.noise.scale=2"], true],
  "source.image": ["photo", ["source.image=photo2.png"], true],
  "source.video.file": ["clip", ["source.video.file=other.mkv"], true],
  "source.video.start": ["clip", ["source.video.start=2f"], true],
  "source.video.end": ["clip", ["source.video.end=6f"], false],
  "source.video.audio": ["clip", ["source.video.audio=drop"], false],
  "source.frames": ["frames", ["source.frames=two/"], true],
  "source.lavfi": ["lavfi", ["source.lavfi=testsrc=size=40x30:rate=8"], true],
  duration: ["noise", ["duration=5f"], false],
  seed: ["photo", ["seed=2"], true],
  "model.file": ["model", ["model.file=same.onnx"], false],
  "model.preprocess.channels": ["model", ["model.preprocess.channels=BGR"], true],
  "model.preprocess.scale": ["model", ["model.preprocess.scale=0..255"], true],
  "model.preprocess.mean": ["model", ["model.preprocess.mean=[0.5, 0.5, 0.5]"], true],
  "model.preprocess.std": ["model", ["model.preprocess.std=[0.5, 0.5, 0.5]"], true],
  "model.labels": ["model", ["model.labels=turned.txt"], false],
  "dream.preset": ["photo", ["dream.preset=hvass"], true],
  "dream.layers.*": ["photo", ["dream.layers={ edges: 1, patterns1: 0.5 }"], true],
  "dream.classes.*": ["classes", ["dream.classes={ 4: 1 }"], true],
  "dream.guide.image": ["guide", ["dream.guide.image=matte.png"], true],
  "dream.guide.video": ["moving", ["dream.guide.video=other.mkv"], true],
  "dream.guide.match": ["guide", ["dream.guide.match=mean"], true],
  "dream.guide.strength": ["guide", ["dream.guide.strength=1"], true],
  "dream.octaves": ["photo", ["dream.octaves=1"], true],
  "dream.octaveScale": ["photo", ["dream.octaveScale=1.1"], true],
  "dream.iterations": ["photo", ["dream.iterations=2"], true],
  "dream.stepSize": ["photo", ["dream.stepSize=5"], true],
  "dream.jitter": ["photo", ["dream.jitter=5"], true],
  "dream.smoothing": ["photo", ["dream.smoothing=1"], true],
  "dream.laplacian": ["photo", ["dream.laplacian=2"], true],
  "dream.totalVariation": ["photo", ["dream.totalVariation=0.2"], true],
  "dream.l2": ["photo", ["dream.l2=0.2"], true],
  "dream.tile": ["large", ["dream.tile=64"], true],
  "motion.zoom": ["noise", ["motion.zoom=3"], true],
  "motion.rotate": ["noise", ["motion.rotate=20deg"], true],
  "motion.pan": ["noise", ["motion.pan=[0.5, 0]"], true],
  "motion.center": ["noise", ["motion.center=[0, 0]"], true],
  "feedback.amount": ["noise", ["feedback.amount=0.5"], true],
  "feedback.mode": ["clip", ["feedback.mode=replace"], true],
  "feedback.warp": ["clip", ["feedback.warp=motion"], true],
  "feedback.occlusion": ["clip", ["feedback.occlusion=false"], true],
  "feedback.sceneCut": ["clip", ["feedback.sceneCut=keep"], true],
  "color.match": ["photo", ["color.match=off"], true],
  "color.saturation": ["photo", ["color.saturation=2"], true],
  "matte.image": ["matte", ["matte.image=photo2.png"], true],
  "matte.video": ["veil", ["matte.video=other.mkv"], true],
  "matte.invert": ["matte", ["matte.invert=true"], true],
  "matte.strength": ["matte", ["matte.strength=0.5"], true],
  mix: ["photo", ["mix=0.5"], true],
  "timeline.at": ["timeline", ["timeline=[{ at: 1f, mix: 0.2 }]"], true],
  "timeline.ease": ["timeline", ["timeline=[{ at: 2f, mix: 0.2, ease: hold }]"], true],
  "shots.title": ["shots", ["shots.0.title=another"], false],
  "shots.transition": ["shots", ["shots.1.transition=cut"], true],
  "shots.transition.crossfade": ["shots", ["shots.1.transition.crossfade=2f"], true],
  loop: ["loop", ["loop=true"], true],
  "audio.file": ["sound", ["audio.file=high.wav"], true],
  "audio.mux": ["sound", ["audio.mux=false"], false],
  "audio.attack": ["sound", ["audio.attack=1s"], true],
  "audio.release": ["sound", ["audio.release=2s"], true],
};

/** What else may be changed where it counts for nothing. */
const beside: readonly (readonly [string, Base, readonly string[], boolean])[] = [
  [
    "classes by other labels where one is named",
    "classes",
    ["model.labels=turned.txt", "dream.classes={ 3: 1 }"],
    false,
  ],
  ["motion where nothing is carried", "still", ["motion.zoom=3"], false],
  ["the way of carrying where nothing is carried", "still", ["feedback.mode=residual"], false],
  ["occlusion without flow", "noise", ["feedback.occlusion=false"], false],
  ["cuts of a picture", "photo", ["feedback.sceneCut=keep"], false],
  ["tiles larger than the picture", "photo", ["dream.tile=off"], false],
  ["a default that is said", "noise", ["feedback.amount=1", "mix=1", "dream.l2=0"], false],
  [
    "how a sound that nothing follows falls",
    "photo",
    ["audio={ file: low.wav, release: 2s }"],
    false,
  ],
];

interface Film {
  readonly keys: readonly string[];
  readonly pictures: readonly Buffer[];
}

async function filmOf(base: Base, set: readonly string[]): Promise<Film> {
  const scene = parseScene(bases[base], { path: at("scene.yaml"), set });
  const engine = scene.engine === "tfjs" ? "tfjs" : "cpu";
  const prepared = await prepareRender(scene, { engine });
  try {
    const keys = FrameKeys.of(prepared, await SceneFiles.read(scene), {});
    const pictures: Buffer[] = [];
    const tools = stepTools(prepared.engine, prepared.plan, {});
    for await (const frame of dreamFilm(prepared, tools, {}))
      pictures.push(Buffer.from(frame!.data.slice().buffer));
    return { keys: pictures.map((_, i) => keys.ofFilm(i)), pictures };
  } finally {
    await prepared.dispose();
  }
}

const known = new Map<Base, Promise<Film>>();

async function expectKeys(
  base: Base,
  set: readonly string[],
  changes: boolean,
  mayBeEarlier = false,
): Promise<void> {
  const first = known.get(base) ?? filmOf(base, []);
  known.set(base, first);
  const [before, after] = [await first, await filmOf(base, set)];
  const frames = Math.min(before.keys.length, after.keys.length);
  const others = (of: (film: Film, i: number) => string | Buffer): boolean[] =>
    Array.from({ length: frames }, (_, i) => {
      const [a, b] = [of(before, i), of(after, i)];
      return typeof a === "string" ? a !== b : !a.equals(b as Buffer);
    });
  const pictures = others((film, i) => film.pictures[i]!);
  expect(pictures.includes(true)).toBe(changes);
  const keys = others((film, i) => film.keys[i]!);
  if (mayBeEarlier) expect(keys.map((changed, i) => changed || !pictures[i])).not.toContain(false);
  else expect(keys).toEqual(pictures);
}

type Schema = { readonly [key: string]: unknown };

/** Every field of the language that has no fields of its own, such as `dream.layers.*`. */
function fieldsOf(schema: Schema, path: string): string[] {
  const inner = [schema, ...((schema.anyOf ?? []) as Schema[])];
  const below = inner.flatMap((part) => {
    const { properties = {}, additionalProperties: any, items } = part;
    const named = Object.entries(properties as Record<string, Schema>).flatMap(([key, value]) =>
      fieldsOf(value, path === "" ? key : `${path}.${key}`),
    );
    const others = typeof any === "object" && any !== null ? [`${path}.*`] : [];
    const lists = typeof items === "object" && items !== null && "properties" in items;
    return [...named, ...others, ...(lists ? fieldsOf(items as Schema, path) : [])];
  });
  return below.length > 0 ? below : [path];
}

describe("the key of a frame", () => {
  test("is asked about every field of the scene language", () => {
    const own = /^timeline\.(?:at|ease)$|^shots\.(?:title|transition)/;
    // A shot and a timeline say what a scene says at its top, of which it is asked.
    const fields = fieldsOf(sceneJsonSchema(), "").map((field) =>
      own.test(field) ? field : field.replace(/^shots\./, "").replace(/^timeline\.(?!at|ease)/, ""),
    );
    expect(fields.length).toBeGreaterThan(100);
    expect([...new Set(fields)].filter((field) => !(field in cases))).toEqual([]);
  });

  test.each(Object.entries(cases))(
    "changes with %s where the picture does",
    (field, [base, set, changes]) => expectKeys(base, set, changes, earlier.includes(field)),
  );

  test.each(beside)("stays for what changes no picture: %s", (_, base, set, changes) =>
    expectKeys(base, set, changes),
  );
});
