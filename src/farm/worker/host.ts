/** Entry of a process that dreams pieces for a worker. */
import { serveCalls } from "../../host/serve-calls.ts";
import { keysVersion } from "../../pipeline/cache/key-parts.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { fingerprintOf } from "../pieces/fingerprint.ts";
import { runPiece } from "../pieces/run-piece.ts";
import { openShare } from "../share/share.ts";
import type { EngineFacts, WorkerCalls } from "./calls.ts";

serveCalls<WorkerCalls>({
  async engine({ engine: wanted }): Promise<EngineFacts> {
    const engine = await selectEngine(wanted);
    const { name } = engine;
    await engine.dispose();
    const fingerprint = await fingerprintOf(name);
    return { engine: name, fingerprint, keysVersion, runtime: runtimeVersion };
  },
  async piece({ share, film, piece, threads, fingerprint }, report, signal) {
    await runPiece(await openShare(share, { readOnly: true }), film, piece, {
      threads,
      fingerprint,
      signal,
      onProgress: (frame) => report({ type: "frame", frame }),
      onNotice: (message) => report({ type: "notice", message }),
    });
    return null;
  },
});
