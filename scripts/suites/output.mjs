// What `npm test` prints.

export function countsText({ passed, failed, skipped }) {
  const tail = skipped > 0 ? `, ${skipped} skipped` : '';
  return `${passed} passed, ${failed} failed${tail}`;
}

export function resultLine(result) {
  const { suite, seconds, failed, skipped, note } = result;
  const mark = failed > 0 ? '✗' : note && skipped > 0 ? '-' : '✓';
  const why = note && failed === 0 ? ` (${note})` : '';
  const name = suite.name.padEnd(10);
  return `${mark} ${name} ${countsText(result)}${why}, ${seconds.toFixed(0)} s`;
}

const RULE = '─'.repeat(72);

export function problemText({ suite, problems }) {
  return [RULE, `${suite.name} failed`, RULE, ...problems, RULE].join('\n');
}

export function listText(suites, setupMinutes) {
  const rows = suites.map(
    s =>
      `${s.name.padEnd(10)} ${String(s.minutes).padStart(3)} min  ${s.checks.map(c => c.name).join(', ')}`
  );
  const total = suites.reduce((n, s) => n + s.minutes, setupMinutes);
  return [
    ...rows,
    `${'(set-up)'.padEnd(10)} ${String(setupMinutes).padStart(3)} min`,
    `${'together'.padEnd(10)} ${String(total).padStart(3)} min`
  ].join('\n');
}
