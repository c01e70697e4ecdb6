// What the person asked the operator, with the answers.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Inquiry } from "../wallet.ts";
import { Data, Rows } from "../ui/data.tsx";
import { Button, Note, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";

// Leads to the form; `code`: of the error that the person asks about.
function AskButton({ code }: { code?: string }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <Button id="ask" icon="add" onClick={() => navigation.go({ name: "inquiry", code })}>
      {t.inquiry.ask}
    </Button>
  );
}

export function Inquiries({ code }: { code?: string }) {
  const { wallet } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [own, setOwn] = useState<{ inquiries: Inquiry[]; can_ask: boolean } | null>(null);
  const load = () => void work.run(t.inquiry.busy, () => wallet.step("inquiries"), setOwn);
  return (
    <Page title={t.inquiry.title} topic="inquiry" lead={t.inquiry.lead}>
      <WorkState work={work} />
      {own === null ? (
        <>
          <p>{t.inquiry.asks}</p>
          <div class="actions">
            <Button id="open-inquiries" kind="main" icon="key" busy={work.busy} onClick={load}>
              {t.inquiry.open}
            </Button>
            <AskButton code={code} />
          </div>
        </>
      ) : (
        <>
          {own.inquiries.length === 0 && <p class="empty" id="no-inquiries">{t.inquiry.empty}</p>}
          <ul class="plain-list">
            {own.inquiries.map((inquiry, index) => <OneInquiry key={inquiry.id} inquiry={inquiry} index={index} />)}
          </ul>
          {own.can_ask ? (
            <div class="actions">
              <AskButton code={code} />
            </div>
          ) : (
            <Note kind="plain" title={t.inquiry.enoughTitle}>
              <p id="enough">{t.inquiry.enough}</p>
            </Note>
          )}
        </>
      )}
    </Page>
  );
}

function OneInquiry({ inquiry, index }: { inquiry: Inquiry; index: number }) {
  const { t, say, when } = useWords();
  return (
    <li class="panel" id={`inquiry-${index}`} data-state={inquiry.state}>
      <h2>
        <Data text={say(inquiry.kind)} /> <span class={inquiry.state === "open" ? "chip required" : "chip valid"}>{say(inquiry.label)}</span>
      </h2>
      <Rows
        rows={[
          { label: t.inquiry.number, value: inquiry.id },
          { label: t.inquiry.askedAt, value: when(inquiry.asked_at) },
        ]}
      />
      <h3>{t.inquiry.yours}</h3>
      <Lines text={inquiry.text} />
      {inquiry.answer !== null && (
        <>
          <h3>{t.inquiry.answer}</h3>
          {inquiry.answered_at && <p class="soft">{when(inquiry.answered_at)}</p>}
          <Lines text={inquiry.answer} />
        </>
      )}
    </li>
  );
}

// What somebody wrote in lines; an empty one is left out.
function Lines({ text }: { text: string }) {
  return (
    <>
      {text.split("\n").filter((line) => line.trim() !== "").map((line, index) => (
        <p key={index}>
          <Data text={line} />
        </p>
      ))}
    </>
  );
}
