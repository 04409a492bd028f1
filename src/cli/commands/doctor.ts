import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { messageOf } from "../../errors.ts";
import { bundledNames } from "../../models/bundled.ts";
import { openNetwork } from "../../models/open.ts";
import { selectEngine } from "../../runtime/select-engine.ts";
import { ffmpegVersion, findFfmpeg, listEncoders } from "../../video/ffmpeg.ts";
import { type AddCommand, type CommonOptions, printResult, table } from "../output.ts";

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** Whether dreamreel works without it. */
  readonly optional?: boolean;
  readonly found: string;
}

const encoders = [
  "libx264",
  "libx265",
  "libvpx-vp9",
  "libaom-av1",
  "prores_ks",
  "gif",
  "libwebp",
  "apng",
];

/** `dreamreel doctor` */
export function addDoctor(command: AddCommand): void {
  command("doctor")
    .description("what works on this machine, and how to fix what does not")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel doctor")
    .action(async (options: CommonOptions) => {
      const findings = [
        node(),
        machine(),
        ...(await ffmpeg()),
        ...(await engines()),
        ...(await networks()),
        await disk(),
      ];
      const mark = ({ ok, optional }: Finding): string => (ok ? "ok" : optional ? "--" : "NO");
      printResult(
        findings,
        table(findings.map((finding) => [mark(finding), finding.what, finding.found])),
        options,
      );
      if (findings.some(({ ok, optional }) => !ok && !optional)) process.exitCode = 1;
    });
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    what: "Node.js",
    ok,
    found: ok ? process.versions.node : `${process.versions.node}: install 20.19 or newer`,
  };
}

function machine(): Finding {
  return {
    what: "machine",
    ok: true,
    found: `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
  };
}

async function ffmpeg(): Promise<Finding[]> {
  try {
    const paths = await findFfmpeg();
    const has = await listEncoders(paths.ffmpeg);
    const missing = encoders.filter((name) => !has.has(name));
    return [
      { what: "ffmpeg", ok: true, found: `${paths.ffmpeg}: ${await ffmpegVersion(paths.ffmpeg)}` },
      {
        what: "ffprobe",
        ok: paths.ffprobe !== undefined,
        optional: true,
        found: paths.ffprobe ?? "none; ffmpeg's own words are read instead",
      },
      {
        what: "encoders",
        ok: missing.length === 0,
        optional: true,
        found:
          missing.length === 0
            ? "all"
            : `without ${missing.join(", ")}; a fuller ffmpeg goes into FFMPEG_PATH`,
      },
    ];
  } catch (error) {
    return [{ what: "ffmpeg", ok: false, found: messageOf(error) }];
  }
}

async function engines(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of ["cpu", "webgpu", "cuda"] as const) {
    try {
      await (await selectEngine(name)).dispose();
      findings.push({ what: `engine ${name}`, ok: true, found: "works" });
    } catch (error) {
      findings.push({
        what: `engine ${name}`,
        ok: false,
        optional: name !== "cpu",
        found: messageOf(error).split("\n")[0]!.slice(0, 160),
      });
    }
  }
  return findings;
}

async function networks(): Promise<Finding[]> {
  return Promise.all(
    bundledNames.map(async (name): Promise<Finding> => {
      try {
        const network = await openNetwork({ name });
        return {
          what: `network ${name}`,
          ok: true,
          found: `${network.layers.length} layers, ${network.labels.length} classes`,
        };
      } catch (error) {
        return {
          what: `network ${name}`,
          ok: false,
          found: `${messageOf(error)}; reinstall dreamreel`,
        };
      }
    }),
  );
}

async function disk(): Promise<Finding> {
  const { bavail, bsize } = await statfs(process.cwd());
  const free = bavail * bsize;
  return {
    what: "disk",
    ok: free > 1e9,
    optional: true,
    found: `${(free / 1e9).toFixed(1)} GB free here`,
  };
}
