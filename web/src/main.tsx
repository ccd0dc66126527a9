import { render } from "preact";
import { App } from "./app";
import { lang } from "./address";
import { loadSetup } from "./setup";
import "./style.css";

const spoken = ["ru", "en"];
if (!spoken.includes(lang.value)) lang.value = "";
const known = navigator.languages.map((tag) => tag.slice(0, 2));
const first = lang.value || (known.find((code) => spoken.includes(code)) ?? "en");
loadSetup(first)
  .catch(() => loadSetup("en"))
  .then(() => render(<App />, document.getElementById("app")!));
