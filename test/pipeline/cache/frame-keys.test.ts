/**
 * Tests of the keys of kept frames. Every field of the scene language changes exactly the keys of the frames whose
 * pictures it changes. The cases in which a key changes more often, because only decoding or dreaming could tell, are
 * listed with their reasons.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrame } from "../../../src/frame.ts";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import { writeImage } from "../../../src/image/image.ts";
import { FrameKeys } from "../../../src/pipeline/cache/frame-keys.ts";
import { dreamFilm } from "../../../src/pipeline/frames/film.ts";
import { stepTools } from "../../../src/pipeline/frames/step-tools.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { SceneFiles } from "../../../src/pipeline/plan/scene-files.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { sceneJsonSchema } from "../../../src/scene/schema.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const i of [1, 2, 3]) await writeImage(randomFrame(i, 18, 24), at(`photo${i}.png`));
  await copyFile(at("photo2.png"), at("copy2.png"));
  // Sequences of three pictures each, by the numbers of the photos.
  for (const pictures of ["121", "212", "221", "131"]) {
    await mkdir(at(pictures));
    for (const [i, photo] of [...pictures].entries())
      await copyFile(at(`photo${photo}.png`), at(`${pictures}/${i}.png`));
  }
  await writeFile(at("direction.txt"), "1 0 0.5 -1 0 1");
  const half = createFrame(18, 24);
  for (let i = 0; i < half.data.length; i++) half.data[i] = i % 24 < 12 ? 0 : 1;
  await writeImage(half, at("matte.png"));
  const { graph, labels } = tinyNetwork(1);
  for (const name of ["own.onnx", "same.onnx"]) await writeFile(at(name), writeOnnx(graph));
  await writeFile(at("labels.txt"), labels.join("\n"));
  await writeFile(at("turned.txt"), [...labels].reverse().join("\n"));
  const shape = "size=24x18:rate=8";
  // Two shots of half a second with motion and sound.
  const tone = "s=44100:d=1,volume=0.5:enable='gt(t,0.12)'";
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=96x72:rate=8:duration=0.5,scale=24x18"],
    ...["-f", "lavfi", "-i", `mandelbrot=${shape}:start_scale=0.5`],
    ...["-f", "lavfi", "-i", `aevalsrc=0.5*sin(500*t):${tone}`],
    ...["-filter_complex", "[0][1]concat=n=2:v=1", "-frames:v", "8"],
    ...["-c:v", "ffv1", "-c:a", "flac", at("clip.mkv")],
  );
  await ffmpeg("-i", at("clip.mkv"), "-vf", "negate", "-an", "-c:v", "ffv1", at("other.mkv"));
  await ffmpeg("-i", at("clip.mkv"), "-t", "0.4", "-an", "-c:v", "ffv1", at("shorter.mkv"));
  for (const [name, pitch] of Object.entries({ low: 500, high: 31000 }))
    await ffmpeg("-f", "lavfi", "-i", `aevalsrc=0.5*sin(${pitch}*t):${tone}`, at(`${name}.wav`));
});
afterAll(() => folder.remove());

const inFile =
  "file: own.onnx, preprocess: { channels: RGB, scale: 0..1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }, labels: labels.txt";
const network = `model: { ${inFile} }`;
const layers = "layers: { low: 1 }";
const settings =
  "octaves: 2, octaveScale: 1.2, iterations: 1, jitter: 4, laplacian: 0, stepSize: 4";
const common = `output: { size: 24x18, fps: 8 }\n${network}\ndream: { ${layers}, ${settings} }\n`;
const noise = `${common}source: { noise: { seed: 3 } }\nduration: 3f\nmotion: { zoom: 2, rotate: 40deg }\n`;
const photo = `${common}source: { image: photo1.png }\nduration: 2f\n`;
const clip = (from: string): string =>
  `${common}source: { video: { file: clip.mkv, start: ${from} } }\nduration: 3f\n`;
const frames = `${common}source: { frames: 121/ }\nduration: 3f\n`;
const singly = "feedback: { amount: 0 }\n";

/** Scenes of two or three frames; the clip cuts to another shot at its frame 4. */
const bases = {
  noise,
  photo,
  frames: `${frames}feedback: { sceneCut: keep }\n`,
  clip: clip("0f"),
  cut: clip("3f"),
  lateCut: clip("2f"),
  // Parts of its pictures hide others.
  crowd: `${common}source: { lavfi: "cellauto=size=24x18:rate=8:seed=3" }\nduration: 3f\n`,
  lavfi: `${common}source: { lavfi: "testsrc2=size=24x18:rate=8" }\nduration: 2f\n`,
  still: noise + singly,
  every: `${noise.replace("3f", "5f")}feedback: { every: 2 }\n`,
  everyOfClip: `${clip("0f")}feedback: { every: 2 }\n`,
  singly: `${frames}${singly}color: { match: source }\n`,
  singlyInLoop: `${frames}${singly}color: { match: source }\nloop: true\n`,
  classes: photo.replace(layers, 'classes: { "3": 1 }'),
  named: photo.replace(layers, "classes: { pier: 1 }"),
  guide: photo.replace(layers, `${layers}, guide: { image: photo2.png, strength: 0.5 }`),
  moving: photo.replace(layers, `${layers}, guide: { video: clip.mkv }`),
  matte: `${photo}matte: { image: matte.png }\n`,
  palette: `${photo}color: { match: photo2.png }\n`,
  veil: `${photo}matte: { video: clip.mkv }\n`,
  sound: `${photo.replace("2f", "3f")}audio: { file: low.wav }\nmix: bass\n`,
  beats: `${photo.replace("2f", "3f")}audio: { file: low.wav, bpm: 120, offset: 0.1s }\nmix: "0.5 + 0.2 * b"\n`,
  bars: `${noise}audio: { file: low.wav, bpm: 240 }\ntimeline: [{ at: 0.25bar, mix: 0.2 }]\n`,
  clipInBeats: `${clip("1b")}audio: { file: low.wav, bpm: 240 }\n`,
  loop: noise.replace("3f", "6f"),
  shots: `${common}shots: [{ source: { image: photo1.png }, duration: 3f }, { source: { image: photo2.png }, duration: 3f, transition: { crossfade: 1f } }]\n`,
  timeline: `${noise}timeline: [{ at: 2f, mix: 0.2 }]\n`,
  large: photo.replace("24x18", "96x72").replace("2f", "1f"),
  split: `${clip("0f").replace("3f", "6f")}feedback: { sceneCut: keep }\nfarm: { split: 3f, preroll: 1f }\n`,
  regions: `${photo}regions: [{ matte: { image: matte.png }, dream: { layers: { high: 1 }, stepSize: 3, iterations: 2 } }]\n`,
  veils: `${photo}regions: [{ matte: { video: clip.mkv }, dream: { layers: high } }]\n`,
  networks: photo
    .replace(network, `models: { a: { ${inFile} }, b: { ${inFile} } }`)
    .replace(layers, "layers: { a/low: 1, b/high: 1 }"),
} as const;

