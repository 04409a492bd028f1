/** What stands in the way of saving, in words, with the ways out. */
import type { ComponentChildren, JSX } from "preact";
import { Button } from "./parts/button.tsx";
import { Icon } from "./parts/icon.tsx";
import { connection } from "./state/connection.ts";
import { gone, path, save, settle, theirs, unsaved } from "./state/document.ts";

export function Banner(): JSX.Element | null {
  const content = words();
  return (
    content && (
      <div class="banner" role="alert">
        <Icon name="warn" />
        {content}
      </div>
    )
  );
}

function words(): JSX.Element | null {
  if (connection.value === "locked")
    return (
      <p>
        The studio was started again with another key. Open the address that it printed.
        {unsaved.value && " Copy your text first: it is not saved."}
      </p>
    );
  if (connection.value === "offline")
    return (
      <p>
        The studio&rsquo;s server does not answer. This page keeps your text and connects again by
        itself; start the server with <code>dreamreel studio</code>.
      </p>
    );
  if (theirs.value)
    return (
      <>
        <p>{path.value} was changed elsewhere, and here too.</p>
        <WayOut
          label="Keep mine: write the text of this page over the file"
          onClick={() => settle("mine")}
        >
          Keep mine
        </WayOut>
        <WayOut label="Take theirs: show the text of the file" onClick={() => settle("theirs")}>
          Take theirs
        </WayOut>
        <span class="faint">Undo brings the other one back.</span>
      </>
    );
  if (gone.value)
    return (
      <>
        <p>{path.value} is no longer on the disk. Its text is still here.</p>
        <WayOut label="Save it again" onClick={() => void save()}>
          Save it again
        </WayOut>
      </>
    );
  return null;
}

function WayOut(props: {
  readonly label: string;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  return <Button small kind="framed" {...props} />;
}
