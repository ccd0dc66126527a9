import { render } from "preact";
import { App } from "./app";
import { lang } from "./address";
import { loadSetup } from "./setup";
import "./style.css";

const known = navigator.languages.map((tag) => tag.slice(0, 2));
const first = lang.value || (known.find((code) => code === "ru" || code === "en") ?? "en");
loadSetup(first)
  .catch(() => loadSetup("en"))
  .then(() => render(<App />, document.getElementById("app")!));
