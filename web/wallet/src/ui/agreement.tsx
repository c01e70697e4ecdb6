// Why an organisation wanted what it was given, and for how long it keeps it.
import type { Agreed } from "../agreement.ts";
import { useWords } from "../context.ts";
import { Data, Rows } from "./data.tsx";

export function Agreement({ of: { purpose, retention, cautions } }: { of: Agreed }) {
  const { t, say } = useWords();
  return (
    <Rows
      rows={[
        { label: t.consent.purpose, value: say(purpose) },
        {
          label: t.consent.retention,
          value: (
            <>
              <strong>{t.common.days(retention.days)}</strong> <Data text={say(retention.text)} />
            </>
          ),
        },
        ...(cautions === null ? [] : [{ label: t.consent.cautions, value: say(cautions) }]),
      ]}
    />
  );
}
