/** What the server tells once: texts, and the fields of everything that may be wished. */
import { signal } from "@preact/signals";

export interface Field {
  default: unknown;
  type?: "integer" | "number" | "string" | "boolean" | "array" | "object";
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  enum?: string[];
  [more: string]: unknown;
}

export interface Setup {
  version: string;
  lang: string;
  languages: string[];
  tag: string;
  words: Record<string, unknown>;
  wishes: Record<string, { properties: Record<string, Field>; $defs?: Record<string, unknown> }>;
}

export const setup = signal<Setup | null>(null);

export async function loadSetup(lang: string): Promise<void> {
  const answer = await fetch(`./setup/${lang}.json`);
  if (!answer.ok) throw new Error(`setup: ${answer.status}`);
  setup.value = (await answer.json()) as Setup;
  document.documentElement.lang = setup.value.tag;
}

/** The fields of a wish, with defaults and bounds. */
export function fields(task: string): Record<string, Field> {
  const wish = setup.value?.wishes[task];
  if (!wish) throw new Error(`there is no task ${task}`);
  return wish.properties;
}
