// Renews what has its turn while the wallet shows its cards: when they come, when the connection is back, and at the time
// that the wallet's plan says. What asks for the passkey waits for a press: no dialog comes out of nothing. What failed
// stands in the plan with the time of the next try; the card and its uses stay as they are.
import { walletError, type DueRenewal, type Time, type Wallet, type WalletError } from "./wallet.ts";

export interface RenewalState {
  running: { due: DueRenewal; which: number; of: number } | null;
  // The person is needed: their turn has come, or they failed, and a person may try again at once.
  asking: DueRenewal[];
  // They failed; `again` is null where no time begins it again. Of what failed before the screen came only the code is known.
  failed: { due: DueRenewal; again: Time | null; error: WalletError }[];
  // They failed since the screen came, and the plan knows them no more: the issuer renews them never again.
  over: { due: DueRenewal; error: WalletError }[];
  // How many were renewed since the screen came.
  renewed: number;
}
export const noRenewals: RenewalState = { running: null, asking: [], failed: [], over: [], renewed: 0 };

// A device that slept finds out within the hour; a plan whose time is now, but not without the person, is no busy loop.
const lookAgainMostMilliseconds = 3600_000;
const lookAgainLeastMilliseconds = 60_000;

interface Parts {
  wallet: Pick<Wallet, "step">;
  tell: (state: RenewalState) => void;
  online?: () => boolean;
  now?: () => number;
  later?: (run: () => void, milliseconds: number) => () => void;
}

const byTimer = (run: () => void, milliseconds: number) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

export class RenewalTimer {
  private state = noRenewals;
  private readonly errors = new Map<string, WalletError>(); // by card, of its last try
  private busy = false;
  private stopped = false;
  private forget: () => void = () => {};
  private readonly parts: Required<Parts>;

  constructor(parts: Parts) {
    this.parts = { online: () => navigator.onLine, now: Date.now, later: byTimer, ...parts };
  }

  // Renews what needs nobody. At most one at a time; without a connection nothing is tried and nothing counts as failed.
  look(): Promise<void> {
    return this.alone(async () => {
      const due = await this.plan();
      if (this.parts.online()) await this.renew(due.filter((one) => this.hasTurn(one) && !one.asks_person));
    });
  }
  // The person pressed the button: all that wait for them.
  renewAsked(): Promise<void> {
    return this.alone(() => this.renew(this.state.asking));
  }
  // What is under way is brought to its end by the wallet; nothing more is begun.
  stop(): void {
    this.stopped = true;
    this.forget();
  }

  private hasTurn = (one: DueRenewal) => !one.by_hand && one.at.ms <= this.parts.now();

  private async alone(work: () => Promise<void>): Promise<void> {
    if (this.busy || this.stopped) return;
    this.busy = true;
    try {
      await work();
    } catch {
      this.tell({ running: null }); // locked: the plan is looked at again when the cards are
    } finally {
      this.busy = false;
    }
  }

  private async renew(list: DueRenewal[]): Promise<void> {
    for (const [index, due] of list.entries()) {
      if (this.stopped) return;
      this.tell({ running: { due, which: index + 1, of: list.length } });
      try {
        await this.parts.wallet.step("renew", { id: due.card.id });
        this.errors.delete(due.card.id);
        this.tell({ renewed: this.state.renewed + 1 });
      } catch (error) {
        this.errors.set(due.card.id, walletError(error));
      }
    }
    if (list.length === 0) return;
    const planned = (await this.plan()).map(({ card }) => card.id);
    const gone = list.filter(({ card }) => this.errors.has(card.id) && !planned.includes(card.id));
    this.tell({ over: [...this.state.over, ...gone.map((due) => ({ due, error: this.errors.get(due.card.id)! }))] });
  }

  private async plan(): Promise<DueRenewal[]> {
    const { due, next } = await this.parts.wallet.step("renewals");
    this.tell({
      running: null,
      asking: due.filter((one) => one.asks_person && (this.hasTurn(one) || (one.failures > 0 && !one.by_hand))),
      failed: due
        .filter((one) => one.failures > 0)
        .map((one) => ({
          due: one,
          again: one.by_hand || one.asks_person ? null : one.at,
          error: this.errors.get(one.card.id) ?? walletError({ code: one.failure }),
        })),
    });
    this.forget();
    if (next !== null && !this.stopped) this.forget = this.parts.later(() => void this.look(), this.wait(next.ms));
    return due;
  }

  private wait(next: number): number {
    return Math.min(Math.max(next - this.parts.now(), lookAgainLeastMilliseconds), lookAgainMostMilliseconds);
  }

  private tell(change: Partial<RenewalState>): void {
    this.state = { ...this.state, ...change };
    if (!this.stopped) this.parts.tell(this.state);
  }
}
