import { render } from "preact";

render(<main>dreamreel studio</main>, document.getElementById("studio")!);
