/** What a render says below its state. */
import type { JSX } from "preact";
import type { Render } from "../../src/studio/api-render.ts";
import { Button } from "../parts/button.tsx";

/** What can be done about an error. */
export function WayOut({
  error,
  title,
  onReplace,
}: {
  readonly error: Render["error"];
  readonly title: string;
  readonly onReplace: () => void;
}): JSX.Element {
  return (
    <>
      {error?.hint && <p class="about">{error.hint}</p>}
      {error?.code === "OUTPUT_EXISTS" && (
        <Button small kind="framed" label={`Replace the file with ${title}`} onClick={onReplace}>
          Replace it
        </Button>
      )}
    </>
  );
}

export function Notices({ of: { notices } }: { readonly of: Render }): JSX.Element {
  return (
    <>
      {notices.map((notice) => (
        <p key={notice} class="about">
          {notice}
        </p>
      ))}
    </>
  );
}
