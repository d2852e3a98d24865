/** Owns checking a rendered view with axe; colours and layout are checked in a real browser. */
import axe from 'axe-core';

const WITHOUT_LAYOUT = {
  rules: { 'color-contrast': { enabled: false }, region: { enabled: false } }
};

/** What axe finds wrong: rule and the elements, empty when all is well. */
export async function violations(root: Element): Promise<string[]> {
  const found = await axe.run(root, WITHOUT_LAYOUT);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html}`)
  );
}
