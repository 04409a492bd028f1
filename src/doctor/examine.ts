import { availableParallelism, totalmem } from "node:os";
import { type EngineName, engineNames } from "../choices.ts";
import { messageOf } from "../errors.ts";
import { bundledNames } from "../models/bundled.ts";
import { openNetwork } from "../models/open.ts";
import { probeEngine } from "../runtime/select/probe-engine.ts";
import { selectEngine } from "../runtime/select/select-engine.ts";
import { checkCache, checkDisk } from "./disk.ts";
import { checkFfmpeg } from "./ffmpeg.ts";
import { type Finding, hintOf } from "./finding.ts";

/** Check everything that a render may need on this machine. Never throws. */
export async function examine(): Promise<Finding[]> {
  return [
    checkNode(process.versions.node),
    {
      what: "machine",
      ok: true,
      found: `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    },
    ...(await checkFfmpeg()),
    { what: "fonts", ok: true, found: "built in; no fonts need to be installed" },
    ...(await checkEngines()),
    ...(await Promise.all(bundledNames.map(checkNetwork))),
    await checkCache(),
    await checkDisk(process.cwd()),
  ];
}

/** Whether this version of Node will do. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    what: "Node.js",
    ok,
    found: ok ? version : `${version}, which is too old`,
    ...(ok ? {} : { todo: "Install Node.js 20.19 or newer: nodejs.org, or your version manager." }),
  };
}

/** One after the other: each may take all cores. */
async function checkEngines(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of engineNames) findings.push(await checkEngine(name));
  return findings;
}

async function checkEngine(name: EngineName): Promise<Finding> {
  const what = `engine ${name}`;
  if (name === "webgpu" || name === "cuda") {
    const diagnosis = await probeEngine(name);
    if (!diagnosis) return { what, ok: true, found: "works" };
    return { what, ok: false, optional: true, found: diagnosis.what, todo: diagnosis.hint };
  }
  try {
    const engine = await selectEngine(name);
    await engine.dispose();
    const { backend } = engine;
    return { what, ok: true, found: backend === undefined ? "works" : `works (${backend})` };
  } catch (error) {
    return {
      what,
      ok: false,
      optional: name !== "cpu",
      found: messageOf(error).replace(`${what} does not run here: `, "").split("\n")[0]!,
      todo: hintOf(error, "Reinstall dreamreel; docs/engines.md lists what each engine needs."),
    };
  }
}

async function checkNetwork(name: string): Promise<Finding> {
  const what = `network ${name}`;
  try {
    const { layers, labels } = await openNetwork({ name });
    return { what, ok: true, found: `${layers.length} layers, ${labels.length} classes` };
  } catch (error) {
    return { what, ok: false, found: messageOf(error), todo: "Reinstall dreamreel." };
  }
}
