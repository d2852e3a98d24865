/** Owns fetching a part of a file as bytes: by one range, and no more of a server that gives none. */
import { ServerConnection } from '@jupyterlab/services';

import { aborted, fromAnswer, missing, offline } from './failure';

const PARTIAL = 206;
const BEYOND = 416;

/**
 * Bytes `start` to `end` (exclusive) of `url`; fewer where the file ends before, none beyond its end.
 * Rejects with `ApiFailure`.
 */
export async function fetchBytes(
  settings: ServerConnection.ISettings,
  url: string,
  start: number,
  end: number,
  signal?: AbortSignal
): Promise<Uint8Array<ArrayBuffer>> {
  if (end <= start) {
    return new Uint8Array(0);
  }
  const response = await request(settings, url, `${start}-${end - 1}`, signal);
  if (response.status === BEYOND) {
    return new Uint8Array(0);
  }
  if (!response.ok) {
    throw fromAnswer(response.status, parsed(await response.text()));
  }
  if (response.status !== PARTIAL) {
    // A static host may answer any address with a page.
    if (!response.headers.get('Content-Disposition')) {
      throw missing();
    }
    return (await readUpTo(response, end)).subarray(start);
  }
  return new Uint8Array(await response.arrayBuffer());
}

async function request(
  settings: ServerConnection.ISettings,
  url: string,
  range: string,
  signal?: AbortSignal
): Promise<Response> {
  const headers = { Range: `bytes=${range}` };
  // Parts of a file are kept by whoever asked for them.
  const init: RequestInit = { headers, signal, cache: 'no-store' };
  try {
    return await ServerConnection.makeRequest(url, init, settings);
  } catch {
    throw signal?.aborted ? aborted() : offline();
  }
}

// A server or proxy without ranges sends the whole file: what is not wanted is not waited for.
async function readUpTo(
  response: Response,
  end: number
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  while (reader && size < end) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    parts.push(value);
    size += value.byteLength;
  }
  void reader?.cancel();
  return joined(parts, Math.min(size, end));
}

function joined(
  parts: readonly Uint8Array[],
  size: number
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    const wanted = part.subarray(0, size - at);
    whole.set(wanted, at);
    at += wanted.byteLength;
  }
  return whole;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
