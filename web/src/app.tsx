/** The frame around all parts: tabs, language, theme, the link. */
import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { address, followAddress, lang, part, reset, theme } from "./address";
import { parts } from "./parts";
import { loadSetup, setup } from "./setup";
import { connected } from "./socket";
import { t } from "./words";

const isPart = (name: string) => Object.hasOwn(parts, name);
if (!isPart(part.value)) part.value = "regression";

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  dispatchEvent(new Event("fclab-theme"));
});
effect(() => {
  if (lang.value && setup.value && lang.value !== setup.value.lang && setup.value.languages.includes(lang.value)) {
    void loadSetup(lang.value);
  }
});

export function App() {
  useEffect(() => followAddress(isPart), []);
  useEffect(() => {
    document.title = isPart(part.value) ? `${t(`${part.value}.title`)} – fclab` : "fclab";
  }, [part.value, setup.value]);
  const Part = parts[part.value];
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{t("page.skip")}</a>
      <header>
        <strong class="name">fclab</strong>
        <nav aria-label={t("page.parts")}>
          {Object.keys(parts).map((name) => (
            <a
              key={name}
              href={address(name)}
              aria-current={name === part.value ? "page" : undefined}
              onClick={(e) => {
                e.preventDefault();
                part.value = name;
              }}
            >
              {t(`${name}.title`)}
            </a>
          ))}
        </nav>
        <div class="tools">
          <button type="button" onClick={() => reset(part.value)}>{t("page.reset")}</button>
          <CopyLink />
          <Language />
          <Theme />
        </div>
      </header>
      <p role="status" class="lost">{connected.value ? "" : t("page.waiting")}</p>
      <main id="main" tabIndex={-1}>{Part && <Part key={part.value} />}</main>
      <footer>fclab {setup.value?.version}</footer>
    </>
  );
}

function skip(e: MouseEvent) {
  e.preventDefault();
  document.getElementById("main")?.focus();
}

function CopyLink() {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(new URL(address(), location.href.split("#")[0]).href);
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return <button type="button" onClick={copy}>{done ? t("page.copied") : t("page.link")}</button>;
}

function Language() {
  return (
    <select
      aria-label={t("page.language")}
      value={setup.value?.lang}
      onChange={(e) => (lang.value = e.currentTarget.value)}
    >
      {setup.value?.languages.map((code) => (
        <option key={code} value={code}>
          {new Intl.DisplayNames(code, { type: "language" }).of(code)}
        </option>
      ))}
    </select>
  );
}

function Theme() {
  return (
    <select aria-label={t("page.theme.label")} value={theme.value} onChange={(e) => (theme.value = e.currentTarget.value)}>
      {["", "light", "dark"].map((name) => (
        <option key={name} value={name}>{t(`page.theme.${name || "system"}`)}</option>
      ))}
    </select>
  );
}
