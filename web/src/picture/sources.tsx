/** Where a picture comes from: a file, the clipboard, a camera, one's own hand. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../words";
import { raster } from "./decode";
import type { Pen } from "./drawing";
import { Source } from "./view";

interface Props {
  onFiles: (files: File[]) => void;
  onSource: (source: Source) => void;
  /** A new white picture to draw on. */
  onDraw: () => void;
  pen: Pen | null;
  onPen: (pen: Pen | null) => void;
}

export function Sources({ onFiles, onSource, onDraw, pen, onPen }: Props) {
  const id = useId();
  const [camera, setCamera] = useState(false);
  const [over, setOver] = useState(false);
  const give = useRef(onFiles);
  give.current = onFiles;
  useEffect(() => {
    const drop = (e: DragEvent) => {
      e.preventDefault();
      setOver(false);
      if (e.dataTransfer?.files.length) give.current([...e.dataTransfer.files]);
    };
    const drag = (e: DragEvent) => {
      e.preventDefault();
      setOver(true);
    };
    const leave = (e: DragEvent) => {
      if (!e.relatedTarget) setOver(false);
    };
    const paste = (e: ClipboardEvent) => {
      if (e.clipboardData?.files.length) give.current([...e.clipboardData.files]);
    };
    const all = [["drop", drop], ["dragover", drag], ["dragleave", leave], ["paste", paste]] as [string, EventListener][];
    for (const [name, listener] of all) document.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of all) document.removeEventListener(name, listener);
    };
  }, []);
  const picked = (e: Event & { currentTarget: HTMLInputElement }) => {
    if (e.currentTarget.files?.length) onFiles([...e.currentTarget.files]);
    e.currentTarget.value = ""; // the same file may be taken again
  };
  return (
    <div class={over ? "sources over" : "sources"}>
      <div class="row">
        <label class="button">
          {t("picture.file")}
          <input type="file" class="unseen" onChange={picked} id={`${id}file`} />
        </label>
        <label class="button phone">
          {t("picture.photograph")}
          <input type="file" class="unseen" accept="image/*" capture="environment" onChange={picked} />
        </label>
        {!!navigator.mediaDevices && (
          <button type="button" aria-pressed={camera} onClick={() => setCamera(!camera)}>{t("picture.camera")}</button>
        )}
        <button type="button" onClick={onDraw}>{t("picture.draw")}</button>
      </div>
      <small>{t("picture.drop")}</small>
      {camera && (
        <Camera
          onTaken={(source) => {
            setCamera(false);
            onSource(source);
          }}
        />
      )}
      {pen && <Pens pen={pen} onPen={onPen} />}
    </div>
  );
}

function Camera({ onTaken }: { onTaken: (source: Source) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      (found) => {
        stream = found;
        if (gone) found.getTracks().forEach((track) => track.stop());
        else video.current!.srcObject = found;
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  const take = () => {
    const { videoWidth, videoHeight } = video.current!;
    if (videoWidth) onTaken(new Source(raster(video.current!, videoWidth, videoHeight)));
  };
  if (failed) return <p role="alert" class="error">{t("picture.no_camera")}</p>;
  return (
    <div class="camera">
      <video ref={video} autoplay playsInline muted aria-label={t("picture.camera")} />
      <button type="button" class="main" onClick={take}>{t("picture.take")}</button>
    </div>
  );
}

function Pens({ pen, onPen }: { pen: Pen; onPen: (pen: Pen | null) => void }) {
  const id = useId();
  return (
    <div class="row">
      <label for={`${id}colour`}>{t("picture.colour")}</label>
      <input
        id={`${id}colour`}
        type="color"
        value={pen.colour}
        onInput={(e) => onPen({ ...pen, colour: e.currentTarget.value })}
      />
      <label for={`${id}width`}>{t("picture.width")}</label>
      <input
        id={`${id}width`}
        type="range"
        min={0.5}
        max={12}
        step={0.5}
        value={pen.width}
        onInput={(e) => onPen({ ...pen, width: e.currentTarget.valueAsNumber })}
      />
      <button type="button" onClick={() => onPen(null)}>{t("picture.done")}</button>
    </div>
  );
}
