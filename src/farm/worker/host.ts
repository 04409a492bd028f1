/** Entry of a process that dreams pieces for a worker. */
import { serveCalls } from "../../host/serve-calls.ts";
import { keysVersion } from "../../pipeline/cache/key-parts.ts";
import { KeptTools } from "../../pipeline/frames/kept-tools.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { fingerprintOf } from "../pieces/fingerprint.ts";
import { runPiece } from "../pieces/run-piece.ts";
import { openShare } from "../share/share.ts";
import type { EngineFacts, PieceCall, WorkerCalls } from "./calls.ts";

/** Engine, networks and compiled graphs of the last piece, for the next one of the same film. */
let last: { readonly film: string; readonly threads: number; readonly kept: KeptTools } | undefined;

async function keptFor({ film: { id }, threads }: PieceCall): Promise<KeptTools> {
  if (last?.film === id && last.threads === threads) return last.kept;
  await forget();
  const kept = new KeptTools({ threads, worker: true });
  last = { film: id, threads, kept };
  return kept;
}

async function forget(): Promise<void> {
  const old = last?.kept;
  last = undefined;
  await old?.dispose();
}

serveCalls<WorkerCalls>(
  {
    async engine({ engine: wanted }): Promise<EngineFacts> {
      const engine = await selectEngine(wanted);
      const { name } = engine;
      await engine.dispose();
      const fingerprint = await fingerprintOf(name);
      return { engine: name, fingerprint, keysVersion, runtime: runtimeVersion };
    },
    async piece(call, report, signal) {
      const { share, film, piece, threads, fingerprint } = call;
      const kept = await keptFor(call);
      try {
        await runPiece(await openShare(share, { readOnly: true }), film, piece, {
          kept,
          threads,
          fingerprint,
          signal,
          onProgress: (frame) => report({ type: "frame", frame }),
          onFound: (frames) => report({ type: "found", frames }),
          onNotice: (message) => report({ type: "notice", message }),
        });
        return null;
      } catch (error) {
        // An engine that failed, or that was left in the middle of a run, is not used again.
        await forget().catch(() => {});
        throw error;
      }
    },
  },
  { onEnd: forget },
);
