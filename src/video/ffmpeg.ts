/** Finding and calling ffmpeg. */
import { access, constants } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import installer from "@ffmpeg-installer/ffmpeg";
import { execa } from "execa";
import { isDiskFull, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";

export interface FfmpegPaths {
  readonly ffmpeg: string;
  /** Absent where only the bundled ffmpeg exists. */
  readonly ffprobe: string | undefined;
}

/**
 * Where ffmpeg is: `FFMPEG_PATH`, else the one on PATH, else the one that came with the package;
 * ffprobe likewise, without the last. Throws `FFMPEG_NOT_FOUND`.
 */
export async function findFfmpeg(env: NodeJS.ProcessEnv = process.env): Promise<FfmpegPaths> {
  const named = env.FFMPEG_PATH;
  if (named && !(await isExecutable(named))) {
    throw new DreamError("FFMPEG_NOT_FOUND", `FFMPEG_PATH is "${named}", which is not a program`, {
      hint: "Point it at an ffmpeg binary, or unset it: dreamreel then uses the ffmpeg on PATH, or its own.",
    });
  }
  const ffmpeg =
    named ??
    (await onPath("ffmpeg", env)) ??
    ((await isExecutable(installer.path)) ? installer.path : undefined);
  if (!ffmpeg) {
    throw new DreamError(
      "FFMPEG_NOT_FOUND",
      "there is no ffmpeg: not on PATH, and the bundled one is missing",
      {
        hint: "Install ffmpeg (apt install ffmpeg, brew install ffmpeg), or set FFMPEG_PATH.",
      },
    );
  }
  const beside = join(dirname(ffmpeg), basename(ffmpeg).replace("ffmpeg", "ffprobe"));
  const probes = [env.FFPROBE_PATH, beside, await onPath("ffprobe", env)];
  for (const probe of probes)
    if (probe && (await isExecutable(probe))) return { ffmpeg, ffprobe: probe };
  return { ffmpeg, ffprobe: undefined };
}

/** What looking into a file may take: milliseconds, and bytes of talk. */
const looking: ToolLimits = { timeout: 60_000, maxBuffer: 16 << 20 };

/** A `timeout` of 0 is none. */
interface ToolLimits {
  readonly timeout: number;
  readonly maxBuffer: number;
}

/**
 * Run a short ffmpeg or ffprobe command to its end; never throws for its exit code. One that does not end, or never
 * stops talking, is killed and has failed.
 */
export async function runTool(
  file: string,
  args: readonly string[],
  limits: ToolLimits = looking,
): Promise<{ failed: boolean; timedOut: boolean; stdout: string; stderr: string }> {
  const { failed, timedOut, stdout, stderr } = await execa(file, args, {
    reject: false,
    stdin: "ignore",
    killSignal: "SIGKILL",
    ...limits,
  });
  return { failed, timedOut, stdout, stderr };
}

/** First line of `ffmpeg -version`. */
export async function ffmpegVersion(ffmpeg: string): Promise<string> {
  const { stdout } = await runTool(ffmpeg, ["-hide_banner", "-version"]);
  return stdout.split("\n")[0] ?? "";
}

/** Names of the encoders this ffmpeg was built with. */
export async function listEncoders(ffmpeg: string): Promise<ReadonlySet<string>> {
  const { stdout } = await runTool(ffmpeg, ["-hide_banner", "-encoders"]);
  return new Set(stdout.split("\n").flatMap((line) => /^ [VA]\S{5} (\S+)/.exec(line)?.[1] ?? []));
}

/** A failed ffmpeg as an error that keeps its command line and its last words. */
export function ffmpegError(
  doing: string,
  command: string,
  stderr: string,
  cause?: unknown,
): DreamError {
  if (isDiskFull(stderr)) return writeError(stderr, doing, "");
  const words = stderr.trim().split(/\r?\n/).slice(-6).join("\n    ");
  return new DreamError(
    "FFMPEG_FAILED",
    `ffmpeg failed while ${doing}\n    ${words || String(cause)}`,
    {
      hint: `The command was: ${command}`,
      cause,
    },
  );
}

async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const ending = process.platform === "win32" ? ".exe" : "";
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const file = join(folder, name + ending);
    if (folder && (await isExecutable(file))) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
