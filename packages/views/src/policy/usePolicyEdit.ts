/**
 * Owns saving a policy at once: what was chosen shows before the answer, goes back when it is refused,
 * and each saved change can be undone, the last one first.
 */
import type { Policy } from '@dotscience/core';
import { useEffect, useRef, useState } from 'react';

/** Says where a refusal belongs: a rule by its place, a field by its name. */
export type Place = 'default' | 'limits' | 'new' | `rule-${number}`;

export interface PolicyEdit {
  /** What is shown: chosen, or else what the host has. */
  readonly policy: Policy;
  readonly refused: { readonly place: Place; readonly text: string } | null;
  /** How many changes can be undone. */
  readonly undoable: number;
  /** Counts what was saved: coverage is asked anew. */
  readonly saved: number;
  /** Resolves to whether it holds. */
  save(place: Place, next: Policy): Promise<boolean>;
  /** A change that the host makes, for instance a rule for one folder. */
  saveBy(place: Place, change: () => Promise<Policy>): Promise<boolean>;
  undo(): void;
  forgive(): void;
}

export function usePolicyEdit(
  held: Policy,
  setPolicy: (policy: Policy) => Promise<void>
): PolicyEdit {
  const [chosen, setChosen] = useState<Policy | null>(null);
  const [refused, setRefused] = useState<PolicyEdit['refused']>(null);
  const [past, setPast] = useState<readonly Policy[]>([]);
  const [saved, setSaved] = useState(0);
  const latest = useRef(0);
  const policy = chosen ?? held;
  // What the host has now is what was chosen, or what somebody else chose since.
  const key = JSON.stringify(held);
  useEffect(() => setChosen(null), [key]);

  const attempt = async (
    place: Place,
    shown: Policy | null,
    change: () => Promise<Policy | void>,
    after: () => void
  ): Promise<boolean> => {
    const number = ++latest.current;
    setRefused(null);
    setChosen(shown);
    try {
      const now = await change();
      after();
      setSaved(count => count + 1);
      if (number === latest.current && now) {
        setChosen(now);
      }
      return true;
    } catch (reason) {
      if (number === latest.current) {
        setChosen(null);
        setRefused({ place, text: messageOf(reason) });
      }
      return false;
    }
  };
  const remember = (): void => setPast(before => [...before, policy]);
  return {
    policy,
    refused,
    undoable: past.length,
    saved,
    save: (place, next) =>
      attempt(place, next, () => setPolicy(next), remember),
    saveBy: (place, change) => attempt(place, null, change, remember),
    undo: () => {
      const last = past.at(-1);
      if (last) {
        void attempt(
          'default',
          last,
          () => setPolicy(last),
          () => setPast(before => before.slice(0, -1))
        );
      }
    },
    forgive: () => setRefused(null)
  };
}

const messageOf = (reason: unknown): string =>
  reason instanceof Error ? reason.message : String(reason);
