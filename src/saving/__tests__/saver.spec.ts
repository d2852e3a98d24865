import { Signal } from '@lumino/signaling';

import { type SavedContext, Saver } from '../saver';

/** A context whose saves end when the test says so. */
class SlowContext {
  isDisposed = false;
  model = { dirty: true };
  disposed = new Signal<this, void>(this);
  saves = 0;
  finish: () => void = () => undefined;

  save(): Promise<void> {
    this.saves += 1;
    return new Promise(resolve => {
      this.finish = resolve;
    });
  }
}

function made(): { context: SlowContext; saver: Saver } {
  const context = new SlowContext();
  return { context, saver: new Saver(context as unknown as SavedContext) };
}

describe('Saver', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('saves once for many requests', async () => {
    const { context, saver } = made();
    saver.request();
    saver.request();
    await jest.advanceTimersByTimeAsync(1000);
    expect(context.saves).toBe(1);
  });

  it('never saves while a save is under way, and saves again after it', async () => {
    const { context, saver } = made();
    saver.request();
    await jest.advanceTimersByTimeAsync(1000);
    saver.request();
    await jest.advanceTimersByTimeAsync(5000);
    expect(context.saves).toBe(1);
    context.finish();
    await jest.advanceTimersByTimeAsync(1000);
    expect(context.saves).toBe(2);
  });

  it("waits for the user's own save", async () => {
    const { context, saver } = made();
    const own = context.save();
    saver.request();
    await jest.advanceTimersByTimeAsync(1000);
    expect(context.saves).toBe(1);
    context.finish();
    await own;
    await jest.advanceTimersByTimeAsync(1000);
    expect(context.saves).toBe(2);
  });

  it('leaves a clean notebook alone', async () => {
    const { context, saver } = made();
    context.model.dirty = false;
    saver.request();
    await jest.advanceTimersByTimeAsync(1000);
    expect(context.saves).toBe(0);
  });

  it('is quiet once the document is closed', async () => {
    const { context, saver } = made();
    saver.request();
    context.disposed.emit();
    await jest.advanceTimersByTimeAsync(1000);
    expect(context.saves).toBe(0);
  });

  it('flushes at once, after a save that is under way', async () => {
    const { context, saver } = made();
    const own = context.save();
    const flushed = saver.flush();
    await jest.advanceTimersByTimeAsync(1);
    expect(context.saves).toBe(1);
    context.finish();
    await own;
    await jest.advanceTimersByTimeAsync(1);
    expect(context.saves).toBe(2);
    context.finish();
    await flushed;
  });

  it('flushes nothing where the document was closed meanwhile', async () => {
    const { context, saver } = made();
    void context.save();
    const flushed = saver.flush();
    await jest.advanceTimersByTimeAsync(1);
    context.isDisposed = true;
    context.disposed.emit();
    context.finish();
    await flushed;
    expect(context.saves).toBe(1);
  });

  it("holds the user's own save back while ours is under way", async () => {
    const { context, saver } = made();
    saver.request();
    await jest.advanceTimersByTimeAsync(1000);
    const own = context.save();
    await jest.advanceTimersByTimeAsync(1000);
    expect(context.saves).toBe(1);
    context.finish();
    await jest.advanceTimersByTimeAsync(1);
    expect(context.saves).toBe(2);
    context.finish();
    await own;
  });

  it('goes on after a save that failed', async () => {
    const context = new SlowContext();
    const slow = context.save.bind(context);
    context.save = () => Promise.reject(new Error('disk full'));
    const saver = new Saver(context as unknown as SavedContext);
    await expect(context.save()).rejects.toThrow('disk full');
    context.save = slow;
    void saver.flush();
    await jest.advanceTimersByTimeAsync(1);
    expect(context.saves).toBe(1);
  });
});
