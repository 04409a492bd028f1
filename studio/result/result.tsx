/** The finished film: play it, take it away, see what it was made from. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ResultInfo } from "../../src/studio/api-render.ts";
import { Button } from "../parts/button.tsx";
import { bytes, when } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { get } from "../state/api-client.ts";
import { go } from "../state/route.ts";
import { tell } from "../state/toasts.ts";
import "./result.css";

type Found = ResultInfo | { readonly failure: string } | undefined;

export function Result({
  path,
  frames,
}: {
  readonly path: string;
  /** A part: first and last frame, such as `12-35`. */
  readonly frames?: string;
}): JSX.Element {
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    get<ResultInfo>("result", { path, frames }).then(setFound, (error: Error) =>
      setFound({ failure: error.message }),
    );
  }, [path, frames]);
  const back = (): void => go({ type: "scene", path });
  return (
    <section class="browser result" aria-label="Result">
      <header>
        <Button icon="back" label="Back to the scene" onClick={back}>
          Scene
        </Button>
        <h2>{found && "name" in found ? found.name : path}</h2>
      </header>
      {found === undefined ? null : "failure" in found ? (
        <div class="empty">
          <Icon name="film" size={32} />
          <h2>Nothing to play yet</h2>
          <p>{found.failure}</p>
          <Button kind="framed" label="Back to the scene" onClick={back}>
            Back to the scene
          </Button>
        </div>
      ) : (
        <Play info={found} />
      )}
    </section>
  );
}

function Play({ info }: { readonly info: ResultInfo }): JSX.Element {
  const picture = /\.(gif|webp|apng|png)$/i.test(info.name);
  return (
    <div class="play">
      <div class="screen">
        {picture ? (
          <img src={info.url} alt="The finished film" />
        ) : (
          // biome-ignore lint/a11y/useMediaCaption: a dream has no words
          <video src={info.url} controls autoPlay loop />
        )}
      </div>
      <div class="facts">
        <p class="soft">
          {bytes(info.bytes)}, {when(info.modified)}
        </p>
        <p class="soft file" title={info.file}>
          {info.file}
        </p>
        <a class="button main" href={info.url} download={info.name}>
          <Icon name="download" /> Download
        </a>
        <h3>Make it again</h3>
        <p class="command">
          <code>{info.command}</code>
          <Button
            small
            icon="copy"
            label="Copy the command"
            onClick={() =>
              void navigator.clipboard?.writeText(info.command).then(() => tell("Copied."))
            }
          />
        </p>
        {info.recipe !== undefined && (
          <details>
            <summary>Recipe: all that it was made from</summary>
            <pre>
              {typeof info.recipe === "string" ? info.recipe : JSON.stringify(info.recipe, null, 2)}
            </pre>
          </details>
        )}
      </div>
    </div>
  );
}
