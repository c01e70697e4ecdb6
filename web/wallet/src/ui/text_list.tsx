// Sentences of ours, one under the other, as a plain list.
export function TextList({ of }: { of: Record<string, string> }) {
  return (
    <ul>
      {Object.values(of).map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
