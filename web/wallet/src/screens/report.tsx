// Telling the staff about an organisation: what was wrong, in a few words.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { reportReasons, type ReportReason, type Text } from "../wallet.ts";
import { Choice } from "../ui/choice.tsx";
import { Rows } from "../ui/data.tsx";
import { Area, Button, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";

const charactersMax = 1000;
const countOf = (text: string) => [...text].length;

// Leads to the screen below from wherever an organisation stands.
export function ReportLine({ event, organization }: { event: string; organization: Text }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return <Line id="report-partner" icon="warn" title={t.report.title} text={t.report.short} onClick={() => navigation.go({ name: "report", event, organization })} />;
}

export function Report({ event, organization }: { event: string; organization: Text }) {
  const { wallet, navigation } = useApp();
  const { t, say } = useWords();
  const work = useWork();
  const [reason, setReason] = useState<ReportReason>("asked_too_much");
  const [text, setText] = useState("");
  const [sent, setSent] = useState(false);
  const tooLong = countOf(text) > charactersMax;
  const send = () => {
    if (tooLong) return;
    void work.run(t.report.busy, () => wallet.step("report_partner", { event, reason, ...(text.trim() !== "" && { text: text.trim() }) }), () => setSent(true));
  };
  if (sent) {
    return (
      <Page title={t.report.doneTitle} topic="reported" lead={t.report.doneText} onBack={() => navigation.start({ name: "home" }, { name: "history" })}>
        <div class="actions">
          <Button id="report-done" kind="main" onClick={() => navigation.start({ name: "home" }, { name: "history" })}>
            {t.report.done}
          </Button>
        </div>
      </Page>
    );
  }
  return (
    <Page title={t.report.title} topic="report" lead={t.report.lead}>
      <Rows rows={[{ label: t.history.organisation, value: say(organization) }]} />
      <Choice id="reason" legend={t.report.reason} value={reason} options={reportReasons.map((one) => [one, t.report.reasons[one]])} onChange={setReason} />
      <Area
        id="report-text"
        label={t.report.text}
        help={t.report.textHelp(charactersMax)}
        error={tooLong ? t.report.tooLong(charactersMax, countOf(text)) : null}
        value={text}
        onInput={setText}
      />
      <Note kind="plain" title={t.report.whoTitle}>
        <TextList of={t.report.who} />
      </Note>
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="send-report" kind="main" icon="key" busy={work.busy} onClick={send}>
          {t.report.go}
        </Button>
        <Button id="leave-report" busy={work.busy} onClick={() => navigation.back()}>
          {t.report.leave}
        </Button>
      </div>
    </Page>
  );
}
