/** The exported page: one network, or two side by side. */
import { effect } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { lang, theme } from "../address";
import { Card } from "../controls";
import type { ClassName, Model } from "../picture/network";
import { Said, Studio } from "../picture/studio";
import { setup } from "../setup";
import { t } from "../words";
import { content } from "./content";
import { asModel, type Onnx, openOnnx, runsOnnx } from "./onnx";

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  dispatchEvent(new Event("fclab-theme"));
});

interface Props {
  model: Model;
  /** Classes that a file of another program may have. */
  names: ClassName[];
  speak: (code: string) => void;
}

export function Page({ model, names, speak }: Props) {
  const [other, setOther] = useState<Model | null>(null);
  const [onnx, setOnnx] = useState<Onnx | null>(null);
  const [most, setMost] = useState(255);
  const second = useMemo(() => (onnx ? asModel(onnx, most, model, names) : other), [onnx, most, other]);
  useEffect(() => {
    document.title = `${t("picture.title")} – ${model.name} – fclab`;
  }, [setup.value]);
  const file = async (given: File) => {
    const kind = /\.(html?|onnx)$/i.exec(given.name)?.[1]?.toLowerCase();
    if (!kind) return false;
    if (kind === "onnx" && !runsOnnx()) throw new Said(t("picture.needs_onnx"));
    try {
      if (kind === "onnx") {
        setOnnx(await openOnnx(given));
        setOther(null);
      } else {
        setOther(content(new DOMParser().parseFromString(await given.text(), "text/html")).model);
        setOnnx(null);
      }
    } catch {
      throw new Said(t(kind === "onnx" ? "picture.no_onnx" : "picture.no_page", { name: given.name }));
    }
    return true;
  };
  const remove = () => {
    setOther(null);
    setOnnx(null);
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
            <p>{t(runsOnnx() ? "picture.two_note_onnx" : "picture.two_note")}</p>
            {onnx && (
              <label class="row">
                {t("picture.pixels")}
                <select value={most} onChange={(e) => setMost(Number(e.currentTarget.value))}>
                  {[255, 1].map((n) => <option key={n} value={n}>0…{n}</option>)}
                </select>
              </label>
            )}
            {second && <button type="button" onClick={remove}>{t("picture.one")}</button>}
          </Card>
        </Studio>
      </main>
      <footer>fclab {setup.value?.version} · {t("picture.offline")}</footer>
    </>
  );
}
