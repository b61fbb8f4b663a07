export interface Frame {
  /** The ID of the script. */
  filename: string
  funcname: string
  lineNumber: number
  lineCode: string
  locals: { name: string; type: string; repr: string }[]
}

export interface RunError {
  type: string
  message: string
  stack: string
  frames: Frame[]
  /** Where a syntax error is, which has no frame. */
  place: { line: number; column: number } | null
}

export interface RunOutcome {
  ok: boolean
  /** The whole log; null where only what was followed is known. */
  log: string[] | null
  /** Seconds in user code; null: not known. */
  cost: number | null
  /** Set where a function was run to its end. */
  value?: unknown
  error: RunError | null
  /** The result was too large to be kept for who lost the connection. */
  isTooLarge: boolean
}

type Json = Record<string, unknown>

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What the answer to a draft's run says. */
export function outcomeOf(answer: unknown): RunOutcome {
  const envelope = objectOf(answer)
  const result = objectOf(objectOf(envelope.data).result)
  const funcResult = objectOf(result.funcResult)
  const ok = envelope.ok === true
  return {
    ok,
    log: Array.isArray(result.logMessages) ? result.logMessages.map(textOf) : null,
    cost: typeof funcResult.cost === 'number' ? funcResult.cost : null,
    ...('raw' in funcResult ? { value: funcResult.raw } : {}),
    error: ok ? null : errorOf(envelope),
    isTooLarge: envelope.isTooLarge === true,
  }
}

function errorOf(envelope: Json): RunError {
  const detail = objectOf(envelope.detail)
  const place = objectOf(detail.place)
  return {
    type: textOf(detail.etype) || textOf(envelope.reason),
    message: textOf(envelope.message),
    stack: textOf(detail.stack),
    frames: listOf(objectOf(detail.traceInfo).stack).map((frame) => frameOf(objectOf(frame))),
    place: typeof place.line === 'number' ? { line: place.line, column: Number(place.column ?? 1) } : null,
  }
}

function frameOf(frame: Json): Frame {
  return {
    filename: textOf(frame.filename),
    funcname: textOf(frame.funcname),
    lineNumber: Number(frame.lineNumber ?? 0),
    lineCode: textOf(frame.lineCode),
    locals: listOf(frame.localsInfo).map((local) => {
      const { name, type, repr } = objectOf(local)
      return { name: textOf(name), type: textOf(type), repr: textOf(repr) }
    }),
  }
}
