/** Text to the clipboard. */
import { useState } from "preact/hooks";
import { t } from "./words";

/** What is to be said of the last copy for a moment, and how to copy. */
export function useCopy(): [string, (text: string) => void] {
  const [said, setSaid] = useState("");
  const copy = async (text: string) => {
    setSaid(t((await isCopied(text)) ? "page.copied" : "page.not_copied"));
    setTimeout(() => setSaid(""), 2000);
  };
  return [said, copy];
}

/** Over plain HTTP of another machine browsers have no `navigator.clipboard`. */
async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement as HTMLElement | null;
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus();
    return done;
  }
}
