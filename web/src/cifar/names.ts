/** What classes are called. */
import { setup } from "../setup";

/** Number, English and Russian name. */
export type ClassName = [number, string, string];

/** In the language of the page. */
export const called = (name: ClassName) => (setup.value?.lang === "ru" ? name[2] : name[1]);
/** In the other one. */
export const otherwise = (name: ClassName) => (setup.value?.lang === "ru" ? name[1] : name[2]);

const plain = (text: string) => text.toLowerCase().replaceAll("ё", "е").trim();

/** Whether a class is meant by what is typed: its number, or a part of a name. */
export function isMeant(name: ClassName, typed: string): boolean {
  const text = plain(typed);
  if (/^\d+$/.test(text)) return String(name[0]) === String(Number(text));
  return plain(name[1]).includes(text) || plain(name[2]).includes(text);
}
