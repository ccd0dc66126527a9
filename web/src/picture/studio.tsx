/** A picture, and what one or two networks answer while it is moved. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Card } from "../controls";
import { t } from "../words";
import { Bars, FirstLayer, Seen } from "./answers";
import { readPicture } from "./decode";
import { blank, type Pen } from "./drawing";
import type { Model } from "./network";
import type { Raster } from "./resample";
import { ShiftMap } from "./shiftmap";
import { Sources } from "./sources";
import { Stage } from "./stage";
import { seen, Source, STILL, type View } from "./view";
import "./picture.css";

interface Props {
  models: Model[];
  /** Files that are no pictures, or that the browser cannot open; whether they were something else. */
  onFile?: (file: File) => Promise<Source | boolean>;
  /** A picture that was chosen elsewhere. */
  given?: Source | null;
  /** How the first picture is moved at the beginning. */
  start?: View;
  /** Told how the picture is moved. */
  onView?: (view: View) => void;
  /** Told that a picture came from elsewhere than `given`. */
  onOwn?: () => void;
  /** Before the picture. */
  settings?: ComponentChildren;
  /** More of every model. */
  more?: (model: Model, place: number) => ComponentChildren;
  children?: ComponentChildren;
}

export function Studio({ models, onFile, given, start = STILL, onView, onOwn, settings, more, children }: Props) {
  const [height, width] = models[0]!.shape;
  const [source, setSource] = useState(() => given ?? blank(height, width));
  const [view, setView] = useState<View>(start);
  const [pen, setPen] = useState<Pen | null>(null);
  const [failed, setFailed] = useState("");
  const show = (next: Source) => {
    setSource(next);
    setView(STILL);
    setPen(null);
    setFailed("");
  };
  const before = useRef(given);
  useEffect(() => {
    if (given && given !== before.current) show(given);
    before.current = given;
  }, [given]);
  useEffect(() => onView?.(view), [view]);
  const own = (next: Source) => {
    show(next);
    onOwn?.();
  };
  const files = async ([file]: File[]) => {
    try {
      const found = (await onFile?.(file!)) ?? false;
      if (found === true) setFailed("");
      else own(found || (await readPicture(file!)));
    } catch (error) {
      setFailed(error instanceof Said ? error.message : t("picture.unread", { name: file!.name }));
    }
  };
  const draw = () => {
    own(blank(height, width));
    setPen({ colour: "#1a1a1a", width: 2 });
  };
  return (
    <>
      <div class="column">
        {settings}
        <Card title={t("picture.picture")}>
          <Sources onFiles={files} onSource={own} onDraw={draw} pen={pen} onPen={setPen} />
          <p role="alert" class="error failed">{failed}</p>
          <Stage source={source} view={view} shape={[height, width]} onView={setView} pen={pen} onDrawn={setSource} />
        </Card>
      </div>
      {models.map((model, place) => (
        <Answers
          key={`${place}${model.name}`}
          model={model}
          source={source}
          view={view}
          title={models.length > 1 ? t("picture.model_number", { n: place + 1 }) : t("picture.answers")}
          wide={models.length === 1}
        >
          {more?.(model, place)}
        </Answers>
      ))}
      {children}
    </>
  );
}

/** What went wrong, in the words of the page. */
export class Said extends Error {}

interface AnswersProps {
  model: Model;
  source: Source;
  view: View;
  title: string;
  wide: boolean;
  children?: ComponentChildren;
}

function Answers({ model, source, view, title, wide, children }: AnswersProps) {
  const [height, width] = model.shape;
  const picture = useMemo(() => seen(source, view, width, height), [source, view, model]);
  const shares = useShares(model, picture);
  return (
    <Card title={title} wide={wide}>
      <p class="soft recipe">{model.name} · {model.recipe}</p>
      <div class="pair">
        <Seen picture={picture} label={t("picture.seen", { height, width })} />
        <div data-picture={source.name} data-ready={shares?.picture === picture || undefined}>
          <Bars model={model} shares={shares?.shares ?? null} />
        </div>
      </div>
      {model.substitute && <p class="error">{t(`picture.substitute.${model.substitute}`)}</p>}
      <div class="halves">
        <div>
          <h3>{t("picture.map")}</h3>
          <ShiftMap model={model} picture={picture} shares={shares?.shares ?? null} />
        </div>
        {model.members.length > 0 && (
          <div>
            <h3>{t("picture.first_layer")}</h3>
            <FirstLayer model={model} />
          </div>
        )}
        {children}
      </div>
    </Card>
  );
}

/** The probabilities of a picture; of a slow network those of the picture before, until it is ready. */
function useShares(model: Model, picture: Raster) {
  const [found, setFound] = useState<{ picture: Raster; shares: Float64Array } | null>(null);
  useEffect(() => {
    let gone = false;
    void (async () => {
      const shares = await model.probabilities(picture);
      if (!gone) setFound({ picture, shares });
    })();
    return () => {
      gone = true;
    };
  }, [model, picture]);
  return found;
}
