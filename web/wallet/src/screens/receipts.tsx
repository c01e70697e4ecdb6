import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { agreementOf } from "../agreement.ts";
import { save } from "../files.ts";
import type { Receipt, Steps } from "../wallet.ts";
import { Agreement } from "../ui/agreement.tsx";
import { Data } from "../ui/data.tsx";
import { Button, Note, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";

export function Receipts() {
  const { wallet } = useApp();
  const { t, say, when } = useWords();
  const work = useWork();
  const [kept, setKept] = useState<Steps["receipts"]["answer"] | null>(null);
  useEffect(() => void work.run(t.receipts.loading, () => wallet.step("receipts"), setKept), []);
  return (
    <Page title={t.receipts.title} topic="receipts" lead={t.receipts.lead}>
      <WorkState work={work} />
      {kept !== null && kept.missing > 0 && <Note kind="plain"><p>{t.receipts.missing(kept.missing)}</p></Note>}
      {kept !== null && kept.receipts.length === 0 && <p class="empty">{t.receipts.empty}</p>}
      <ul class="plain-list">
        {kept?.receipts.map((receipt, index) => (
          <li class="panel" key={receipt.name}>
            <h2>{t.receipts.kinds[receipt.kind]}</h2>
            <p>
              {receipt.organization && (
                <>
                  <Data text={say(receipt.organization)} />
                  <br />
                </>
              )}
              <span class="soft">{when(receipt.at)}</span>
            </p>
            <WhatWasAgreed receipt={receipt} />
            <details>
              <summary>{t.receipts.text}</summary>
              <p class="signed">
                <Data text={receipt.text} />
              </p>
            </details>
            <Button id={`save-receipt-${index}`} onClick={() => save(`mibun-${receipt.kind}-${index + 1}.txt`, receipt.text)}>
              {t.receipts.downloadOne(t.receipts.kinds[receipt.kind], when(receipt.at))}
            </Button>
          </li>
        ))}
      </ul>
    </Page>
  );
}

function WhatWasAgreed({ receipt }: { receipt: Receipt }) {
  const agreed = agreementOf(receipt);
  return agreed === null ? null : <Agreement of={agreed} />;
}
