/** The report of a lab or a study, as a file. */
import { save } from "../save";
import type { Event } from "../socket";
import { setup } from "../setup";
import { t } from "../words";
import { Progress, useWork } from "./work";

/** Buttons, one for each format. */
export function Report({ study = "", lab = "" }: { study?: string; lab?: string }) {
  const work = useWork("study-report", saveReport);
  const formats = setup.value!.wishes.study_report!.properties.format!.enum!;
  return (
    <>
      <div class="row">
        {formats.map((format) => (
          <button
            key={format}
            type="button"
            disabled={work.running}
            aria-label={t("studies.report_of", { name: lab || study, format: format.toUpperCase() })}
            onClick={() => work.start("study_report", { study, lab, format })}
          >
            {format.toUpperCase()}
          </button>
        ))}
      </div>
      <Progress work={work} />
    </>
  );
}

function saveReport(event: Event): void {
  if (event.kind !== "done") return;
  const blob = new Blob([event.content as BlobPart], { type: event.type as string });
  save(event.name as string, blob);
}