type Base = keyof typeof bases;
type Edits = Readonly<Partial<Record<Base, readonly string[]>>>;

/** Edits, as for `--set`, that change pictures. */
const changing: Edits = {
  noise: [
    "output.size=12x12",
    "output.fps=4",
    "source.noise.seed=4",
    "source.noise.scale=2",
    "motion.zoom=3",
    "motion.rotate=20deg",
    "motion.pan=[0.5, 0]",
    "motion.center=[0, 0]",
    "motion.tilt=60",
    "motion.turn=60",
    "motion.border=wrap motion.zoom=0.5",
    "motion.fov=100 motion.tilt=60",
    "feedback.amount=0.5",
    "feedback.mode=residual",
    "feedback.noise=0.1",
    "feedback.sharpen=0.5",
    "feedback.every=2",
    "feedback.every=24",
  ],
  every: ["motion.zoom=3", "mix=f==1?0.5:1", "feedback.every=3", "motion.border=wrap"],
  everyOfClip: ["feedback.mode=replace", "feedback.warp=motion"],
  photo: [
    "engine=tfjs",
    "source.image=photo2.png",
    "seed=2",
    "model.preprocess.channels=BGR",
    "model.preprocess.scale=0..255",
    "model.preprocess.mean=[0.5, 0.5, 0.5]",
    "model.preprocess.std=[0.5, 0.5, 0.5]",
    "dream.preset=hvass",
    "dream.layers.high=0.5",
    "dream.layers={ low: { objective: mean } }",
    "dream.layers={ low: { objective: caricature } }",
    "dream.layers={ low: { objective: neuron, at: [0.2, 0.7] } }",
    "dream.layers={ low: { objective: direction, file: direction.txt } }",
    "dream.iterations=2",
    "dream.stepSize=5",
    "dream.jitter=5",
    "dream.scaleJitter=0.1",
    "dream.space=fourier",
    "dream.rotateJitter=5deg",
    "dream.smoothing=1",
    "dream.laplacian=2",
    "dream.totalVariation=0.2",
    "dream.l2=0.2",
    "color.match=off",
    "color.saturation=2",
    "color.keep=0.5",
    "color.match=photo2.png",
    "color.match={image: photo3.png}",
    "mix=0.5",
  ],
  clip: [
    "source.video.file=other.mkv",
    "source.video.start=1f",
    "feedback.mode=replace",
    "feedback.warp=motion",
  ],
  crowd: ["feedback.occlusion=false"],
  cut: ["feedback.sceneCut=keep"],
  frames: ["source.frames=212/", "source.frames=131/"],
  singly: ["source.frames=212/", "source.frames=131/"],
  singlyInLoop: ["source.frames=221/"],
  lavfi: ["source.lavfi=testsrc=size=24x18:rate=8"],
  classes: ["dream.classes.2=1"],
  named: ["model.labels=turned.txt"],
  guide: ["dream.guide.image=matte.png", "dream.guide.match=mean", "dream.guide.strength=1"],
  moving: ["dream.guide.video=other.mkv"],
  matte: ["matte.image=photo2.png", "matte.invert=true", "matte.strength=0.5"],
  veil: ["matte.video=other.mkv"],
  palette: ["color.match.image=photo3.png"],
  sound: ["audio.file=high.wav", "audio.attack=1s", "audio.release=2s"],
  beats: ["audio.bpm=90", "audio.offset=0.2s"],
  bars: ["audio.beatsPerBar=2"],
  clipInBeats: ["audio.bpm=120"],
  loop: ["loop=true"],
  split: ["farm.split=2f", "farm.split=3f farm.preroll=2f", "farm.preroll=2f", "mix=f==4?0.5:1"],
  shots: ["shots.1.transition=cut", "shots.1.transition.crossfade=2f"],
  timeline: ["timeline.0.at=1f", "timeline.0.ease=hold"],
  regions: [
    "regions.0.dream.layers.low=0.5",
    "regions.0.dream.classes={ 2: 1 }",
    "regions.0.dream.stepSize=9",
    "regions.0.dream.iterations=1",
    "regions.0.matte.image=photo2.png",
    "regions.0.matte.invert=true",
    "regions.0.matte.strength=0.5",
  ],
  veils: ["regions.0.matte.video=other.mkv"],
  networks: ["models.b.preprocess.channels=BGR", "dream.layers.b/high=2"],
  large: ["dream.tile=64", "dream.octaves=1", "dream.octaveScale=1.1"],
};

