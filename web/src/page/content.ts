/** What Python wrote into the page. */
import { type ClassName, type Model, readModel, type Written } from "../picture/network";

interface Content {
  version: string;
  /** Spoken where neither the address nor the browser names another. */
  lang: string;
  texts: Record<string, { tag: string; words: Record<string, unknown> }>;
  /** Classes that a file of another program may have. */
  names: ClassName[];
  model: Model;
}

const ID = "fclab-content";

/** What stands in a page, this one or another. Throws where it is no such page. */
export function content(page: Document): Content {
  const written = JSON.parse(page.getElementById(ID)!.textContent!) as Omit<Content, "model"> & { model: Written };
  return { ...written, model: readModel(written.model) };
}
