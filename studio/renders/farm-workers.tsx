/** The farm: whether it answers, and what each of its workers does. */
import type { JSX } from "preact";
import type { FarmNow, FarmWork, FarmWorker } from "../../src/studio/api-farm.ts";
import { plainNumber } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { farm } from "../state/farm.ts";
import { scenes } from "../state/scenes.ts";
import "./farm.css";

export function FarmWorkers(): JSX.Element | null {
  const now = farm.value;
  if (!now) return null;
  const { workers, state } = now;
  const count = workers.length === 1 ? "1 worker" : `${workers.length} workers`;
  return (
    <section class="farm" aria-label="The farm">
      <header>
        <Icon name="farm" />
        <h3>The farm</h3>
        <span class="spring" />
        <span class="soft">{state === "ready" ? count : ""}</span>
      </header>
      <Standing {...now} />
      <ul>
        {workers.map((worker) => (
          <Worker key={worker.id} worker={worker} />
        ))}
      </ul>
      <p class="faint where">
        {now.address}
        <br />
        {now.share}
      </p>
    </section>
  );
}

/** What is wrong with the farm as a whole, if anything. */
function Standing({ state, error, workers, address }: FarmNow): JSX.Element | null {
  if (state === "connecting") return <p class="about">Connects to {address} …</p>;
  if (state === "away")
    return (
      <div class="away" role="status">
        <p>
          <Icon name="warn" /> {error?.message ?? `${address} does not answer`}
        </p>
        {error?.hint && <p class="about">{error.hint}</p>}
        <p class="about">It is asked again every few seconds. Films that it has are not lost.</p>
      </div>
    );
  if (workers.length > 0) return null;
  return (
    <p class="about">
      No worker runs. Start one on each machine that sees the share:{" "}
      <code>dreamreel farm worker</code>
    </p>
  );
}

function Worker({ worker }: { readonly worker: FarmWorker }): JSX.Element {
  const { id, machine, engine, tags, jobs, state, why, pieces, secondsPerMegapixel } = worker;
  const facts = [engine, ...tags, jobs > 1 ? `${jobs} pieces at once` : ""].filter(Boolean);
  return (
    <li class={state === "ready" ? "worker" : "worker out"} title={id}>
      <div class="row">
        <b class="ellipsis">{machine}</b>
        <span class="soft ellipsis">{facts.join(", ")}</span>
        <span class="spring" />
        <span class="soft speed">{speedOf(pieces, secondsPerMegapixel)}</span>
      </div>
      {state === "ready" && pieces.length === 0 && <p class="about">Waits for work</p>}
      {state === "stopping" && <p class="about">Ends after what it does now</p>}
      {state === "set aside" && <p class="about bad">Set aside{why ? `: ${why}` : ""}</p>}
      {pieces.map((piece) => (
        <Piece key={piece.words} piece={piece} />
      ))}
    </li>
  );
}

function Piece({ piece }: { readonly piece: FarmWork }): JSX.Element {
  const { film, path, words, done, frames } = piece;
  const title = scenes.value?.find((scene) => scene.path === path)?.title || path || film;
  return (
    <>
      <p class="about">
        {title}: {words}
        {frames > 0 && `, ${done} of ${frames}`}
      </p>
      {frames > 0 && (
        <div class="progress">
          <i style={{ width: `${(100 * done) / frames}%` }} />
        </div>
      )}
    </>
  );
}

function speedOf(pieces: readonly FarmWork[], perMegapixel: number | undefined): string {
  const own = pieces.find(({ secondsPerFrame }) => secondsPerFrame !== undefined)?.secondsPerFrame;
  if (own !== undefined) return `${short(own)} s a frame`;
  return perMegapixel === undefined ? "" : `${short(perMegapixel)} s a megapixel`;
}

function short(seconds: number): string {
  return plainNumber(Number(seconds.toPrecision(2)));
}