/** Edits that change no picture. */
const idle: Edits = {
  noise: [
    "$schema=scene.json",
    "title=another",
    "output.file=other.mp4",
    "output.quality=30",
    "output.codec=h265",
    "output.keepFrames=true",
    "duration=5f",
    "feedback.warp=flow",
    "feedback.occlusion=false",
    "feedback.sceneCut=keep",
    "feedback.amount=1 mix=1 dream.l2=0",
  ],
  photo: [
    "model.file=same.onnx",
    "model.labels=turned.txt",
    "output.fps=4",
    "motion.center=[0, 0]",
    "motion.fov=100",
    "motion.border=wrap",
    "dream.tile=off",
    "dream.space=pixels",
    "dream.scaleJitter=0 dream.rotateJitter=0",
    "dream.layers={ low: { objective: energy } }",
    "dream.octaves=1",
    "audio.file=low.wav audio.release=2s",
  ],
  frames: ["output.fps=4"],
  clip: ["source.video.end=6f", "source.video.audio=drop", "farm={ split: 8s }"],
  still: [
    "motion.zoom=3",
    "feedback.noise=0.1",
    "feedback.sharpen=1",
    "feedback.mode=residual",
    "output.fps=4",
  ],
  classes: ["model.labels=turned.txt dream.classes={ 3: 1 }"],
  sound: ["audio.mux=false"],
  palette: ["color.match={ image: copy2.png }", "color.keep=0"],
  shots: ["shots.0.title=another"],
  networks: ["models.b.file=same.onnx"],
};

