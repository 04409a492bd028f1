/**
 * One of several processes that share a folder. Prints lines of JSON. `lease SHARE FILM KEY`: takes a lease and writes a
 * frame-like file again and again until the lease is lost. `work SHARE FILM`: does pieces with leases until none is
 * missing. `submit SHARE SCENE SECONDS`: submits a scene. `copy SHARE FILE SHA256`: copies an input.
 */
import { appendFile, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { missingPieces } from "../../src/farm/pieces/pieces.ts";
import { runPiece } from "../../src/farm/pieces/run-piece.ts";
import { copyInput } from "../../src/farm/share/copy-input.ts";
import { markDone, readFilm } from "../../src/farm/share/films.ts";
import { takeLease } from "../../src/farm/share/lease.ts";
import { openShare } from "../../src/farm/share/share.ts";
import { submitFilm } from "../../src/farm/share/submit.ts";
import { parseScene } from "../../src/scene/parse.ts";

const [command, path, name = "", key = ""] = process.argv.slice(2);
const share = await openShare(path!);
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const quick = { heartbeatMs: 100, staleMs: 1000 };

if (command === "submit") {
  const scene = parseScene(await readFile(name, "utf8"), { path: name });
  const film = await submitFilm(share, [scene], { secondsPerMegapixel: Number(key) });
  say({ id: film.id, submitted: film.submitted });
} else if (command === "copy") {
  const { size } = await stat(name);
  await copyInput(share, [{ from: name, name: basename(name), sha256: key, bytes: size }]);
} else if (command === "lease") {
  const lease = await takeLease(share, await readFilm(share, name), key, "first", quick);
  if (!("release" in lease)) throw new Error("the lease is taken");
  say({ taken: true });
  while (!lease.lost.aborted) {
    await appendFile(`${share.path}/written`, "x");
    await wait(20);
  }
  say({ lost: true });
} else {
  const film = await readFilm(share, name);
  const owner = `test ${process.pid}`;
  for (;;) {
    const missing = await missingPieces(share, film);
    if (missing.length === 0) break;
    let did = false;
    for (const piece of missing) {
      if (piece.after.length > 0) continue;
      const lease = await takeLease(share, film, piece.key, owner, quick);
      if (!("release" in lease)) continue;
      say({ started: piece.key });
      try {
        await runPiece(share, film, piece, { threads: 1, signal: lease.lost });
      } catch (error) {
        if (!lease.lost.aborted) throw error;
        say({ lost: piece.key });
        continue;
      }
      await markDone(share, film, piece.key, { worker: owner, seconds: 1 });
      await lease.release();
      say({ did: piece.key });
      did = true;
      break;
    }
    if (!did) await wait(50);
  }
}
