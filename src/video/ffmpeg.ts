/** Finds and runs ffmpeg. */
import { access, constants } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import installer from "@ffmpeg-installer/ffmpeg";
import { isDiskFull, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";

export interface FfmpegPaths {
  readonly ffmpeg: string;
  /** Absent with the bundled ffmpeg, which comes without ffprobe. */
  readonly ffprobe: string | undefined;
}

/**
 * The path of ffmpeg: `FFMPEG_PATH`, else the one on PATH, else the bundled one. ffprobe is found in the same way,
 * but none is bundled. Throws `FFMPEG_NOT_FOUND`.
 */
export async function findFfmpeg(env: NodeJS.ProcessEnv = process.env): Promise<FfmpegPaths> {
  const named = env.FFMPEG_PATH;
  if (named && !(await isExecutable(named))) {
    throw new DreamError("FFMPEG_NOT_FOUND", `FFMPEG_PATH is "${named}", which is not a program`, {
      hint: "Set it to the path of an ffmpeg binary, or unset it to use the ffmpeg on PATH or the bundled one.",
    });
  }
  const ffmpeg =
    named ??
    (await onPath("ffmpeg", env)) ??
    ((await isExecutable(installer.path)) ? installer.path : undefined);
  if (!ffmpeg) {
    throw new DreamError(
      "FFMPEG_NOT_FOUND",
      "ffmpeg is not on PATH, and the bundled one is missing",
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

/** Limits for reading a file's metadata: time in ms and output in bytes. */
const looking: ToolLimits = { timeout: 60_000, maxBuffer: 16 << 20 };

/** A `timeout` of 0 means no limit. */
interface ToolLimits {
  readonly timeout: number;
  readonly maxBuffer: number;
}

/**
 * Run a short ffmpeg or ffprobe command. Non-zero exit codes do not throw. A command that exceeds a limit is killed
 * and counts as failed.
 */
export async function runTool(
  file: string,
  args: readonly string[],
  limits: ToolLimits = looking,
): Promise<{ failed: boolean; timedOut: boolean; stdout: string; stderr: string }> {
  // Imported when needed: loading it slows the start of the program.
  const { execa } = await import("execa");
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

/** The error for a failed ffmpeg, with its command line and last messages. */
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