/**
 * Edits whose effect only decoding or dreaming would tell, with the frames whose keys change and those whose pictures
 * change.
 */
const unknowable: readonly (readonly [string, Base, string, string, string])[] = [
  ["nothing is carried across a cut of a clip", "lateCut", "feedback.mode=replace", ".xx", ".x."],
  ["a clip may cut at any frame but its first", "lateCut", "feedback.sceneCut=keep", ".xx", "..x"],
  ["a file counts as a whole", "clip", "source.video.file=shorter.mkv", "xxx", "..."],
  ["the first frame is the same at both rates", "clip", "output.fps=4", "xxx", ".xx"],
];

interface Film {
  readonly keys: readonly string[];
  readonly pictures: readonly string[];
}

async function filmOf(base: Base, set: readonly string[]): Promise<Film> {
  const scene = parseScene(bases[base], { path: at("scene.yaml"), set });
  const engine = scene.engine === "tfjs" ? "tfjs" : "cpu";
  const prepared = await prepareRender(scene, { engine, threads: 1 });
  try {
    const keys = FrameKeys.of(prepared, await SceneFiles.read(scene), {});
    const pictures: string[] = [];
    const tools = stepTools(prepared.engine, prepared.plan, {});
    for await (const frame of dreamFilm(prepared, tools, {}))
      pictures.push(Buffer.from(frame!.data.slice().buffer).toString("base64"));
    return { keys: pictures.map((_, i) => keys.ofFilm(i)), pictures };
  } finally {
    await prepared.dispose();
  }
}

const known = new Map<Base, Promise<Film>>();

/** The frames whose keys and whose pictures an edit changes, each as `.x.`. A space before a name separates edits. */
async function changesOf(base: Base, edit: string): Promise<{ keys: string; pictures: string }> {
  const first = known.get(base) ?? filmOf(base, []);
  known.set(base, first);
  const after = await filmOf(base, edit.split(/ (?=[\w.]+=)/));
  const before = await first;
  const compare = (a: readonly string[], b: readonly string[]): string =>
    a.flatMap((one, i) => (i < b.length ? [one === b[i] ? "." : "x"] : [])).join("");
  return {
    keys: compare(before.keys, after.keys),
    pictures: compare(before.pictures, after.pictures),
  };
}

type Schema = { readonly [key: string]: unknown };

/** Every field of the language without fields of its own, such as `dream.layers.*`. */
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

const rows = (edits: Edits): (readonly [string, Base])[] =>
  Object.entries(edits).flatMap(([base, all]) => all.map((edit) => [edit, base as Base] as const));

describe("the key of a frame", { concurrent: true }, () => {
  test("is tested for every field of the scene language", () => {
    const own = /^timeline\.(?:at|ease)$|^shots\.(?:title|transition)/;
    // Shots and timelines have the fields of the top level, which are tested there.
    const fields = fieldsOf(sceneJsonSchema(), "").map((field) =>
      own.test(field) ? field : field.replace(/^shots\./, "").replace(/^timeline\.(?!at|ease)/, ""),
    );
    expect(fields.length).toBeGreaterThan(100);
    const asked = [...rows(changing), ...rows(idle)].map(([edit]) =>
      edit
        .slice(0, edit.indexOf("="))
        .replace(/\.\d\b/, "")
        .replace(/^((?:regions\.)?dream\.(?:layers|classes)).*/, "$1.*")
        .replace(/^models\..*/, "models.*"),
    );
    expect([...new Set(fields)].filter((field) => !asked.includes(field))).toEqual([]);
  });

  test.each(rows(changing))(
    "changes with %s of %s exactly where the picture changes",
    async (edit, base) => {
      const { keys, pictures } = await changesOf(base, edit);
      expect(pictures).toContain("x");
      expect(keys).toBe(pictures);
    },
  );

  test.each(rows(idle))("does not change with %s of %s, like the picture", async (edit, base) => {
    const { keys, pictures } = await changesOf(base, edit);
    expect(pictures).toMatch(/^\.+$/);
    expect(keys).toBe(pictures);
  });

  test.each(unknowable)(
    "changes more often than the picture: %s",
    async (_, base, edit, ...both) => {
      const { keys, pictures } = await changesOf(base, edit);
      expect([keys, pictures]).toEqual(both);
    },
  );
});
