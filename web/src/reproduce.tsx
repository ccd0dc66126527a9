/**
 * The panel "as command", "as PyTorch code", "as notebook" of a part: `<Reproduce task="regression" />`.
 *
 * What it shows is made by `fclab.web.reproduction` of the part's wish, which is its state.
 */
import { useEffect, useId, useState } from "preact/hooks";
import { wished } from "./address";
import { useCopy } from "./copy";
import { Card } from "./controls";
import { save } from "./save";
import { setup } from "./setup";
import { type Event, giveUp, wish } from "./socket";
import { t } from "./words";

const FORMS = ["command", "program", "notebook"] as const;
type Form = (typeof FORMS)[number];

export function Reproduce({ task }: { task: string }) {
  const [form, setForm] = useState<Form | null>(null);
  const [made, setMade] = useState<Event | null>(null);
  const now = wished(task);
  const lang = setup.value!.lang;
  const panel = `${task}-reproduce`;
  useEffect(() => {
    if (!form) return;
    const timer = setTimeout(() => wish(panel, "reproduce", { part: task, state: now, lang }, setMade), 200);
    return () => {
      clearTimeout(timer);
      giveUp(panel);
    };
  }, [form !== null, now, lang]);
  const id = useId();
  return (
    <Card title={t("reproduce.title")} whole>
      <div class="row">
        {FORMS.map((name) => (
          <button
            key={name}
            type="button"
            aria-expanded={form === name}
            aria-controls={id}
            class={form === name ? "main" : ""}
            onClick={() => setForm(form === name ? null : name)}
          >
            {t(`reproduce.${name}`)}
          </button>
        ))}
      </div>
      <div id={id}>{form && made && <Shown form={form} made={made} task={task} />}</div>
    </Card>
  );
}

function Shown({ form, made, task }: { form: Form; made: Event; task: string }) {
  if (made.kind === "error") return <p class="error" role="alert">{made.text}</p>;
  const text: string | null = made[form];
  if (text === null) return <p>{t("reproduce.none")}</p>;
  const name = { command: "", program: `fclab-${task}.py`, notebook: `fclab-${task}.ipynb` }[form];
  return (
    <>
      <p>{t(`reproduce.about.${form}`)}</p>
      {form !== "notebook" && <pre tabIndex={0} aria-label={t(`reproduce.${form}`)}>{text}</pre>}
      <div class="row">
        {form !== "notebook" && <Copy text={text} />}
        {name && <Download name={name} text={text} />}
        {form === "command" &&
          Object.entries(made.files as Record<string, string>).map(([file, content]) => (
            <Download key={file} name={file} text={content} />
          ))}
      </div>
    </>
  );
}

function Copy({ text }: { text: string }) {
  const [said, copy] = useCopy();
  return (
    <button type="button" onClick={() => copy(text)}>
      <span aria-live="polite">{said || t("reproduce.copy")}</span>
    </button>
  );
}

/** A button that gives a text as a file. */
export function Download({ name, text }: { name: string; text: string }) {
  const file = () => new Blob([text], { type: "text/plain" });
  return <button type="button" onClick={() => save(name, file())}>{t("reproduce.save", { name })}</button>;
}
