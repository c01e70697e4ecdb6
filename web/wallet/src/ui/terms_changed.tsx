// Above the cards, as long as the terms that this page holds are not the ones that the person accepted last.
import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { termsVersion } from "../screens/terms.tsx";
import { Button, Note } from "./parts.tsx";

// `ready`: the cards are there.
export function TermsChanged({ ready }: { ready: boolean }) {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const [accepted, setAccepted] = useState<string | undefined>(termsVersion);
  useEffect(() => {
    if (ready) wallet.step("state").then((state) => setAccepted(state.terms_version), () => {}); // locked again
  }, [ready]);
  if (accepted === termsVersion) return null;
  return (
    <Note kind="warn" title={t.terms.changed}>
      <p>{t.terms.changedText}</p>
      <p class="soft">{t.terms.version(termsVersion)}</p>
      <Button id="new-terms" onClick={() => navigation.go({ name: "new_terms" })}>
        {t.terms.readNew}
      </Button>
    </Note>
  );
}
