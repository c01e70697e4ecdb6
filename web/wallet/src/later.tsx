// Screens that come later, with their texts: what is shown until they are there, and when they cannot be had.
import type { ComponentChildren } from "preact";
import { useEffect, useReducer } from "preact/hooks";
import { useApp, useWords } from "./context.ts";
import { isWhole, loadLater, type Language } from "./text/language.ts";
import { Button, Page, WorkState } from "./ui/parts.tsx";
import { useWork } from "./ui/use_step.ts";

type Screens = typeof import("./screens/later.tsx");
let screens: Screens | null = null;

async function fetchLater(language: Language): Promise<void> {
  const [module] = await Promise.all([import("./screens/later.tsx"), loadLater(language)]).catch(() => {
    throw { code: "http_connect_failed", where: "page", detail: "a file of the page" };
  });
  screens = module;
}

// `inside`: a part of a screen, which has its heading.
export function Later({ inside = false, children }: { inside?: boolean; children: (screens: Screens) => ComponentChildren }) {
  const { language } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const fetch = () => void work.run(t.common.gettingScreen, () => fetchLater(language), () => redraw(undefined));
  const here = screens !== null && isWhole(language);
  useEffect(() => {
    if (!here) fetch();
  }, [here]);
  if (screens !== null && here) return <>{children(screens)}</>;
  // Mostly it is there at once: nothing is said before a second.
  if (work.progress === null && work.error === null) return null;
  const waiting = (
    <>
      <WorkState work={work} />
      {work.error !== null && (
        <Button id={inside ? "again-inside" : "again"} kind="main" busy={work.busy} onClick={fetch}>
          {t.common.retry}
        </Button>
      )}
    </>
  );
  // Help is among what cannot be had; the error says what to do.
  return inside ? waiting : <Page title={t.common.gettingScreen} topic={null}>{waiting}</Page>;
}
