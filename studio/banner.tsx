/** What stands in the way of saving, in words, with the ways out. */
import type { JSX } from "preact";
import { Button } from "./parts/button.tsx";
import { Icon } from "./parts/icon.tsx";
import { connection } from "./state/connection.ts";
import { gone, path, save, settle, theirs, unsaved } from "./state/document.ts";

export function Banner(): JSX.Element | null {
  if (connection.value === "locked")
    return (
      <div class="banner" role="alert">
        <Icon name="warn" />
        <p>
          The studio was started again with another key. Open the address that it printed.
          {unsaved.value && " Copy your text first: it is not saved."}
        </p>
      </div>
    );
  if (connection.value === "offline")
    return (
      <div class="banner" role="alert">
        <Icon name="warn" />
        <p>
          The studio&rsquo;s server does not answer. This page keeps your text and connects again by
          itself; start the server with <code>dreamreel studio</code>.
        </p>
      </div>
    );
  if (theirs.value)
    return (
      <div class="banner" role="alert">
        <Icon name="warn" />
        <p>{path.value} was changed elsewhere, and here too.</p>
        <Button
          small
          kind="framed"
          label="Keep mine: write the text of this page over the file"
          onClick={() => settle("mine")}
        >
          Keep mine
        </Button>
        <Button
          small
          kind="framed"
          label="Take theirs: show the text of the file"
          onClick={() => settle("theirs")}
        >
          Take theirs
        </Button>
        <span class="faint">Undo brings the other one back.</span>
      </div>
    );
  if (gone.value)
    return (
      <div class="banner" role="alert">
        <Icon name="warn" />
        <p>{path.value} is no longer on the disk. Its text is still here.</p>
        <Button small kind="framed" label="Save it again" onClick={() => void save()}>
          Save it again
        </Button>
      </div>
    );
  return null;
}
