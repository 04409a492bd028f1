/** Hints for files that were given instead of a scene or a setting; each shows a scene that uses the file. */
import { open } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { DreamError } from "../../errors.ts";

type FileKind = "a video" | "a picture" | "a sound" | "a network";

const endings: readonly (readonly [FileKind, RegExp])[] = [
  ["a video", /^\.(?:mp4|m4v|mov|mkv|webm|avi|m?ts|m2ts|mpe?g|flv|wmv|ogv|gif|apng|3gp)$/],
  ["a picture", /^\.(?:jpe?g|png|webp|tiff?|avif|heic|bmp)$/],
  ["a sound", /^\.(?:wav|mp3|flac|m4a|aac|ogg|opus|aiff?|wma)$/],
  ["a network", /^\.(?:onnx|pth?|safetensors|tflite)$/],
];

/** Signatures of files, as Latin-1. */
const beginnings: readonly (readonly [FileKind, RegExp])[] = [
  ["a picture", /^(?:\xff\xd8\xff|\x89PNG|II\*\0|MM\0\*|RIFF....WEBP|....ftyp(?:avi|hei|mif))/s],
  ["a sound", /^(?:....ftypM4A|ID3|fLaC|OggS|RIFF....WAVE|\xff[\xf1\xf9\xfb\xf3])/s],
  ["a video", /^(?:....ftyp|GIF8|.E\xdf\xa3|RIFF....AVI|FLV|\0\0.\xba)/s],
];

/** The kind of a file by its extension. */
function kindByName(file: string): FileKind | undefined {
  const ending = extname(file).toLowerCase();
  return endings.find(([, pattern]) => pattern.test(ending))?.[0];
}

/** Throws `SCENE_SYNTAX` for a binary file, with a scene that uses it in the hint. The parser checks text. */
export async function refuseBinary(path: string): Promise<void> {
  const start = await readStart(path);
  const latin = start.toString("latin1");
  if (/^(?:\xff\xfe|\xfe\xff)/.test(latin)) {
    throw new DreamError("SCENE_SYNTAX", "this is text in UTF-16", {
      where: path,
      hint: "Save the scene as UTF-8.",
    });
  }
  const byContent = beginnings.find(([, pattern]) => pattern.test(latin))?.[0];
  if (byContent === undefined && isText(start)) return;
  // A container may hold only pictures or only sound; the name is more precise than the content.
  const kind = kindByName(path) ?? byContent;
  if (kind === undefined) {
    throw new DreamError("SCENE_SYNTAX", "this is a binary file, not a scene", {
      where: path,
      hint: "A scene is a text in YAML; scenes/ has examples.",
    });
  }
  throw new DreamError("SCENE_SYNTAX", `this is ${kind}, not a scene`, {
    where: path,
    hint: adviceFor(kind, path),
  });
}

/** The hint for a value that is a file name; undefined for any other value. */
export function adviceForValue(value: string): string | undefined {
  const kind = kindByName(value);
  if (kind === undefined) return undefined;
  const lines = sceneFor(kind, value);
  return `${value} is ${kind}. A scene uses it as ${lines[kind === "a picture" || kind === "a video" ? 0 : 1]}`;
}

function adviceFor(kind: FileKind, path: string): string {
  const stem = basename(path, extname(path));
  const scene = join(dirname(path), `${stem}.yaml`);
  const lines = sceneFor(kind, basename(path)).map((line) => `    ${line}\n`);
  const instead = {
    "a video": "If dreamreel made it, `dreamreel reproduce` makes it again.",
    "a picture": "`dreamreel dream` makes one dreamed picture of it.",
    "a sound": "",
    "a network": "`dreamreel layers` lists what a scene can name in it.",
  }[kind];
  return `Write a scene that uses it, such as ${scene}:\n${lines.join("")}  and render that: dreamreel render ${scene}\n  ${instead}`.trimEnd();
}

/** The lines of a scene that uses a file. */
function sceneFor(kind: FileKind, file: string): string[] {
  const name = /^[\w./-]+$/.test(file) ? file : JSON.stringify(file);
  const output = `output: { file: ${JSON.stringify(`${basename(file, extname(file))}-dream.mp4`)} }`;
  switch (kind) {
    case "a video":
      return [`source: { video: ${name} }`, output];
    case "a picture":
      return [`source: { image: ${name} }`, "duration: 10s", "motion: { zoom: 1.2 }", output];
    case "a sound":
      return ["source: { noise: {} }", `audio: ${name}`, 'motion: { zoom: "1.2 + bass" }', output];
    case "a network":
      return ["source: { noise: {} }", `model: ${name}`, "duration: 10s", output];
  }
}

async function readStart(path: string): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isText(start: Buffer): boolean {
  if (start.includes(0)) return false;
  try {
    // `stream`, because the last character may be incomplete.
    new TextDecoder("utf-8", { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false;
  }
}
