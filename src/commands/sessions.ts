/**
 * Owns the commands about kernel sessions and files that nobody declared. Each answers whether it was
 * done; what went wrong stands in the panel.
 */
import { asFailure } from '../api';
import { text, type Arguments, type ICommandContext } from './context';

const CLAIMS = ['input', 'output', 'none'] as const;

export function keepSession(
  { model, trans }: ICommandContext,
  args: Arguments
): Promise<boolean> {
  const session = text(args, 'session');
  return done(model, trans.__('Session not kept'), async () => {
    if (session) {
      const description = text(args, 'description');
      await model.client.keepDraft(model.open().id, session, description);
    }
  });
}

export function dismissSession(
  { model, trans }: ICommandContext,
  args: Arguments
): Promise<boolean> {
  const session = text(args, 'session');
  return done(model, trans.__('Session not dismissed'), async () => {
    if (session) {
      await model.client.dropDraft(model.open().id, session);
    }
  });
}

/** Says what a file that a run wrote or read without declaring it is to the run. */
export function claimFile(
  { model, trans }: ICommandContext,
  args: Arguments
): Promise<boolean> {
  const run = text(args, 'run');
  const path = pathOf(args);
  const as = CLAIMS.find(known => known === args['as']);
  return done(model, trans.__('File not added'), async () => {
    if (run && path && as) {
      await model.client.claim(model.open().id, run, path, as);
    }
  });
}

// A path that is not UTF-8 comes as its bytes.
function pathOf(args: Arguments): string | { b64: string } | null {
  const b64 = text(args, 'b64');
  return b64 === null ? text(args, 'path') : { b64 };
}

async function done(
  model: ICommandContext['model'],
  what: string,
  act: () => Promise<void>
): Promise<boolean> {
  try {
    await act();
    await model.look();
    return true;
  } catch (reason) {
    model.report(what, asFailure(reason));
    return false;
  }
}
