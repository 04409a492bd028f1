/** The queue of renders, with what each is doing and how long it will take. */
import type { JSX } from "preact";
import type { Render } from "../../src/studio/api-render.ts";
import { Button, Toggle } from "../parts/button.tsx";
import { duration } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { film } from "../state/check.ts";
import { path } from "../state/document.ts";
import { farmHere } from "../state/farm.ts";
import { range } from "../state/playhead.ts";
import {
  changeRender,
  hasEnded,
  moveRender,
  renderHere,
  renders,
  replaceOutput,
  steerable,
  steering,
} from "../state/renders.ts";
import { formatRoute, type Route } from "../state/route.ts";
import { scenes } from "../state/scenes.ts";
import { FarmLogs } from "./farm-logs.tsx";
import { FarmRow } from "./farm-row.tsx";
import { FarmWorkers } from "./farm-workers.tsx";
import { RenderChoice } from "./render-choice.tsx";
import { Notices, WayOut } from "./words.tsx";
import "./renders.css";

export function Renders(): JSX.Element {
  const list = renders.value;
  const here = list.filter((render) => render.farm === undefined);
  const open = here.filter((render) => !hasEnded(render));
  // The newest first.
  const ended = here.filter(hasEnded).reverse();
  return (
    <div class="renders">
      <Start />
      {list.length === 0 && (
        <p class="hint soft">
          Frames appear on the filmstrip as they are finished. You can go on editing: a render
          continues from the first frame that an edit changes.
        </p>
      )}
      <ul aria-label="Renders">
        {open.map((render, index) => (
          <Row key={render.id} render={render} index={index} count={open.length} />
        ))}
        {list.map(
          (render) =>
            render.farm && (
              <FarmRow
                {...{ render, part: render.farm, title: titleOf(render) }}
                key={render.id}
                isListed={isListed(render)}
              />
            ),
        )}
        {ended.map((render) => (
          <Row key={render.id} render={render} index={-1} count={0} />
        ))}
      </ul>
      <FarmWorkers />
      <FarmLogs />
    </div>
  );
}

function Start(): JSX.Element | null {
  if (path.value === undefined || !film.value) return null;
  const [from, to] = range.value ?? [0, film.value.frames - 1];
  return (
    <div class="start">
      <RenderChoice
        kind={renderHere.value || farmHere.value ? "framed" : "main"}
        label={range.value ? "Render the range" : "Render all frames"}
      >
        {range.value ? `Render frames ${from} to ${to}` : `Render ${film.value.frames} frames`}
      </RenderChoice>
      {steerable.value && (
        <Toggle
          of={steering}
          icon="steer"
          label="Steer: while it renders, a knob sets a key at the frame that is being dreamed"
        >
          Steer
        </Toggle>
      )}
    </div>
  );
}

function titleOf({ path: scene, range: part }: Render): string {
  const title = scenes.value?.find((entry) => entry.path === scene)?.title || scene;
  return part ? `${title}, frames ${part[0]} to ${part[1]}` : title;
}

/** Whether its scene is still there: the film of a deleted one is only on the disk. */
function isListed({ path: scene }: Render): boolean {
  return scenes.value?.some((entry) => entry.path === scene) ?? true;
}

function resultOf({ path: scene, range: part }: Render): Route {
  return { type: "result", path: scene, ...(part ? { frames: part.join("-") } : {}) };
}

function Row({
  render,
  index,
  count,
}: {
  readonly render: Render;
  readonly index: number;
  readonly count: number;
}): JSX.Element {
  const { id, state, framesDone, frames } = render;
  const share = frames > 0 ? framesDone / frames : 0;
  const title = titleOf(render);
  return (
    <li class={`render ${state}`}>
      <div class="row">
        <a class="ellipsis title" href={formatRoute({ type: "scene", path: render.path })}>
          {title}
        </a>
        <span class="spring" />
        {state === "rendering" && (
          <Button
            small
            icon="pause"
            label={`Pause ${title}`}
            onClick={() => void changeRender(id, "pause")}
          />
        )}
        {(state === "paused" || (state === "failed" && render.error?.code !== "OUTPUT_EXISTS")) && (
          <Button
            small
            icon="play"
            label={`Go on with ${title}`}
            onClick={() => void changeRender(id, "resume")}
          />
        )}
        {state === "waiting" && index > 0 && (
          <Button
            small
            icon="up"
            label={`Render ${title} earlier`}
            onClick={() => void moveRender(id, index - 1)}
          />
        )}
        {state === "waiting" && index < count - 1 && (
          <Button
            small
            icon="down"
            label={`Render ${title} later`}
            onClick={() => void moveRender(id, index + 1)}
          />
        )}
        {state === "done" && isListed(render) && (
          <a class="button small framed" href={formatRoute(resultOf(render))}>
            <Icon name="play" size={13} /> Play
          </a>
        )}
        <Button
          small
          icon="close"
          label={
            hasEnded(render) ? `Take ${title} off the list` : `Stop ${title}; its frames are kept`
          }
          onClick={() => void changeRender(id, "cancel")}
        />
      </div>
      {!hasEnded(render) && (
        <div
          class="progress"
          role="progressbar"
          aria-label={title}
          aria-valuemin={0}
          aria-valuemax={frames}
          aria-valuenow={framesDone}
        >
          <i style={{ width: `${share * 100}%` }} />
        </div>
      )}
      <p class="about">{words(render)}</p>
      {render.file !== undefined && (
        <p class="about file" title="Where the film is written">
          {render.file}
        </p>
      )}
      <WayOut error={render.error} title={title} onReplace={() => void replaceOutput(render)} />
      <Notices of={render} />
    </li>
  );
}

/** Why a render is slow or has not begun. */
const reasons = {
  picture: "slower while a picture is dreamed",
  network: "loading the network",
} as const;

function words({ state, framesDone, frames, secondsLeft, waitsFor, error }: Render): string {
  const count = frames > 0 ? `${framesDone} of ${frames} frames` : "";
  switch (state) {
    case "waiting":
      return "Waiting";
    case "rendering":
      return [
        count || "Starting",
        waitsFor ? reasons[waitsFor] : "",
        secondsLeft === undefined ? "" : `${duration(secondsLeft)} left`,
      ]
        .filter(Boolean)
        .join(", ");
    case "paused":
      return `Paused${count ? ` at ${count}` : ""}`;
    case "done":
      return `Done${frames > 0 ? `, ${frames} frames` : ""}`;
    case "failed":
      return error?.message ?? "It failed.";
  }
}
