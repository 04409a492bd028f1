/** A film on the farm in the list of renders. */
import type { JSX } from "preact";
import type { FarmPart } from "../../src/studio/api-farm.ts";
import type { Render } from "../../src/studio/api-render.ts";
import { Button } from "../parts/button.tsx";
import { duration } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { farm, replaceByFarm, retryOnFarm, showLogs } from "../state/farm.ts";
import { changeRender, hasEnded } from "../state/renders.ts";
import { formatRoute } from "../state/route.ts";
import { Notices, WayOut } from "./words.tsx";

export interface FarmRowProps {
  readonly render: Render;
  readonly part: FarmPart;
  readonly title: string;
  /** Whether its scene is still there. */
  readonly isListed: boolean;
}

export function FarmRow({ render, part, title, isListed }: FarmRowProps): JSX.Element {
  const { id, path, state, error, file } = render;
  const isBad = part.state === "failed";
  return (
    <li class={isBad ? "render failed" : `render ${state} on-farm`}>
      <div class="row">
        <span class="place" role="img" aria-label="On the farm" title="On the farm">
          <Icon name="farm" size={14} />
        </span>
        <a class="ellipsis title" href={formatRoute({ type: "scene", path })}>
          {title}
        </a>
        <span class="spring" />
        <Controls {...{ render, part, title }} />
        {state === "done" && isListed && (
          <a class="button small framed" href={formatRoute({ type: "result", path })}>
            <Icon name="play" size={13} /> Play
          </a>
        )}
        <Button
          small
          icon="close"
          label={
            hasEnded(render)
              ? `Take ${title} off the list`
              : `Cancel ${title} on the farm; its frames are kept`
          }
          onClick={() => void changeRender(id, "cancel")}
        />
      </div>
      {!hasEnded(render) && <Bar {...{ render, part, title }} />}
      <p class="about">{wordsOf(render, part)}</p>
      {part.why !== undefined && !hasEnded(render) && <p class="about why">{part.why}</p>}
      {!isBad &&
        part.failures.slice(-3).map(({ worker, message }) => (
          <p key={worker + message} class="about bad">
            {worker}: {message.split("\n")[0]}
          </p>
        ))}
      <WayOut error={error} title={title} onReplace={() => void replaceByFarm(render)} />
      {file !== undefined && (
        <p class="about file" title="Where the film is delivered on this machine">
          {file}
        </p>
      )}
      <Notices of={render} />
    </li>
  );
}

function Controls({ render, part, title }: Omit<FarmRowProps, "isListed">): JSX.Element {
  const { id, error } = render;
  const isStopped = part.state === "failed" || part.state === "cancelled";
  const isGoing = ["waiting", "dreaming", "writing"].includes(part.state);
  return (
    <>
      {part.film !== undefined && (part.failures.length > 0 || part.state === "failed") && (
        <Button small label={`Logs of ${title}`} onClick={() => void showLogs(render, title)}>
          Logs
        </Button>
      )}
      {isGoing && (
        <Button
          small
          icon="pause"
          label={`Pause ${title}`}
          onClick={() => void changeRender(id, "pause")}
        />
      )}
      {part.state === "paused" && (
        <Button
          small
          icon="play"
          label={`Go on with ${title}`}
          onClick={() => void changeRender(id, "resume")}
        />
      )}
      {isStopped && error?.code !== "OUTPUT_EXISTS" && (
        <Button
          small
          icon="reset"
          label={`Try ${title} again`}
          onClick={() => void retryOnFarm(render)}
        />
      )}
    </>
  );
}

/** Frames that are done, being dreamed, and failed. */
function Bar({ render, part, title }: Omit<FarmRowProps, "isListed">): JSX.Element {
  const { frames, framesDone } = render;
  const share = (count: number): string => `${frames > 0 ? (100 * count) / frames : 0}%`;
  return (
    <div
      class="progress parts"
      role="progressbar"
      aria-label={title}
      aria-valuemin={0}
      aria-valuemax={frames}
      aria-valuenow={framesDone}
    >
      <i style={{ width: share(framesDone) }} />
      <i class="dreaming" style={{ width: share(part.dreaming) }} />
      <i class="bad" style={{ width: share(part.failed) }} />
    </div>
  );
}

function wordsOf(render: Render, part: FarmPart): string {
  const { framesDone, frames, secondsLeft, error } = render;
  const count = frames > 0 ? `${framesDone} of ${frames} frames` : "";
  const left = secondsLeft === undefined || secondsLeft <= 0 ? "" : `${duration(secondsLeft)} left`;
  if (farm.value?.state === "away" && !hasEnded(render))
    return `The farm does not answer${count && `; last heard: ${count}`}`;
  const listed = (...words: readonly string[]): string => words.filter(Boolean).join(", ");
  switch (part.state) {
    case "submitting":
      return "Copies what it needs into the share";
    case "waiting":
      return listed("Waiting", count, left);
    case "dreaming":
      return listed(count, part.dreaming > 0 ? `${part.dreaming} being dreamed` : "", left);
    case "writing":
      return listed(count, "the film is being written");
    case "delivering":
      return listed(count, "the film is being copied here");
    case "paused":
      return listed(`Paused at ${count}`);
    case "cancelled":
      return listed("Cancelled", framesDone > 0 ? `${count} are kept on the farm` : "");
    case "finished":
      return `Done, ${frames} frames`;
    case "failed":
      return error?.message ?? "It failed.";
  }
}
