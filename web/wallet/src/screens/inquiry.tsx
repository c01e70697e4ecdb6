// Asking the operator. It is kept in another country than everything else: which one stands above the button, and nothing is
// sent before the person has agreed to it.
import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { shown } from "../shown.ts";
import type { Inquiry, InquiryTerms } from "../wallet.ts";
import { Choice } from "../ui/choice.tsx";
import { Data, Rows } from "../ui/data.tsx";
import { Area, Button, Note, Page, Tick, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";
import { appealText as plainText } from "./appeal.tsx";

export function AskOperator({ code }: { code?: string }) {
  const { wallet } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [terms, setTerms] = useState<InquiryTerms | null>(null);
  const [sent, setSent] = useState<Inquiry | null>(null);
  const load = () => void work.run(t.inquiry.termsBusy, () => wallet.step("inquiry_terms"), setTerms);
  useEffect(load, []);
  if (sent !== null) return <Sent inquiry={sent} />;
  return (
    <Page title={t.inquiry.ask} topic="inquiry" lead={t.inquiry.formLead}>
      {terms !== null ? (
        <Form terms={terms} code={code} onSent={setSent} />
      ) : (
        <>
          <WorkState work={work} />
          {work.error && <Button id="retry" onClick={load}>{t.common.retry}</Button>}
        </>
      )}
    </Page>
  );
}

function Form({ terms, code, onSent }: { terms: InquiryTerms; code?: string; onSent: (inquiry: Inquiry) => void }) {
  const { wallet, navigation } = useApp();
  const { t, say } = useWords();
  const work = useWork();
  const [kind, setKind] = useState(terms.kinds[0]?.kind ?? "other");
  const [typed, setTyped] = useState(code ? t.inquiry.aboutCode(shown(code)) : "");
  const [agreed, setAgreed] = useState(false);
  const [missed, setMissed] = useState(false);
  const country = shown(say(terms.country_name));
  const text = plainText(typed);
  const count = [...text].length;
  const wrong = count > terms.characters_max ? t.inquiry.tooLong(terms.characters_max, count) : missed && count === 0 ? t.inquiry.nothing : null;
  const send = () => {
    setMissed(true);
    if (!agreed || count === 0 || count > terms.characters_max) return;
    void work.run(t.inquiry.sending, () => wallet.step("send_inquiry", { kind, text, country: terms.country }), onSent);
  };
  return (
    <>
      <Choice id="kind" legend={t.inquiry.kind} value={kind} options={terms.kinds.map((one) => [one.kind, shown(say(one.label))])} onChange={setKind} />
      <Area id="inquiry-text" label={t.inquiry.text} help={t.inquiry.textHelp(terms.characters_max)} error={wrong} value={typed} onInput={setTyped} />
      <Note kind="warn" title={t.inquiry.countryTitle(country)}>
        <p>{t.inquiry.countryWhy}</p>
        <Rows
          rows={[
            { label: t.inquiry.country, value: <strong id="country">{country}</strong> },
            { label: t.inquiry.kept, value: say(terms.kept) },
            { label: t.inquiry.keptFor, value: t.inquiry.keptDays(terms.kept_days) },
            { label: t.inquiry.rules, value: say(terms.rules) },
            { label: t.inquiry.measures, value: say(terms.measures) },
          ]}
        />
      </Note>
      <Tick id="agree-country" label={t.inquiry.agree(country)} checked={agreed} error={missed && !agreed ? t.inquiry.mustAgree : null} onChange={setAgreed} />
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="send-inquiry" kind="main" icon="key" busy={work.busy} onClick={send}>
          {t.inquiry.go}
        </Button>
        <Button id="leave-inquiry" busy={work.busy} onClick={() => navigation.back()}>
          {t.inquiry.leave}
        </Button>
      </div>
    </>
  );
}

function Sent({ inquiry }: { inquiry: Inquiry }) {
  const { navigation } = useApp();
  const { t } = useWords();
  const toList = () => navigation.start({ name: "home" }, { name: "inquiries" });
  return (
    <Page title={t.inquiry.sentTitle} topic="asked" lead={t.inquiry.sentText} onBack={toList}>
      <Rows rows={[{ label: t.inquiry.number, value: <span id="inquiry-number"><Data text={inquiry.id} /></span> }]} strong />
      <div class="actions">
        <Button id="inquiry-sent" kind="main" onClick={toList}>
          {t.inquiry.toList}
        </Button>
      </div>
    </Page>
  );
}
