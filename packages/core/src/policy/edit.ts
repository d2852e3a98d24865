/** Owns changes of a policy: its rules are in order, and the last that matches a file decides. */
import type { PathPolicy, Policy, PolicyRule } from '../protocol';

/** What becomes of a file's bytes. */
export type Keeping = PolicyRule['policy'];

/** The policy with one more rule, which comes last and so holds; one of the same pattern goes. */
export function withRule(policy: Policy, rule: PolicyRule): Policy {
  const others = policy.rules.filter(({ pattern }) => pattern !== rule.pattern);
  return { ...policy, rules: [...others, rule] };
}

export function withoutRule(policy: Policy, at: number): Policy {
  return { ...policy, rules: policy.rules.filter((_, n) => n !== at) };
}

export function withRuleAt(
  policy: Policy,
  at: number,
  rule: PolicyRule
): Policy {
  return {
    ...policy,
    rules: policy.rules.map((r, n) => (n === at ? rule : r))
  };
}

/** One rule moved by so many places; the same policy where there is no room. */
export function withRuleMoved(policy: Policy, at: number, by: number): Policy {
  const to = at + by;
  if (to < 0 || to >= policy.rules.length) {
    return policy;
  }
  const rules = [...policy.rules];
  const [moved] = rules.splice(at, 1);
  rules.splice(to, 0, moved);
  return { ...policy, rules };
}

/** What keeping these would add to the store, at most. */
export function wouldAdd(
  paths: readonly Pick<
    PathPolicy,
    'files' | 'bytes' | 'kept_files' | 'kept_bytes'
  >[]
): { readonly files: number; readonly bytes: number } {
  return {
    files: paths.reduce(
      (sum, { files, kept_files }) => sum + files - kept_files,
      0
    ),
    bytes: paths.reduce(
      (sum, { bytes, kept_bytes }) => sum + bytes - kept_bytes,
      0
    )
  };
}
