import { useWords } from "../context.ts";

// Six digits to compare: large, in two groups, and one by one for who listens.
export function TheNumber({ number }: { number: string }) {
  const { t } = useWords();
  return (
    <div class="panel code-panel">
      <p class="soft" id="number-label">
        {t.move.number}
      </p>
      <p class="code move-number" id="move-number" role="img" aria-label={`${t.move.number}: ${[...number].join(" ")}`}>
        {number.slice(0, 3)} {number.slice(3)}
      </p>
    </div>
  );
}
