/** The page that a network is exported as: texts and networks stand in it. */
import { render } from "preact";
import { lang } from "../address";
import { setup } from "../setup";
import { content } from "./content";
import { Page } from "./page";
import "../style.css";

const held = content(document);
const known = navigator.languages.map((tag) => tag.slice(0, 2));
lang.value = [lang.value, ...known, held.lang].find((code) => Object.hasOwn(held.texts, code))!;

export function speak(code: string): void {
  const { tag, words } = held.texts[code]!;
  lang.value = code;
  setup.value = { version: held.version, lang: code, languages: Object.keys(held.texts), tag, words, wishes: {} };
  document.documentElement.lang = tag;
}

speak(lang.value);
render(<Page model={held.model} names={held.names} speak={speak} />, document.getElementById("app")!);
