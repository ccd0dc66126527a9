/** The exported page: one network, or two side by side. */
import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { lang, theme } from "../address";
import { Card } from "../controls";
import type { Model } from "../picture/network";
import { Said, Studio } from "../picture/studio";
import { setup } from "../setup";
import { t } from "../words";
import { content } from "./content";

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  dispatchEvent(new Event("fclab-theme"));
});

export function Page({ model, speak }: { model: Model; speak: (code: string) => void }) {
  const [second, setSecond] = useState<Model | null>(null);
  useEffect(() => {
    document.title = `${t("picture.title")} – ${model.name} – fclab`;
  }, [setup.value]);
  const file = async (given: File) => {
    if (!/\.html?$/i.test(given.name)) return false;
    try {
      setSecond(content(new DOMParser().parseFromString(await given.text(), "text/html")).model);
    } catch {
      throw new Said(t("picture.no_page", { name: given.name }));
    }
    return true;
  };
  return (
    <>
      <header>
        <strong class="name">fclab</strong>
        <h1>{t("picture.title")}</h1>
        <div class="tools">
          <select aria-label={t("picture.language")} value={lang.value} onChange={(e) => speak(e.currentTarget.value)}>
            {setup.value?.languages.map((code) => (
              <option key={code} value={code}>{new Intl.DisplayNames(code, { type: "language" }).of(code)}</option>
            ))}
          </select>
          <select aria-label={t("picture.theme.label")} value={theme.value} onChange={(e) => (theme.value = e.currentTarget.value)}>
            {["", "light", "dark"].map((name) => (
              <option key={name} value={name}>{t(`picture.theme.${name || "system"}`)}</option>
            ))}
          </select>
        </div>
      </header>
      <main id="main">
        <Studio models={second ? [model, second] : [model]} onFile={file}>
          <Card title={t("picture.two")}>
            <p>{t("picture.two_note")}</p>
            {second && <button type="button" onClick={() => setSecond(null)}>{t("picture.one")}</button>}
          </Card>
        </Studio>
      </main>
      <footer>fclab {setup.value?.version} · {t("picture.offline")}</footer>
    </>
  );
}
