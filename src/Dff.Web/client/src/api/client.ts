import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from './schema'

const TOKEN_HEADER = 'X-Dff-Auth-Token'
const TOKEN_KEY = 'dff.token'

/** An error that the server answered, or that kept the request from reaching it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly detail: Record<string, unknown> | null,
  ) {
    super(message)
    this.name = 'ApiError'
  }

  /** The request's field that is wrong, like `data.title`; undefined where the error is about something else. */
  get field(): string | undefined {
    return typeof this.detail?.field === 'string' ? this.detail.field : undefined
  }
}

/** The token lives as long as the tab's origin storage; the server decides how long it works. */
export const token = {
  get: () => localStorage.getItem(TOKEN_KEY),
  set: (value: string | null) =>
    value === null ? localStorage.removeItem(TOKEN_KEY) : localStorage.setItem(TOKEN_KEY, value),
}

/** The header that says who asks, for requests that do not go by `api`. */
export function tokenHeaders(): Record<string, string> {
  const value = token.get()
  return value === null ? {} : { [TOKEN_HEADER]: value }
}

const authentication: Middleware = {
  onRequest({ request }) {
    const value = token.get()
    if (value !== null) request.headers.set(TOKEN_HEADER, value)
    return request
  },
}

export const api = createClient<paths>({ baseUrl: '/' })
api.use(authentication)

/** The records that the API answers, by their names in its document. */
export type Schemas = components['schemas']

/** What an answer's envelope holds. */
type DataOf<T> = T extends { data: infer D } ? D : unknown

interface Envelope {
  ok: boolean
  reason?: string
  message?: string
  detail?: unknown
  data?: unknown
}

/** What the API answered as `data`. Throws `ApiError` for everything else. */
export async function call<T>(request: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<DataOf<T>> {
  let answer: Awaited<typeof request>
  try {
    answer = await request
  } catch {
    throw new ApiError(0, 'ENetwork', 'The server cannot be reached', null)
  }
  const envelope = (answer.data ?? answer.error) as Envelope | undefined
  if (answer.response.ok && envelope?.ok === true) return envelope.data as DataOf<T>
  throw new ApiError(
    answer.response.status,
    envelope?.reason ?? 'EUnknown',
    envelope?.message ?? `The server answered ${answer.response.status}`,
    (envelope?.detail ?? null) as Record<string, unknown> | null,
  )
}
