import { codecs } from "../choices.ts";
import { messageOf } from "../errors.ts";
import { chooseEncoding, outputEndings } from "../video/containers.ts";
import { type FfmpegPaths, ffmpegVersion, findFfmpeg, listEncoders } from "../video/ffmpeg.ts";
import { type Finding, hintOf } from "./finding.ts";

const fuller =
  "Install a fuller ffmpeg (apt install ffmpeg, brew install ffmpeg), or set FFMPEG_PATH to one.";

/** Check that ffmpeg exists, and list the codecs it can write. */
export async function checkFfmpeg(env: NodeJS.ProcessEnv = process.env): Promise<Finding[]> {
  let paths: FfmpegPaths;
  let version: string;
  try {
    paths = await findFfmpeg(env);
    version = await ffmpegVersion(paths.ffmpeg);
  } catch (error) {
    return [{ what: "ffmpeg", ok: false, found: messageOf(error), todo: hintOf(error, fuller) }];
  }
  if (!version.startsWith("ffmpeg")) {
    return [
      {
        what: "ffmpeg",
        ok: false,
        found: `${paths.ffmpeg} does not report an ffmpeg version`,
        todo: "Point FFMPEG_PATH at an ffmpeg, or unset it: dreamreel then uses the one on PATH, or its own.",
      },
    ];
  }
  return [
    { what: "ffmpeg", ok: true, found: `${paths.ffmpeg}: ${version.replace(/ Copyright.*/, "")}` },
    checkProbe(paths),
    ...checkCodecs(await listEncoders(paths.ffmpeg)),
  ];
}

function checkProbe({ ffprobe }: FfmpegPaths): Finding {
  if (ffprobe) return { what: "ffprobe", ok: true, found: ffprobe };
  return {
    what: "ffprobe",
    ok: false,
    optional: true,
    found: "none; ffmpeg's output is used instead",
    todo: "Nothing, unless a clip is read incorrectly: then install ffprobe, or set FFPROBE_PATH.",
  };
}

/** The codecs, file extensions and sound of scenes that need each encoder. */
function encoderUses(): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>();
  const add = (encoder: string, use: string): void => {
    uses.set(encoder, (uses.get(encoder) ?? new Set()).add(use));
  };
  for (const ending of outputEndings) {
    for (const codec of codecs) {
      try {
        const { encoder, audio } = chooseEncoding(`x${ending}`, codec, 18);
        add(encoder, audio === undefined ? ending : codec);
        if (audio !== undefined) add(audio, `sound in ${ending}`);
      } catch {
        // The container does not hold this codec.
      }
    }
  }
  return uses;
}

/** One finding if all encoders are present, else a summary and one finding per missing encoder. */
function checkCodecs(has: ReadonlySet<string>): Finding[] {
  const uses = encoderUses();
  const missing = [...uses].filter(([encoder]) => !has.has(encoder));
  const present = [...uses.keys()].filter((encoder) => has.has(encoder));
  if (missing.length === 0) return [{ what: "codecs", ok: true, found: "all" }];
  const all: Finding = {
    what: "codecs",
    ok: false,
    // Without any encoder, only PNG frames can be written.
    optional: present.length > 0,
    found: present.length > 0 ? `only ${present.join(", ")}` : "none",
    todo: fuller,
  };
  return [
    all,
    ...missing.map(([encoder, names]): Finding => {
      const isDefault = encoder === "libx264";
      return {
        what: `codec ${encoder}`,
        ok: false,
        optional: !isDefault,
        found: `missing: no ${[...names].join(", ")}${isDefault ? ", the default of .mp4 and .mov" : ""}`,
        todo: `${fuller} Or choose another output.codec or file ending; a folder name ending in / takes PNG frames.`,
      };
    }),
  ];
}
