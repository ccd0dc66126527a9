/** Work of a study that takes a while: how far it is, how to stop it, what went wrong. */
import { useEffect, useState } from "preact/hooks";
import { type Event, giveUp, wish } from "../socket";
import { percent, t } from "../words";

export interface Work {
  running: boolean;
  step: string;
  share: number;
  error: string;
  /** Whether it was stopped by whoever asked for it. */
  stopped: boolean;
  start: (task: string, wished: object) => void;
  stop: () => void;
}

/** What an error says, in the language of the page. */
export const said = (event: Event): string => (event.text as string) ?? t("studies.lost");

/** Ask for the work of a panel; `heard` is told every event but those of its progress. */
export function useWork(panel: string, heard: (event: Event) => void): Work {
  const idle = { running: false, step: "", share: 0, error: "", stopped: false };
  const [now, set] = useState(idle);
  useEffect(() => () => giveUp(panel), [panel]);
  return {
    ...now,
    start: (task, wished) => {
      set({ ...idle, running: true });
      wish(panel, task, wished, (event) => {
        if (event.kind === "progress") set((old) => ({ ...old, share: event.share }));
        else if (event.kind === "step") set((old) => ({ ...old, step: event.step, share: 0 }));
        else if (event.kind === "error") set({ ...idle, error: said(event) });
        else {
          if (event.kind === "done") set(idle);
          heard(event);
        }
      }, () => {
        if (task !== "study_row") return set({ ...idle, running: true });
        set({ ...idle, error: t("studies.lost_row") }); // twice it would be two rows
        return false;
      });
    },
    stop: () => {
      giveUp(panel);
      set({ ...idle, stopped: true });
    },
  };
}

export function Progress({ work }: { work: Work }) {
  return (
    <>
      {work.running && (
        <div class="row">
          <progress max={1} value={work.share} aria-label={t("studies.progress")} />
          <button type="button" onClick={work.stop}>{t("studies.stop")}</button>
        </div>
      )}
      <p role="status">
        {work.running && `${work.step ? t(`studies.steps.${work.step}`) : t("studies.progress")} ${percent(work.share, 0)}`}
        {work.stopped && t("studies.stopped")}
      </p>
      {work.error && <p class="error" role="alert">{work.error}</p>}
    </>
  );
}
