import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./start.ts";

const page = document.querySelector("#page")!;
page.textContent = "";
render(<App />, page);
start();
