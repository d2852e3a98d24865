import { ServerConnection } from '@jupyterlab/services';

import { ApiFailure, Client } from '..';

interface ICall {
  url: string;
  method: string;
  body: string;
  headers: Headers;
}

/** A Jupyter server below /user/x/ whose answers the test gives. */
function server(answer: (call: ICall) => Response | Promise<Response>) {
  const calls: ICall[] = [];
  const fetch = async (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    const { url, method, headers } = request;
    const call = { url, method, headers, body: await request.text() };
    calls.push(call);
    return answer(call);
  };
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://host/user/x/',
    token: 'secret',
    fetch
  });
  return { client: new Client(settings), calls };
}

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' }
  });

const failure = (call: Promise<unknown>): Promise<ApiFailure> =>
  call.then(
    () => {
      throw new Error('it was answered');
    },
    (reason: ApiFailure) => reason
  );

describe('Client', () => {
  it('asks below the base URL, with the token, and escapes what is given', async () => {
    const { client, calls } = server(() => json({ id: 'w' }));
    await client.workspaceAt('a folder/ö&.ipynb');
    await client.run('w/1', 'r?2');
    expect(calls.map(call => call.url.replace(/[?&]\d+$/, ''))).toEqual([
      'http://host/user/x/dotscience/api/workspace?path=a+folder%2F%C3%B6%26.ipynb',
      'http://host/user/x/dotscience/api/w/w%2F1/runs/r%3F2'
    ]);
    expect(calls[0].headers.get('Authorization')).toBe('token secret');
  });

  it('keeps and drops sessions, and asks for the state of a notebook', async () => {
    const { client, calls } = server(() => json({ drafts: [] }));
    await client.drafts('w');
    await client.keepDraft('w', 'd/1', 'text');
    await client.dropDraft('w', 'd');
    await client.hidden('w', 'a b.ipynb');
    const settings = { capture: true, mlflow: false, locked: [] };
    await client.setCaptureSettings(settings);
    expect(
      calls.map(
        ({ method, url }) =>
          `${method} ${url.split('/api/')[1].replace(/[?&]\d+$/, '')}`
      )
    ).toEqual([
      'GET w/w/drafts',
      'POST w/w/drafts/d%2F1/keep',
      'DELETE w/w/drafts/d',
      'GET w/w/hidden?path=a+b.ipynb',
      'PUT settings'
    ]);
    expect(JSON.parse(calls[1].body)).toEqual({ description: 'text' });
    expect(JSON.parse(calls[4].body)).toEqual(settings);
  });

  it('names every curve, and leaves out what was not asked', async () => {
    const { client, calls } = server(() => json({ series: [] }));
    await client.series('w', 'r', { keys: ['a&b', 'system/cpu'], from: 0 });
    await client.environment('w', 'r', null);
    expect(calls.map(call => call.url.replace(/[?&]\d+$/, ''))).toEqual([
      'http://host/user/x/dotscience/api/w/w/runs/r/series?key=a%26b&key=system%2Fcpu&from=0',
      'http://host/user/x/dotscience/api/w/w/runs/r/environment'
    ]);
  });

  it('gives media that is text as it is, even where it looks like JSON', async () => {
    const { client } = server(() => new Response('{"a": 1}'));
    expect(await client.mediaText('w', 'r', 0)).toBe('{"a": 1}');
    expect(client.mediaUrl('w', 'r', 3)).toBe(
      'http://host/user/x/dotscience/api/w/w/runs/r/media/3'
    );
  });

  it('sends the XSRF cookie back, the last one where a hub has set its own', async () => {
    document.cookie = '_xsrf=ours';
    const { client, calls } = server(() => json({}));
    await client.saveSnapshot('w', 'before the change');
    expect(calls[0].method).toBe('POST');
    expect(calls[0].headers.get('X-XSRFToken')).toBe('ours');
    expect(calls[0].headers.get('Content-Type')).toBe('application/json');
    expect(JSON.parse(calls[0].body)).toEqual({ message: 'before the change' });
  });

  it('rejects with the error of the catalogue that the API gave', async () => {
    const body = {
      code: 'run-not-found',
      message: 'No run r.',
      kept: 'Everything.',
      next: '',
      retryable: false
    };
    const { client } = server(() => json(body, 404));
    const found = await failure(client.run('w', 'r'));
    expect(found).toBeInstanceOf(ApiFailure);
    expect(found.kind).toBe('refused');
    expect(found.body).toEqual(body);
  });

  it.each([
    ['a 404 of Jupyter', () => json({ message: 'Not Found' }, 404)],
    ['a page of a static host', () => new Response('<html>', { status: 200 })],
    ['a 404 page', () => new Response('<html>', { status: 404 })]
  ])('knows from %s that the server part is missing', async (_, answer) => {
    const { client } = server(answer);
    const found = await failure(client.workspaceAt(''));
    expect(found.kind).toBe('missing');
    expect(found.retryable).toBe(false);
  });

  it.each([502, 503, 504])('takes a %d of a proxy as offline', async status => {
    const { client } = server(() => new Response('Bad', { status }));
    const found = await failure(client.status('w'));
    expect(found.kind).toBe('offline');
    expect(found.retryable).toBe(true);
  });

  it('takes a lost network as offline', async () => {
    const { client } = server(() =>
      Promise.reject(new TypeError('Failed to fetch'))
    );
    expect((await failure(client.status('w'))).kind).toBe('offline');
  });

  it('takes a refused login as forbidden', async () => {
    const { client } = server(() => json({ message: 'Forbidden' }, 403));
    expect((await failure(client.status('w'))).body.code).toBe('forbidden');
  });

  it('gives up when told', async () => {
    const gone = new AbortController();
    const { client } = server(() => {
      gone.abort();
      return Promise.reject(new DOMException('', 'AbortError'));
    });
    expect((await failure(client.status('w', gone.signal))).kind).toBe(
      'aborted'
    );
  });

  it('accepts an answer without a body', async () => {
    const { client } = server(() => new Response(null, { status: 204 }));
    await expect(client.dismissNotice('w', 'n')).resolves.toBeUndefined();
  });
});
