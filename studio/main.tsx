import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./start.ts";

// The launch token, which has become a cookie, stays in no history and in no link that is copied.
if (location.search !== "") history.replaceState(null, "", location.pathname + location.hash);

const page = document.querySelector("#page")!;
page.textContent = "";
render(<App />, page);
start();
