import { IconSet } from '../set';

describe.each(Object.entries(IconSet))('icon %s', (_, svg) => {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');

  it('is well-formed, on the 16 px grid', () => {
    expect(parsed.querySelector('parsererror')).toBeNull();
    expect(parsed.documentElement.getAttribute('viewBox')).toBe('0 0 16 16');
  });

  it('can be recoloured by JupyterLab without filling its lines', () => {
    const recoloured = [...parsed.querySelectorAll('[class^=jp-icon]')];
    expect(recoloured).toHaveLength(parsed.querySelectorAll('path').length);
    expect(
      recoloured.filter(path => path.getAttribute('fill') === 'none')
    ).toEqual([]);
  });

  it('stays inside its grid', () => {
    const [first] =
      svg
        .match(/d="M(-?[\d.]+) ?(-?[\d.]+)/)
        ?.slice(1)
        .map(Number) ?? [];
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThanOrEqual(16);
  });
});
