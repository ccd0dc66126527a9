/** The frame around all parts: tabs, language, theme, the link. */
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { address, followAddress, foreign, lang, part, reset, show, theme, THEMES } from "./address";
import { useCopy } from "./copy";
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
    loadSetup(lang.value).catch(() => (lang.value = setup.value!.lang)); // the server is away
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
                if (e.ctrlKey || e.metaKey || e.shiftKey) return; // another tab or window
                e.preventDefault();
                show(name);
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
      <p role="status" class="lost">{foreign.value ? t("page.other_version") : ""}</p>
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
  const [said, copy] = useCopy();
  const link = () => new URL(address(), location.href.split(/[?#]/)[0]).href;
  return <button type="button" onClick={() => copy(link())}><span aria-live="polite">{said || t("page.link")}</span></button>;
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
      {THEMES.map((name) => (
        <option key={name} value={name}>{t(`page.theme.${name || "system"}`)}</option>
      ))}
    </select>
  );
}
