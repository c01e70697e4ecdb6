// What stands on a card.
import { useWords } from "../context.ts";
import type { CardClaim, Claim, Text } from "../wallet.ts";
import { ClaimPicture } from "./claim_picture.tsx";
import { Data, Rows } from "./data.tsx";

// Which claims, without their values.
export function ClaimNames({ names }: { names: Text[] }) {
  const { say } = useWords();
  return (
    <ul>
      {names.map((name, index) => (
        <li key={index}>
          <Data text={say(name)} />
        </li>
      ))}
    </ul>
  );
}

export function Claims({ claims }: { claims: (Claim | CardClaim)[] }) {
  const { t, say } = useWords();
  const note = (claim: Claim | CardClaim) => ("source" in claim ? t.card.source(claim.source ? say(claim.source) : null) : null);
  const value = (claim: Claim | CardClaim) => (claim.picture ? <ClaimPicture picture={claim.picture} label={say(claim.label)} words={say(claim.value)} /> : say(claim.value));
  return <Rows strong rows={claims.map((claim) => ({ label: say(claim.label), value: value(claim), foreign: true, note: note(claim) }))} />;
}
