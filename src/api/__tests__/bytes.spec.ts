import { ServerConnection } from '@jupyterlab/services';

import { Client } from '..';

const CONTENT = Uint8Array.from({ length: 100 }, (_, i) => i);

/** Headers of requests, and a server that answers them. */
function server(answer: (range: string) => Response) {
  const ranges: string[] = [];
  const fetch = async (input: RequestInfo, init?: RequestInit) => {
    const range = new Request(input, init).headers.get('Range') ?? '';
    ranges.push(range);
    return answer(range);
  };
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://host/',
    fetch
  });
  const client = new Client(settings);
  const read = (start: number, end: number): Promise<Uint8Array> =>
    client.fileBytes('w', 'r', 'a b', start, end);
  return { read, ranges };
}

const ATTACHMENT = { 'Content-Disposition': 'attachment' };

describe('fileBytes', () => {
  it('asks for one range', async () => {
    const { read, ranges } = server(
      () => new Response(CONTENT.slice(10, 20), { status: 206 })
    );
    expect([...(await read(10, 20))]).toEqual([...CONTENT.slice(10, 20)]);
    expect(ranges).toEqual(['bytes=10-19']);
  });

  it('asks nothing for nothing, and finds nothing beyond the end', async () => {
    const { read, ranges } = server(() => new Response('', { status: 416 }));
    expect(await read(5, 5)).toHaveLength(0);
    expect(ranges).toEqual([]);
    expect(await read(100, 200)).toHaveLength(0);
  });

  it('cuts what a server without ranges sends', async () => {
    const { read } = server(
      () => new Response(CONTENT, { headers: ATTACHMENT })
    );
    expect([...(await read(10, 20))]).toEqual([...CONTENT.slice(10, 20)]);
    expect(await read(90, 200)).toHaveLength(10);
  });

  it('takes no page for a file, and says what the server says', async () => {
    const page = server(() => new Response('<html>'));
    await expect(page.read(0, 1)).rejects.toMatchObject({ kind: 'missing' });
    const body = { code: 'content-thinned', message: 'Given up.' };
    const gone = server(
      () => new Response(JSON.stringify(body), { status: 410 })
    );
    await expect(gone.read(0, 1)).rejects.toMatchObject({
      kind: 'refused',
      body
    });
  });
});
