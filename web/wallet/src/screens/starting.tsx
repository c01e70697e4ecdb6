// Before there is a wallet: starting, open in another tab, or it did not start.
import { useEffect, useRef } from "preact/hooks";
import { shown } from "../shown.ts";
import { errorText, textsOf, type Language } from "../text/language.ts";
import { Mark } from "../ui/frame.tsx";
import type { WalletError } from "../wallet.ts";

function Bare({ title, children }: { title: string; children: preact.ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [title]);
  return (
    <>
      <header>
        <div class="bar">
          <span class="brand">
            <Mark />
            mibun 身分
          </span>
        </div>
      </header>
      <main>
        <section class="page">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {children}
        </section>
      </main>
    </>
  );
}

// Without the screens there are no files of help either: its words come with the first ones.
function InlineHelp({ language, text }: { language: Language; text: string }) {
  return (
    <details class="panel" id="help">
      <summary>{textsOf(language).screens.common.help}</summary>
      <p>{text}</p>
    </details>
  );
}

export function Starting({ language }: { language: Language }) {
  const { starting } = textsOf(language).screens;
  return (
    <Bare title={starting.title}>
      <p class="progress" role="status">
        {starting.text}
      </p>
    </Bare>
  );
}

export function CannotStart({ language, error, onAgain }: { language: Language; error: WalletError; onAgain: () => void }) {
  const { otherTab, cannotStart, errors } = textsOf(language).screens;
  if (error.code === "wallet_open_elsewhere") {
    return (
      <Bare title={otherTab.title}>
        <p>{otherTab.text}</p>
        <p>{otherTab.remedy}</p>
        <button type="button" id="again" class="main" onClick={onAgain}>
          {otherTab.again}
        </button>
        <InlineHelp language={language} text={otherTab.help} />
      </Bare>
    );
  }
  const { title, cause, remedy } = errorText(error.code, language);
  return (
    <Bare title={cannotStart.title}>
      <div class="note bad" role="alert">
        <h2>{title}</h2>
        <p>{cause}</p>
        <p>{remedy}</p>
        <p class="soft">
          <bdi>{shown(`${errors.code}: ${error.code} ${error.where} ${error.detail}`)}</bdi>
        </p>
      </div>
      <button type="button" id="again" class="main" onClick={() => location.reload()}>
        {cannotStart.again}
      </button>
      <InlineHelp language={language} text={cannotStart.help} />
    </Bare>
  );
}
