/**
 * Owns the way from axios to the Jupyter server: axios builds and parses, `ServerConnection`
 * sends. It alone knows the token, the right XSRF cookie, the base URL and an injected `fetch`
 * (axios by itself takes the first of two `_xsrf` cookies and no token; JupyterLite has no network).
 */
import { ServerConnection } from '@jupyterlab/services';
import axios, {
  AxiosError,
  AxiosHeaders,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig
} from 'axios';

import {
  aborted,
  fromAnswer,
  missing,
  offline,
  type ApiFailure
} from './failure';

/** An axios instance whose requests go to `baseURL` through `settings`; it rejects with `ApiFailure`. */
export function createHttp(
  settings: ServerConnection.ISettings,
  baseURL: string
): AxiosInstance {
  const http = axios.create({ baseURL, adapter: createAdapter(settings) });
  http.interceptors.response.use(
    response => expectJson(response),
    (reason: unknown) => Promise.reject(failureOf(reason))
  );
  return http;
}

function createAdapter(settings: ServerConnection.ISettings): AxiosAdapter {
  return async config => {
    const response = await ServerConnection.makeRequest(
      axios.getUri(config),
      requestInit(config),
      settings
    );
    const answer: AxiosResponse = {
      data: await response.text(),
      status: response.status,
      statusText: response.statusText,
      headers: new AxiosHeaders(Object.fromEntries(response.headers.entries())),
      config
    };
    if (response.ok) {
      return answer;
    }
    throw new AxiosError('', undefined, config, undefined, {
      ...answer,
      data: parsed(answer.data)
    });
  };
}

function requestInit(config: InternalAxiosRequestConfig): RequestInit {
  const body: unknown = config.data;
  return {
    ...(config.fetchOptions as RequestInit | undefined),
    method: (config.method ?? 'get').toUpperCase(),
    body: typeof body === 'string' ? body : undefined,
    headers:
      body === undefined ? undefined : { 'Content-Type': 'application/json' },
    signal: config.signal as AbortSignal | undefined
  };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}

// A static host may answer any address with a page and status 200.
function expectJson(response: AxiosResponse): AxiosResponse {
  const wanted = response.config.responseType === 'text';
  if (!wanted && typeof response.data === 'string' && response.data !== '') {
    throw missing();
  }
  return response;
}

function failureOf(reason: unknown): ApiFailure {
  if (axios.isCancel(reason) || isAbort(reason)) {
    return aborted();
  }
  if (reason instanceof AxiosError && reason.response) {
    return fromAnswer(reason.response.status, reason.response.data);
  }
  return offline();
}

function isAbort(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'AbortError';
}
