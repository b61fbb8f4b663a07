import { formatJson } from './format-json'

/** What came back from a call, ready to be shown. */
export interface CallAnswer {
  status: number
  isOk: boolean
  milliseconds: number
  contentType: string
  bytes: number
  /** Null: the answer is no text. */
  text: string | null
  /** Of an answer that is not OK. */
  failure: { reason: string; message: string; detail: string | null } | null
}

const LONGEST_SHOWN = 200_000

interface Failure {
  ok?: unknown
  reason?: unknown
  message?: unknown
  detail?: Record<string, unknown> | null
}

export function isText(contentType: string): boolean {
  return contentType === '' || /^text\/|\b(json|xml|javascript|yaml|csv)\b/i.test(contentType)
}

export function shownText(text: string, contentType: string): string {
  const formatted = /\bjson\b/i.test(contentType) ? formatJson(text) : text
  return formatted.length <= LONGEST_SHOWN ? formatted : `${formatted.slice(0, LONGEST_SHOWN)}\n…`
}

/** The server's envelope around an error; an answer of something in between has none. */
export function failureOf(status: number, text: string): CallAnswer['failure'] {
  try {
    const given = JSON.parse(text) as Failure | null
    if (given?.ok === false) {
      const trace = given.detail?.einfoTEXT
      const detail = given.detail ?? null
      return {
        reason: String(given.reason ?? status),
        message: String(given.message ?? ''),
        detail: typeof trace === 'string' ? trace : detail === null ? null : JSON.stringify(detail, null, 2),
      }
    }
  } catch {
    // Not ours: shown as it is.
  }
  return { reason: String(status), message: '', detail: text === '' ? null : shownText(text, 'text/plain') }
}

/** Calls the link as anybody would: without the session of the user who tries it. */
export async function callLink(id: string, kwargs: Record<string, unknown>, signal: AbortSignal): Promise<CallAnswer> {
  const begin = performance.now()
  const response = await fetch(`/api/v1/al/${encodeURIComponent(id)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    credentials: 'omit',
    body: JSON.stringify({ kwargs }),
    signal,
  })
  const body = await response.arrayBuffer()
  const milliseconds = performance.now() - begin
  const contentType = response.headers.get('Content-Type') ?? ''
  const text = isText(contentType) ? new TextDecoder().decode(body) : null
  return {
    status: response.status,
    isOk: response.ok,
    milliseconds,
    contentType,
    bytes: body.byteLength,
    text: text === null ? null : shownText(text, contentType),
    failure: response.ok ? null : failureOf(response.status, text ?? ''),
  }
}
