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

/** Check everything on this machine that a render may need. Never throws. */
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

/** Check that a version of Node is supported. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    what: "Node.js",
    ok,
    found: ok ? version : `${version}, which is too old`,
    todo: ok ? undefined : "Install Node.js 20.19 or newer: nodejs.org, or your version manager.",
  };
}

/** Check the engines one after the other, because each may use all cores. */
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
