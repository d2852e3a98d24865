// npm and the shell between it and us may be killed without a word to us.
const POLL_MS = 1_000;

/** Calls `gone` once when the process that started this one has ended. */
export function onParentGone(gone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer);
      gone();
    }
  }, POLL_MS);
  timer.unref();
}
